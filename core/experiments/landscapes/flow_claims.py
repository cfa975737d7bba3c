"""What flow and Euler claim: OPT-10 with erratum E-41, and what happened."""

import torch

from core.check import Check, at_most, equal, same
from core.experiments.landscapes.flow import HALVES, Flow
from core.optimizers import in_steps


def checks(run: Flow, *, x0: float, y0: float) -> list[Check]:
    """Both Euler equations, the order of the error, d f/dt, stability."""
    lam, lr, f = run.lam, run.lr, run.f
    moves = (float(run.start.norm()) > 1e-100, "the start is the minimum")  # below, f is rounding
    k = torch.arange(run.steps + 1, dtype=torch.float64)[:, None].clamp(max=run.last)
    power = torch.tensor([x0, y0], dtype=torch.float64) * (1 - lr * lam) ** k
    size = power.abs().clamp(min=1.0)
    implicit, f0 = run.implicit, float(f(run.start)) or 1.0
    euler = "gradient descent is explicit Euler for ẋ = −∇f(x): its iterates are "
    euler += "(1 − ηλ)ᵏ x₀, up to 10¹²; largest distance, relative above 1"
    falls = "explicit Euler never raises f for η < 2/L: largest change in one step, over f(x₀)"
    rise = float(f(run.explicit).diff().max()) / f0
    stable = (lr < run.limit, f"needs η < 2/L = {run.limit:.4g}, here η = {lr:.4g}")
    solves = "implicit Euler solves xₖ₊₁ = xₖ − η∇f(xₖ₊₁): largest residual"
    return [
        same("OPT-10", euler, run.explicit / size, power / size),
        _first_order(run, moves),
        _fall(run, moves),
        at_most("OPT-10", falls, rise, 0.0, tol=1e-12, needs=(stable,)),
        same("OPT-10", solves, implicit.diff(dim=0) + lr * lam * implicit[1:], 0.0),
    ]


def _first_order(run: Flow, moves: tuple[bool, str]) -> Check:
    coarse, fine = run.errors[0, -2:].tolist()
    live = run.lam[run.start != 0]
    small = moves[0] and fine > 1e-250
    small = small and float(run.lr / HALVES[-1] * live.max() ** 2 * run.t[-1]) <= 0.5
    claim = (
        "halving η halves the distance to the flow at time T: ratio of the smallest two, 2 ± 0.2"
    )
    needs = (moves, (small, "needs ηλ²T ≤ ½ for the smallest step"))
    return equal("OPT-10", claim, coarse / fine if small else 2.0, 2.0, tol=0.1, needs=needs)


def _fall(run: Flow, moves: tuple[bool, str]) -> Check:
    h, t = 1e-4 / float(run.lam.max()), run.curve_t[1:]
    quotient = (run.f(run.at(t + h)) - run.f(run.at(t - h))) / (2 * h)
    slope = (run.lam * run.curve[1:]).square().sum(dim=1)
    seen = slope > 1e-250
    claim = "d/dt f(x(t)) = −‖∇f(x(t))‖² ≤ 0 along the flow: largest relative difference to a "
    claim += "difference quotient"
    return same("OPT-10", claim, -quotient[seen] / slope[seen], 1.0, tol=1e-6, needs=(moves,))


def says(run: Flow, *, implicit: bool = False) -> str:
    """What happened, in one or two plain sentences."""
    if not run.start.any():
        return "The start is the minimum: neither the flow nor a step leaves it."
    if run.lr * float(run.lam[run.start != 0].max()) > 2:
        end = "is thrown outwards"
        if run.diverged_at >= 0:
            end = f"diverged at step {run.diverged_at}"
        said = f"Explicit Euler {end}: η = {run.lr:.4g} > 2/L = {run.limit:.4g}, while the flow "
        said += "knows no step and arrives."
    else:
        zigzag = f"stayed on one side all along ({in_steps(run.steps)}), like the flow"
        if run.crossings:
            zigzag = f"crossed the valley floor at {run.crossings} of {in_steps(run.steps)}; "
            zigzag += "the flow never does"
        off = f"At t = {run.t[-1]:.3g} it is {run.errors[0, 0]:.2g} away from the flow."
        said = f"Gradient descent {zigzag}. {off}"
    if implicit:
        said += f" Implicit Euler with the same step is {run.errors[1, 0]:.2g} away."
    return said


def _crosses(run: Flow) -> str:
    flow = run.crossed(run.curve)
    if not flow:
        return "never"
    return "every" if flow >= run.crossings else "some"


def _implicit_fate(run: Flow) -> tuple[float, dict[str, float]]:
    """f at the end over f at the start, and the multiplier of the steep coordinate."""
    left = run.f(run.implicit[-1]) / run.f(run.start)
    return float(left), {"steep": 1 / (1 + run.lr * float(run.lam.max()))}


answers = {
    "crosses": _crosses,
    "halved": lambda run: float(run.errors[0, 0] / run.errors[0, 1]),
    "implicit": _implicit_fate,
}
