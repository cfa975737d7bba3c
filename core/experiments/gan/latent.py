"""A trained generator of digits: two numbers in, a picture out, and a walk between two of them."""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.gan.digits import KINDS, load, nearest, read
from core.rng import generator
from core.signature import between, declared

REACH = 3.0  # of the numbers, each way
WALK = 20  # steps of the walk
DRAWN = 1000  # fakes counted
Number = Annotated[float, between(-REACH, REACH)]


class Latent(NamedTuple):
    """The walk from z to w, and what many fakes of the same generator show."""

    path: Tensor  # places of the walk, shape (21, 2); the first is z, the last w
    pictures: Tensor  # G there, grey levels 0 to 16, shape (21, 64)
    digit: Tensor  # what a network that reads digits sees in each, shape (21,)
    near: Tensor  # number of the nearest digit learned from, shape (21,)
    away: Tensor  # distance to it, grey levels in [0, 1], shape (21,)
    counts: Tensor  # of 1000 fakes with normal z, those read as 0, 1, …, 9
    typical: float  # their median distance to the nearest digit learned from


@declared
def latent(
    z1: Number = -1.0,
    z2: Number = 0.5,
    w1: Number = 1.0,
    w2: Number = -0.5,
    kind: Literal[tuple(KINDS)] = "penalty",
    seed: Annotated[int, between(0, 2**31)] = 0,
) -> Latent:
    """G of `core.gan.digits` on the segment from z to w, and on 1000 random z.

    Args:
        kind: trained with the penalty R₁ on D, or without.
        seed: of the 1000.
    """
    share = torch.linspace(0, 1, WALK + 1, dtype=torch.float64)[:, None]
    z, w = torch.tensor([[z1, z2], [w1, w2]], dtype=torch.float64)
    path = z + share * (w - z)
    pictures = load(kind).pictures(path)
    counts, typical = drawn(kind, seed)
    return Latent(path, pictures, read(pictures), *nearest(pictures), counts.clone(), typical)


@lru_cache(maxsize=64)
def drawn(kind: str, seed: int) -> tuple[Tensor, float]:
    """How many of 1000 fakes are read as each digit, and their median distance to a real one."""
    z = torch.randn(DRAWN, 2, generator=generator(seed), dtype=torch.float64)
    fakes = load(kind).pictures(z)
    return read(fakes).bincount(minlength=10), float(nearest(fakes)[1].median())
