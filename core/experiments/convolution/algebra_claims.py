"""What holds in the algebra of convolution, and the words for it."""

import math

import torch
from torch import Tensor

from core.check import Check, at_least, at_most, equal
from core.convolution.operator import convolve
from core.experiments.convolution.algebra import LAWS, Algebra, Law


def checks(run: Algebra, *, mode: str, flip: bool, forever: bool, p: float, **_) -> list[Check]:
    """CNN-07, CNN-09 with erratum E-50, and CNN-14, on these signals."""
    return [
        *_laws(run, mode, flip),
        _endless(run, forever),
        *_support(run),
        *_young(run),
        *_tail(run, p),
    ]


def _laws(run: Algebra, mode: str, flip: bool) -> list[Check]:
    scale = float(run.a.abs().sum() * run.b.abs().sum() * run.c.abs().sum().clamp(min=1.0))
    out = []
    for name, claim in LAWS.items():
        law, why = run.law(name), _broken(run, name, mode, flip)
        out.append(
            equal(
                "CNN-09",
                f"{name}: {claim}, largest difference",
                law.gap,
                0.0,
                tol=1e-12 * max(1e3, scale),
                applies=not why,
                why=f"{why}; here the sides differ by {law.gap:.3g}" if why else "",
            )
        )
    return out


def _broken(run: Algebra, law: str, mode: str, flip: bool) -> str:
    """The hypothesis of a law that is not met, or nothing."""
    a, b, c = map(len, (run.a, run.b, run.c))
    if not flip and law in ("associative", "commutative"):
        return "the cross-correlation turns one of its two signals, so order and brackets matter"
    if law == "associative" and mode == "same" and max(b, c) > 1:
        return "what a ∗ b spread past the border is thrown away before c can use it"
    if mode in ("same", "valid"):
        if law == "commutative" and a != b:
            return f"mode {mode} keeps as many samples as the first signal allows"
        if law == "distributive" and b != c:
            return f"mode {mode} keeps other samples for b than for c"
    return ""


def _endless(run: Algebra, forever: bool) -> Check:
    centre = len(run.endless.u) // 2
    return equal(
        "CNN-09",
        "(f ∗ d) ∗ s = f ∗ (d ∗ s) at u = 0, with d = δ₀ − δ₁, s the unit step and f endless",
        float(run.endless.left[centre]),
        float(run.endless.right[centre]),
        applies=not forever,
        why="1 is not summable (E-50: the sheet does not ask): 1 ∗ d is 0 everywhere"
        if forever
        else "",
    )


def _support(run: Algebra) -> list[Check]:
    both = convolve(run.a, run.b)
    ends = [_ends(signal) for signal in (run.a, run.b, both)]
    applies = all(ends[:2])
    (a0, a1), (b0, b1), (u0, u1) = (end or (0, 0) for end in ends)
    why = "" if applies else "a signal that is 0 everywhere has no support"
    u0, u1 = (u0, u1) if ends[2] else (a0 + b0, a0 + b0)
    return [
        at_least(
            "CNN-14",
            "samples [ ]: a ∗ b starts no earlier than a and b together",
            u0,
            a0 + b0,
            applies=applies,
            why=why,
        ),
        at_most(
            "CNN-14",
            "and ends no later: support(a ∗ b) ⊆ support a + support b",
            u1,
            a1 + b1,
            applies=applies,
            why=why,
        ),
    ]


def _ends(signal: Tensor) -> tuple[int, int] | None:
    """The first and last sample that is not 0."""
    found = torch.nonzero(signal)[:, 0]
    return (int(found[0]), int(found[-1])) if len(found) else None


def _young(run: Algebra) -> list[Check]:
    both, one = convolve(run.a, run.b), float(run.a.abs().sum())
    return [
        at_most(
            "CNN-07",
            f"Young, p = {name}: ‖a ∗ b‖ₚ ≤ ‖a‖₁ ‖b‖ₚ",
            float(both.norm(p)),
            one * float(run.b.norm(p)),
        )
        for p, name in ((1, "1"), (2, "2"), (math.inf, "∞"))
    ]


def _tail(run: Algebra, p: float) -> list[Check]:
    tail, light = run.tail, p > 1
    heavy = f"p = {p:.3g} ≤ 1: the sum grows past every bound"
    return [
        at_most(
            "CNN-07",
            "1 ∗ h exists for h[t] = (1 + |t|)⁻ᵖ, p > 1: the sum over |t| ≤ L is below 2ζ(p) − 1",
            tail.sum,
            tail.limit if light else 0.0,
            applies=light,
            why="" if light else heavy,
        ),
        at_least(
            "CNN-07",
            "1 ∗ h does not exist for p ≤ 1: the sum over |t| ≤ L is at least 2 ln(L + 2) − 1",
            tail.sum,
            2 * math.log(tail.at + 2) - 1,
            applies=not light,
            why=f"p = {p:.3g} > 1: the sum converges" if light else "",
        ),
    ]


