r"""Two estimators of d/dθ E[g(X)] from a batch of draws: score function and reparametrised.

X ~ N(θ, 1), X = θ + Z: the mean of (g(x) − b)(x − θ) and the mean of g′(x). Where X is uniform on
[0, θ], X = θU, the score is −1/θ, and its support moves with θ. What both have in expectation is
computed by Gauss–Legendre quadrature on the two sides of a jump of g.
"""

import math
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from numpy.polynomial.legendre import leggauss
from torch import Tensor

from core.rng import generator
from core.signature import between, declared

KINDS = ("square", "wave", "step")
LAWS = ("normal", "uniform")
BATCHES, MOST = 300, 256
JUMP, NODES, END = 2.0, 120, 10.0  # the step is at 2; |z| up to 10
SMALLEST = 0.1  # θ of the uniform law


class Score(NamedTuple):
    """Estimates of many batches, and what one draw has in expectation."""

    score: Tensor  # estimate of each batch by the score function, (300,)
    path: Tensor  # by the reparametrisation, (300,)
    gradient: float  # d/dθ E[g(X)]
    score_mean: float
    score_variance: float  # of one draw
    path_mean: float
    path_variance: float  # of one draw
    best: float  # the baseline with the smallest variance; `baseline` where all are as good
    least: float  # that variance

    @property
    def ratio(self) -> float:
        """How many times the variance of the other the score function has."""
        return self.score_variance / self.path_variance if self.path_variance > 0 else math.inf


@declared
def score(
    theta: Annotated[float, between(-5, 5)] = 0.0,
    baseline: Annotated[float, between(-50, 50)] = 0.0,
    n: Annotated[int, between(1, MOST)] = 16,
    g: Literal[KINDS] = "square",
    law: Literal[LAWS] = "normal",
    seed: Annotated[int, between(0, 2**63 - 1)] = 1,
) -> Score:
    """Both estimators on 300 batches of n draws.

    Args:
        theta: θ, mean of the normal law or right end of the uniform one (then at least 0.1).
        baseline: b, subtracted from g in the score function's estimator.
        n: draws of a batch.
        g: (x − 3)², sin 3x, or 1 from x = 2 on and else 0.
        law: of X.
        seed: of the draws.

    Sources: ANA-01.
    """
    if law == "uniform" and theta < SMALLEST:
        raise ValueError(f"expected theta in [{SMALLEST:g}, 5] for a uniform law, got {theta:g}")
    x, by_score, by_path = drawn(theta, n, law, seed)
    value = height(g, x)
    one = ((value - baseline) * by_score).mean(1)
    two = (slope(g, x) * by_path).mean(1)
    return Score(one, two, *expected(theta, baseline, g, law))


def height(g: str, x: Tensor | np.ndarray):
    """g, entry by entry."""
    if g == "square":
        return (x - 3) ** 2
    if g == "step":
        return (x >= JUMP) + 0.0 * x
    return torch.sin(3 * x) if isinstance(x, Tensor) else np.sin(3 * x)


def slope(g: str, x: Tensor | np.ndarray):
    """g′, entry by entry; 0 for the step, whose jump is not seen."""
    if g == "square":
        return 2 * (x - 3)
    if g == "step":
        return 0.0 * x
    return 3 * (torch.cos(3 * x) if isinstance(x, Tensor) else np.cos(3 * x))


def drawn(theta: float, n: int, law: str, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """x, the score there and dx/dθ there, (300, n) each."""
    noise = _noise(n, law, seed)
    if law == "normal":
        return theta + noise, noise, torch.ones_like(noise)
    return theta * noise, torch.full_like(noise, -1 / theta), noise


@lru_cache(maxsize=16)
def _noise(n: int, law: str, seed: int) -> Tensor:
    draw = torch.randn if law == "normal" else torch.rand
    return draw(BATCHES, n, generator=generator(seed), dtype=torch.float64)


def density(theta: float, law: str, x: np.ndarray) -> np.ndarray:
    """The density of X."""
    if law == "normal":
        return np.exp(-((x - theta) ** 2) / 2) / math.sqrt(2 * math.pi)
    return ((x >= 0) & (x <= theta)) / theta


@lru_cache(maxsize=256)
def expected(theta: float, baseline: float, g: str, law: str) -> tuple[float, ...]:
    """The last seven fields of `Score`."""
    x, weight, by_score, by_path = _nodes(theta, law)
    value, tilt = height(g, x), slope(g, x) * by_path
    square = weight @ by_score**2
    mean = float(weight @ ((value - baseline) * by_score))
    best = float(weight @ (value * by_score**2) / square)
    if law == "uniform":  # there the score is a constant, and no baseline changes the variance
        best = baseline
    spread = [float(weight @ ((value - b) * by_score) ** 2) for b in (baseline, best)]
    least = float(weight @ ((value - best) * by_score)) ** 2
    path = float(weight @ tilt)
    return (
        exact(theta, g, law), mean, max(0.0, spread[0] - mean**2), path,
        max(0.0, float(weight @ (tilt - path) ** 2)), best, max(0.0, spread[1] - least),
    )  # fmt: skip


def exact(theta: float, g: str, law: str) -> float:
    """d/dθ E[g(X)] in closed form."""
    if law == "uniform":
        mean = {
            "square": theta**2 / 3 - 3 * theta + 9,
            "wave": (1 - math.cos(3 * theta)) / (3 * theta),
            "step": max(0.0, 1 - JUMP / theta),
        }[g]
        return (float(height(g, np.float64(theta))) - mean) / theta
    if g == "square":
        return 2 * (theta - 3)
    if g == "wave":
        return 3 * math.cos(3 * theta) * math.exp(-4.5)
    return math.exp(-((JUMP - theta) ** 2) / 2) / math.sqrt(2 * math.pi)


def _nodes(theta: float, law: str) -> tuple[np.ndarray, ...]:
    """Places, weights of the law, score and dx/dθ there."""
    s, w = _legendre()
    low, high = (theta - END, theta + END) if law == "normal" else (0.0, theta)
    cuts = [low, min(max(JUMP, low), high), high]
    x = np.concatenate([a + (b - a) * s for a, b in pairwise(cuts)])
    weight = np.concatenate([(b - a) * w for a, b in pairwise(cuts)])
    weight = weight * (density(theta, law, x) if law == "normal" else 1 / theta)
    if law == "normal":
        return x, weight, x - theta, np.ones_like(x)
    return x, weight, np.full_like(x, -1 / theta), x / theta


@lru_cache(maxsize=1)
def _legendre() -> tuple[np.ndarray, np.ndarray]:
    s, w = leggauss(NODES)
    return (s + 1) / 2, w / 2
