"""What the sweep claims: ANA-18, orders of growth, and the counts."""

import math

from core.check import Check, at_most, same
from core.experiments.landscapes.sweep import METHODS, Sweep, descent_steps
from core.optimizers import NAMES, in_steps


def checks(run: Sweep, *, step: str, tolerance: float) -> list[Check]:
    """Fitted slopes, the closed form of gradient descent and Nesterov's bound at every κ."""
    wide = tolerance <= 1e-4 and float(run.kappa[-1]) > 900
    bent = "start-up and rounding to whole steps bend the line"
    done = (run.done, "the sweep is not finished")
    needs = (done, (wide, f"needs ε ≤ 10⁻⁴ and κ up to 10³: {bent}"))
    fits = {"gd": ("1", 1.0, 0.02), "momentum": ("½", 0.5, 0.02), "nesterov": ("½", 0.53, 0.03)}
    formula = "½ log ε / log((κ − 1)/(κ + 1))"
    if step == "1/L":  # then the ball's flat coordinate obeys the same recurrence as Nesterov's
        fits["momentum"], formula = fits["nesterov"], "½ log(ε + ε/κ) / log(1 − 1/κ)"
    bound = run.kappa.sqrt() * math.log(2 / tolerance) + 1
    exact = f"gradient descent needs {formula} steps, rounded up: largest difference over all κ"
    most = "Nesterov needs at most √κ log(2/ε) + 1 steps: largest ratio over all κ"
    found, taken = [], run.counts.double().where(run.counts >= 0, math.inf)
    for (method, (power, target, tol)), fit in zip(fits.items(), run.slopes):
        claim = f"{NAMES[method]}: steps grow like κ to the power {power}: distance of the fitted "
        claim += f"slope to {target:.2f}"
        off = math.inf if fit is None else abs(fit - target)
        found.append(at_most("ANA-18", claim, off, tol, tol=0.0, needs=needs))
    foreseen = descent_steps(run.kappa, step, tolerance)
    return [
        *found,
        same("ANA-18", exact, taken[0], foreseen, needs=(done,)),
        at_most("ANA-18", most, (taken[2] / bound).max(), 1.0, needs=(done,)),
    ]


def says(run: Sweep) -> str:
    """The counts at both ends of the grid and the slopes, in plain sentences."""
    parts = []
    for method, row, slope in zip(METHODS, run.counts.tolist(), run.slopes):
        known = row[0] >= 0 and row[-1] >= 0
        grown = known and f"{row[0]} → {in_steps(row[-1])} (slope {slope:.2f})"
        parts.append(f"{NAMES[method]} {grown or 'is still under way'}")
    low, high = float(run.kappa[0]), float(run.kappa[-1])
    same = run.done and bool((run.counts[1] == run.counts[2]).all())
    twins = " Heavy ball and Nesterov agree: same multipliers along the flat axis." if same else ""
    return f"From κ = {low:.0f} to {high:.0f}: {'; '.join(parts)}.{twins}"


def _growth(run: Sweep, method: str) -> tuple[float, dict[str, int]]:
    """By what factor the steps grow from κ = 100 to 10 000."""
    low, high = run.count(method, 1e2), run.count(method, 1e4)
    return high / low, {"low": low, "high": high}


def _digits(run: Sweep) -> tuple[float, dict[str, int]]:
    """Steps of gradient descent at its best step over those for ε = 10⁻⁶, at the largest κ."""
    steps = int(run.counts[0, -1])
    return steps / float(descent_steps(run.kappa[-1], "best", 1e-6)), {"steps": steps}


answers = {
    "descent": lambda run: _growth(run, "gd"),
    "ball": lambda run: _growth(run, "momentum"),
    "digits": _digits,
}