def says(
    run: Algebra, *, world: str, law: str, mode: str, flip: bool, forever: bool, p: float, **_
) -> str:
    """What the picture shows."""
    if world == "endless":
        return _says_endless(run, forever)
    if world == "tail":
        return _says_tail(run, p)
    sides = run.law(law)
    claim = LAWS[law] if flip else LAWS[law].replace("∗", "⋆")
    if not len(sides.t):
        return (
            "Nothing is left on either side: in mode valid the second signal must fit in the first."
        )
    lengths = " and ".join(map(str, sides.lengths))
    if sides.gap < 1e-9 * max(1.0, float(sides.left.abs().max())):
        return f"{claim}: both sides agree in all {len(sides.t)} samples."
    return (
        f"{claim} fails: the sides have {lengths} samples and differ at {_apart(sides)}, by up to "
        f"{sides.gap:.3g}; {_broken(run, law, mode, flip)}."
    )


def _apart(sides: Law) -> str:
    t = sides.t[(sides.left - sides.right).abs() > 1e-9]
    first = ", ".join(str(int(each)).replace("-", "−") for each in t[:4])
    return f"t = {first}" + (f" and {len(t) - 4} more" if len(t) > 4 else "")


def _says_endless(run: Algebra, forever: bool) -> str:
    centre = len(run.endless.u) // 2
    left, right = float(run.endless.left[centre]), float(run.endless.right[centre])
    if forever:
        return (
            f"(1 ∗ d) ∗ s = {left:.3g} and 1 ∗ (d ∗ s) = {right:.3g}: the differences of a "
            "constant are 0, and what is 0 adds up to nothing. The brackets decide, because 1 is "
            "not summable."
        )
    size = float(run.endless.inside.abs().max())
    return (
        f"Both bracketings give {left:.3g} at u = 0, however slowly f fades. f ∗ d is never more "
        f"than {size:.2g}, but there is enough of it far to the left to add up to {left:.3g}."
    )


def _says_tail(run: Algebra, p: float) -> str:
    tail = run.tail
    begin = f"The sum over |t| ≤ {tail.at} is {tail.sum:.5g}"
    if p > 1:
        return f"{begin}; p = {p:.3g} > 1, so it converges, to {tail.limit:.5g}, and 1 ∗ h exists."
    pace = "like 2 ln L" if p == 1 else f"like L to the power {1 - p:.3g}"
    return (
        f"{begin} and goes on growing {pace}: p = {p:.3g} ≤ 1, so 1 ∗ h has no value, although h "
        "tends to 0."
    )


def merged(run: Algebra) -> str:
    """Length of the one kernel b ∗ c that stands for b and then c."""
    return f"{len(run.brackets[1].values)} samples"


def where_it_fails(run: Algebra) -> str:
    """Where the two bracketings differ."""
    law = run.law("associative")
    off = (law.left - law.right).abs() > 1e-9
    if not bool(off.any()):
        return "nowhere"
    reach = max(1, (len(run.b) + len(run.c)) // 2 - 1)
    inner = off[reach:-reach] if len(off) > 2 * reach else off[:0]
    return "everywhere" if bool(inner.any()) else "at the borders only"


def exchanged(run: Algebra) -> str:
    """What becomes of a ∗ b (or a ⋆ b) when its signals are exchanged."""
    law = run.law("commutative")
    if law.gap < 1e-9:
        return "nothing"
    # (b ⋆ a)[u] = (a ⋆ b)[−u]; the times of both sides together are symmetric
    mirrored = float((law.left - law.right.flip(0)).abs().max()) < 1e-9
    return "it is mirrored" if mirrored else "it becomes another signal"


def bracketed(run: Algebra) -> str:
    """The values of the two bracketings of the endless triple at u = 0."""
    centre = len(run.endless.u) // 2
    left, right = run.endless.left[centre], run.endless.right[centre]
    return f"{float(left):.3g} and {float(right):.3g}"


def tenfold(run: Algebra) -> str:
    """By how much the sum grows from L = 1000 to 10 000."""
    grown = float(run.tail.S[-1] - run.tail.S[(run.tail.L - 1000).abs().argmin()])
    return f"by about {grown:.2g}" if grown > 0.1 else "by next to nothing"
