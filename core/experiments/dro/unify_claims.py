"""What worst cases and local maxima claim: DRO-04, DRO-08 with erratum E-91."""

import numpy as np
import torch

from core.check import Check, at_least, at_most, equal, same
from core.dro import wasserstein_1d, worst_case
from core.experiments.dro.unify import HIGH, LABELS, LOW, P, Unify, loss
from core.words import number

SCAN = 20001  # places within ρ of an atom
NAMES = ("1", "2", "4", "8", "16", "∞")


def checks(run: Unify, *, g: str, rho: float, k: int) -> list[Check]:
    """The two sides, the order, the laws, the ball, closed form and free labels."""
    free = g == "free"
    stay = (not free, "labels may change: the mean of local maxima with labels kept is too low")
    kept = _scanned(run, "fixed" if free else g, rho)
    f, p = loss(g), P[k]
    exact = worst_case(run.atoms, f, p, rho, reach=(LOW, HIGH)).value
    parts = torch.zeros(6, 3, dtype=torch.float64).scatter_add(1, run.owner, run.masses)
    ends = _at(run, f)
    return [
        equal("DRO-08", "worst case of the W∞ ball = mean of the highest g within ρ of each atom",
              run.values[5], run.adversarial, needs=(stay,)),
        equal("DRO-08", "that mean, from a scan of every place within ρ of each atom",
              run.adversarial, kept, tol=1e-6),
        at_most("DRO-04", "Wₚ grows with p, so balls shrink: largest rise of the worst case ≤ 0",
                float(run.values.diff().max()), 0.0, tol=1e-6),
        equal("DRO-08", f"the worst case at p = {NAMES[k]}, from its dual", run.values[k], exact,
              tol=2e-6),
        at_most("DRO-04", "each law lies in its ball: largest Wₚ of the atoms and Q ≤ ρ",
                max(_distance(run, i) for i in range(6)), rho),
        same("DRO-08", "means of g over the laws and over the atoms, masses by atom: difference",
             torch.cat([run.values, run.values.new_tensor([run.home]), parts.flatten()]),
             torch.cat([(run.masses * ends).sum(1), f(run.atoms[:, None]).mean()[None],
                        torch.full((18,), 1 / 3, dtype=torch.float64)])),
        _ends(run, g, rho),
        at_least("DRO-08", "as printed (E-91) g and d are any, yet the right side has a label that "
                 "stays: with free labels the left side is larger", run.values[5], run.adversarial,
                 needs=((free, "here no label can change"),)),
    ]  # fmt: skip


def _at(run: Unify, f) -> torch.Tensor:
    """g at each part, asked in the row of its atom, (6, 4)."""
    rows = f(run.points.reshape(1, -1).expand(3, -1).contiguous())  # every atom at every place
    return rows.gather(0, run.owner.reshape(1, -1)).reshape(6, 4)


def _scanned(run: Unify, g: str, rho: float) -> float:
    """The mean of the highest of many places, and of those that are drawn."""
    t = torch.linspace(-1, 1, SCAN, dtype=torch.float64)
    found = loss(g)(run.atoms[:, None] + rho * t)
    drawn = loss(g)(run.tops[:, None])[:, 0]
    inside = (run.tops - run.atoms).abs() <= rho * (1 + 1e-9)
    best = found.amax(1)
    off = ((drawn - best).abs() > 1e-6 * (1 + best.abs())) | ~inside
    return float(best.mean() + off.sum())


def _distance(run: Unify, k: int) -> float:
    """Wₚ of the atoms and law k, by sorting."""
    return wasserstein_1d(run.atoms, run.points[k], P[k], None, run.masses[k])


def _ends(run: Unify, g: str, rho: float) -> Check:
    """f rises, so that the worst place within ρ is the end where y f is least."""
    claim = "the loss is highest ρ to the wrong side: mean of log(1 + exp(−y f(x − yρ)))"
    wrong = [np.log1p(np.exp(-y * 3 * np.tanh(x - y * rho)))
             for x, y in zip(run.atoms.tolist(), LABELS)]  # fmt: skip
    needs = ((g != "wave", "g is no loss of a classifier"),)
    return equal("DRO-08", claim, run.adversarial, float(np.mean(wrong)), needs=needs)


def says(run: Unify, *, g: str, rho: float, k: int) -> str:
    """From p = 1 to ∞, how far mass goes, and what labels have to do with it."""
    if rho == 0:
        return f"ρ = 0: nothing moves, and every worst case is the mean of g, {run.home:.4g}."
    first, now, last = (float(run.values[i]) for i in (0, k, 5))
    told = f"The worst case falls from {number(first, 5)} at p = 1"
    if 0 < k < 5:
        told += f" by way of {number(now, 5)} at p = {NAMES[k]}"
    told += f" to {number(last, 5)} at p = ∞"
    if first - last < 1e-6:
        told = f"The worst case is {number(last, 4)} for every p"
    if g != "free":
        told += ", the mean of the highest g within ρ of each atom"
    if k < 5:
        far = float((run.way[k] * (run.masses[k] > 1e-9)).max())
        times = f", {number(far / rho, 2)} times ρ" if far > 1.005 * rho else ""
        told += f". At p = {NAMES[k]} some mass goes {number(far)}{times}"
    if g == "free":
        told += f". With labels kept the mean of local maxima is {number(run.adversarial, 4)}"
    return f"{told}."


def _order(run: Unify) -> str:
    rise = float(run.values[4] - run.values[0])
    return "stays" if abs(rise) < 1e-9 else "rises" if rise > 0 else "falls"


answers = {
    "order": lambda run: (_order(run), {"first": run.values[0], "last": run.values[5]}),
    "far": lambda run, rho, k: (
        float((run.way[k] * (run.masses[k] > 1e-9)).max()),
        {
            "mass": 100 * run.masses[k][run.way[k].argmax()],
            "way": run.way[k].max(),
            "times": run.way[k].max() / rho,
        },
    ),
    "labels": lambda run: (
        "more" if float(run.values[5]) > run.adversarial + 1e-9 else "same",
        {"worst": run.values[5], "kept": run.adversarial},
    ),
}
