"""Named games, each a table (2**n,) float64 with S at index Σ 2^i."""

import math
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from core.check import require
from core.rng import generator
from core.shapley.coalitions import MOST, Names, coalitions, complete, spelled


def table(worth: Mapping[Iterable[int], float], n: int) -> Tensor:
    """v(S) for every S from {(): 0.0, (0,): 1.0, (0, 1): …}, players counted from 0 (XAI-14).

    A coalition that is missing or given twice is refused by name.
    """
    require("n", n, 1, MOST, integer=True)
    given: dict[int, float] = {}
    for members, value in worth.items():
        for i in members:
            require("a player", i, 0, n - 1, integer=True)
        s = sum(1 << i for i in set(members))
        if s in given:
            raise ValueError(f"expected every coalition once, got v({spelled(s)}) twice")
        given[s] = require(f"v({spelled(s)})", value)
    return complete(given, n)


def glove(left: int = 1, right: int = 2) -> Tensor:
    """v(S) = min(left gloves in S, right gloves in S): a pair is worth 1, one glove nothing.

    The first `left` players hold a left glove, the next `right` a right one. φ = (⅔, ⅙, ⅙) at the
    defaults (XAI-17).
    """
    require("left", left, 0, MOST, integer=True)
    require("right", right, 0, MOST, integer=True)
    if not left + right:
        raise ValueError("expected left + right in [1, 20], got 0")
    S = coalitions(left + right)
    return torch.minimum(S[:, :left].sum(-1), S[:, left:].sum(-1)).double()


def glove_names(left: int = 1, right: int = 2) -> Names:
    """L, R₁, R₂: what the players of `glove` hold."""
    low = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
    return tuple(
        name + (f"{i + 1}".translate(low) if count > 1 else "")
        for name, count in (("L", left), ("R", right))
        for i in range(count)
    )


def airport(costs: Sequence[float] = (1.0, 2.0, 3.0)) -> Tensor:
    """v(S) = max_{i∈S} costs[i], the runway that serves all of S; the core is that of −v.

    φ = (⅓, ⅚, 1⅚) at the defaults (XAI-17).
    """
    c = _numbers("costs", costs, 0.0)
    return torch.where(coalitions(len(c)), c, 0.0).amax(-1)


def voting(weights: Sequence[float] = (49.0, 49.0, 2.0), quota: float | None = None) -> Tensor:
    """v(S) = 1 if S has more than `quota` of the weight, else 0; half of the total by default.

    φ = (⅓, ⅓, ⅓) at the defaults (XAI-17). Shapley and Shubik (1954).
    """
    w = _numbers("weights", weights, 0.0)
    quota = math.fsum(w.tolist()) / 2 if quota is None else require("quota", quota, 0.0)
    # summed exactly, as at a tie the last bit decides
    sums = [math.fsum(w[row].tolist()) for row in coalitions(len(w))]
    return (torch.tensor(sums, dtype=torch.float64) > quota).double()


def unanimity(n: int = 3, members: Iterable[int] = (0, 1)) -> Tensor:
    """v(S) = 1 if all `members` are in S, else 0; φ_i = 1/|members| for them, 0 for the others."""
    require("n", n, 1, MOST, integer=True)
    needed = sorted({int(require("a member", i, 0, n - 1, integer=True)) for i in members})
    if not needed:
        raise ValueError("expected members to have at least 1 player, got 0")
    return coalitions(n)[:, needed].all(-1).double()


def random_game(n: int = 5, seed: int = 0) -> Tensor:
    """v(S) standard normal and independent for every S ≠ ∅, v(∅) = 0."""
    require("n", n, 1, MOST, integer=True)
    v = torch.randn(2**n, generator=generator(seed), dtype=torch.float64)
    v[0] = 0.0
    return v


def _numbers(name: str, values: Sequence[float], low: float) -> Tensor:
    require(f"the number of {name}", len(values), 1, MOST, integer=True)
    checked = [require(f"{name}[{i}]", float(value), low) for i, value in enumerate(values)]
    return torch.tensor(checked, dtype=torch.float64)
