r"""Two estimators of d/dθ E[g(X)], X ~ N(θ, 1): the score function and the reparametrised one.

By the log-derivative trick the derivative is E[g(X)(X − θ)], also with g − b for any number b, the
baseline; with X = θ + Z it is E[g′(θ + Z)]. Both are unbiased; their variances are worlds apart.

>>> exact_gradient(0.0, lambda x: (x - 3) ** 2)  # −6 both; variances 222 and 4, 82 with b = 10

Sources: ANA-01; Williams 1992, Kingma and Welling 2014.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import torch
from numpy.polynomial.hermite_e import hermegauss
from numpy.polynomial.legendre import leggauss
from torch import Tensor

from core.check import require
from core.convexity.jets import answer, derivatives

NODES = 160
MOST = 10_000_000


class Estimate(NamedTuple):
    """A mean of n independent draws."""

    mean: float
    error: float  # standard error: √(variance of one draw / n)


class Exact(NamedTuple):
    """What the estimators have in expectation, by quadrature."""

    gradient: float
    score_variance: float  # of one draw, with the baseline
    path_variance: float  # of one draw of the reparametrised estimator
    best_baseline: float  # the b with the smallest score_variance


def score_gradient(
    theta: float, g: Callable[[Tensor], Tensor], n: int, baseline: float, generator: torch.Generator
) -> Estimate:
    """The mean of (g(X) − b)(X − θ) over n draws of X ~ N(θ, 1). g need not be differentiable.

    Args:
        theta: θ; g: entry by entry; n: in [2, 10 000 000]; baseline: b.

    Raises:
        ValueError: a value outside its range, g not finite at a draw.
    """
    theta, baseline = require("theta", theta), require("baseline", baseline)
    z = _draws(n, generator)
    return _estimate((_known(g, theta + z) - baseline) * z)


def reparametrised_gradient(
    theta: float, g: Callable[[Tensor], Tensor], n: int, generator: torch.Generator
) -> Estimate:
    """The mean of g′(θ + Z) over n draws of Z ~ N(0, 1), g′ by automatic differentiation.

    A jump of g is not seen: for a step function the answer is 0.

    Args and Raises: as `score_gradient`.
    """
    theta = require("theta", theta)
    x = theta + _draws(n, generator)
    _known(g, x)
    return _estimate(derivatives(g, x, 1)[1])


def exact_gradient(theta: float, g: Callable[[Tensor], Tensor], baseline: float = 0.0) -> Exact:
    """Expectation and variances by Gauss–Hermite quadrature, exact for polynomials g to degree 78.

    The best baseline is E[g(X)(X − θ)²]/E[(X − θ)²].
    """
    theta, baseline = require("theta", theta), require("baseline", baseline)
    z, w = _nodes()
    value, slope = _known(g, theta + z), derivatives(g, theta + z, 1)[1]
    gradient = float((w * value * z).sum())
    score = (value - baseline) * z
    return Exact(
        gradient,
        float((w * (score - gradient) ** 2).sum()),
        float((w * (slope - float((w * slope).sum())) ** 2).sum()),
        float((w * value * z * z).sum()),
    )


def uniform_gradient(theta: float, g: Callable[[Tensor], Tensor]) -> tuple[float, float]:
    """X uniform on [0, θ]: d/dθ E[g(X)], and what the trick would say, −E[g(X)]/θ.

    The support moves with θ, so that ∇ and ∫ may not be exchanged: g(θ)/θ is lost.

    Raises:
        ValueError: θ ≤ 0.
    """
    require("theta", theta, 0, above=True)
    nodes, weights = _legendre()
    mean = float((weights * _known(g, theta * nodes)).sum())
    edge = float(_known(g, torch.tensor([float(theta)], dtype=torch.float64)))
    return (edge - mean) / theta, -mean / theta


@lru_cache(maxsize=1)
def _nodes() -> tuple[Tensor, Tensor]:
    z, w = (torch.as_tensor(part) for part in hermegauss(NODES))
    return z, w / math.sqrt(2 * math.pi)


@lru_cache(maxsize=1)
def _legendre() -> tuple[Tensor, Tensor]:
    s, w = (torch.as_tensor(part) for part in leggauss(64))
    return (s + 1) / 2, w / 2


def _draws(n: int, generator: torch.Generator) -> Tensor:
    require("n", n, 2, MOST, integer=True)
    return torch.randn(int(n), generator=generator, dtype=torch.float64)


def _known(g: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    value = answer(g, x)
    bad = x[~value.isfinite()]
    if len(bad):
        raise ValueError(f"expected g in (-inf, inf) everywhere, got none at {bad[0].item():g}")
    return value


def _estimate(draws: Tensor) -> Estimate:
    return Estimate(float(draws.mean()), float(draws.std() / math.sqrt(len(draws))))
