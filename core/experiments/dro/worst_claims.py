"""What the worst law claims: DRO-04, DRO-06 with erratum E-90, DRO-07."""

from functools import lru_cache

import numpy as np
import torch

from core.check import Check, at_least, at_most, equal, same
from core.dro import search_range, wasserstein_1d, worst_case
from core.experiments.dro.worst import HIGH, LOW, Worst, function, lifts
from core.words import number

LINE = 4001  # places on which the certificate is looked at
WHOLE = ("concave", "linear")  # nothing has to be split for these


def checks(run: Worst, *, g: str, formula: str, p: float, eps: float, split: bool) -> list[Check]:
    """Duality, whole and split, the ball, the law, what is spent, slope, as printed."""
    finite = (not run.endless, "the worst case is ∞ here: no price λ is high enough")
    priced = (bool(np.isfinite(run.lam)), "at ε = 0 nothing moves, and no price is the best")
    whole = _whole(run, g, formula, p, eps)
    scale = 1 + abs(run.dual) if finite[0] else 1.0
    parts = run.masses.new_zeros(len(run.atoms)).index_add(0, run.owner, run.masses)
    spent = float(run.masses @ run.way**p)
    again = _plainly(run, g, formula)
    bound = "g = z/2 rises by ½ for each unit: the worst case is the mean of g at the atoms + ε/2"
    printed = "as printed (E-90) atoms are moved whole, which is called the worst case: splitting "
    printed += "reaches more"
    return [
        _duality(run, g, formula, p, eps, split, finite, priced),
        at_most("DRO-06", "moved whole the atoms do no worse than split: whole ≤ split",
                whole, run.dual),
        at_most("DRO-04", "Q is in the ball: Wₚ of the atoms and Q ≤ ε",
                wasserstein_1d(run.atoms, run.points, p, None, run.masses), eps, tol=1e-6),
        same("DRO-06", "masses of each atom sum to 1/n; means of g over atoms and Q: difference",
             [*parts.tolist(), run.home / scale, 0.0 if run.endless else run.value / scale],
             [1 / len(run.atoms)] * len(run.atoms) + [again[0] / scale, again[1] / scale]),
        equal("DRO-06", "for a concave or linear g nothing has to be split: whole = split",
              whole, run.dual, tol=1e-6, needs=((g in WHOLE, "g is neither"),)),
        equal("DRO-07", "the budget is spent where it has a price: λ (εᵖ − what is spent) = 0",
              run.lam * (eps**p - spent) / scale if priced[0] else 0.0, 0.0, tol=1e-6,
              needs=(finite, priced, (split, "moved whole, atoms cannot always spend it"))),
        equal("DRO-07", bound, run.dual, run.home + eps / 2, tol=1e-6,
              needs=((g == "linear", "for the linear g only"),)),
        at_least("DRO-06", printed, run.dual, whole, needs=(
            (run.dual - whole > 1e-6 * scale, "here they reach as much"),)),
    ]  # fmt: skip


def _duality(run, g, formula, p, eps, split, finite, priced) -> Check:
    """φ_i on a fine line, the places of Q among them: a higher place would show."""
    claim = "no law is worse: D(λ) = λεᵖ + mean of φᵢ = mean of g by Q, φᵢ sought on a fine line"
    if not (finite[0] and priced[0]):
        return equal("DRO-07", claim, run.value, run.dual, needs=(finite, priced))
    f = function(g, formula)
    line = np.linspace(*search_range(run.atoms, p, eps), LINE)
    line = np.concatenate([line, np.linspace(LOW, HIGH, LINE)])
    worst = worst_case(run.atoms, f, p, eps) if not split else run
    least = run.lam * eps**p + lifts(f, run.atoms, p, run.lam, line, worst.points).mean()
    gap = abs(run.value - run.dual) if split else 0.0
    return same("DRO-07", claim, [least, gap], [run.dual, 0.0], tol=1e-7)


