"""What the turned valley claims: PROB-15, OPT-13, OPT-14, OPT-17, and who needs how many steps."""

import math

import torch

from core.check import Check, at_most, equal, same
from core.experiments.landscapes.valley import LIMIT, Race, in_words, linear_counts
from core.landscapes import quadratic
from core.optimizers import FALL, NAMES, first_below

EARLY = 100  # later a rounding may have grown to a whole step of an adaptive method


def checks(run: Race, *, lr: float) -> list[Check]:
    """The turned runs against those at 0°, the rates of theory, Adam's first step."""
    return [*_turned(run), *_rates(run), _first_step(run, lr)]


def _turned(run: Race) -> list[Check]:
    here, there = (linear_counts(run.kappa, angle)[0] for angle in (run.angle, 0.0))
    curve = run.adam_curve[0].double()
    level, tenfold = curve.where(curve >= 0, math.inf)[[0, -1]].tolist()
    turned = "gradient descent, heavy ball, Nesterov: steps until f is down by 10⁶ at "
    turned += f"{run.angle:g}° and at 0°: largest difference ≤ 1"
    straight = f"Adam at 0°: steps at κ = {run.kappa:.4g} = at κ = {10 * run.kappa:.4g} (± 1)"
    adam = (run.variant != "adam_printed", "the printed update is not Adam, it lacks m̂")
    found = (max(level, tenfold) < math.inf, f"f is not down for good within {LIMIT} steps")
    near = 1 / max(level, tenfold, 1)
    return [
        equal("PROB-15", straight, level, tenfold, tol=near, needs=(adam, found)),
        at_most("PROB-15", turned, max(abs(a - b) for a, b in zip(here, there)), 1),
        _drawn(run),
    ]


def _drawn(run: Race) -> Check:
    """Powers of a matrix, or all angles at once, and the runs drawn count alike."""
    shares, steps = run.f / run.f[:, :1], run.f.shape[1] - 1
    known = 3 if run.between else 5  # between two points of a curve a count is interpolated
    told, seen = [], []
    for i, (method, first) in enumerate(list(run.firsts.items())[:known]):
        end, gone = steps if i < 3 else min(steps, EARLY), int(run.diverged_at[i])
        drawn = int(first_below(run.f[i, : end + 1], FALL))
        told.append(first if first <= end else -1)
        seen.append(drawn if gone < 0 or drawn < gone else -1)
        k = run.counts[method]
        if 0 < k <= end:  # from k on it stays below, just before it does not
            told += [True, True]
            seen += [bool(shares[i, k - 1] > FALL), bool((shares[i, k : end + 1] <= FALL).all())]
    claim = "the counts are those of the runs drawn, of adaptive methods up to "
    claim += f"{EARLY} steps: largest difference"
    return same("PROB-15", claim, seen, told)


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
    aimless = "without m̂ the first step is −η/(|g| + ε), it has no direction"
    steep = (bool((g.abs() > 1e-5).all()), "a slope is not far above ε")
    claim = "Adam's first step = −η sign(g), g = ∇f(x₀): largest distance, in units of η"
    needs = ((run.variant == "adam", aimless), steep)
    return same("OPT-17", claim, first / lr, -g.sign(), tol=2e-3, needs=needs)


def says(run: Race) -> str:
    """Who needs how many steps at this angle and at 0°."""
    gd, ball, nesterov, rmsprop, adam = run.counts.values()
    gone = [NAMES[m] for m, k in zip(run.methods, run.diverged_at.tolist()) if k >= 0]
    here, level = in_words(adam, run.between), in_words(int(run.adam_curve[0, 0]))
    return (
        f"Steps until f is down by 10⁶ for good at {run.angle:g}°: {NAMES[run.variant]} {here}"
        f"{_before(run, run.variant)}, at 0° {level}; RMSProp {in_words(rmsprop, run.between)}"
        f"{_before(run, 'rmsprop')}; at every angle gradient descent {gd}, heavy ball {ball}, "
        f"Nesterov {nesterov}." + (f" Diverged: {', '.join(gone)}." if gone else "")
    )


def _before(run: Race, method: str) -> str:
    """When f was down already, before it rose again."""
    first = run.firsts[method]
    if first < 0 or first == run.counts[method]:
        return ""
    return f" (for the first time after {in_words(first, run.between)})"


def _magnitude(run: Race) -> float:
    return run.counts["adam"] if run.counts["adam"] >= 0 else LIMIT


def _first_home(run: Race) -> str:
    """The method with the fewest steps at this angle."""
    arrived = {method: count for method, count in run.counts.items() if count >= 0}
    return min(arrived, key=arrived.get)


answers = {"diagonal": _magnitude, "five": _magnitude, "first": _first_home}
