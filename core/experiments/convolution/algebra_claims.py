"""What holds in the algebra of convolution, and the words for it."""

import math

import torch

from core.check import Check, at_least, at_most, equal, same
from core.convolution.spectra import filled
from core.experiments.convolution.algebra import LAWS, Algebra, limit


def checks(run: Algebra, *, mode: str, flip: bool, forever: bool, p: float, L: float) -> list:
    """CNN-07, CNN-09 with erratum E-50, and CNN-14, on these signals."""
    scale = float(run.a.abs().sum() * run.b.abs().sum() * run.c.abs().sum().clamp(min=1.0))
    left, right = run.endless.centre
    e50 = "1 is not summable (E-50: the sheet does not ask): 1 ∗ d is 0 everywhere"
    moved = (
        "(f ∗ d) ∗ s = f ∗ (d ∗ s) − f[−∞] at u = 0, with d = δ₀ − δ₁, s the unit step and f "
        "endless: brackets may be moved where f fades"
    )
    laws = []
    for name, claim in LAWS.items():
        law, why = run.laws[name], _broken(run, name, mode, flip)
        sides = law.left, law.right
        if name == "unit":  # at times 0, 1, …, where a stands
            sides = torch.stack(sides), filled(run.a, len(law.right))
        claim, tol = f"{name}: {claim}, largest difference", 1e-12 * max(1e3, scale)
        needs = ((not why, f"{why}; here the sides differ by {law.gap:.3g}"),)
        laws.append(same("CNN-09", claim, *sides, tol=tol, needs=needs))
    return [
        *laws,
        equal("CNN-09", moved, left, right - float(forever), why=e50 if forever else ""),
        _support(run, mode, flip),
        _young(run, "∗" if flip else "⋆"),
        _tail(float(run.sums[int(L)]), int(L), p),
    ]


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
    return same("CNN-14", claim, found, ends, needs=needs)


def _young(run: Algebra, star: str) -> Check:
    """On what is kept of a ∗ b."""
    both, one = run.brackets[0].values, run.a.abs().sum()
    both = filled(both, 1 + len(both))  # it may be nothing
    norms = [(float(both.norm(p)), float(one * run.b.norm(p))) for p in (1, 2, math.inf)]
    claim = f"Young: ‖a {star} b‖ₚ ≤ ‖a‖₁ ‖b‖ₚ, the tightest of p = 1, 2, ∞"
    return at_most("CNN-07", claim, *max(norms, key=lambda sides: sides[0] - sides[1]))


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
    claim = LAWS[law] if flip else LAWS[law].replace("∗", "⋆")
    if not len(sides.t):
        return "Nothing is left on either side: the second signal must fit in the first."
    if sides.gap < 1e-9 * max(1.0, float(sides.left.abs().max())):
        everywhere = f"all {len(sides.t)} samples" if len(sides.t) > 1 else "their only sample"
        return f"{claim}: both sides agree in {everywhere}."
    lengths = " and ".join(map(str, sides.lengths))
    t = sides.t[(sides.left - sides.right).abs() > 1e-9].tolist()
    apart = ", ".join(map(str, t[:4])) + (f" and {len(t) - 4} more" if len(t) > 4 else "")
    return (
        f"{claim} fails: the sides have {lengths} samples and differ at t = {apart}, by up to "
        f"{sides.gap:.3g}; {_broken(run, law, mode, flip)}."
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
        return f"{begin}; p = {p:.3g} > 1, so it converges, to {limit(p):.5g}, and 1 ∗ h exists."
    pace = "like 2 ln L" if p == 1 else f"like L to the power {1 - p:.3g}"
    why = f"p = {p:.3g} ≤ 1, so 1 ∗ h has no value, although h tends to 0."
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
