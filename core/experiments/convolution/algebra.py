r"""The algebra of convolution: order and brackets, where they may be changed and where not.

Three worlds. Finite signals a, b, c, where every law holds as long as nothing is cut off. Endless
signals, where (1 ∗ d) ∗ s = 0 and 1 ∗ (d ∗ s) = 1 with d = δ₀ − δ₁ and s the unit step. And the
sum Σ_t (1 + |t|)^(−p), the convolution of the constant 1 with a kernel whose tail falls like a
power.
"""

import math
from functools import partial
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.convolution.operator import convolve
from core.convolution.signals import hand_drawn
from core.convolution.spectra import filled
from core.signature import between, declared

LAWS = {
    "associative": "(a ∗ b) ∗ c = a ∗ (b ∗ c)",
    "commutative": "a ∗ b = b ∗ a",
    "distributive": "a ∗ (b + c) = a ∗ b + a ∗ c",
    "unit": "a ∗ δ = a",
}
CORRELATED = {  # (h ⋆ f)[u] = Σ_t h[t] f[u + t] in place of f ∗ h
    "associative": "c ⋆ (b ⋆ a) = (c ⋆ b) ⋆ a",
    "commutative": "b ⋆ a = a ⋆ b",
    "distributive": "(b + c) ⋆ a = b ⋆ a + c ⋆ a",
    "unit": "δ ⋆ a = a",
}
LONGEST = 16  # samples of a, b and c
WINDOW = 12  # endless signals are shown from -WINDOW to WINDOW
FADED = 40  # lifetimes after which a fading signal is 0 in float64
FAR = 10_000  # largest L of Σ over |t| ≤ L


class Placed(NamedTuple):
    """A finite signal: values[i] at time start + i, 0 elsewhere."""

    values: Tensor
    start: int

    def over(self, first: int, last: int, fill: float = 0.0) -> Tensor:
        """Its values at times first, …, last, `fill` where it has none."""
        out = self.values.new_full((last - first + 1,), fill)
        low, high = max(first, self.start), min(last + 1, self.start + len(self.values))
        if low < high:
            out[low - first : high - first] = self.values[low - self.start : high - self.start]
        return out


class Law(NamedTuple):
    """Both sides of a law at the times where one of them is defined, 0 where a side is not."""

    t: Tensor  # times, (k,), empty when both sides are
    left: Tensor  # (k,)
    right: Tensor
    lengths: tuple[int, int]  # samples of the two sides

    @property
    def gap(self) -> float:
        """Largest difference of the sides."""
        return float((self.left - self.right).abs().max()) if len(self.t) else 0.0


class Endless(NamedTuple):
    """f ∗ d ∗ s bracketed in both ways, at the times u = −12, …, 12."""

    f: Tensor  # f[t] from where it is 0 in float64 (or from −13, for f = 1) up to t = 12

    @property
    def right(self) -> Tensor:
        """(f ∗ (d ∗ s))[u] = (f ∗ δ₀)[u], (25,)."""
        return self.f[-2 * WINDOW - 1 :]

    @property
    def inside(self) -> Tensor:
        """(f ∗ d)[u] = f[u] − f[u − 1], (25,)."""
        return self.f.diff()[-2 * WINDOW - 1 :]

    @property
    def left(self) -> Tensor:
        """((f ∗ d) ∗ s)[u], all of f ∗ d up to u, (25,)."""
        return self.f.diff().cumsum(0)[-2 * WINDOW - 1 :]

    def partial(self, back: Tensor) -> Tensor:
        """Σ (f ∗ d)[t] over −T ≤ t ≤ 0 for every T of `back`."""
        sums = self.f.diff()[:-WINDOW].flip(0).cumsum(0)
        return sums[back.clamp(max=len(sums) - 1)]

    @property
    def centre(self) -> tuple[float, float]:
        """The left and the right bracketing at u = 0."""
        return float(self.left[WINDOW]), float(self.right[WINDOW])


