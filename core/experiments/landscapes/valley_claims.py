"""What the turned valley claims: PROB-15, OPT-13, OPT-14, OPT-17, and who needs how many steps."""

import math

import torch

from core.check import Check, at_most, equal, same
from core.experiments.landscapes.valley import LIMIT, Race, in_words, linear_counts
from core.landscapes import quadratic
from core.optimizers import FALL, NAMES, arrival

EARLY = 100


def checks(run: Race, *, lr: float) -> list[Check]:
    """The turned runs against those at 0°, the rates of theory, Adam's first step."""
    return [*_turned(run), *_rates(run), _first_step(run, lr)]


def _turned(run: Race) -> list[Check]:
    here, there = (linear_counts(run.kappa, angle) for angle in (run.angle, 0.0))
    level, tenfold = int(run.adam_curve[0]), int(run.adam_curve[-1])
    # two routes to a count: powers of a matrix, or all angles at once, and the run drawn; later
    # than EARLY rounding may have grown to a whole step of an adaptive method
    steps = run.f.shape[1] - 1
    most = (steps,) * 3 + (min(steps, EARLY),) * 2
    runs = zip(arrival(run.f, FALL).tolist(), run.diverged_at.tolist(), most)
    drawn = [k if k <= end and (gone < 0 or k < gone) else -1 for k, gone, end in runs]
    counted = [k if k <= end else -1 for k, end in zip(run.counts.values(), most)]
    known = 3 if run.between else 5  # between two points of a curve a count is interpolated
    turned = "gradient descent, heavy ball, Nesterov: steps until f is down by 10⁶ at "
    turned += f"{run.angle:g}° and at 0°: largest difference ≤ 1"
    straight = f"Adam at 0°: steps at κ = {run.kappa:.4g} = at κ = {10 * run.kappa:.4g} (± 1)"
    adam = (run.variant != "adam_printed", "the printed update is not Adam, it lacks m̂")
    found = (min(level, tenfold) >= 0, f"more than {LIMIT} steps")
    near = 1 / max(level, tenfold, 1)
    shown = "the counts are those of the runs drawn, of adaptive methods up to "
    shown += f"{EARLY} steps: largest difference"
    return [
        at_most("PROB-15", turned, max(abs(a - b) for a, b in zip(here, there)), 1),
        equal("PROB-15", straight, level, tenfold, tol=near, needs=(adam, found)),
        same("PROB-15", shown, counted[:known], drawn[:known]),
    ]


def _rates(run: Race) -> list[Check]:
    kappa, f0 = run.kappa, 0.5 * (1 + run.kappa)  # (1, 1) in eigen-coordinates, μ = 1
    k = torch.arange(run.f.shape[1], dtype=torch.float64)
    rho = (math.sqrt(kappa) - 1) / (math.sqrt(kappa) + 1)
    grown = (1 + k * (1 - rho)).square() + kappa * (1 + k * (1 + rho)).square()
    bound = (1 - kappa**-0.5) ** k * (f0 + 1)
    seen = bound > 1e-24 * bound[0]  # below that a double shows rounding alone
    double = "tuned heavy ball: both eigenvalues are double, ±ρ with ρ = (√κ − 1)/(√κ + 1), so "
    double += "f(xₖ) = ½ρ²ᵏ((1 + k(1 − ρ))² + κ(1 + k(1 + ρ))²): largest difference over f(x₀)"
    below = "Nesterov: largest (f(xₖ) − f*) / ((1 − 1/√κ)ᵏ (f(x₀) − f* + ½μ‖x₀ − x*‖²)) ≤ 1"
    return [
        same("OPT-13", double, run.f[1] / f0, 0.5 * rho ** (2 * k) * grown / f0),
        at_most("OPT-14", below, (run.f[2][seen] / bound[seen]).max(), 1.0),
    ]


def _first_step(run: Race, lr: float) -> Check:
    first, g = run.x[4, 1] - run.x[4, 0], quadratic(run.kappa, run.angle).grad(run.x[4, 0])
    aimless = "without m̂ the first step is −α/(|g| + ε), it has no direction"
    steep = (bool((g.abs() > 1e-5).all()), "a slope is not far above ε")
    claim = "Adam's first step = −α sign(g): largest |Δθ/α + sign(g)| = 0"
    needs = ((run.variant == "adam", aimless), steep)
    return same("OPT-17", claim, first / lr, -g.sign(), tol=2e-3, needs=needs)


def says(run: Race) -> str:
    """Who needs how many steps at this angle and at 0°."""
    gd, ball, nesterov, rmsprop, adam = run.counts.values()
    gone = [NAMES[m] for m, k in zip(run.methods, run.diverged_at.tolist()) if k >= 0]
    here = f"{NAMES[run.variant]} {in_words(adam, run.between)}"
    return (
        f"Steps until f is down by 10⁶ at {run.angle:g}°: {here} "
        f"(at 0° {in_words(int(run.adam_curve[0]))}), RMSProp "
        f"{in_words(rmsprop, run.between)}; at every angle gradient descent {gd}, heavy ball "
        f"{ball}, Nesterov {nesterov}." + (f" Diverged: {', '.join(gone)}." if gone else "")
    )


def _magnitude(run: Race) -> float:
    return run.counts["adam"] if run.counts["adam"] >= 0 else LIMIT


def _first_home(run: Race) -> str:
    """The method that needs the fewest steps at this angle."""
    arrived = {method: count for method, count in run.counts.items() if count >= 0}
    return min(arrived, key=arrived.get)


answers = {"diagonal": _magnitude, "five": _magnitude, "first": _first_home}
