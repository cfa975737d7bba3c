"""What the turned valley claims: PROB-15, OPT-13, OPT-14, OPT-17, and who needs how many steps."""

import math

import torch
from torch import Tensor

from core.check import Check, at_most, equal, same
from core.experiments.landscapes.valley import EPS, LIMIT, Race, in_words, linear_counts
from core.landscapes import quadratic
from core.optimizers import FALL, steps_to


def checks(run: Race, *, lr: float, beta1: float, beta2: float) -> list[Check]:
    """The turned runs against those at 0°, the rates of theory, Adam's first step."""
    return [
        *_turned(run),
        _counted(run),
        *_rates(run),
        _first_step(run, lr, (1 - beta1) / math.sqrt(1 - beta2)),
        same(
            "",
            "f(xₖ) = ½xₖᵀHxₖ in the turned valley: largest difference",
            run.f,
            quadratic(run.kappa, run.angle).f(run.x),
        ),
    ]


def _turned(run: Race) -> list[Check]:
    pairs = zip(run.linear, linear_counts(run.kappa, 0.0))
    level, tenfold = int(run.adam_curve[0]), int(run.adam_curve[-1])
    return [
        at_most(
            "PROB-15",
            "gradient descent, heavy ball, Nesterov: steps until f is down by 10⁶ at "
            f"{run.angle:g}° and at 0°: largest difference ≤ 1",
            max(abs(here - there) for here, there in pairs),
            1,
        ),
        equal(
            "PROB-15",
            f"Adam at 0°: steps at κ = {run.kappa:.4g} = at κ = {10 * run.kappa:.4g} (± 1)",
            level,
            tenfold,
            tol=1 / max(level, tenfold, 1),
            needs=(
                (run.variant != "adam_printed", "the printed update is not Adam, it lacks m̂"),
                (min(level, tenfold) >= 0, f"more than {LIMIT} steps"),
            ),
        ),
    ]


def _counted(run: Race) -> Check:
    """Two routes to every count: powers of a matrix or all angles at once, and the run drawn."""
    steps = run.f.shape[1] - 1
    known = torch.tensor(list(run.counts.values()))[: 3 if run.between else 5]
    foreseen = torch.where(known <= steps, known, -1)
    seen, gone = steps_to(run.f, FALL), run.diverged_at
    seen = torch.where((gone < 0) | (seen < gone), seen, -1)[: len(known)]
    return same(
        "PROB-15",
        "every count up to the steps drawn is that of the run drawn: largest difference",
        foreseen,
        seen,
    )


def _rates(run: Race) -> list[Check]:
    kappa = run.kappa
    refined, plain = double_root_rate(run.f[1], kappa)
    long = kappa >= 1.01
    k = torch.arange(run.f.shape[1], dtype=torch.float64)
    # f(x₀) − f* + ½μ‖x₀ − x*‖² of the start (1, 1) in eigen-coordinates
    bound = (1 - kappa**-0.5) ** k * (0.5 * (1 + kappa) + 1)
    seen = bound > 1e-24 * bound[0]  # below that a double shows rounding alone
    return [
        equal(
            "OPT-13",
            "tuned heavy ball: √f falls per step by (√κ − 1)/(√κ + 1), once the growth that the "
            "double eigenvalue brings is divided out",
            refined,
            (math.sqrt(kappa) - 1) / (math.sqrt(kappa) + 1),
            tol=1e-6,
            needs=((long, "κ is too close to 1: the ball arrives at once"),),
            why=f"with it left in, the last half of the run shows {plain:.4f}",
        ),
        at_most(
            "OPT-14",
            "Nesterov: largest (f(xₖ) − f*) / ((1 − 1/√κ)ᵏ (f(x₀) − f* + ½μ‖x₀ − x*‖²)) ≤ 1",
            float((run.f[2][seen] / bound[seen]).max()),
            1.0,
        ),
    ]


def double_root_rate(f: Tensor, kappa: float) -> tuple[float, float]:
    """Rate of √f over the last half of a tuned heavy-ball run from (1, 1): refined and plain.

    There both directions have a double momentum eigenvalue ±ρ, so that from rest
    f(xₖ) = ½ρ²ᵏ((1 + k(1 − ρ))² + κ(1 + k(1 + ρ))²); the refined rate divides f by the bracket.
    """
    rho = (math.sqrt(kappa) - 1) / (math.sqrt(kappa) + 1)
    tiny = (f < 1e-250).nonzero()
    last = int(tiny[0]) - 1 if len(tiny) else len(f) - 1
    if last < 1:
        return 0.0, 0.0
    first = last // 2
    fall = math.log(float(f[last] / f[first]))
    brackets = [(1 + k * (1 - rho)) ** 2 + kappa * (1 + k * (1 + rho)) ** 2 for k in (first, last)]
    growth, span = math.log(brackets[1] / brackets[0]), 2 * (last - first)
    return math.exp((fall - growth) / span), math.exp(fall / span)


def _first_step(run: Race, lr: float, uncorrected: float) -> Check:
    first, g = run.x[4, 1] - run.x[4, 0], quadratic(run.kappa, run.angle).grad(run.x[4, 0])
    silent = {
        "adam": "",
        "adam_printed": "without m̂ the first step is −α/(|g| + ε), it has no direction",
        "adam_uncorrected": f"without correction it is α(1 − β₁)/√(1 − β₂) = {uncorrected:.3g} α",
    }[run.variant]
    steep = bool((g.abs() > 1e3 * EPS).all())
    return same(
        "OPT-17",
        "Adam's first step = −α sign(g): largest |Δθ/α + sign(g)| = 0",
        first / lr,
        -g.sign(),
        tol=2e-3,
        needs=((not silent, silent), (steep, "a coordinate of the gradient is not far above ε")),
    )


def says(run: Race) -> str:
    """Who needs how many steps at this angle and at 0°."""
    name = {
        "adam": "Adam",
        "adam_printed": "Adam as printed",
        "adam_uncorrected": "Adam without bias correction",
    }[run.variant]
    gd, ball, nesterov = run.linear
    gone = [m for m, k in zip(run.methods, run.diverged_at.tolist()) if k >= 0]
    return (
        f"Steps until f is down by 10⁶ at {run.angle:g}°: {name} {in_words(run.adam, run.between)} "
        f"(at 0° {in_words(int(run.adam_curve[0]))}), RMSProp "
        f"{in_words(run.rmsprop, run.between)}; at every angle gradient descent {gd}, heavy ball "
        f"{ball}, Nesterov {nesterov}." + (f" Diverged: {', '.join(gone)}." if gone else "")
    )


def _magnitude(run: Race) -> float:
    return LIMIT if run.adam < 0 else run.adam


def _first_home(run: Race) -> str:
    """The method that needs the fewest steps at this angle."""
    arrived = {method: count for method, count in run.counts.items() if count >= 0}
    return min(arrived, key=arrived.get)


answers = {"diagonal": _magnitude, "five": _magnitude, "first": _first_home}
