r"""How much Ax = b magnifies errors: A is 2 × 2, b a unit vector, the error a quarter of it."""

import math
from typing import Annotated, NamedTuple

import torch
from torch import Tensor

from core.convexity import sensitivity as magnified
from core.signature import between, declared

LARGE, LEAST, ERROR = 1000.0, 1e-6, 0.25


class Sensitivity(NamedTuple):
    """A, what it does to lengths, one solution and one error."""

    sigma: Tensor  # singular values, the half axes of the ellipse, (2,)
    kappa: float  # κ₂; ∞ for a singular A
    directions: Tensor  # unit vectors: of the longest and of the shortest half axis, (2, 2)
    eigenvalues: Tensor  # complex, (2,)
    b: Tensor  # unit vector, (2,)
    error: Tensor  # δb, (2,)
    x: Tensor  # A⁻¹b, (2,); 0 for a singular A
    moved: Tensor  # δx = A⁻¹δb, (2,); 0 for a singular A
    gain: float  # (‖δx‖/‖x‖)/(‖δb‖/‖b‖); ∞ for a singular A

    @property
    def solvable(self) -> bool:
        return math.isfinite(self.kappa)


Entry = Annotated[float, between(-LARGE, LARGE)]
Angle = Annotated[float, between(-180, 180)]


@declared
def sensitivity(
    a11: Entry = 1.0,
    a12: Entry = 100.0,
    a21: Entry = 0.0,
    a22: Entry = 1.0,
    beta: Angle = 0.0,
    delta: Angle = 90.0,
) -> Sensitivity:
    """Solve Ax = b and A(x + δx) = b + δb.

    Args:
        a11, a12, a21, a22: entries of A, not all of them smaller than 10⁻⁶.
        beta: direction of b in degrees.
        delta: direction of δb in degrees.

    Sources: ANA-19.
    """
    A = matrix(a11, a12, a21, a22)
    found = magnified(A)
    b, error = unit(beta), ERROR * unit(delta)
    x, gain = torch.zeros(2, dtype=torch.float64), math.inf
    moved = x
    if math.isfinite(found.kappa):
        x, moved = torch.linalg.solve(A, torch.stack([b, error], 1)).T
        gain = float(moved.norm() / x.norm()) / ERROR
    return Sensitivity(
        torch.linalg.svdvals(A), found.kappa, found.directions, torch.linalg.eigvals(A),
        b, error, x, moved, gain,
    )  # fmt: skip


def matrix(a11: float, a12: float, a21: float, a22: float) -> Tensor:
    """A.

    Raises:
        ValueError: nothing in it.
    """
    most = max(abs(each) for each in (a11, a12, a21, a22))
    if most < LEAST:
        raise ValueError(
            f"expected one of a11, a12, a21, a22 to be {LEAST:g} or more, got {most:g} at most"
        )
    return torch.tensor([[a11, a12], [a21, a22]], dtype=torch.float64)


def unit(degrees: float | Tensor) -> Tensor:
    """Unit vectors, (...) -> (..., 2)."""
    angle = torch.deg2rad(torch.as_tensor(degrees, dtype=torch.float64))
    return torch.stack([angle.cos(), angle.sin()], -1)


def worst(a11: float, a12: float, a21: float, a22: float) -> tuple[float, float]:
    """Directions of b and of δb in degrees, within ±90, that magnify most."""
    y = magnified(matrix(a11, a12, a21, a22)).directions
    angles = torch.rad2deg(torch.atan2(y[:, 1], y[:, 0])).tolist()
    return tuple((angle + 90) % 180 - 90 for angle in angles)
