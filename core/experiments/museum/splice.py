"""Shares of real samples that do not add up to 1: a list that is shortened while it is read.

Of a flat list x₁ y₁ x₂ y₂ … the next pair was to be read at place 2i; the call that was used takes
2i + 2 numbers from there and removes them. What comes later moves up, and place 2i soon lies beyond
the end.
"""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.rng import generator
from core.signature import between, declared

ATLAS = 12_000  # points in the list
MOST = 1000
LOW, HIGH, BINS = -3.0, 3.0, 24
COUNTS = torch.arange(1, MOST + 1)


class Shares(NamedTuple):
    """What is counted of n points that are asked for."""

    counted: int
    shares: Tensor  # of each bin, as shown: counts over n, (BINS,)
    right: Tensor  # the same of the first n points, (BINS,)
    sums: Tensor  # what the shares add up to when 1, …, MOST points are asked for
    last: int  # number of the last point that was read, from 0


@declared
def splice(
    code: Literal["published", "mended"] = "published",
    n: Annotated[int, between(1, MOST)] = 450,
    seed: Annotated[int, between(0, 999)] = 0,
) -> Shares:
    """Bin n of 12 000 real points by their first coordinate.

    Args:
        code: the list loses what was read, or it stays as it is.
        n: points that are asked for; what is shown is counts over n.

    Source: poloclub/ganlab, demo/ganlab_evaluators.ts, since 2018.
    """
    points = real(seed)
    places = read(n) if code == "published" else list(range(n))
    shares, right = (binned(points[at]) / n for at in (places, list(range(n))))
    reach = COUNTS.clamp(max=len(read(MOST))) if code == "published" else COUNTS
    return Shares(len(places), shares, right, reach / COUNTS.double(), places[-1])


def binned(x: Tensor) -> Tensor:
    """Counts of the bins from LOW to HIGH; what lies beyond belongs to the outer ones."""
    width = (HIGH - LOW) / BINS
    at = ((x - LOW) / width).floor().long().clamp(0, BINS - 1)
    return torch.bincount(at, minlength=BINS).double()


@lru_cache(maxsize=8)
def real(seed: int) -> Tensor:
    """First coordinates of two heaps of points, (ATLAS,)."""
    rng = generator(seed)
    side = (torch.rand(ATLAS, generator=rng, dtype=torch.float64) < 0.5).double() * 2 - 1
    return 1.2 * side + 0.45 * torch.randn(ATLAS, generator=rng, dtype=torch.float64)


@lru_cache(maxsize=64)
def read(n: int) -> list[int]:
    """Numbers of the points that are read of a list that loses 2i + 2 numbers at place 2i."""
    length, gone, found = 2 * ATLAS, 0, []
    for i in range(n):
        if length - 2 * i < 2:
            break
        found.append((2 * i + gone) // 2)
        taken = min(2 * i + 2, length - 2 * i)
        length, gone = length - taken, gone + taken
    return found
