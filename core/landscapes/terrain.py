"""Landscapes by name, on a grid, the methods sent down them, and where these may start."""

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from core.landscapes import surfaces
from core.landscapes.formula import from_formula
from core.landscapes.landscape import Landscape
from core.landscapes.matrices import eigenvalues_2x2

# functions of `core.landscapes.surfaces`, and the student's own formula
SURFACES = ("rosenbrock", "himmelblau", "beale", "saddle", "rastrigin", "sine_valley", "logistic")
SURFACES += ("own",)
METHODS = ("gd", "momentum", "nesterov", "rmsprop", "adam")
WITH_MEMORY = ("momentum", "nesterov")
STILL = 1e-8  # of the slope of the map; a path where ‖∇f‖ is smaller has stopped
FLAT = 1e-9  # of the curvature of the map, or of the other eigenvalue; a smaller one counts as 0
KINDS = {(1, 1): "minimum", (-1, -1): "maximum", (-1, 1): "saddle", (0, 1): "floor"}
KINDS |= {(-1, 0): "crest", (0, 0): "plateau"}
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
    z: Tensor  # f, shape (90, 90); −∞ as the smallest finite value, ∞ and NaN as the largest
    low: float  # f*, or the lowest value that Newton steps from the lowest grid point find
    slope: float  # ‖∇f‖ as it typically is on the map: the median where it is not 0
    bend: float  # the same of the largest |λ| of ∇²f


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
    lowest, highest = z[finite].aminmax()
    z, low = z.where(finite, highest).where(z != -math.inf, lowest), land.f_star
    if not len(land.minima):
        begin = points.view(-1, 2)[z.where(finite, highest).argmin()]
        low = float(land.f(_downhill(land, begin)))
    bend = eigenvalues_2x2(land.hessian(points)).abs().amax(-1)
    scales = (_typical(size) for size in (land.grad(points).norm(dim=-1), bend))
    return Field(points[0, :, 0], points[:, 0, 1], z, low, *scales)


def _typical(sizes: Tensor) -> float:
    some = sizes[sizes.isfinite() & (sizes > 0)]
    return float(some.median()) if len(some) else 0.0


def still(land: Landscape, grad: Tensor) -> Tensor:
    """Whether a gradient, shape (..., 2), is 0 beside the slope of the map."""
    return grad.norm(dim=-1) <= STILL * field(land).slope


def kinds(land: Landscape, x: Tensor, bend: Tensor) -> list[str]:
    """What points of gradient 0 are, by the signs of the eigenvalues of ∇²f there, ascending.

    "minimum", "maximum", "saddle"; with one eigenvalue 0 "floor" of a valley or "crest" of a ridge,
    with two "plateau"; "tip" where the second derivative says 0 and f changes nevertheless. x and
    bend have shape (n, 2).
    """
    scale, size = field(land), bend.abs().amax(-1)
    nothing = (bend.abs() <= FLAT * size[:, None]) | ~(size > FLAT * scale.bend)[:, None]
    signs = bend.sign().where(~nothing, 0.0).long().tolist()
    short = 1e-6 * (land.domain[0][1] - land.domain[0][0])
    turn = torch.arange(8, dtype=torch.float64) * (math.pi / 4)
    around = x[:, None] + short * torch.stack([turn.cos(), turn.sin()], dim=-1)
    change = (land.f(around) - land.f(x)[:, None]).abs().amax(-1)
    edge = (nothing.any(-1) & (change > 1e-3 * short * scale.slope)).tolist()
    return ["tip" if tip else KINDS[tuple(pair)] for pair, tip in zip(signs, edge)]


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
        values = land.f(tries)
        inside = ((tries >= low) & (tries <= high)).all(1)
        fine = inside & values.isfinite() & (values < land.f(x))
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
