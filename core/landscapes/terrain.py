"""Landscapes by name, on a grid, the methods sent down them, and where these may start."""

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from core.landscapes import surfaces
from core.landscapes.formula import from_formula
from core.landscapes.landscape import Landscape

# functions of `core.landscapes.surfaces`, and the student's own formula
SURFACES = ("rosenbrock", "himmelblau", "beale", "saddle", "rastrigin", "sine_valley", "logistic")
SURFACES += ("own",)
METHODS = ("gd", "momentum", "nesterov", "rmsprop", "adam")
WITH_MEMORY = ("momentum", "nesterov")
STILL = 1e-6  # ‖∇f‖ below this: the path has stopped
FORMULA = "(x^2 + y - 11)^2/20 + sin(3*x)"


@lru_cache(maxsize=64)
def surface(landscape: str, formula: str) -> Landscape:
    """The landscape of that name; for "own" the formula, refused in words if it is none."""
    return from_formula(formula) if landscape == "own" else getattr(surfaces, landscape)()


@dataclass(frozen=True, eq=False)
class Field:
    """A landscape on a grid."""

    x: Tensor  # columns, shape (90,)
    y: Tensor  # rows, shape (90,)
    z: Tensor  # f, shape (90, 90); the largest finite value where f is not finite
    low: float  # f*, or the lowest value that Newton steps from the lowest grid point find


def mesh(land: Landscape, side: int) -> Tensor:
    """A grid over the domain, shape (side, side, 2), rows follow y."""
    x, y = (torch.linspace(low, high, side, dtype=torch.float64) for low, high in land.domain)
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)


@lru_cache(maxsize=64)
def field(land: Landscape) -> Field:
    """f on a 90 by 90 grid over its domain; refused where it is finite nowhere on it."""
    points = mesh(land, 90)
    z = land.f(points)
    finite = z.isfinite()
    if not finite.any():
        raise ValueError(f"expected f to be finite somewhere on its domain, got {land.name}")
    z = z.where(finite, z[finite].max())
    low = land.f_star
    if not len(land.minima):
        low = float(land.f(_downhill(land, points.view(-1, 2)[z.argmin()])))
    return Field(points[0, :, 0], points[:, 0, 1], z, low)


def _downhill(land: Landscape, x: Tensor) -> Tensor:
    """Newton steps with |λ| in place of λ, halved until f falls and the step stays on the map."""
    low, high = torch.tensor(land.domain, dtype=torch.float64).T
    halves = 0.5 ** torch.arange(20, dtype=torch.float64)[:, None]
    for _ in range(30):
        g, H = land.grad(x), land.hessian(x)
        if not (g.isfinite().all() and H.isfinite().all()):
            return x
        lam, V = torch.linalg.eigh(H)
        tries = x - halves * (V @ (V.T @ g / lam.abs().clamp_min(1e-9)))
        fine = ((tries >= low) & (tries <= high)).all(1) & (land.f(tries) < land.f(x))
        if not fine.any():
            return x
        x = tries[fine.to(torch.uint8).argmax()]
    return x


def at_start(land: Landscape, x0: float, y0: float) -> Tensor:
    """The start as a tensor, refused unless f and ∇f are finite there."""
    start = torch.tensor([x0, y0], dtype=torch.float64)
    for what, value in (("f", land.f(start)), ("∇f", land.grad(start))):
        if not value.isfinite().all():
            at = f"x0={x0:g}, y0={y0:g}: choose another start"
            raise ValueError(f"{what}(x0, y0) is not a finite number at {at}")
    return start
