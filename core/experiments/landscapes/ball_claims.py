"""What the ball claims: OPT-13 with erratum E-45, OPT-14, and what happened."""

import math
from dataclasses import replace

import torch

from core.check import Check, at_least, at_most, equal, same
from core.experiments.landscapes.ball import HORIZON, Ball, form, slope
from core.optimizers import by_powers, in_steps

LIMITS = {
    "momentum": "2(1 + β)",
    "nesterov": "(2 + 2β)/(1 + 2β)",
    "momentum_ema": "2(1 + β)/(1 − β)",
}
STEPS = {
    "momentum": "η∇f(xₖ)",
    "nesterov": "η∇f(xₖ + β(xₖ − xₖ₋₁))",
    "momentum_ema": "η(1 − β)∇f(xₖ)",
}


def checks(run: Ball) -> list[Check]:
    """Rate, border of stability, every step, the tuned ball, friction, weights, energy."""
    ahead = run.method == "nesterov"
    id, friction = ("OPT-14", "1 − β(1 − ηλ)") if ahead else ("OPT-13", "1 − β")
    energy, d = run.energy[: run.last + 1].sum(-1), run.move[: run.last + 1]
    scale = max(float(energy.max()), 1e-300)
    keep = 1 - run.beta * (1 - run.lr * run.lam if ahead else 1.0)
    total = run.f[: run.last + 1] + d.square().sum(-1) / (2 * run.force)
    work = -float((keep * d[:-1] * (d[:-1] + d[1:])).sum()) / (2 * run.force * scale)
    below = f"the rate is below 1 exactly when ηL < {LIMITS[run.method]} = {run.edge:.4g} "
    below += f"(here ηL = {run.lr_L:.4g})"
    off = (not run.on_edge, "on the border itself the bouncing neither grows nor shrinks")
    lost = f"energy lost = work of the friction {friction}, in units of the largest energy"
    plain = "without memory (β = 0) it is gradient descent, f(xₖ) = ½Σ λ(1 − ηλ)²ᵏ x₀²: largest "
    plain += "difference, in units of the largest energy"
    pair = (f[: run.last + 1] / scale for f in (run.f, run.plain))
    bare = (run.beta == 0, f"β = {run.beta:g} is above 0")
    falls = "f(xₖ) + ‖xₖ − xₖ₋₁‖²/2η never rises although f may: largest rise in a step ≤ 0"
    rise = float(total.diff().max()) / scale if run.last else 0.0
    short = (ahead and run.lr_L <= 1, "this is not Nesterov with η ≤ 1/L")
    border, top = at_most if run.lr_L < run.edge else at_least, run.eigenvalues.abs().max()
    return [
        _rate(run, id),
        border(id, below, top, 1.0, tol=0.0, needs=(off,)),
        _tuned(run),
        _steps(run, id),
        equal(id, lost, float(energy[-1] - energy[0]) / scale, work),
        _weights(run, id),
        same(id, plain, *pair, needs=(bare,)),
        at_most("OPT-14", falls, rise, 0.0, needs=(short,)),
    ]


def _rate(run: Ball, id: str) -> Check:
    """Logarithms, as rates near 1 differ in their distance to 1."""
    claim = "log of the rate per step, measured over the last half, over log of the largest "
    claim += "|momentum eigenvalue|: distance of the ratio to 1"
    settled = (_settled(run), "the run is too short for its rate to have settled")
    share = math.log(run.measured or math.inf) / math.log(run.rate) if settled[0] else math.inf
    return at_most(id, claim, abs(share - 1), 0.05, tol=0.0, needs=(settled,))


def _tuned(run: Ball) -> Check:
    """The closed form at two double roots, in which f may rise before it falls."""
    root, k = math.sqrt(run.kappa), torch.arange(run.last + 1, dtype=torch.float64)[:, None]
    rho = (root - 1) / (root + 1)
    factor = rho**k * (1 + k * (1 - rho * torch.tensor([1.0, -1.0], dtype=torch.float64)))
    claim = "tuned: both eigenvalues are double, ±ρ, so f(xₖ) = ½ρ²ᵏ(μ(1 + k(1 − ρ))²x₁² + "
    claim += "L(1 + k(1 + ρ))²x₂²) from x₀ = (x₁, x₂), up to κ/7.4 times f(x₀) on the way: "
    claim += "largest difference, over f(x₀)"
    needs = ((run.tuned, "η and β are not the best for this κ"),)
    size, foreseen = max(float(run.f[0]), 1e-300), 0.5 * (factor * run.x[0]).square() @ run.lam
    return same("OPT-13", claim, run.f[: run.last + 1] / size, foreseen / size, needs=needs)


