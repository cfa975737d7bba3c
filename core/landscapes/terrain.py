"""Landscapes by name, on a grid, the methods sent down them, and where these may start."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from core.check import choose
from core.landscapes.formula import from_formula
from core.landscapes.surfaces import (
    Landscape,
    beale,
    himmelblau,
    logistic,
    rastrigin,
    rosenbrock,
    saddle,
    sine_valley,
)

LANDSCAPES: dict[str, Callable[[], Landscape]] = {
    "rosenbrock": rosenbrock,
    "himmelblau": himmelblau,
    "beale": beale,
    "saddle": saddle,
    "rastrigin": rastrigin,
    "sine_valley": sine_valley,
    "logistic": logistic,
}
SURFACES = (*LANDSCAPES, "own")
METHODS = ("gd", "momentum", "nesterov", "rmsprop", "adam")
WITH_MEMORY = ("momentum", "nesterov")
STILL = 1e-6  # ‖∇f‖ below this: the path has stopped
FORMULA = "(x^2 + y - 11)^2/20 + sin(3*x)"
GRID = 90


@lru_cache(maxsize=64)
def surface(landscape: str, formula: str) -> Landscape:
    """The landscape of that name, or the student's own formula for "own".

    Raises:
        ValueError: unknown name, or a formula that cannot be read.
    """
    choose("landscape", landscape, SURFACES)
    return from_formula(formula) if landscape == "own" else LANDSCAPES[landscape]()


@dataclass(frozen=True, eq=False)
class Field:
    """A landscape on a grid.

    Attributes:
        x, y: coordinates, shape (90,) each.
        z: values, shape (90, 90), rows follow y; the largest finite one where f is not finite.
        low: the smallest value known: f* if the minima are known, else the lowest one that Newton
            steps from the lowest grid point find in the domain.
    """

    x: Tensor
    y: Tensor
    z: Tensor
    low: float


@lru_cache(maxsize=64)
def field(landscape: str, formula: str) -> Field:
    """`sampled` for the landscape of that name, kept.

    Raises:
        ValueError: unknown name, a formula that cannot be read, or f is finite nowhere.
    """
    return sampled(surface(landscape, formula))


def sampled(land: Landscape) -> Field:
    """f on a 90 by 90 grid over its domain.

    Raises:
        ValueError: f is finite nowhere on the grid.
    """
    x, y = (torch.linspace(low, high, GRID, dtype=torch.float64) for low, high in land.domain)
    points = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)
    z = land.f(points)
    finite = z.isfinite()
    if not finite.any():
        raise ValueError(f"expected f to be finite somewhere on its domain, got {land.name}")
    z = z.where(finite, z[finite].max())
    if len(land.minima):
        return Field(x, y, z, land.f_star)
    best = points.reshape(-1, 2)[z.argmin()]
    return Field(x, y, z, float(land.f(_downhill(land, best))))


def _downhill(land: Landscape, x: Tensor) -> Tensor:
    """Newton steps with |λ| in place of λ, halved until f falls and the step stays on the map."""
    low, high = torch.tensor(land.domain, dtype=torch.float64).T
    for _ in range(30):
        g, H = land.grad(x), land.hessian(x)
        if not (g.isfinite().all() and H.isfinite().all()):
            return x
        lam, V = torch.linalg.eigh(H)
        step = V @ (V.T @ g / lam.abs().clamp_min(1e-9))
        tries = x - 0.5 ** torch.arange(20, dtype=torch.float64)[:, None] * step
        inside = ((tries >= low) & (tries <= high)).all(1)
        fine = inside & (land.f(tries) < land.f(x))
        if not fine.any():
            return x
        x = tries[fine.to(torch.uint8).argmax()]
    return x


def at_start(land: Landscape, x0: float, y0: float) -> Tensor:
    """The start as a tensor, refused unless f and ∇f are finite there.

    Raises:
        ValueError: f or ∇f not finite at (x0, y0).
    """
    start = torch.tensor([x0, y0], dtype=torch.float64)
    value = land.f(start)
    if not (value.isfinite() and land.grad(start).isfinite().all()):
        what = "f(x0, y0)" if not value.isfinite() else "∇f(x0, y0)"
        raise ValueError(
            f"{what} is not a finite number at x0={x0:g}, y0={y0:g}: choose another start"
        )
    return start
