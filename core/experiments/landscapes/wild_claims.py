"""What the path claims: OPT-08 on its steps, ANA-19 on the Hessian along it, and what happened."""

import math
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from core.check import Check, at_most, equal, same
from core.experiments.landscapes.wild import Wild
from core.landscapes import Landscape, eigenvalues_2x2, printed_condition_number
from core.landscapes.terrain import surface
from core.optimizers import arrival, in_steps
from core.words import number

KINK = "f may have a kink here, or a wave too narrow for five points per step"


def checks(
    run: Wild, *, landscape: str, formula: str, lr: float, method: str, printed: bool = False
) -> list[Check]:
    """Two checks on the steps, three on the Hessian and one on the printed ratio."""
    land, n = surface(landscape, formula), run.last
    claim = "xₖ₊₁ = xₖ − η∇f(xₖ) at every step: largest distance"
    plain = (method == "gd", "the other methods step with more than the gradient")
    stepped = run.x[:n] - lr * run.grad[:n]
    steps = same("OPT-08", claim, stepped, run.x[1 : n + 1], needs=(plain,))
    descent = _descent(run, land, lr, method)
    if landscape == "own" and not descent.holds:  # a student may type |x| or a wave no sample sees
        descent = replace(descent, applies=False, why=descent.why or KINK)
    *found, ratio = _condition(run, land)
    return [steps, descent, *found, _spectrum(run, land), *([ratio] if printed else [])]


def _descent(run: Wild, land: Landscape, lr: float, method: str) -> Check:
    plain, arrives = method == "gd", run.diverged_at < 0
    slack = _slack(run, land, lr) if plain and arrives else torch.zeros(0)
    long = f"η = {lr:g} exceeds 1/λmax, or the step 5 % of the map, all the way"
    claim = "f(xₖ₊₁) − f(xₖ) + η/2 ‖∇f(xₖ)‖² ≤ 0 for every short step with η ≤ 1/λmax on its way"
    promise = (plain, "only plain gradient descent promises descent at every step")
    needs = (promise, (arrives, "the run diverged"), (len(slack) > 0, long))
    most, tol = slack.max() if len(slack) else 0.0, 1e-9 * max(1.0, float(run.f.abs().max()))
    return at_most("OPT-08", claim, most, 0.0, tol=tol, needs=needs)


def _slack(run: Wild, land: Landscape, lr: float) -> Tensor:
    """What the descent lemma leaves over, for short steps with lr·λmax ≤ 1 on their segment.

    Five points stand for a segment; a step longer than 5 % of the map could jump over a wave.
    """
    x, step = run.x[:-1], run.x.diff(dim=0)
    short = step.norm(dim=-1) <= 0.05 * (land.domain[0][1] - land.domain[0][0])
    t = torch.linspace(0, 1, 5, dtype=torch.float64)[:, None, None]
    steepest = eigenvalues_2x2(land.hessian(x + t * step))[..., 1].amax(0)
    slack = run.f[1:] - land.f(x) + lr / 2 * run.grad[:-1].square().sum(-1)
    return slack[short & (lr * steepest <= 1)]


def _spectrum(run: Wild, land: Landscape) -> Check:
    H = land.hessian(run.x)
    defined = H.isfinite().flatten(1).all(1)
    H, bend = H[defined], run.eigenvalues[defined]
    claim = "λ₁ + λ₂ = tr ∇²f and √(λ₁² + λ₂²) = ‖∇²f‖ at every iterate: largest distance"
    found = torch.stack([bend.sum(-1), bend.norm(dim=-1)])
    exact = torch.stack([H.diagonal(dim1=-2, dim2=-1).sum(-1), H.flatten(1).norm(dim=-1)])
    needs = ((len(H) > 0, "f has no second derivative along the path"),)
    return same("ANA-19", claim, found, exact, needs=needs)


