r"""What a feature tells of Y: alone, beside another one, and as far as a sample shows it.

A table of two bits X₁, X₂ and their Y between XOR and a duplicate; or a pair of normal numbers,
with estimates from n draws: counts in bins of equal mass, and nearest neighbours.
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.information import (
    features,
    first_order_bias,
    ksg,
    mutual_information,
    normal_information,
    normal_pairs,
    plug_in,
    tally,
    xor_copy,
)
from core.rng import generator
from core.signature import between, declared

VIEWS = ("table", "normal")
FARTHEST, NODES = 0.99, 40  # of |ρ|; nodes in each bin
GRID = (0.0, 0.3, 0.6, 0.8, 0.9, 0.96, FARTHEST)  # |ρ| at which samples are drawn again
AGAIN = 8  # samples at each


class Told(NamedTuple):
    """What X₁ and X₂ tell of Y, in the unit chosen."""

    first: float  # I(X₁;Y)
    second: float  # I(X₂;Y)
    first_given: float  # I(X₁;Y|X₂)
    second_given: float  # I(X₂;Y|X₁)
    both: float  # I(X₁,X₂;Y)
    target: float  # H(Y)


class Sample(NamedTuple):
    """n draws of a normal pair and what is estimated from them, in the unit chosen."""

    x: Tensor  # (n,)
    y: Tensor  # (n,)
    binned: float  # I of the numbers of the bins, exactly
    plug: float  # the same from the counts of the draws
    bias: float  # what that is too large by, to first order
    ksg: float  # from distances to k-th neighbours


class Feature(NamedTuple):
    """A table or a normal pair."""

    table: Tensor  # masses [x₁, x₂, y], (2, 2, 2); (0,) for a pair
    told: Told | None
    truth: float  # I(X;Y) of the pair; 0 without one
    sample: Sample | None


@declared
def feature(
    view: Literal[VIEWS] = "table",
    t: Annotated[float, between(0, 1)] = 0.0,
    rho: Annotated[float, between(-FARTHEST, FARTHEST)] = 0.9,
    n: Annotated[int, between(20, 400)] = 100,
    bins: Annotated[int, between(2, 12)] = 8,
    k: Annotated[int, between(1, 10)] = 3,
    unit: Literal["bits", "nats"] = "bits",
    seed: Annotated[int, between(0, 2**63 - 1)] = 1,
) -> Feature:
    """Information of features of bits, or of a normal pair.

    Args:
        view: the table of bits, or the pair.
        t: share of the duplicate X₁ = X₂ = Y; the rest is Y = X₁ xor X₂ of fair coins.
        rho: correlation of the pair.
        n: draws.
        bins: of X and of Y, each with the same mass.
        k: which neighbour the distance goes to.
        unit: of all that is told.
        seed: of the draws.

    Sources: INFO-07, XAI-07, XAI-08; Kraskov, Stögbauer and Grassberger 2004.
    """
    per = math.log(2) if unit == "bits" else 1.0
    if view == "table":
        table = xor_copy(t)
        told = Told(*(float(each) / per for each in features(table)))
        return Feature(table, told, 0.0, None)
    x, y = pairs(rho, n, seed)
    counts = counted(x, y, bins)
    sample = Sample(
        x,
        y,
        float(mutual_information(masses(abs(rho), bins))) / per,
        float(plug_in(counts)) / per,
        float(first_order_bias(counts)) / per,
        ksg(x, y, k) / per,
    )
    return Feature(torch.zeros(0, dtype=torch.float64), None, normal_information(rho) / per, sample)


def pairs(rho: float, n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Draws of the pair; for −ρ they are those for ρ, upside down."""
    x, y = normal_pairs(abs(rho), n, generator(seed))
    return x, -y if rho < 0 else y


@lru_cache(maxsize=16)
def edges(bins: int) -> Tensor:
    """Where bins of equal mass meet, (bins − 1,)."""
    return torch.special.ndtri(torch.arange(1, bins, dtype=torch.float64) / bins)


def counted(x: Tensor, y: Tensor, bins: int) -> Tensor:
    """How many draws lie in each pair of bins; a bin that is empty has a row all the same."""
    at = edges(bins)
    counts = torch.zeros(bins, bins, dtype=torch.float64)
    seen = tally(torch.bucketize(x, at), torch.bucketize(y, at))
    counts[: seen.shape[0], : seen.shape[1]] = seen
    return counts


@lru_cache(maxsize=256)
def masses(rho: float, bins: int) -> Tensor:
    """The law of the pair of bins, (bins, bins), by Gauss–Legendre in each bin of X."""
    ends = torch.cat([torch.tensor([-9.0]), edges(bins), torch.tensor([9.0])]).double()
    s, w = (torch.from_numpy(each) for each in np.polynomial.legendre.leggauss(NODES))
    half = ends.diff()[:, None] / 2
    x = ends[:-1, None] + half * (1 + s)
    weight = half * w * (-0.5 * x * x).exp() / math.sqrt(2 * math.pi)
    below = torch.special.ndtr((ends - rho * x[..., None]) / math.sqrt(1 - rho * rho))
    p = (weight[..., None] * below.diff()).sum(1)
    return p / p.sum()


@lru_cache(maxsize=32)
def by_neighbours(n: int, k: int, seed: int) -> np.ndarray:
    """Estimates in nats from other samples, one row for each |ρ| of the grid, (7, 8)."""
    return _again(lambda x, y: ksg(x, y, k), n, seed)


@lru_cache(maxsize=64)
def by_bins(n: int, bins: int, seed: int) -> np.ndarray:
    """The same from counts in bins."""
    return _again(lambda x, y: float(plug_in(counted(x, y, bins))), n, seed)


def _again(estimate, n: int, seed: int) -> np.ndarray:
    seeds = [(seed + 1 + i) % 2**63 for i in range(AGAIN)]
    return np.array([[estimate(*pairs(rho, n, one)) for one in seeds] for rho in GRID])


@lru_cache(maxsize=4)
def over_dial(unit: str) -> tuple[np.ndarray, np.ndarray]:
    """t, and I(X₁;Y), I(X₁;Y|X₂), I(X₁,X₂;Y) there, (3, 81)."""
    t = torch.linspace(0, 1, 81, dtype=torch.float64)
    told = features(xor_copy(t))
    per = math.log(2) if unit == "bits" else 1.0
    return t.numpy(), torch.stack([told.first, told.first_given, told.both]).numpy() / per
