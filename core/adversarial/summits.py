"""The highest place of a ball in the plane, found by looking everywhere; places spread evenly.

>>> x = torch.zeros(2, dtype=torch.float64)
>>> found = summits(lambda z: z[..., 0], x, torch.tensor([0.5, 1.0]).double(), 2)
>>> found.places  # [[0.5, 0], [1, 0]]

What any attack in the ball reaches is at most this, up to what lies between the places looked at.
Source: ROB-03.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from core.adversarial.balls import threat
from core.check import require

RIM = 64  # places on the rim of a ball, corners and tips among them
FOLD = 7  # places along each side of a patch that is looked at more closely
FOLDS = 4  # so often, each patch a third of the one before

Height = Callable[[Tensor], Tensor]  # (..., 2) -> (...)


class Summits(NamedTuple):
    """The highest places of balls around one point, and the places of a grid that led there."""

    places: Tensor  # (n, 2)
    radii: Tensor  # of the balls, (n,)
    ground: Tensor  # radius, place on the rim and height of the best of the grid, (n, 3)


def rim(p: float, at: Tensor | None = None) -> Tensor:
    """Places of the rim of the unit ball, (..., 2): `at` of its length, in turns; 64 by default.

    Raises:
        ValueError: another norm than 1, 2, ∞.
    """
    p = threat(p)
    if at is None:
        return _even_rim(p)
    if p == 2:
        return torch.stack([(2 * math.pi * at).cos(), (2 * math.pi * at).sin()], -1)
    # the diamond |a| + |b| = 1; the square is the diamond turned by 45° and stretched
    turn = 4 * at.remainder(1)
    a = (2 - turn).abs() - 1
    b = 1 - (1 - turn.where(turn < 3, turn - 4)).abs()
    return torch.stack([a, b] if p == 1 else [a - b, a + b], -1)


@lru_cache(maxsize=8)
def _even_rim(p: float) -> Tensor:
    return rim(p, torch.arange(RIM, dtype=torch.float64) / RIM)


@lru_cache(maxsize=64)
def spread(p: float, count: int) -> Tensor:
    """The middle of the unit ball, then places spread evenly over it (Halton), (count, 2).

    Raises:
        ValueError: another norm than 1, 2, ∞, count outside [1, 100 000].
    """
    p = threat(p)
    require("count", count, 1, 100_000, integer=True)
    u = [[_mirrored(k, base) for base in (2, 3)] for k in range(count)]
    u = torch.tensor(u, dtype=torch.float64)
    if p == 2:
        angle = 2 * math.pi * u[:, 1]
        found = u[:, :1].sqrt() * torch.stack([angle.cos(), angle.sin()], 1)
    else:
        found = 2 * u - 1
        if p == 1:
            found = torch.stack([found.sum(1), found[:, 0] - found[:, 1]], 1) / 2
    found[0] = 0
    return found


def _mirrored(k: int, base: int) -> float:
    """The digits of k behind the point, the last one first: 6 = 110 in base 2 is 0.011."""
    value, share = 0.0, 1.0 / base
    while k:
        k, digit = divmod(k, base)
        value, share = value + digit * share, share / base
    return value


def summits(height: Height, x: Tensor, radii: Tensor, p: float) -> Summits:
    """The highest place of each of the balls around x, from 64 places on each rim.

    Args:
        height: what is to be high.
        x: the middle, (2,).
        radii: ascending, (n,): the smaller balls are the grid of the larger ones.
        p: norm of the balls, 1, 2 or ∞.
    """
    rings, which = height(x + radii[:, None, None] * rim(p)).max(1)
    tops, ring = rings.cummax(0)
    ground = torch.stack([radii[ring], which[ring] / RIM, tops], 1)
    places = _refined(height, x, radii, p, ground, _apart(radii))
    # what a smaller ball holds, the larger one holds too
    return Summits(places[height(places).cummax(0).indices], radii, ground)


def summit(height: Height, x: Tensor, eps: float, p: float, known: Summits) -> Tensor:
    """The highest place of one more ball, (2,), given those of others around the same point."""
    edge, which = height(x + eps * rim(p)).max(0)
    seed = torch.tensor([eps, float(which) / RIM, float(edge)], dtype=x.dtype)
    smaller = int((eps >= known.radii).sum())
    if smaller and known.ground[smaller - 1, 2] > edge:
        seed = known.ground[smaller - 1]
    size = torch.tensor([eps], dtype=x.dtype)
    found = _refined(height, x, size, p, seed[None], _apart(known.radii))
    both = torch.cat([found, known.places[max(0, smaller - 1) : smaller]])
    return both[height(both).argmax()]


def _apart(radii: Tensor) -> float:
    return float(radii.diff().max()) if len(radii) > 1 else float(radii[0])


def _refined(
    height: Height, x: Tensor, eps: Tensor, p: float, ground: Tensor, apart: float
) -> Tensor:
    """From places of a grid to higher ones nearby, never out of the ball, (n, 2)."""
    side = torch.linspace(-1, 1, FOLD, dtype=x.dtype)
    dr, dt = (each.reshape(-1) for each in torch.meshgrid(side, side, indexing="ij"))
    r, t, rows = ground[:, 0], ground[:, 1], torch.arange(len(eps))
    for fold in range(FOLDS):
        scale = (FOLD // 2) ** -fold
        radii = (r[:, None] + scale * apart * dr).clamp(min=0).minimum(eps[:, None])
        turns = t[:, None] + scale / RIM * dt
        found = x + radii[..., None] * rim(p, turns)
        which = height(found).argmax(1)
        r, t = radii[rows, which], turns[rows, which]
    return found[rows, which]
