r"""Chords, tangents, and the search for a pair that proves a function not convex.

>>> well = shape("well")
>>> chord_gap(well, -1.0, 1.0, 0.5)  # −1: the graph is above the chord
>>> counterexample(well, -2, 2, generator(0))  # (−1, 1)

Sources: ANA-07 to ANA-10.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import require
from core.convexity.jets import Function, answer, derivatives, interval, places
from core.convexity.search import lowest

SIDE = 257  # places of the grid: every pair of them with a middle on it is tried
RANDOM = 8192  # pairs besides, of all lengths down to 1e-4 of the interval
TRIED = (SIDE // 2) ** 2 + RANDOM
SPANS = 10 ** torch.linspace(-6, -0.5, 40, dtype=torch.float64)  # where f″ is lowest, of the width
RELATIVE = 1e-7  # a violation below this part of the rise and fall over the pair is none
ROUNDING = 64 * torch.finfo(torch.float64).eps
FINER, FOLDS = 9, 20  # places along each side of a patch of pairs, and how often it is halved


class Pair(NamedTuple):
    """Two places whose middle lies above the chord between them."""

    x: float
    y: float


def chord_gap(f: Function, x: float | Tensor, y: float | Tensor, lam: float | Tensor) -> Tensor:
    """λ f(x) + (1 − λ) f(y) − f(λ x + (1 − λ) y): nowhere negative if f is convex.

    Args:
        f: entry by entry, or of points (..., d) with values (...).
        x, y: places that broadcast, or points (..., d).
        lam: λ in [0, 1], broadcasts with the values of f.

    Returns:
        float64, the shape of the values.

    Raises:
        ValueError: λ outside [0, 1], a place outside of the domain of f or where it is not finite.
    """
    x, y, lam = places("x", x), places("y", y), places("lam", lam)
    for value in (lam.min().item(), lam.max().item()):
        require("lam", value, 0, 1)
    f_x, f_y = _finite(f, "x", x), _finite(f, "y", y)
    share = lam[..., None] if f_x.ndim < x.ndim else lam
    return lam * f_x + (1 - lam) * f_y - _finite(f, "x", share * x + (1 - share) * y)


def tangent_gap(f: Function, x: float | Tensor, y: float | Tensor) -> Tensor:
    """f(y) − f(x) − f′(x)(y − x): nowhere negative if f is convex (ANA-09).

    x and y are places on the line that broadcast; at a corner f′ is the mean of both sides.
    """
    x, y = places("x", x), places("y", y)
    value, slope = derivatives(f, x, 1)
    return _finite(f, "y", y) - value - slope * (y - x)


def below_tangent(f: Function, pair: tuple[float, float]) -> Pair:
    """Where a tangent touches and where the graph is below it, from a pair of `counterexample`.

    The tangent at the middle: both of its gaps together are twice the gap of the chord, < 0.
    """
    x, y = pair
    ends = torch.tensor([x, y], dtype=torch.float64)
    gaps = tangent_gap(f, (x + y) / 2, ends)
    return Pair((x + y) / 2, float(ends[int(gaps.argmin())]))


def counterexample(f: Function, low: float, high: float, generator: torch.Generator) -> Pair | None:
    """A pair in [low, high] whose middle lies above its chord, or None among the N = `TRIED` tried.

    16 384 pairs of a grid of 257 places and 8192 random ones of all lengths are tried; the
    largest violation is then climbed to its top in the square of pairs. Where none is found, pairs
    of 40 lengths are tried where f″ is lowest and negative. The threshold does not depend on
    units: a violation counts when it exceeds 1e-7 of |f(x) − f(m)| + |f(y) − f(m)|, m the middle,
    and the rounding of the three values. Places where f is not finite are left out.

    None is no proof: a dent narrower than 1e-3 of the interval can be missed.

    Raises:
        ValueError: low ≥ high, or f finite nowhere among the places tried.
    """
    low, high = interval(low, high)
    grid = torch.linspace(low, high, SIDE, dtype=torch.float64)
    value = answer(f, grid)
    i, j = _pairs()
    x, m, y = grid[i], grid[(i + j) // 2], grid[j]
    values = [value[i], value[(i + j) // 2], value[j]]
    u, v = torch.rand(2, RANDOM, generator=generator, dtype=torch.float64)
    half = (high - low) / 2 * 10 ** (-3.7 * u)
    middle = low + half + v * (high - low - 2 * half)
    sides = (middle - half).clamp(low, high), middle, (middle + half).clamp(low, high)
    extra = answer(f, torch.cat(sides)).chunk(3)
    x, m, y = (torch.cat(both) for both in zip((x, m, y), sides))
    over = _violation(x, y, *(torch.cat(both) for both in zip(values, extra)))
    if over.isnan().all():
        raise ValueError(f"expected f finite somewhere in [{low:g}, {high:g}], got none")
    over = over.nan_to_num(0.0)
    if not (over > 0).any():
        x, y, over = _at_dents(f, low, high)
        if not (over > 0).any():
            return None
    best = int(over.argmax())
    return _climbed(f, float(x[best]), float(y[best]), low, high, float(over[best]))


def _at_dents(f: Function, low: float, high: float) -> tuple[Tensor, Tensor, Tensor]:
    """Pairs around the lowest f″ of [low, high], and their violations."""
    found, bend = lowest(lambda x: derivatives(f, x, 2)[2], low, high, 4 * SIDE, 7, 6)
    found = found[bend < 0]
    half = SPANS * (high - low) / 2
    middle = found[:, None].maximum(low + half).minimum(high - half).flatten()
    half = half.repeat(len(found))
    x, y = (middle - half).clamp(low, high), (middle + half).clamp(low, high)
    values = answer(f, torch.cat([x, (x + y) / 2, y])).chunk(3)
    return x, y, _violation(x, y, *values).nan_to_num(0.0)


@lru_cache(maxsize=1)
def _pairs() -> tuple[Tensor, Tensor]:
    """All i < j of the grid with a middle on it."""
    i, j = torch.triu_indices(SIDE, SIDE, 2)
    kept = (j - i) % 2 == 0
    return i[kept], j[kept]


def _violation(x: Tensor, y: Tensor, f_x: Tensor, f_m: Tensor, f_y: Tensor) -> Tensor:
    """f(m) − (f(x) + f(y))/2 where it counts, else 0; NaN where a value is not finite."""
    over = (f_m - f_x) / 2 + (f_m - f_y) / 2
    change = (f_x - f_m).abs() + (f_y - f_m).abs()
    blur = ROUNDING * torch.maximum(x.abs(), y.abs()) / (y - x).abs()  # of the places themselves
    rounding = ROUNDING * (f_x.abs() + f_y.abs() + 2 * f_m.abs())
    known = over.isfinite() & change.isfinite() & rounding.isfinite()
    counts = over > (RELATIVE + blur) * change + rounding
    return over.where(counts, 0.0).where(known, math.nan)


def _climbed(f: Function, x: float, y: float, low: float, high: float, over: float) -> Pair:
    """The top of the violation near a pair, by patches of pairs that halve."""
    steps = torch.linspace(-1, 1, FINER, dtype=torch.float64)
    dx, dy = (t.flatten() for t in torch.meshgrid(steps, steps, indexing="ij"))
    reach = (high - low) / 64
    for _ in range(FOLDS):
        xs, ys = (x + reach * dx).clamp(low, high), (y + reach * dy).clamp(low, high)
        ms = (xs + ys) / 2
        v = _violation(xs, ys, *(answer(f, each) for each in (xs, ms, ys)))
        v = v.nan_to_num(0.0).where(xs < ys, 0.0)
        best = int(v.argmax())
        if v[best] > over:
            x, y, over = float(xs[best]), float(ys[best]), float(v[best])
        reach /= 2
    return Pair(x, y)


def _finite(f: Function, name: str, x: Tensor) -> Tensor:
    value = f(x)
    bad = ~value.isfinite()
    if bad.any():
        where = x[bad].flatten()[0].item()
        raise ValueError(f"expected {name} where f is finite, got {where:g}")
    return value.to(torch.float64)
