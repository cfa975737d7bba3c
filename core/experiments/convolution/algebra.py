r"""The algebra of convolution: order and brackets, where they may be changed and where not.

Three worlds. Finite signals a, b, c, where every law holds as long as nothing is cut off. Endless
signals, where (1 ∗ d) ∗ s = 0 and 1 ∗ (d ∗ s) = 1 with d = δ₀ − δ₁ and s the unit step. And the
sum Σ_t (1 + |t|)^(−p), the convolution of the constant 1 with a kernel whose tail falls like a
power.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require
from core.convolution.operator import convolve
from core.convolution.signals import hand_drawn

WORLDS = {
    "finite": "finite signals",
    "endless": "1, δ₀ − δ₁, step: endless",
    "tail": "a tail that may be too heavy",
}
LAWS = {
    "associative": "(a ∗ b) ∗ c = a ∗ (b ∗ c)",
    "commutative": "a ∗ b = b ∗ a",
    "distributive": "a ∗ (b + c) = a ∗ b + a ∗ c",
    "unit": "a ∗ δ = a",
}
MODES = {"full": "full", "same": "same", "valid": "valid", "circular": "circular"}
LONGEST = 16  # samples of a, b and c
WINDOW = 12  # endless signals are shown from -WINDOW to WINDOW
FADED = 40  # lifetimes after which a fading signal is 0 in float64
FAR = 10_000  # largest L of Σ over |t| ≤ L


class Placed(NamedTuple):
    """A finite signal: values[i] at time start + i, 0 elsewhere."""

    values: Tensor
    start: int

    def over(self, first: int, last: int) -> Tensor:
        """Its values at times first, …, last."""
        out = self.values.new_zeros(last - first + 1)
        low, high = max(first, self.start), min(last, self.start + len(self.values) - 1)
        if low <= high:
            out[low - first : high - first + 1] = self.values[
                low - self.start : high - self.start + 1
            ]
        return out


class Law(NamedTuple):
    """Both sides of a law, on the times where at least one of them is defined.

    Attributes:
        t: times, (k,), empty when both sides are.
        left, right: (k,), 0 where a side is not defined.
        lengths: samples of the two sides.
    """

    t: Tensor
    left: Tensor
    right: Tensor
    lengths: tuple[int, int]

    @property
    def gap(self) -> float:
        """Largest difference of the sides."""
        return float((self.left - self.right).abs().max()) if len(self.t) else 0.0


class Endless(NamedTuple):
    """f ∗ d ∗ s bracketed in both ways, for the endless f = 1 or f[t] = exp(−|t|/life).

    Attributes:
        u: −12, …, 12, (25,).
        f: (25,).
        inside: (f ∗ d)[u] = f[u] − f[u − 1], (25,).
        left: ((f ∗ d) ∗ s)[u], all of f ∗ d up to u, (25,).
        right: (f ∗ (d ∗ s))[u] = (f ∗ δ₀)[u], (25,).
        back: how far back a partial sum begins, T = 0, 1, …, (400,) or so.
        partial: Σ (f ∗ d)[t] over −T ≤ t ≤ 0.
    """

    u: Tensor
    f: Tensor
    inside: Tensor
    left: Tensor
    right: Tensor
    back: Tensor
    partial: Tensor


class Tail(NamedTuple):
    """S(L) = Σ over |t| ≤ L of (1 + |t|)^(−p).

    Attributes:
        L: lengths at which S is shown, ascending to 10⁴.
        S: partial sums, the shape of L.
        at: the length looked at.
        sum: S(at).
        limit: 2 ζ(p) − 1 for p > 1, else infinite.
    """

    L: Tensor
    S: Tensor
    at: int
    sum: float
    limit: float


class Algebra(NamedTuple):
    """The three worlds.

    Attributes:
        a, b, c: (≤ 16,) each.
        laws: both sides of every law, in the order of `LAWS`.
        brackets: the two inner results of the associative law, a ∗ b and b ∗ c.
        endless, tail: see there.
    """

    a: Tensor
    b: Tensor
    c: Tensor
    laws: tuple[Law, ...]
    brackets: tuple[Placed, Placed]
    endless: Endless
    tail: Tail

    def law(self, name: str) -> Law:
        """Both sides of one law."""
        return self.laws[list(LAWS).index(name)]


def algebra(
    world: str,
    law: str,
    a: str,
    b: str,
    c: str,
    mode: str,
    flip: bool,
    forever: bool,
    life: float,
    p: float,
    L: float,
) -> Algebra:
    """All laws on a, b, c; the endless triple; the sum of a tail.

    Args:
        world, law: keys of `WORLDS` and `LAWS`, the ones in the picture.
        a, b, c: 1 to 16 numbers each.
        mode: a key of `MODES`; b ∗ c alone, a kernel made of two, is always whole. In valid the
            second signal must fit into the first, else nothing is left; in circular all lie on a
            circle as long as the longest.
        flip: False puts the cross-correlation in place of every ∗.
        forever: whether the endless f is 1; else it fades within `life`.
        life: in [1, 1000].
        p: power of the tail, in [0.25, 4].
        L: the sum runs over |t| ≤ L, rounded down, L in [1, 10⁴].

    Raises:
        ValueError: an unknown name, a number out of range, a text that is no signal.
    """
    choose("world", world, tuple(WORLDS))
    choose("law", law, tuple(LAWS))
    choose("mode", mode, tuple(MODES))
    require("life", life, 1, 1000)
    require("p", p, 0.25, 4)
    require("L", L, 1, FAR)
    signals = [hand_drawn(text, name, LONGEST) for text, name in ((a, "a"), (b, "b"), (c, "c"))]
    around = max(map(len, signals)) if mode == "circular" else 0
    x, y, z = (Placed(_padded(signal, around), 0) for signal in signals)
    if mode == "same":  # the outputs then stand where a stands
        y, z = (Placed(kernel.values, -((len(kernel.values) - 1) // 2)) for kernel in (y, z))
    one = Placed(_padded(torch.ones(1, dtype=torch.float64), around), 0)

    def star(first: Placed, second: Placed) -> Placed:
        return combine(first, second, mode, flip)

    xy, xz = star(x, y), star(x, z)
    yz = combine(y, z, "circular" if around else "full", flip)
    return Algebra(
        a=signals[0],
        b=signals[1],
        c=signals[2],
        laws=(
            _law(star(xy, z), star(x, yz)),
            _law(xy, star(y, x)),
            _law(star(x, _sum(y, z)), _sum(xy, xz)),
            _law(star(x, one), x),
        ),
        brackets=(xy, yz),
        endless=_endless(forever, life),
        tail=_tail(p, int(L)),
    )


def combine(first: Placed, second: Placed, mode: str, flip: bool) -> Placed:
    """first ∗ second, or without the flip second ⋆ first, at its true times; maybe empty."""
    n, m = len(first.values), len(second.values)
    if min(n, m) == 0 or (mode == "valid" and m > n):
        return Placed(first.values[:0], 0)
    values = convolve(first.values, second.values, mode, flip=flip)
    if mode == "circular":
        return Placed(values, 0)
    cut = {"full": 0, "valid": m - 1, "same": (m - 1) // 2 if flip else m // 2}[mode]
    reach = second.start if flip else -(second.start + m - 1)
    return Placed(values, first.start + reach + cut)


def _padded(values: Tensor, length: int) -> Tensor:
    return torch.cat([values, values.new_zeros(max(0, length - len(values)))])


def _times(first: Placed, second: Placed) -> tuple[int, int] | None:
    """The first and last time at which one of the two is defined."""
    some = [x for x in (first, second) if len(x.values)]
    if not some:
        return None
    return min(x.start for x in some), max(x.start + len(x.values) - 1 for x in some)


def _sum(first: Placed, second: Placed) -> Placed:
    times = _times(first, second)
    return Placed(first.over(*times) + second.over(*times), times[0]) if times else first


def _law(left: Placed, right: Placed) -> Law:
    lengths = len(left.values), len(right.values)
    times = _times(left, right)
    if times is None:
        return Law(torch.arange(0), left.values, right.values, lengths)
    t = torch.arange(times[0], times[1] + 1)
    return Law(t, left.over(*times), right.over(*times), lengths)


def _endless(forever: bool, life: float) -> Endless:
    u = torch.arange(-WINDOW, WINDOW + 1, dtype=torch.float64)
    far = WINDOW if forever else math.ceil(FADED * life)
    t = torch.arange(-far - 1, WINDOW + 1, dtype=torch.float64)
    f = torch.ones_like(t) if forever else torch.exp(-t.abs() / life)
    inside = f.diff()  # at −far, …, WINDOW; before that 0, exactly or in float64
    summed = inside.cumsum(0)
    upto = inside[: far + 1].flip(0).cumsum(0)  # over −T ≤ t ≤ 0 for T = 0, 1, …
    back = torch.unique(torch.logspace(0, math.log10(40_001), 400, dtype=torch.float64).long()) - 1
    return Endless(
        u=u,
        f=f[-len(u) :],
        inside=inside[-len(u) :],
        left=summed[-len(u) :],
        right=f[-len(u) :],
        back=back,
        partial=upto[back.clamp(max=far)],
    )


def _tail(p: float, at: int) -> Tail:
    terms = torch.arange(1, FAR + 2, dtype=torch.float64) ** -p
    sums = 2 * terms.cumsum(0) - 1
    L = torch.unique(torch.logspace(0, math.log10(FAR), 120, dtype=torch.float64).round().long())
    # the Hurwitz zeta function at 1 is Riemann's
    zeta = float(torch.special.zeta(*torch.tensor([p, 1], dtype=torch.float64)))
    return Tail(L, sums[L], at, float(sums[at]), 2 * zeta - 1 if p > 1 else math.inf)
