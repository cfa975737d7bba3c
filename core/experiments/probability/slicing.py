r"""A cut a₁ = z through a law of two coordinates: what is left for a₂.

Three laws of the same mean and the same Σ, whose lines of equal density are the same ellipses. All
their slices have their means on one line; how wide a slice is tells them apart: with
q = (z − u₁)²/Σ₁₁ its variance is the one of the normal law times 1, (1 + q)/2 or (4 − q)/3.
"""

import math
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.probability import gaussian_conditional
from core.signature import between, declared

LAWS = ("normal", "heavy", "disc")
REACH = 6.0  # of the stage, on both axes
A2 = torch.linspace(-REACH, REACH, 241, dtype=torch.float64)
CUTS = torch.linspace(-5, 5, 101, dtype=torch.float64)


class Slice(NamedTuple):
    """The law of a₂ given a₁ = z; NaN where a₁ = z cannot happen."""

    u: Tensor  # (2,)
    Sigma: Tensor  # (2, 2)
    mean: float
    variance: float
    slope: float  # of the line of the means
    trend: Tensor  # the variance of the slice at every cut of CUTS, (101,)
    density: Tensor  # of the slice at A2, (241,); NaN for a point mass
    whole: Tensor  # density of a₂ without a cut, (241,)

    @property
    def possible(self) -> bool:
        return not math.isnan(self.variance)

    @property
    def point(self) -> bool:
        """Whether a₂ is known for certain."""
        return self.variance == 0


@declared
def slicing(
    z: Annotated[float, between(-5, 5)] = 2.5,
    law: Literal[LAWS] = "normal",
    c: Annotated[float, between(-4, 4)] = 0.8,
    v1: Annotated[float, between(0.1, 4)] = 2.0,
    v2: Annotated[float, between(0.1, 4)] = 1.0,
    u1: Annotated[float, between(-2, 2)] = 1.0,
    u2: Annotated[float, between(-2, 2)] = -1.0,
) -> Slice:
    """Cut a law of (a₁, a₂) at a₁ = z.

    Args:
        z: where it is cut.
        law: normal; Student's with 3 degrees of freedom; uniform on an ellipse.
        c: covariance Σ₁₂ = Σ₂₁, at most √(Σ₁₁Σ₂₂) in size.
        v1, v2: variances Σ₁₁ and Σ₂₂.
        u1, u2: means.

    Sources: PROB-28, PROB-30, PROB-31.
    """
    low, high = allowed(v1, v2)
    if not low * (1 + 1e-9) <= c <= high * (1 + 1e-9):
        raise ValueError(f"expected c in [{low:.4g}, {high:.4g}], or Σ has a negative eigenvalue, "
                         f"got {c:g}")  # fmt: skip
    c = min(max(c, low), high)
    u = torch.tensor([u1, u2], dtype=torch.float64)
    Sigma = torch.tensor([[v1, c], [c, v2]], dtype=torch.float64)
    mean, left = (float(each) for each in gaussian_conditional(u, Sigma, 0, z))
    q = (z - u1) ** 2 / v1
    variance = left * float(factor(law, torch.tensor(q, dtype=torch.float64)))
    if math.isnan(variance):
        mean, density = math.nan, torch.full_like(A2, math.nan)
    elif variance == 0:
        density = torch.full_like(A2, math.nan)
    else:
        root = math.sqrt(left)
        density = conditional(law, (A2 - mean) / root, q) / root
    trend = left * factor(law, (CUTS - u1) ** 2 / v1)
    whole = alone(law, (A2 - u2) ** 2 / v2) / math.sqrt(v2)
    return Slice(u, Sigma, mean, variance, c / v1, trend, density, whole)


def allowed(v1: float, v2: float) -> tuple[float, float]:
    """Which Σ₁₂ make Σ a covariance."""
    most = min(math.sqrt(v1 * v2), 4.0)
    return -most, most


def factor(law: str, q: Tensor) -> Tensor:
    """Variance of the slice over that of the normal law, at the squared distance q."""
    match law:
        case "heavy":
            return (1 + q) / 2
        case "disc":
            return torch.where(q < 4, (4 - q) / 3, torch.nan)
    return torch.ones_like(q)


def conditional(law: str, t: Tensor, q: float) -> Tensor:
    """Density of a slice, t standard deviations of the normal slice from its middle."""
    match law:
        case "heavy":  # Student's with 4 degrees of freedom
            width = math.sqrt(1 + q) / 2
            return 0.375 * (1 + (t / width) ** 2 / 4) ** -2.5 / width
        case "disc":
            half = math.sqrt(4 - q)
            return (t.abs() < half).double() / (2 * half)
    return torch.exp(-0.5 * t * t) / math.sqrt(2 * math.pi)


def alone(law: str, q: Tensor) -> Tensor:
    """Density of one coordinate, over its standard deviation, at the squared distance q."""
    match law:
        case "heavy":
            return 2 / math.pi * (1 + q) ** -2
        case "disc":
            return (4 - q).clamp_min(0.0).sqrt() / (2 * math.pi)
    return torch.exp(-0.5 * q) / math.sqrt(2 * math.pi)
