"""Moves with a gain and a cost under one budget: the price λ of cost, and the best shares.

Each of n atoms has moves k with a gain and a cost. The best average gain at an average cost of at
most b, when an atom may be split among its moves, is a linear programme; its dual is the convex
min over λ ≥ 0 of λ b + mean_i max_k (gain − λ cost), and one atom at most need be split.
"""

from typing import NamedTuple

import numpy as np

ROUNDS = 200  # new prices at most; a convex polygon needs a dozen
FLAT = 1e-15  # relative to the gains: two prices that promise the same


class Price(NamedTuple):
    """The best price and the moves that touch there from either side."""

    lam: float
    far: np.ndarray  # a best move of each atom, average cost ≥ b, or ≤ b at λ = 0; (n,)
    near: np.ndarray  # a best move of each atom, average cost ≤ b; (n,)


class Share(NamedTuple):
    """Moves that spend the budget: atoms before `split` go far, those behind it stay near."""

    split: int  # the atom that does both; -1 if none has to
    part: float  # of it that goes far
    far: np.ndarray  # which atoms go far, the split one among them, (n,) bool


def price(gain: np.ndarray, cost: np.ndarray, budget: float, hint: float | None = None) -> Price:
    """Follows the lowest crossing of tangents of the dual until it is on the dual.

    Args:
        gain, cost: of the moves, (n, k); −∞ gains are never taken; each atom has a move such that
            all of these together are within the budget.
        budget: b ≥ 0.
        hint: a price near the best, where one is known.
    """
    n = len(gain)
    first = np.arange(n) * gain.shape[1]

    def mean(moves: np.ndarray) -> tuple[float, float]:
        at = first + moves
        return gain.ravel()[at].sum() / n, cost.ravel()[at].sum() / n

    most = gain.max(1, keepdims=True)
    far = np.where(gain >= most, cost, np.inf).argmin(1)
    near = np.where(gain > -np.inf, cost, np.inf).argmin(1)
    high, dear = mean(far)
    low, cheap = mean(near)
    lam = 0.0
    if dear <= budget:
        return Price(lam, far, far)
    scale = FLAT * (1 + abs(high) + abs(low))
    for _ in range(ROUNDS):
        bound = max((high - low) / (dear - cheap), 0.0)
        lam, hint = bound if hint is None else hint, None
        moves = (gain - lam * cost).argmax(1)
        value, spent = mean(moves)
        if lam == bound and value - lam * spent <= high - lam * dear + scale:
            break
        if spent > budget:
            far, high, dear = moves, value, spent
        else:
            near, low, cheap = moves, value, spent
    return Price(lam, far, near)


def share(cost: np.ndarray, found: Price, budget: float) -> Share:
    """Atoms go far one after another until the budget is spent; the last one as far as it lasts."""
    rows = np.arange(len(cost))
    more = cost[rows, found.far] - cost[rows, found.near]
    left = budget * len(cost) - cost[rows, found.near].sum()
    spent = more.cumsum()
    over = np.flatnonzero(spent > left)
    if not len(over):
        return Share(-1, 0.0, np.ones(len(cost), dtype=bool))
    split = int(over[0])
    part = (left - (spent[split] - more[split])) / more[split] if more[split] > 0 else 0.0
    return Share(split, float(np.clip(part, 0.0, 1.0)), rows <= split)
