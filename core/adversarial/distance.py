r"""How far a point of the plane really is from the boundary of a net of two classes.

>>> from core.adversarial.plane import learned
>>> net, X, y = learned("moons")
>>> near = nearest_boundary(net, X)  # near.distance, near.point
"""

import math
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from core.adversarial.linearise import points
from core.adversarial.nets import Net
from core.adversarial.plane import ground_of, zero_lines

HALF, CELLS = 5.0, 300  # of the square in which the boundary is sought
RAYS, STEPS = 129, 8  # around the nearest place of the grid, and towards the root on each


class Nearest(NamedTuple):
    """The boundary's nearest place."""

    point: Tensor  # (n, 2); the point itself where there is none
    distance: Tensor  # (n,); ∞ where the square holds no boundary


@torch.no_grad()
def nearest_boundary(net: Net, x: Tensor, *, fine: bool = True) -> Nearest:
    """The nearest place at which both scores are equal, of each of n points.

    A fine grid gives the place roughly; then roots along a fan of rays around it
    make it exact to about 10⁻³ of the distance or better. What lies outside [−5, 5]² or is smaller
    than a cell of the grid, 1/30, is not seen.

    Args:
        net: of two classes.
        x: points, (n, 2).
        fine: False stays with the grid: right to about 0.02.

    Raises:
        ValueError: points of another shape, or not finite; a net of more classes.
    """
    points(x)
    lines = _lines(net)
    if not len(lines):
        return Nearest(x, torch.full_like(x[:, 0], math.inf))
    which = torch.cdist(x, lines).argmin(1)
    best = lines[which] - x
    least = best.norm(dim=1)
    if not fine:
        return Nearest(lines[which], least)
    cell, side = 2 * HALF / CELLS, _gap(net, x) > 0
    best = _fan(net, x, side, best, 1.5 * cell / least.clamp(min=cell), cell)
    return Nearest(x + best, best.norm(dim=1))


@lru_cache(maxsize=32)
def _lines(net: Net) -> Tensor:
    """Places of the boundary, two in every cell that it crosses, (k, 2)."""
    return zero_lines(*ground_of(net, half=HALF, n=CELLS + 1))[0]


def _gap(net: Net, x: Tensor) -> Tensor:
    scores = net(x)
    return scores[..., 1] - scores[..., 0]


def _fan(net: Net, x: Tensor, side: Tensor, best: Tensor, spread: Tensor, play: float) -> Tensor:
    """The shortest way to a root along rays around `best`, at most `play` longer; (n, 2)."""
    turn = torch.linspace(-1, 1, RAYS, dtype=x.dtype) * spread[:, None]
    angle = torch.atan2(best[:, 1], best[:, 0])[:, None] + turn
    ray = torch.stack([angle.cos(), angle.sin()], -1)  # (n, RAYS, 2)
    size = best.norm(dim=1)[:, None].expand(angle.shape)

    def ahead(t: Tensor) -> Tensor:  # above 0 on the side of x
        gap = _gap(net, x[:, None] + t[..., None] * ray)
        return torch.where(side[:, None], gap, -gap)

    low, high = (size - play).clamp(min=0), size + play
    at_low, at_high = ahead(low), ahead(high)
    crosses = (at_low >= 0) & (at_high <= 0)
    t = _root(ahead, low, high, at_low, at_high)
    t = torch.where(crosses, t, math.inf)
    shortest, which = t.min(1)
    found = shortest[:, None] * ray[torch.arange(len(x)), which]
    return torch.where(shortest.isfinite()[:, None], found, best)


def _root(f, low: Tensor, high: Tensor, at_low: Tensor, at_high: Tensor) -> Tensor:
    """A root in each bracket: false position, an end that stays again counted half (Illinois)."""
    t, last = high, None
    for _ in range(STEPS):
        span = at_low - at_high
        share = at_low / torch.where(span > 0, span, 1.0)
        t = low + share.clamp(0, 1) * (high - low)
        value = f(t)
        above = value > 0
        again = torch.zeros_like(above) if last is None else above == last
        low, high = torch.where(above, t, low), torch.where(above, high, t)
        at_low, at_high = (
            torch.where(above, value, torch.where(again, at_low / 2, at_low)),
            torch.where(above, torch.where(again, at_high / 2, at_high), value),
        )
        last = above
    return t
