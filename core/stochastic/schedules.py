r"""Schedules of steps α₁, α₂, …, and the two lamps of Robbins and Monro: Σα = ∞, Σα² < ∞.

The lamps are told from the law of the schedule, never from a truncated sum; where a sum is finite
its value is Hurwitz's zeta function or a geometric series. Sources: OPT-12, E-44.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import require

LONGEST = 1_000_000
FAR = 4096  # factors multiplied one by one before a series takes the rest
TERMS = 12


class Lamps(NamedTuple):
    """Both conditions of Robbins and Monro, and the sums over all k ≥ 1."""

    explores: bool  # Σα = ∞
    settles: bool  # Σα² < ∞
    total: float  # Σα, ∞ where it diverges
    squares: float  # Σα²


@dataclass(frozen=True)
class Schedule:
    """α_k = head_k for k ≤ K, then one of two laws for ever. Made by the functions below.

    Past the head α_k = scale (k + shift)^(−power), or, where `ratio` < 1,
    α_k = scale ratio^⌊(k − 1) / hold⌋.
    """

    scale: float
    power: float = 0.0
    shift: float = 0.0
    ratio: float = 1.0
    hold: int = 1
    head: tuple[float, ...] = ()

    def alphas(self, T: int) -> Tensor:
        """α₁ … α_T, (T,) float64; T in [1, 1e6]."""
        require("T", T, 1, LONGEST, integer=True)
        k = torch.arange(1, int(T) + 1, dtype=torch.float64)
        if self.ratio < 1:
            return self.scale * self.ratio ** ((k - 1) // self.hold)
        alphas = self.scale * (k + self.shift) ** -self.power
        n = min(int(T), len(self.head))
        alphas[:n] = torch.tensor(self.head[:n], dtype=torch.float64)
        return alphas

    def tail(self, k: int, j: int = 1) -> float:
        """Σ α_i^j over i > k, for k not inside the head; ∞ where it diverges.

        For `steps` k is a multiple of hold.
        """
        if self.ratio < 1:
            rest = self.hold * self.ratio ** (j * (k // self.hold)) / (1 - self.ratio**j)
            return self.scale**j * rest
        s = j * self.power
        if s <= 1:
            return math.inf
        where = torch.tensor([s, k + 1 + self.shift], dtype=torch.float64)
        return self.scale**j * torch.special.zeta(where[0], where[1]).item()

    @cached_property
    def lamps(self) -> Lamps:
        """Whether Σα = ∞ and Σα² < ∞, by the law of the tail: p ≤ 1 and 2p > 1 for powers."""
        head = torch.tensor(self.head, dtype=torch.float64)
        total, squares = (float((head**j).sum()) + self.tail(len(head), j) for j in (1, 2))
        return Lamps(math.isinf(total), math.isfinite(squares), total, squares)

    def mean_limit(self, x0: float, curvature: float = 1.0) -> float:
        """Where the mean of x ← x − α(λx + σξ) ends: x₀ ∏ (1 − λα_k), for λα_k → c < 2.

        0 where Σα = ∞, as long as α_k falls to a limit in [0, 2/λ); ±∞ where the steps stay beyond.
        NaN where the mean flips for ever, at the limit 2/λ.
        """
        require("x0", x0)
        require("curvature", curvature, 0, above=True)
        if self.lamps.explores:
            end = math.inf if self.power < 0 else self.scale if self.power == 0 else 0.0
            if x0 == 0 or curvature * end < 2:
                return 0.0
            return math.inf if curvature * end > 2 else math.nan
        k = max(FAR, len(self.head))
        while curvature * float(self.alphas(k)[-1]) > 0.1 and 8 * k <= LONGEST:
            k *= 8
        k += -k % self.hold
        product = float((1 - curvature * self.alphas(k)).prod())
        # Σ log(1 − λα) = −Σ_j λ^j Σα^j / j
        rest = sum(curvature**j * self.tail(k, j) / j for j in range(1, TERMS + 1))
        return x0 * product * math.exp(-rest)


def power(c: float, p: float, k0: float = 0.0) -> Schedule:
    """α_k = c / (k + k₀)^p with c > 0, p in [0, 10], k₀ in [0, 1e6]."""
    require("c", c, 0, above=True)
    require("p", p, 0, 10)
    require("k0", k0, 0, 1e6)
    return Schedule(c, p, k0)


def constant(c: float) -> Schedule:
    """α_k = c > 0."""
    return power(c, 0.0)


def steps(c: float, ratio: float, hold: int) -> Schedule:
    """c for `hold` steps, then c ratio for as many, then c ratio² …; ratio in (0, 1)."""
    require("c", c, 0, above=True)
    require("ratio", ratio, 0, 1, above=True, below=True)
    require("hold", hold, 1, LONGEST, integer=True)
    return Schedule(c, ratio=ratio, hold=int(hold))


def drawn(at: Sequence[int], values: Sequence[float]) -> Schedule:
    """A schedule drawn by hand: straight between its points on log-log paper, and after them.

    Before the first point α is that point's; past the last one the line through the last two goes
    on for ever, α_k = α_K (K / k)^p, and its slope alone, to nine decimals, decides the lamps. With
    one point α stays as it is.

    Args:
        at: steps k of the points, at least one, rising whole numbers in [1, 100 000].
        values: α there, above 0.

    Raises:
        ValueError: no point, unequal lengths, steps that do not rise, a value ≤ 0.
    """
    if not len(at) or len(at) != len(values):
        got = f"{len(at)} and {len(values)}"
        raise ValueError(f"expected at and values of one length, at least 1, got {got}")
    for k, value in zip(at, values):
        require("at", k, 1, 100_000, integer=True)
        require("values", value, 0, above=True)
    if any(left >= right for left, right in pairwise(at)):
        raise ValueError(f"expected at to rise from point to point, got {list(at)}")
    logs = [math.log(value) for value in values]
    p = 0.0
    if len(at) > 1:
        p = (logs[-2] - logs[-1]) / (math.log(at[-1]) - math.log(at[-2]))
        p = round(p, 9) + 0.0  # rounding must not decide whether p ≤ 1
    head, i = [], 0
    for k in range(1, at[-1] + 1):
        while i + 1 < len(at) and k > at[i + 1]:
            i += 1
        if k <= at[0] or len(at) == 1:
            head.append(float(values[0]))
        else:
            share = math.log(k / at[i]) / math.log(at[i + 1] / at[i])
            head.append(math.exp(logs[i] + share * (logs[i + 1] - logs[i])))
    return Schedule(values[-1] * at[-1] ** p, p, head=tuple(head))