def _plainly(run: Worst, g: str, formula: str) -> tuple[float, float]:
    """Means of g over the atoms and over Q, one place at a time."""
    if g == "own":
        f = function(g, formula)
        means = [
            float(f(z[:, None])[:, 0].double() @ m)
            for z, m in (
                (run.atoms, torch.full_like(run.atoms, 1 / len(run.atoms))),
                (run.points, run.masses),
            )
        ]
        return means[0], 0.0 if run.endless else means[1]  # fmt: skip
    one = {
        "step": lambda z: float(z >= 2),
        "concave": lambda z: -(z**2),
        "linear": lambda z: 0.5 * z,
        "sine": lambda z: np.sin(3 * z) + 0.3 * z,
    }[g]
    home = sum(one(z) for z in run.atoms.tolist()) / len(run.atoms)
    return home, sum(m * one(z) for z, m in zip(run.points.tolist(), run.masses.tolist()))


def _whole(run: Worst, g: str, formula: str, p: float, eps: float) -> float:
    """The best mean of g when atoms are moved whole; ∞ where the worst case is."""
    return np.inf if run.endless else _moved(g, formula, p, eps, tuple(run.atoms.tolist()))


@lru_cache(maxsize=64)
def _moved(g: str, formula: str, p: float, eps: float, atoms: tuple[float, ...]) -> float:
    z = torch.tensor(atoms, dtype=torch.float64)
    return worst_case(z, function(g, formula), p, eps, split=False).value


def says(run: Worst, *, g: str, formula: str, p: float, eps: float, split: bool) -> str:
    """The worst case, where the mass goes, and what splitting is worth."""
    if run.endless:
        return (
            f"The worst case is ∞, however small ε: g grows faster than the cost |z − zᵢ|ᵖ at "
            f"p = {number(p)}, so a little mass sent far brings more than it costs."
        )
    if eps == 0:
        return f"ε = 0: nothing moves, and the mean of g stays {number(run.home)}."
    rise = f"from {number(run.home, 4, zero=1e-9)} to {number(run.value, 4, zero=1e-9)}"
    if run.dual - run.home <= 1e-9 * (1 + abs(run.home)):
        stays = f"the mean of g stays {number(run.home, 4)}"
        return f"No law in the ball does worse than the atoms: {stays}."
    if not split:
        more = run.dual - run.value
        told = f"Moved whole, atoms take the mean of g {rise}"
        if run.value == run.home:
            told = f"Moved whole, atoms leave the mean of g at {number(run.home, 4)}"
        if more <= 1e-6 * (1 + abs(run.dual)):
            return f"{told}; no law in the ball does worse."
        return f"{told}; parts of atoms would take it to {number(run.dual, 4)}."
    told = f"The worst law takes the mean of g {rise}{_parts(run)}."
    whole = _whole(run, g, formula, p, eps)
    if run.dual - whole > 1e-6 * (1 + abs(run.dual)):
        return f"{told} Whole atoms reach {number(whole, 4, zero=1e-9)} only."
    return f"{told} Whole atoms reach as much."


def _parts(run: Worst) -> str:
    """What happens to an atom that is split."""
    if not run.parted:
        return "; no atom is split" if len(run.atoms) > 1 else "; the atom is not split"
    owner = run.owner.tolist()
    (atom,) = {i for i in owner if owner.count(i) == 2}
    at = [k for k, i in enumerate(owner) if i == atom]
    near, far = sorted(at, key=lambda k: float(run.way[k]))
    share = number(100 * float(run.masses[far]) * len(run.atoms))
    stays = "the rest stays"
    if float(run.way[near]) > 1e-6:
        stays = f"the rest to {number(run.points[near], zero=1e-6)}"
    return (
        f": {share} % of the atom at {number(run.atoms[atom])} goes to "
        f"{number(run.points[far], zero=1e-6)}, {stays}"
    )


answers = {
    "half": lambda run: (run.value, {"whole": run.home}),
    "parts": lambda run: ("one" if run.parted else "none", {"value": run.value}),
    "square": lambda run: "endless" if run.endless else run.value - run.home,
}
