"""What the bowl claims: OPT-08, ANA-17, ANA-20, ANA-21, and what happened."""

import math

import torch

from core.check import Check, at_least, at_most, equal, same
from core.experiments.landscapes.bowl import FALL, LEAST, Bowl
from core.optimizers import arrival, in_steps


def checks(run: Bowl) -> list[Check]:
    """Zig-zag, linear convergence, closed form, level sets."""
    return [*_zigzag(run), *_linear_convergence(run), _closed_form(run), _roundness(run)]


def _closed_form(run: Bowl) -> Check:
    n = run.last + 1
    k = torch.arange(n, dtype=torch.float64)[:, None]
    exact = (run.multipliers**k * run.z[0]) @ run.land.axes.T
    stepped = run.x[: n - 1] - run.lr * run.grad[: n - 1]
    # what a rounding of the start can grow with
    size = (run.rate**k * run.x[0].norm()).clamp(min=1.0)
    claim = "xₖ₊₁ = xₖ − η∇f(xₖ) = (I − ηH)ᵏ⁺¹ x₀: largest distance, relative once ρᵏ|x₀| > 1"
    here = torch.cat((stepped / size[1:], run.x[:n] / size))
    return same("OPT-08", claim, here, torch.cat((run.x[1:n] / size[1:], exact / size)))


def _linear_convergence(run: Bowl) -> list[Check]:
    n, start, lr_L = run.last + 1, float(run.f[0]), f"here ηL = {run.lr_L:.5g}"
    moves = (start > LEAST, "the start is the minimum")
    distance = run.x[:n].norm(dim=1)
    # Below these relative floors f and |x| are rounding, and so are their ratios.
    bound = run.bound[:n].clamp(min=1e-24 * start)
    worst, k = run.multipliers.abs().max(), torch.arange(n, dtype=torch.float64)
    contraction = (worst**k).clamp(min=1e-12, max=1e30)
    f_ratio = float((run.f[:n] / bound).max()) if moves[0] else 1.0
    x_ratio = float((distance / contraction)[1:].max() / distance[0]) if moves[0] else 0.0
    theorem = "f(xₖ) − f* ≤ (1 − ημ)ᵏ (f(x₀) − f*) for every k, which is (1 − μ/L)ᵏ at η = 1/L: "
    theorem += "largest ratio, that of k = 0"
    nearer = "‖xₖ − x*‖ ≤ max(|1 − ημ|, |1 − ηL|)ᵏ ‖x₀ − x*‖ for every k: largest ratio"
    best = "max(|1 − ημ|, |1 − ηL|) ≥ (κ − 1)/(κ + 1), whatever η is"
    short = (run.lr_L <= 1, f"needs η ≤ 1/L, {lr_L}")
    stable = (run.lr_L < 2, f"needs η < 2/L, {lr_L}")
    return [
        equal("ANA-17", theorem, f_ratio, 1.0, needs=(moves, short)),
        at_most("ANA-17", nearer, x_ratio, 1.0, needs=(moves, stable)),
        at_least("ANA-17", best, worst, (run.kappa - 1) / (run.kappa + 1)),
    ]


def _roundness(run: Bowl) -> Check:
    theta = torch.deg2rad(run.angle + torch.arange(0, 180, 1, dtype=torch.float64))
    height = run.land.f(torch.stack([theta.cos(), theta.sin()], dim=-1))
    claim = "longest over shortest radius of the level set {f = c} is √κ, not κ"
    ratio = float((height.max() / height.min()).sqrt())
    return equal("ANA-20", claim, ratio, math.sqrt(run.kappa))


def _zigzag(run: Bowl) -> list[Check]:
    k = torch.arange(len(run.f), dtype=torch.float64)[:, None]
    signless = 0.5 * (run.multipliers.abs() ** k * run.z[0]).square()
    flips = "z₂ changes sign at every step if ηL > 1 and never if ηL ≤ 1: flips counted, foreseen"
    moving = (bool(run.moving[0]), "z₂ is 0 from the start, there is nothing to flip")
    free = "zig-zag itself costs nothing: with |1 − ηλ| for 1 − ηλ no sign flips, and f "
    free += "needs as many steps to fall by 10⁶"
    fallen = run.needed > 0 and float(run.f[0]) > LEAST
    fallen = (fallen, "f has not fallen by 10⁶ within these steps")
    straight = int(arrival(signless[:, 0] + run.kappa * signless[:, 1], FALL))
    counts = (math.inf if count < 0 else count for count in (run.needed, straight))
    foreseen = run.watched.sum() if run.lr_L > 1 else 0
    return [
        equal("ANA-21", flips, run.flips, foreseen, needs=(moving,)),
        equal("ANA-21", free, *counts, needs=(fallen,)),
    ]


def says(run: Bowl) -> str:
    """What happened, in one or two plain sentences."""
    lr_L, steps = run.lr_L, len(run.f) - 1
    steep = f"every step multiplies the steep coordinate by {run.multipliers[1]:.4g}"
    if float(run.f[0]) == 0:
        return "The start is the minimum: the gradient is 0 and nothing moves."
    if run.diverged_at >= 0:
        said = f"Diverged at step {run.diverged_at}: η = {run.lr:.4g} > 2/L = {2 / run.kappa:.4g} "
        said += f"(ηL = {lr_L:.4g}), so {steep}."
    elif run.needed == 1 and run.f[1] <= 1e-24 * run.f[0]:
        said = "One step and home: every multiplier 1 − ηλ that matters is 0."
    elif run.needed >= 0:
        flips = f"the steep coordinate changed sign at {run.flips} of them"
        flips = flips if run.flips else "without one change of sign"
        said = f"f fell by 10⁶ in {in_steps(run.needed)}, {flips}; {_pace(run)}."
    elif lr_L > 2 and run.moves[1]:
        said = f"Past the edge: ηL = {lr_L:.4g} > 2, so {steep} and it never comes back."
    elif lr_L == 2 and run.moves[1]:
        said = "At the edge: ηL = 2, the steep coordinate bounces forever between two walls."
    else:
        left = run.f[-1] / run.f[0]
        said = f"After {in_steps(steps)} f is still at {left:.2g} of its start; {_pace(run)}."
    return f"{said} At the start −∇f points {run.miss:.0f}° away from the minimum."


def _pace(run: Bowl) -> str:
    flat, steep = (run.multipliers * run.moves).tolist()
    if math.isclose(abs(flat), abs(steep), rel_tol=1e-5):
        return f"both coordinates set the pace, each shrinks by the factor {abs(flat):.4g} per step"
    if abs(flat) > abs(steep):
        return f"the flat coordinate sets the pace, 1 − ημ = {flat:.5g}"
    return f"the steep coordinate sets the pace, 1 − ηL = {steep:.5g}"


def _flips(run: Bowl) -> str:
    if not run.flips:
        return "never"
    return "every" if run.flips == run.needed else "some"


def _compared(run: Bowl) -> float:
    """Steps for a fall by 10⁶ over those of η = 2/(L + μ) from the worst start."""
    return run.needed / (math.log(1e6) / (-2 * math.log((run.kappa - 1) / (run.kappa + 1))))


def _fate(run: Bowl) -> str:
    if run.f[run.last] > 100 * run.f[0]:
        return "grows"
    return "falls" if run.f[-1] < 0.5 * run.f[0] else "stays"


answers = {"flips": _flips, "half_the_step": _compared, "edge": _fate}