def _steps(run: Ball, id: str) -> Check:
    claim = f"xₖ₊₁ = xₖ + β(xₖ − xₖ₋₁) − {STEPS[run.method]} at every step until a value passes "
    claim += "10¹²: largest distance, relative above 1"
    foreseen = run.x + run.memory + run.push
    foreseen[run.last :] = run.x[run.last]
    size = run.x.abs().amax(1, keepdim=True).clamp(min=1.0)
    return same(id, claim, run.x[1:] / size[1:], foreseen[:-1] / size[1:])


def _weights(run: Ball, id: str) -> Check:
    """Each gradient moves the ball by its weights, but for those that its velocity still holds."""
    x, n, held = run.x, run.last, run.beta / (1 - run.beta) * run.move[run.last]
    total = form(run.method, run.beta)[1] / (1 - run.beta)
    size = max(1.0, float(x[: n + 1].abs().max()))
    claim = "the weights of the past gradients sum to 1/(1 − β), the velocity is no average: "
    moved = "−η/(1 − β) Σ∇f"
    if run.method == "momentum_ema":
        claim = "as printed (E-45) the weights of the past gradients sum to 1, an average: "
        moved = "−η Σ∇f"
    claim += f"xₙ − x₀ + β/(1 − β)·(xₙ − xₙ₋₁) = {moved}, largest distance"
    foreseen = -run.lr * total * (run.lam * run.probed[:n]).sum(0)
    why = f"under a constant gradient a step grows to {total:.4g} η∇f"
    return same(id, claim, (x[n] - x[0] + held) / size, foreseen / size, why=why)


def _settled(run: Ball) -> bool:
    """Whether the last half of such a run is long and straight enough to show its rate.

    It has at least 40 values, the logarithms of its two halves agree to 2 %, and at its beginning
    the slowest direction carries 99 % of the energy, its roots well apart.
    """
    if run.on_edge:
        return False
    path = by_powers(run.method, run.lr, run.beta, run.lam.diag(), run.x[0], run.last)
    exact = replace(run, x=path, diverged_at=-1)
    if len(exact.tail) < 40:
        return False
    early, late = (slope(part) for part in exact.tail.chunk(2))
    slowest, k = run.moduli >= run.rate * (1 - 1e-6), run.last // 2
    # k steps must turn a complex pair by more than one swing, or tell two real roots apart
    apart = k * (run.eigenvalues[:, 0] - run.eigenvalues[:, 1]).abs() > 8 * run.moduli
    shares = exact.energy[k]
    leads = shares[slowest].sum() >= 0.99 * shares.sum() and apart[slowest].all()
    return abs(early - late) < 0.02 * abs(late) and bool(leads)


def says(run: Ball) -> str:
    """What happened, with the reason where it failed."""
    edge = f"ηL = {run.lr_L:.4g} {{}} {run.edge:.4g}, the border of stability"
    if run.f[0] == 0:
        return "The ball starts at the minimum and stays there."
    if run.diverged_at >= 0:
        why = f"{edge.format('>')} for β = {run.beta:g}"
        return f"Diverged at step {run.diverged_at}: {why}; it grows by {run.rate:.4g} a step."
    measured = "" if run.measured is None else f", measured {run.measured:.4f}"
    rate = f"rate per step: predicted {run.rate:.4f}{measured}"
    if run.on_edge and run.rate > 1 - 1e-6:
        return f"The steep direction bounces for ever: {edge.format('=')}; {rate}."
    if run.rate > 1:
        return f"Unstable: {edge.format('>')}; {rate}."
    count = f"f is not down by 10⁶ for good within {HORIZON} steps"
    if run.iterations >= 0:
        count = f"f is down by 10⁶ for good after {in_steps(run.iterations)}"
        count += f", for the first time after {run.first}" * (run.first < run.iterations)
    rise = f"On the way f rises to {run.peak:.3g} times its start; " * (run.peak > 1.005)
    over = [n for n, pair in zip(("flat", "steep"), run.eigenvalues) if pair.imag.any()]
    swing = ("no direction overshoots", "the {} direction overshoots", "both directions overshoot")
    return f"{rise}{count}; {rate}; {swing[len(over)].format(*over)}."


answers = {
    "too_much": lambda run: run.iterations / run.needs(0.9),
    "beyond": lambda run: run.edge,
    # over the steps of the heavy ball
    "average": lambda run: run.iterations / replace(run, method="momentum").iterations,
}