class Algebra(NamedTuple):
    """The three worlds."""

    a: Tensor  # (≤ 16,), and so are
    b: Tensor
    c: Tensor
    laws: dict[str, Law]  # both sides of every law, by the keys of `LAWS`
    brackets: tuple[Placed, Placed]  # the two inner results of the associative law, a ∗ b and b ∗ c
    endless: Endless
    sums: Tensor  # S(L) = Σ over |t| ≤ L of (1 + |t|)^(−p) for L = 0, …, 10⁴

    def size(self, law: str) -> float:
        """How large a side of the law can be, Σ|a| Σ|b| Σ|c| for the associative one, or 1."""
        a, b, c = (float(signal.abs().sum()) for signal in (self.a, self.b, self.c))
        sides = {"associative": a * b * c, "commutative": a * b, "distributive": a * (b + c)}
        return sides.get(law, a) or 1.0


@declared
def algebra(
    a: str = "2 3 0 1 2 0 1",
    b: str = "1 2 1",
    c: str = "1 2 1",
    mode: Literal["full", "same", "valid", "circular"] = "same",
    flip: bool = True,
    forever: bool = True,
    life: Annotated[float, between(1, 1000)] = 20.0,
    p: Annotated[float, between(0.25, 4)] = 1.0,
) -> Algebra:
    """All laws on a, b, c; the endless triple; the sum of a tail.

    Args:
        a, b, c: 1 to 16 numbers each.
        mode: what is kept of a ∗ …; b ∗ c alone, a kernel made of two, is always whole. In valid
            the second signal must fit into the first, else nothing is left; in circular all lie on
            a circle as long as the longest.
        flip: False puts h ⋆ f in place of every f ∗ h, see `CORRELATED`.
        forever: whether the endless f is 1; else f[t] = exp(−|t|/life).
        life: samples within which f fades.
    """
    signals = [hand_drawn(text, name, LONGEST) for text, name in ((a, "a"), (b, "b"), (c, "c"))]
    around = max(map(len, signals)) if mode == "circular" else 0
    one = torch.ones(1, dtype=torch.float64)
    x, y, z, one = (
        Placed(filled(signal, max(len(signal), around)), 0) for signal in (*signals, one)
    )
    if mode == "same":  # the outputs then stand where a stands
        y, z = (Placed(kernel.values, -((len(kernel.values) - 1) // 2)) for kernel in (y, z))
    star = partial(combine, mode=mode, flip=flip)
    xy, xz, yz = star(x, y), star(x, z), combine(y, z, "circular" if around else "full", flip)
    far = WINDOW if forever else math.ceil(FADED * life)
    t = torch.arange(-far - 1, WINDOW + 1, dtype=torch.float64)
    terms = torch.arange(1, FAR + 2, dtype=torch.float64) ** -p
    return Algebra(
        *signals,
        laws={
            "associative": _law(star(xy, z), star(x, yz)),
            "commutative": _law(xy, star(y, x)),
            "distributive": _law(star(x, _sum(y, z)), _sum(xy, xz)),
            "unit": _law(star(x, one), x),
        },
        brackets=(xy, yz),
        endless=Endless(torch.ones_like(t) if forever else torch.exp(-t.abs() / life)),
        sums=2 * terms.cumsum(0) - 1,
    )


def limit(p: float) -> float:
    """What S(L) tends to: 2 ζ(p) − 1 for p > 1, else ∞; ζ is Hurwitz's function at 1."""
    zeta = torch.special.zeta(*torch.tensor([p, 1], dtype=torch.float64))
    return 2 * float(zeta) - 1 if p > 1 else math.inf


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


def times(*signals: Placed) -> tuple[int, int]:
    """The first and last time at which one of the signals is defined; (0, -1) where none is."""
    some = [x for x in signals if len(x.values)]
    ends = (x.start + len(x.values) - 1 for x in some)
    return min((x.start for x in some), default=0), max(ends, default=-1)


def _sum(first: Placed, second: Placed) -> Placed:
    ends = times(first, second)
    return Placed(first.over(*ends) + second.over(*ends), ends[0])


def _law(left: Placed, right: Placed) -> Law:
    first, last = times(left, right)
    sides = left.over(first, last), right.over(first, last)
    return Law(torch.arange(first, last + 1), *sides, (len(left.values), len(right.values)))
