"""Estimating a normal law from points: maximum likelihood, and the law of the estimate.

Source: PROB-29.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import require
from core.probability.gaussians import Gaussian, gaussian_log_density
from core.probability.moments import covariance
from core.probability.read import numbers, points

CHUNK = 2_000_000  # normal numbers held at once


def gaussian_fit(X: Tensor) -> Gaussian:
    """x̄ and Σ̂ = Σ (x − x̄)(x − x̄)ᵀ/n, which maximise the Gaussian likelihood of X.

    Σ̂ is biased, E Σ̂ = (n − 1)/n Σ, and singular for n ≤ d: see `rank`.

    Args:
        X: (n, d), or (n,) for one coordinate; n ≥ 2.
    """
    X = points("X", X)
    return Gaussian(X.mean(0), covariance(X))


def rank(X: Tensor) -> int:
    """The number of directions in which the points vary, at most min(d, n − 1).

    Below d their covariance is singular, and a normal law with it has no density.
    """
    X = points("X", X)
    off = X - X.mean(0)
    scale = max(float(off.abs().max()), float(X.abs().max()) * 1e-3)  # beside rounding of x̄
    return int((torch.linalg.svdvals(off) > 1e-12 * scale * math.sqrt(len(X))).sum())


def log_likelihood(X: Tensor, mu: Tensor, Sigma: Tensor) -> float:
    """Σ ln N(xᵢ; μ, Σ) in nats; refuses what `gaussian_log_density` refuses."""
    return float(gaussian_log_density(points("X", X), mu, Sigma).sum())


class Estimates(NamedTuple):
    """Variances estimated from many samples of the same size."""

    values: Tensor  # Σ (x − x̄)²/(n − correction) of each, (repetitions,)
    mean: float
    error: float  # standard error of that mean
    exact: float  # what the mean tends to: σ² (n − 1)/(n − correction)


def variance_estimates(
    n: int, repetitions: int, generator: torch.Generator, sigma: float = 1.0, correction: int = 0
) -> Estimates:
    """The estimate of σ² from n normal values, repeated.

    Args:
        n: size of each sample, 2 to 1000.
        repetitions: 2 to 200 000.
        correction: 0 for the ML estimate, 1 for the unbiased one.
    """
    n = int(require("n", n, 2, 1000, integer=True))
    repetitions = int(require("repetitions", repetitions, 2, 200_000, integer=True))
    require("sigma", sigma, 0, above=True)
    require("correction", correction, 0, 1, integer=True)
    rows, found = max(1, CHUNK // n), []
    for start in range(0, repetitions, rows):
        size = (min(rows, repetitions - start), n)
        x = sigma * torch.randn(size, generator=generator, dtype=torch.float64)
        found.append(x.var(1, correction=correction))
    values = torch.cat(found)
    error = float(values.std() / math.sqrt(repetitions))
    return Estimates(values, float(values.mean()), error, sigma**2 * (n - 1) / (n - correction))


def variance_estimate_density(s: Tensor, n: int, sigma: float = 1.0, correction: int = 0) -> Tensor:
    """The density of that estimate at s, of its shape: σ²/(n − correction) times χ² of n − 1."""
    n = int(require("n", n, 2, 1000, integer=True))
    require("sigma", sigma, 0, above=True)
    require("correction", correction, 0, 1, integer=True)
    s, half = numbers("s", s), (n - 1) / 2
    scale = 2 * sigma**2 / (n - correction)
    z = s.clamp_min(0.0) / scale
    power = torch.xlogy(torch.tensor(half - 1, dtype=torch.float64), z)
    return torch.where(s > 0, torch.exp(power - z - math.lgamma(half)) / scale, 0.0)