def _condition(run: Wild, land: Landscape) -> list[Check]:
    """The condition number of ∇²f at the last iterate: as a norm, as a bound, as printed."""
    kappa, (low, high) = run.kappa[run.last], run.eigenvalues[run.last].tolist()
    regular = bool(kappa.isfinite())
    H = land.hessian(run.x[run.last]) if regular else torch.eye(2, dtype=torch.float64)
    # the direction that suffers most: b along the large singular vector, δb along the small
    b, small = torch.linalg.svd(H).U.T
    db = 1e-3 * (small + 0.1 * b)
    x, dx = torch.linalg.solve(H, b), torch.linalg.solve(H, db)
    norms = torch.linalg.norm(H, 2) * torch.linalg.norm(torch.linalg.inv(H), 2)
    needs = ((regular, "∇²f is singular or not defined here: κ = ∞"),)
    signs = (
        low > 0,
        f"∇²f has eigenvalues {low:.3g} and {high:.3g}: not positive definite, the printed ratio "
        "means nothing for convergence",
    )
    same_norms = "κ(∇²f) = ‖∇²f‖ ‖∇²f⁻¹‖ at the last iterate"
    grows = "‖δx‖/‖x‖ ≤ κ ‖δb‖/‖b‖ for ∇²f x = b, δb nearly in the worst direction"
    as_printed = "as printed (E-18) κ of convergence = |λ|max/|λ|min, at the last iterate"
    ratio, worst = high / low if low > 0 else 0.0, kappa * db.norm() / b.norm()
    printed = printed_condition_number(H)
    return [
        equal("ANA-19", same_norms, kappa, norms, tol=1e-6, needs=needs),
        at_most("ANA-19", grows, dx.norm() / x.norm(), worst, tol=1e-6, needs=needs),
        equal("ANA-19", as_printed, ratio, printed, tol=1e-6, needs=(signs, *needs)),
    ]


ENDS = {
    "minimum": "Arrived at a minimum, {place}",
    "maximum": "Stopped on a maximum, {place}: the gradient is 0, and f falls on every side",
    "saddle": "Stopped at the saddle point {place}: the gradient is 0, yet it is no minimum",
    "floor": "Stopped on the floor of a valley, {place}: f rises across it and is level along it",
    "crest": "Stopped on a crest, {place}: f falls across it and is level along it",
    "plateau": "Stopped on a plateau, {place}: slope and curvature are 0 beside those of the map",
}


def says(run: Wild, *, landscape: str, formula: str, lr: float, method: str, printed: bool) -> str:
    """Where the path ended and what the Hessian is there."""
    n = run.last
    low, high = run.eigenvalues[n].tolist()
    (x, y), f = run.x[n].tolist(), float(run.f[n])
    if run.where == "diverged":
        steep = float(run.eigenvalues[0, 1])
        limit = f", 2/λmax at the start is {2 / steep:.3g}" if method == "gd" and steep > 0 else ""
        return f"Diverged at step {run.diverged_at}: η = {lr:g}{limit}."
    land = surface(landscape, formula)
    zero = 1e-6 * (land.domain[0][1] - land.domain[0][0])  # no place on the map is that small
    x, y = (number(at, 4, zero) for at in (x, y))
    place = f"({x}, {y}) with f = {number(f, 4, 1e-15 * abs(float(run.f[0])))}"
    if run.where == "outside":
        return (
            f"Step {run.diverged_at} leaves the domain of f: from {place} to where it has no value."
        )
    if run.where == "tip":
        return (
            f"Stopped after {in_steps(n)} at {place}: f has no gradient there, it is a tip or edge."
        )
    ending = ENDS.get(run.where, "").format(place=place)
    if run.where == "moving":
        ending = f"After {in_steps(n)} on {land.name} at {place}, still "
        ending += f"moving: ‖∇f‖ = {run.grad[n].norm():.2g}"
    if not math.isfinite(low + high):
        return f"{ending}; f has no second derivative there."
    if low > 0:
        return f"{ending}; κ = {high / low:.4g} there."
    if printed and low < 0:
        ratio = f"the printed ratio says κ = {run.kappa[n]:.4g}"
        return f"{ending}; {ratio}, with λ = {low:.3g}, {high:.3g}."
    return f"{ending}; λ = {low:.3g}, {high:.3g}: not positive definite, so κ promises nothing."


def _fate(run: Wild) -> tuple[str, dict[str, Any]]:
    ends = {"minimum": "minimum", "diverged": "diverges"}
    low, high = run.eigenvalues[-1].tolist()
    return ends.get(run.where, "saddle"), {"size": run.grad[-1].norm(), "low": low, "high": high}


def _below(run: Wild) -> str | tuple[int, dict[str, int]]:
    below = int(arrival(run.f, 1e-6 / float(run.f[0])))
    return (below, {"below": below}) if below >= 0 else "never"


def _stays(run: Wild) -> str:
    return "leaves" if run.x[-1].norm() > run.x[0].norm() else "settles"


answers = {"ridge": _fate, "memory": _below, "sheet": _stays}
