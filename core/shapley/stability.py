"""The core of a game: the shares that no coalition can improve on alone."""

import math
from itertools import product

import torch
from torch import Tensor

from core.shapley.coalitions import coalitions, players, slack


def excess(v: Tensor, x: Tensor) -> Tensor:
    """e(S) = v(S) − v(∅) − Σ_{i∈S} x_i, (2**n,): what S gains by leaving the shares x, (n,)."""
    n = players(v)
    if v.ndim != 1:
        raise ValueError(f"expected v to be one table of shape (2**n,), got {tuple(v.shape)}")
    if not isinstance(x, Tensor) or x.shape != (n,) or not x.isfinite().all():
        got = tuple(x.shape) if isinstance(x, Tensor) and x.shape != (n,) else x
        raise ValueError(f"expected x to be {n} finite shares, got {got}")
    return v - v[0] - coalitions(n).to(x) @ x


def in_core(v: Tensor, x: Tensor, tol: float = 1e-9) -> bool:
    """Σ x_i = v(N) − v(∅) and Σ_{i∈S} x_i ≥ v(S) − v(∅) for every S, up to `slack(v, tol)`.

    For a game of costs ask `in_core(-v, -x)`.
    """
    e, rounding = excess(v, x), slack(v, tol)
    return abs(e[-1].item()) <= rounding and e.max().item() <= rounding


def core_vertices(v: Tensor) -> Tensor:
    """Corners of the core of a game of three players, (k, 3) in order around it; k = 0 if empty.

    With v(∅) taken off, the core is the part of the plane Σ x_i = v(N) between the lines
    x_i = v({i}) and x_i = v(N) − v(N ∖ i): a polygon of at most six corners, a segment or a point.
    """
    n = players(v)
    if n != 3 or v.ndim != 1:
        raise ValueError(f"expected v with 3 players, shape (8,), got {tuple(v.shape)}")
    off, gain = slack(v), (v - v[0]).tolist()
    total = gain[7]
    low, high = (gain[1], gain[2], gain[4]), (total - gain[6], total - gain[5], total - gain[3])
    corners: list[tuple[float, ...]] = []
    for i, j in ((0, 1), (0, 2), (1, 2)):
        for xi, xj in product((low[i], high[i]), (low[j], high[j])):
            x = [total - xi - xj] * 3
            x[i], x[j] = xi, xj
            inside = all(a - off <= b <= c + off for a, b, c in zip(low, x, high, strict=True))
            if inside and all(max(abs(a - b) for a, b in zip(x, y)) > off for y in corners):
                corners.append(tuple(x))
    middle = [sum(each) / len(corners) for each in zip(*corners, strict=True)]

    def angle(x: tuple[float, ...]) -> float:
        a, b, c = (own - mean for own, mean in zip(x, middle, strict=True))
        return math.atan2((2 * c - a - b) / 6**0.5, (a - b) / 2**0.5)

    return torch.tensor(sorted(corners, key=angle), dtype=torch.float64).reshape(-1, 3)
