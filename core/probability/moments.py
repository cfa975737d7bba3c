r"""Covariance of points as the law 1/n on each of them: formulas, maps, weights, ellipses.

Sources: PROB-09 to PROB-14, PROB-17, ANA-04.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import require
from core.probability.read import definite, numbers, points, probabilities, semidefinite, vector


def covariance(X: Tensor, correction: int = 0) -> Tensor:
    """Σ (x − x̄)(x − x̄)ᵀ/(n − correction), (d, d): by default E over the points themselves.

    Args:
        X: (n, d), or (n,) for one coordinate; n ≥ 2.
        correction: 0, or 1 for the estimate that is unbiased.

    Raises:
        ValueError: n < 2, a point that is not finite.
    """
    require("correction", correction, 0, 1, integer=True)
    X = points("X", X)
    off = X - X.mean(0)
    return off.T @ off / (len(X) - correction)


def rectangles(X: Tensor) -> Tensor:
    """(xᵢ − x̄)(yᵢ − ȳ) of each point of X (n, 2), (n,): signed areas whose mean is Cov(X, Y)."""
    X = points("X", X)
    if X.shape[1] != 2:
        raise ValueError(f"expected X of shape (n, 2), got {tuple(X.shape)}")
    return (X - X.mean(0)).prod(1)


def covariance_from(sigmas: Tensor, rho: float) -> Tensor:
    """The covariance [[σ₁², ρσ₁σ₂], [ρσ₁σ₂, σ₂²]], (2, 2); σ ≥ 0, ρ in [−1, 1]."""
    sigmas = vector("sigmas", sigmas, 2)
    require("the smaller of sigmas", float(sigmas.min()), 0)
    require("rho", rho, -1, 1)
    cross = float(rho * sigmas.prod())
    return torch.diag(sigmas**2) + cross * (1 - torch.eye(2, dtype=torch.float64))


def mapped(A: Tensor, Sigma: Tensor) -> Tensor:
    """Var[AX + b] = A Σ Aᵀ, (m, m), for any b; A may be singular and need not be square.

    Raises:
        ValueError: A (m, d) that does not fit Σ (d, d), Σ not symmetric or with an eigenvalue < 0.
    """
    A, Sigma = numbers("A", A), semidefinite("Sigma", Sigma)
    if A.ndim != 2 or A.shape[1] != len(Sigma) or not len(A):
        raise ValueError(f"expected A of shape (m, {len(Sigma)}), got {tuple(A.shape)}")
    return A @ Sigma @ A.T


def directional(Sigma: Tensor, angles: Tensor) -> Tensor:
    """vᵀΣv for v = (cos, sin) of each angle, (..., ): the variance seen in that direction."""
    Sigma, angles = semidefinite("Sigma", Sigma, 2), numbers("angles", angles)
    v = torch.stack([angles.cos(), angles.sin()], -1)
    return ((v @ Sigma) * v).sum(-1)


def ellipse(mean: Tensor, Sigma: Tensor, radius: float = 1.0, count: int = 200) -> Tensor:
    """The places with Mahalanobis distance `radius` from the mean, closed, (count + 1, 2).

    A singular Σ gives a flat ellipse; 1 − e^{−r²/2} of a normal law lie inside.
    """
    mean, Sigma = vector("mean", mean, 2), semidefinite("Sigma", Sigma, 2)
    require("radius", radius, 0)
    require("count", count, 8, 10_000, integer=True)
    values, axes = torch.linalg.eigh(Sigma)
    turn = torch.linspace(0, 2 * math.pi, int(count) + 1, dtype=torch.float64)
    circle = torch.stack([turn.cos(), turn.sin()], 1)
    return mean + radius * (circle * values.clamp_min(0).sqrt()) @ axes.T


# --- weighted sums ----------------------------------------------------------------------------


class Weighted(NamedTuple):
    """The two parts of a variance of a sum."""

    own: float  # Σ aᵢ² Var Xᵢ
    shared: float  # 2 Σ_{i<j} aᵢ aⱼ Cov(Xᵢ, Xⱼ)

    @property
    def variance(self) -> float:
        return self.own + self.shared


def weighted_variance(a: Tensor, Sigma: Tensor) -> Weighted:
    """Var[Σ aᵢ Xᵢ] by the sum over i and over pairs i < j; it is aᵀΣa.

    Raises:
        ValueError: a (d,) that does not fit Σ (d, d), Σ no covariance.
    """
    Sigma = semidefinite("Sigma", Sigma)
    a = vector("a", a, len(Sigma))
    pairs = torch.triu(a[:, None] * a * Sigma, 1)
    return Weighted(float((a**2 * Sigma.diagonal()).sum()), float(2 * pairs.sum()))


def least_variance(Sigma: Tensor) -> Tensor:
    """The weights of sum 1 with the least aᵀΣa: Σ⁻¹1/(1ᵀΣ⁻¹1), (d,); some may be negative.

    Raises:
        ValueError: Σ without an inverse.
    """
    Sigma = definite("Sigma", Sigma)
    a = torch.linalg.solve(Sigma, torch.ones(len(Sigma), dtype=torch.float64))
    return a / a.sum()


def equicorrelation(n: int, rho: float, sigma: float = 1.0) -> Tensor:
    """σ² on the diagonal and ρσ² beside it, (n, n); their mean has variance σ²(1/n + ρ(n − 1)/n).

    Raises:
        ValueError: ρ outside [−1/(n − 1), 1], where it is no covariance.
    """
    n = int(require("n", n, 2, 1000, integer=True))
    require("sigma", sigma, 0, above=True)
    require("rho", rho, -1 / (n - 1), 1)
    eye = torch.eye(n, dtype=torch.float64)
    return sigma**2 * (rho + (1 - rho) * eye)


# --- the same on a computer -------------------------------------------------------------------


class Variances(NamedTuple):
    """One variance by two formulas that agree on paper."""

    one_pass: float  # E[X²] − E[X]²
    two_pass: float  # E[(X − E X)²]


def shifted_variances(x: Tensor, offset: float, dtype: torch.dtype = torch.float32) -> Variances:
    """Both formulas for the variance of x + offset, every operation rounded to `dtype`.

    Args:
        x: sample, (n,), n ≥ 2, float64.
        offset: c, at most 1e12 in size; on paper it changes nothing.
        dtype: torch.float32 or torch.float64.
    """
    if dtype not in (torch.float32, torch.float64):
        raise ValueError(f"expected dtype torch.float32 or torch.float64, got {dtype}")
    require("offset", offset, -1e12, 1e12)
    y = (points("x", x)[:, 0] + offset).to(dtype)
    return Variances(float((y * y).mean() - y.mean() ** 2), float(((y - y.mean()) ** 2).mean()))


class CauchySchwarz(NamedTuple):
    """Both sides of E[XY]² ≤ E[X²] E[Y²]."""

    left: float
    right: float


def cauchy_schwarz(x: Tensor, y: Tensor, p: Tensor | None = None) -> CauchySchwarz:
    """E[XY]² and E[X²]E[Y²] of values with probabilities, alike where none are given (ANA-04).

    Args:
        x, y: values in the n rows and m columns of a table, with p (n, m); without p values of
            pairs, (n,) each.
    """
    x, y = vector("x", x), vector("y", y)
    if p is None:
        y = vector("y", y, len(x))
        return CauchySchwarz(float((x * y).mean() ** 2), float((x * x).mean() * (y * y).mean()))
    p = probabilities("p", p, (len(x), len(y)))
    squares = (x * x @ p.sum(1)) * (y * y @ p.sum(0))
    return CauchySchwarz(float((x @ p @ y) ** 2), float(squares))


def running_means(x: Tensor) -> Tensor:
    """The mean of the first k values for k = 1, …, n, (n,)."""
    x = vector("x", x)
    return x.cumsum(0) / torch.arange(1, len(x) + 1, dtype=torch.float64)
