r"""One liar in ten: what a share ε of false points does to four estimates of a centre.

P_ε = (1 − ε) P + ε Q, and all of Q stands at K. P is given by n points of mass 1/n each: the law
N(0, 1) by its quantiles at (i + ½)/n, a sample of it, or numbers of one's own.
"""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core import table
from core.check import require
from core.dro import contaminate, huber, mean, median, trimmed_mean
from core.dro.robust import CONSISTENT, EVEN, TRIM, TUNING
from core.rng import generator
from core.signature import between, declared

NAMES = ("mean", "median", "trimmed mean", "Huber")
POINTS = ("law", "sample", "mine")
MINE = "-1.6 -1.1 -0.7 -0.4 -0.1 0.1 0.3 0.6 0.9 1.2 1.7"
FAR, LONGEST, ROUNDS = 1e6, 64, 60
SHARES = np.sort(np.r_[np.linspace(0, 0.6, 25), 0.4999, 0.5001])
PLACES = np.geomspace(0.1, 1000, 25)


class Liar(NamedTuple):
    """The estimates before and after, in the order of `NAMES`."""

    x: Tensor  # honest points in ascending order, shape (n,)
    clean: Tensor  # estimates from these, shape (4,)
    told: Tensor  # estimates with the liars among them, shape (4,)
    scale: float  # that Huber's estimate counts in, with the liars

    moved = property(lambda self: self.told - self.clean)


@declared
def liar(
    eps: Annotated[float, between(0, 1)] = 0.1,
    K: Annotated[float, between(-FAR, FAR)] = 100.0,
    points: Literal[POINTS] = "law",
    n: Annotated[int, between(1, 2000)] = 180,
    numbers: str = MINE,
    trim: Annotated[float, between(0, 0.5, below=True)] = TRIM,
    seed: Annotated[int, between(0, 2**63 - 1)] = 1,
) -> Liar:
    """Mean, median, trimmed mean and Huber's estimate of (1 − ε) P + ε δ_K, exactly.

    Args:
        eps: share of the liars.
        K: where they stand.
        points: the honest ones: N(0, 1) by its quantiles, a sample of it, or `numbers`.
        n: how many of them; as many as there are numbers where they are one's own.
        numbers: a row of at most 64, in [−10⁶, 10⁶].
        trim: share that the trimmed mean cuts off at each end.
        seed: of the sample.

    Sources: DRO-01, DRO-02.
    """
    x, clean = _before(points, n, numbers, seed, trim)
    law = contaminate(x, eps, K)
    told, scale = _four(*law, trim)
    return Liar(x, clean, told, scale)


@lru_cache(maxsize=64)
def _before(points: str, n: int, numbers: str, seed: int, trim: float) -> tuple[Tensor, Tensor]:
    """Honest points in ascending order, and their estimates."""
    if points == "mine":
        x = table.signal(numbers, "numbers", LONGEST)
        for value in x.tolist():
            require("numbers", value, -FAR, FAR)
    elif points == "law":
        x = torch.special.ndtri((torch.arange(n, dtype=torch.float64) + 0.5) / n)
    else:
        x = torch.randn(n, generator=generator(seed), dtype=torch.float64)
    x = x.sort().values
    return x, _four(x, None, trim)[0]


def _four(x: Tensor, weights: Tensor | None, trim: float) -> tuple[Tensor, float]:
    """The estimates, and Huber's scale."""
    fit = huber(x, weights=weights)
    found = mean(x, weights), median(x, weights), trimmed_mean(x, trim, weights), fit.location
    return torch.tensor(found, dtype=torch.float64), fit.scale


@lru_cache(maxsize=64)
def over_share(x: bytes, K: float, trim: float) -> np.ndarray:
    """`estimates` of liars at K over `SHARES`; x holds the honest points as bytes of float64."""
    points = torch.from_numpy(np.frombuffer(x).copy())
    return estimates(points, SHARES, np.full(len(SHARES), K), trim)


@lru_cache(maxsize=64)
def over_place(x: bytes, eps: float, side: float, trim: float) -> np.ndarray:
    """The same of a share ε over side · `PLACES`, side being 1 or −1."""
    points = torch.from_numpy(np.frombuffer(x).copy())
    return estimates(points, np.full(len(PLACES), eps), side * PLACES, trim)


def estimates(x: Tensor, eps: np.ndarray, K: np.ndarray, trim: float) -> np.ndarray:
    """The four estimates for many shares and places at once, shape (4, k).

    Args:
        x: honest points, (n,).
        eps, K: shares and places of the liars, (k,) each.
        trim: as in `liar`.
    """
    k, n = len(eps), len(x)
    points = np.concatenate([np.broadcast_to(x.numpy(), (k, n)), np.reshape(K, (k, 1))], 1)
    mass = np.concatenate([np.repeat((1 - eps)[:, None] / n, n, 1), eps[:, None]], 1)
    order = points.argsort(1, kind="stable")
    points, mass = np.take_along_axis(points, order, 1), np.take_along_axis(mass, order, 1)
    upto = mass.cumsum(1)
    middle = _halved(points, upto)
    left = upto.clip(trim, 1 - trim) - (upto - mass).clip(trim, 1 - trim)
    trimmed = (left * points).sum(1) / left.sum(1)
    return np.stack([(mass * points).sum(1), middle, trimmed, _huber(points, mass, middle)])


def _halved(points: np.ndarray, upto: np.ndarray) -> np.ndarray:
    """Medians of rows of ascending points with their cumulated mass, (k, n) -> (k,)."""
    rows = np.arange(len(points))
    first = (upto >= 0.5 - EVEN).argmax(1)
    return (points[rows, first] + points[rows, (upto > 0.5 + EVEN).argmax(1)]) / 2


def _huber(points: np.ndarray, mass: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """Newton's steps towards Σ mass ψ = 0 within a bracket: it is a line in pieces."""
    away = np.abs(points - middle[:, None])
    order = away.argsort(1)
    spread = _halved(
        np.take_along_axis(away, order, 1), np.take_along_axis(mass, order, 1).cumsum(1)
    )
    cut = TUNING * CONSISTENT * spread
    low, high, theta = middle - cut, middle + cut, middle
    for _ in range(ROUNDS):
        gap = points - theta[:, None]
        pull = (mass * gap.clip(-cut[:, None], cut[:, None])).sum(1)
        if (np.abs(pull) <= 1e-14 * cut).all():
            break
        low, high = np.where(pull > 0, theta, low), np.where(pull > 0, high, theta)
        inside = (mass * (np.abs(gap) <= cut[:, None])).sum(1)
        step = theta + pull / np.maximum(inside, 1e-12)
        theta = np.where((low <= step) & (step <= high), step, (low + high) / 2)
    return theta
