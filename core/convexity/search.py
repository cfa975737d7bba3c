"""Lowest places and roots on the line, by a grid and ever finer grids around the best of it."""

from collections.abc import Callable

import torch
from torch import Tensor

GRID = 2001  # places looked at first; what is narrower than their spacing can be missed
BEST = 12  # valleys of the grid that are followed
FINER, FOLDS = 33, 11  # places around each, and how often: each grid is 16 times finer
BETWEEN, HALVINGS = 129, 9  # places between the ends of a root, and how often

Value = Callable[[Tensor], Tensor]


def lowest(
    value: Value, low: float, high: float, grid: int = GRID, folds: int = FOLDS, best: int = BEST
) -> tuple[Tensor, Tensor]:
    """The deepest places of the valleys of a function on [low, high] and their values, ascending.

    Places where it is no number are closed. The valleys are those of a grid, `best` of them.
    Four folds find the value of a smooth valley to rounding; its place needs all of them.
    """
    x = torch.linspace(low, high, grid, dtype=torch.float64)
    v = _open(value(x))
    edge = v.new_full((1,), torch.inf)
    walls = torch.cat([edge, v, edge])
    (valleys,) = ((v <= walls[:-2]) & (v <= walls[2:]) & v.isfinite()).nonzero(as_tuple=True)
    if not len(valleys):
        return x[:0], v[:0]
    valleys = valleys[v[valleys].argsort(stable=True)[:best]]
    at, depth = x[valleys], v[valleys]
    reach, steps = (high - low) / (grid - 1), torch.linspace(-1, 1, FINER, dtype=torch.float64)
    for _ in range(folds):
        near = (at[:, None] + reach * steps).clamp(low, high)
        near = torch.cat([at[:, None], near], 1)  # the best so far wins a tie
        depth, which = _open(value(near)).min(1)
        at = near.gather(1, which[:, None])[:, 0]
        reach /= (FINER - 1) / 2
    order = depth.argsort(stable=True)
    return at[order], depth[order]


def root(value: Value, low: float, high: float) -> float:
    """Where a function that changes sign between low and high is 0, to rounding."""
    ends = torch.tensor([low, high], dtype=torch.float64)
    sign = value(ends)[0].sign()
    steps = torch.linspace(0, 1, BETWEEN, dtype=torch.float64)
    for _ in range(HALVINGS):
        x = torch.lerp(ends[0], ends[1], steps)
        other = value(x[1:]).sign() != sign
        i = int(other.to(torch.uint8).argmax()) if other.any() else BETWEEN - 2
        ends = x[i : i + 2]
    values = value(ends).abs()
    return float(ends[int(values.argmin())])


def _open(v: Tensor) -> Tensor:
    return v.nan_to_num(torch.inf, torch.inf, torch.inf)
