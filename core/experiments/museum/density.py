r"""A normal density whose quadratic form is solved twice: ½‖Σ⁻¹d‖² in the place of ½‖L⁻¹d‖².

Σ = LLᵀ has unit variances and correlation ρ, d = x − μ. ‖L⁻¹d‖² = dᵀΣ⁻¹d is right; with one more
triangular solve it is dᵀΣ⁻²d. Both agree for ρ = 0.
"""

import math
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.signature import between, declared

SIDE, CELLS = 4.0, 97  # of the view, and of the grid that is summed
FAR, FINE = 9.0, 181
RHOS = torch.linspace(-0.95, 0.95, 77, dtype=torch.float64)


class Density(NamedTuple):
    """Both codes at one place and on a grid."""

    x: Tensor  # the place, (2,)
    log: float  # log density there, as this code says
    right: float  # as it should be
    field: Tensor  # log density over the view, (CELLS, CELLS), y by rows
    mass: float  # integral of the density, summed over a wide grid
    masses: Tensor  # the same for every correlation of `RHOS`, by the formula


@declared
def density(
    code: Literal["published", "mended"] = "published",
    rho: Annotated[float, between(-0.95, 0.95)] = 0.6,
    x1: Annotated[float, between(-SIDE, SIDE)] = 1.5,
    x2: Annotated[float, between(-SIDE, SIDE)] = -1.0,
) -> Density:
    """Log density of a normal law with mean 0, unit variances and correlation rho, at (x1, x2).

    Args:
        code: with the second triangular solve, or without it.

    Source: chi-feng/mcmc-demo, issue 20, mended by pull request 21.
    """
    L = torch.linalg.cholesky(torch.tensor([[1.0, rho], [rho, 1.0]], dtype=torch.float64))
    here = torch.tensor([[x1, x2]], dtype=torch.float64)
    side = torch.linspace(-SIDE, SIDE, CELLS, dtype=torch.float64)
    wide = torch.linspace(-FAR, FAR, FINE, dtype=torch.float64)
    twice = code == "published"
    area = float(wide[1] - wide[0]) ** 2
    mass = float(log_density(L, plane(wide), twice).exp().sum()) * area
    masses = (1 - RHOS**2).sqrt() if twice else torch.ones_like(RHOS)
    field = log_density(L, plane(side), twice).view(CELLS, CELLS)
    log, right = (float(log_density(L, here, each)) for each in (twice, False))
    return Density(here[0], log, right, field, mass, masses)


def plane(side: Tensor) -> Tensor:
    """All pairs of coordinates, the first running fastest, (n², 2)."""
    y, x = torch.meshgrid(side, side, indexing="ij")
    return torch.stack([x, y], -1).view(-1, 2)


def log_density(L: Tensor, x: Tensor, twice: bool) -> Tensor:
    """Of points (n, 2); `twice` solves with Lᵀ as well."""
    solved = torch.linalg.solve_triangular(L, x.T, upper=False)
    if twice:
        solved = torch.linalg.solve_triangular(L.T, solved, upper=True)
    norm = math.log(2 * math.pi) + float(L.diagonal().log().sum())
    return -solved.square().sum(0) / 2 - norm
