"""What holds in the algebra of convolution, and the words for it."""

import math

import torch

from core.check import Check, at_least, at_most, equal, same
from core.convolution.signals import counted
from core.convolution.spectra import filled
from core.experiments.convolution.algebra import CORRELATED, LAWS, Algebra, limit


def checks(
    run: Algebra, *, world: str, law: str, mode: str, flip: bool, forever: bool, p: float, L: float
) -> list[Check]:
    """CNN-07, CNN-09 and CNN-14 on these signals, first the one that the picture is about."""
    left, right = run.endless.centre
    why = "1 is not summable: 1 ∗ d is 0 everywhere" if forever else ""
    moved = (
        "(f ∗ d) ∗ s = f ∗ (d ∗ s) − f[−∞] at u = 0, with d = δ₀ − δ₁, s the unit step and f "
        "endless: brackets may be moved where f fades"
    )
    found = {name: _law(run, name, mode, flip) for name in LAWS} | {
        "endless": equal("CNN-09", moved, left, right - float(forever), why=why),
        "support": _support(run, mode, flip),
        "young": _young(run, "a ∗ b" if flip else "b ⋆ a"),
        "tail": _tail(float(run.sums[int(L)]), int(L), p),
    }
    shown = law if world == "finite" else world
    return [found.pop(shown), *found.values()]


def _law(run: Algebra, name: str, mode: str, flip: bool) -> Check:
    law, broken, size = run.laws[name], _broken(run, name, mode, flip), run.size(name)
    sides = law.left / size, law.right / size
    if name == "unit":  # at times 0, 1, …, where a stands
        sides = torch.stack(sides), filled(run.a, len(law.right)) / size
    claim = f"{name}: {(LAWS if flip else CORRELATED)[name]}, largest difference"
    needs = ((not broken, f"{broken}; here the sides differ by {law.gap:.3g}"),)
    return same("CNN-09", claim, *sides, tol=1e-12, needs=needs)


def _broken(run: Algebra, law: str, mode: str, flip: bool) -> str:
    """The hypothesis of a law that is not met, or nothing."""
    a, b, c = map(len, (run.a, run.b, run.c))
    if not flip and law in ("associative", "commutative"):
        return "the cross-correlation turns one of its two signals, so order and brackets matter"
    if law == "associative" and mode == "same" and max(b, c) > 1:
        return "what a ∗ b spread past the border is thrown away before c can use it"
    if law == "commutative" and mode in ("same", "valid") and a != b:
        return f"mode {mode} keeps as many samples as the first signal allows"
    if law == "distributive" and mode == "valid" and b != c:
        return "mode valid keeps other samples for b than for c"
    return ""


def _support(run: Algebra, mode: str, flip: bool) -> Check:
    """The first and the last sample of b ∗ c are each a single product."""
    b, c, both = run.b, run.c, run.brackets[1].values
    some = bool(b.any() and c.any())
    found = ends = b.new_zeros(3)
    if some and mode != "circular":
        (b0, b1), (c0, c1) = (s.nonzero()[[0, -1], 0].tolist() for s in (b, c))
        outer = both[: b0 + c0].abs().sum() + both[b1 + c1 + 1 :].abs().sum()
        found = torch.stack([both[b0 + c0], both[b1 + c1], outer])
        ends = torch.stack([b[b0] * c[c0], b[b1] * c[c1], b.new_zeros(())])
    claim = (
        "support(b ∗ c) ⊆ support b + support c: b ∗ c begins and ends with the product of their "
        "first and of their last samples, largest difference"
    )
    needs = (
        (some, "a signal that is 0 everywhere has no support"),
        (flip, "the cross-correlation turns one of the two round"),
        (mode != "circular", "on the circle there is no first and no last sample"),
    )
    unit = float(b.abs().sum() * c.abs().sum()) or 1.0
    return same("CNN-14", claim, found / unit, ends / unit, needs=needs)


def _young(run: Algebra, product: str) -> Check:
    """On what is kept of a ∗ b."""
    both, one = run.brackets[0].values, run.a.abs().sum()
    both = filled(both, 1 + len(both))  # it may be nothing
    norms = [(float(both.norm(p)), float(one * run.b.norm(p))) for p in (1, 2, math.inf)]
    claim = f"Young: ‖{product}‖ₚ ≤ ‖a‖₁ ‖b‖ₚ, the tightest of p = 1, 2, ∞"
    tightest = max(norms, key=lambda sides: sides[0] - sides[1])
    return at_most("CNN-07", claim, *tightest, tol=1e-9 * min(1.0, tightest[1]))


def _tail(total: float, L: int, p: float) -> Check:
    if p > 1:
        claim = (
            "1 ∗ h exists for h[t] = (1 + |t|)⁻ᵖ, p > 1: the sum over |t| ≤ L is below 2ζ(p) − 1"
        )
        return at_most("CNN-07", claim, total, limit(p))
    claim = "1 ∗ h does not exist for p ≤ 1: the sum over |t| ≤ L is at least 2 ln(L + 2) − 1"
    return at_least("CNN-07", claim, total, 2 * math.log(L + 2) - 1)


def says(
    run: Algebra, *, world: str, law: str, mode: str, flip: bool, forever: bool, p: float, L: float
) -> str:
    """What the picture shows."""
    if world != "finite":
        told = float(run.sums[int(L)]), int(L), p
        return _says_endless(run, forever) if world == "endless" else _says_tail(*told)
    sides = run.laws[law]
    claim = (LAWS if flip else CORRELATED)[law]
    if not len(sides.t):
        return "Nothing is left on either side: the second signal must fit in the first."
    rounding = 1e-12 * run.size(law)
    if sides.gap <= rounding:
        everywhere = f"all {len(sides.t)} samples" if len(sides.t) > 1 else "their only sample"
        return f"{claim}: both sides agree in {everywhere}."
    one, two = sides.lengths
    have = f"both sides have {counted(one, 'sample')}" if one == two else ""
    have = have or f"the sides have {one} and {counted(two, 'sample')}"
    t = sides.t[(sides.left - sides.right).abs() > rounding].tolist()
    apart = ", ".join(map(str, t[:4])) + (f" and {len(t) - 4} more" if len(t) > 4 else "")
    return (
        f"{claim} fails: {have} and they differ at u = {apart}, by up to {sides.gap:.3g}; "
        f"{_broken(run, law, mode, flip)}."
    )


def _says_endless(run: Algebra, forever: bool) -> str:
    left, right = run.endless.centre
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


def _says_tail(total: float, L: int, p: float) -> str:
    begin = f"The sum over |t| ≤ {L} is {total:.5g}"
    if p > 1:
        return f"{begin}; p = {p:g} > 1, so it converges, to {limit(p):.5g}, and 1 ∗ h exists."
    pace = "like 2 ln L" if p == 1 else f"like L to the power {1 - p:.3g}"
    why = f"p = {p:g} ≤ 1, so 1 ∗ h has no value, although h tends to 0."
    return f"{begin} and goes on growing {pace}: {why}"


def _where_it_fails(run: Algebra) -> str:
    """Where the two bracketings differ."""
    law = run.laws["associative"]
    off = (law.left - law.right).abs() > 1e-9
    if not bool(off.any()):
        return "nowhere"
    reach = max(1, (len(run.b) + len(run.c)) // 2 - 1)
    return "everywhere" if bool(off[reach:-reach].any()) else "borders"


answers = {
    "border": _where_it_fails,
    "brackets": lambda run: sum(run.endless.centre),
    "tenfold": lambda run: float(run.sums[10_000] - run.sums[1000]),
}
