"""One path on a landscape that is no bowl, with the Hessian it meets on its way."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from core.check import Check, at_most, choose, equal, require
from core.landscapes.surfaces import (
    Landscape,
    condition_number,
    eigenvalues_2x2,
    printed_condition_number,
)
from core.landscapes.terrain import FORMULA, Field, at_start, field, surface
from core.optimizers import trajectories

METHODS = ("gd", "momentum", "nesterov", "rmsprop", "adam")
WITH_MEMORY = ("momentum", "nesterov")
KINK = "f may have a kink here, or a wave too narrow for five points per step"
STILL = 1e-6  # ‖∇f‖ below this: the path has stopped


@dataclass(frozen=True)
class Wild:
    """A path and the second derivatives along it; n = steps + 1 iterates.

    Attributes:
        land: the landscape.
        field: the landscape on a grid.
        x: iterates, shape (n, 2).
        f: f(xₖ), shape (n,).
        grad: ∇f(xₖ), shape (n, 2).
        eigenvalues: of ∇²f(xₖ), ascending, shape (n, 2).
        kappa: σmax/σmin of ∇²f(xₖ), shape (n,); ∞ where it is singular.
        printed: |λ|max/|λ|min as the sheet has it, shape (n,).
        diverged_at: step at which the run left 10¹² behind, -1 if it did not.
        last: index of the last iterate that moved; later ones repeat it after a divergence.
        slack: f(xₖ₊₁) − f(xₖ) + lr/2 ‖∇f(xₖ)‖² of the steps of `_slack`, shape (m,).
        difference: ∇f(x₀) by central differences, shape (2,).
        where: how the path ends: "minimum", "saddle", "flat", "moving" or "diverged".
    """

    land: Landscape
    field: Field
    x: Tensor
    f: Tensor
    grad: Tensor
    eigenvalues: Tensor
    kappa: Tensor
    printed: Tensor
    diverged_at: int
    last: int
    slack: Tensor
    difference: Tensor
    where: str


def descend(
    *,
    landscape: str = "rosenbrock",
    formula: str = FORMULA,
    method: str = "gd",
    lr: float = 1e-3,
    beta: float = 0.9,
    x0: float = -1.2,
    y0: float = 1.0,
    steps: int = 500,
    view: str = "map",
    printed: bool = False,
) -> Wild:
    r"""Follow one method downhill and look at :math:`\nabla^2 f` at every iterate.

    Args:
        landscape: a key of `core.landscapes.terrain.LANDSCAPES`, or "own".
        formula: f(x, y) for "own".
        method: one of `METHODS`.
        lr: step size in [1e-5, 1].
        beta: memory of momentum and Nesterov, in [0, 0.999].
        x0, y0: start, in [-10, 10].
        steps: whole number in [1, 3000].
        view, printed: how the figure draws it; nothing here depends on them.

    Raises:
        ValueError: a value outside its range, a formula that cannot be read, or f not finite at
            the start.
    """
    choose("method", method, METHODS)
    choose("view", view, ("map", "3-D"))
    require("lr", lr, 1e-5, 1)
    require("beta", beta, 0, 0.999)
    require("steps", steps, 1, 3000, integer=True)
    land = surface(landscape, formula)
    start = at_start(land, x0, y0)
    more = {"beta": beta} if method in WITH_MEMORY else {}
    run = trajectories(land, (method,), start, lr, int(steps), **more)
    x, f, diverged_at = run.x[0], run.f[0], int(run.diverged_at[0])
    last = int(steps) if diverged_at < 0 else max(diverged_at - 1, 0)
    grad, H = land.grad(x), land.hessian(x)
    eigenvalues = eigenvalues_2x2(H)
    small, large = eigenvalues.abs().sort().values.unbind(-1)
    h = 1e-6
    shift = h * torch.eye(2, dtype=torch.float64)
    return Wild(
        land,
        field(landscape, formula),
        x,
        f,
        grad,
        eigenvalues,
        condition_number(H),
        torch.where(small > 0, large / small.where(small > 0, 1.0), torch.inf),
        diverged_at,
        last,
        _slack(land, x, f, grad, lr) if method == "gd" and diverged_at < 0 else torch.zeros(0),
        (land.f(start + shift) - land.f(start - shift)) / (2 * h),
        _ending(grad[-1], eigenvalues[-1], diverged_at),
    )


def _slack(land: Landscape, x: Tensor, f: Tensor, grad: Tensor, lr: float) -> Tensor:
    """What the descent lemma leaves over, for short steps with lr·λmax ≤ 1 on their segment.

    Five points stand for a segment; a step longer than 5 % of the map could jump over a wave.
    """
    short = (x[1:] - x[:-1]).norm(dim=-1) <= 0.05 * (land.domain[0][1] - land.domain[0][0])
    t = torch.linspace(0, 1, 5, dtype=torch.float64)[:, None, None]
    steepest = eigenvalues_2x2(land.hessian(x[:-1] + t * (x[1:] - x[:-1])))[..., 1].amax(0)
    slack = f[1:] - f[:-1] + lr / 2 * grad[:-1].square().sum(-1)
    return slack[short & (lr * steepest <= 1)]


def _ending(grad: Tensor, eigenvalues: Tensor, diverged_at: int) -> str:
    if diverged_at >= 0:
        return "diverged"
    if not grad.norm() < STILL:
        return "moving"
    low, tiny = float(eigenvalues[0]), 1e-9 * float(eigenvalues.abs().max())
    return "minimum" if low > tiny else "saddle" if low < -tiny else "flat"


def checks(result: Wild, *, landscape: str, lr: float, method: str, **_) -> list[Check]:
    """OPT-08 and ANA-19 on this path."""
    out = [_gradient(result), _descent(result, lr, method)]
    if landscape == "own":  # a student may type |x| or a wave that no sample sees
        out = [c if c.holds else replace(c, applies=False, why=c.why or KINK) for c in out]
    n = result.last
    H = result.land.hessian(result.x[n])
    low, high = result.eigenvalues[n].tolist()
    regular = bool(result.kappa[n].isfinite())
    silent = "" if regular else "∇²f is singular or not defined here: κ = ∞"
    out.append(
        equal(
            "ANA-19",
            "κ(∇²f) = ‖∇²f‖ ‖∇²f⁻¹‖ at the last iterate",
            result.kappa[n] if regular else torch.inf,
            torch.linalg.norm(H, 2) * torch.linalg.norm(torch.linalg.inv(H), 2)
            if regular
            else torch.inf,
            tol=1e-6,
            applies=regular,
            why=silent,
        )
    )
    if regular:
        # the direction that suffers most: b along the large singular vector, δb along the small
        U = torch.linalg.svd(H).U
        b, db = U[:, 0], 1e-3 * (U[:, 1] + 0.1 * U[:, 0])
        x, dx = torch.linalg.solve(H, b), torch.linalg.solve(H, db)
        grown, bound = dx.norm() / x.norm(), result.kappa[n] * db.norm() / b.norm()
    else:
        grown, bound = 0.0, 0.0
    out.append(
        at_most(
            "ANA-19",
            "‖δx‖/‖x‖ ≤ κ ‖δb‖/‖b‖ for ∇²f x = b, δb nearly in the worst direction",
            grown,
            bound,
            tol=1e-6,
            applies=regular,
            why=silent,
        )
    )
    definite = low > 0
    out.append(
        equal(
            "ANA-19",
            "κ of convergence = |λ|max/|λ|min as printed, at the last iterate",
            high / low if definite else 0.0,
            printed_condition_number(H) if regular else 0.0,
            tol=1e-6,
            applies=definite and regular,
            why=""
            if definite
            else f"∇²f has eigenvalues {low:.3g} and {high:.3g}: not positive definite, "
            f"the printed ratio means nothing for convergence",
        )
    )
    return out


def _gradient(result: Wild) -> Check:
    error, defined = (result.difference - result.grad[0]).norm(), result.difference.isfinite().all()
    return at_most(
        "OPT-08",
        "‖∇f(x₀) − central difference‖ ≤ 10⁻⁶ max(1, ‖∇f(x₀)‖, |f(x₀)|)",
        error if defined else 0.0,
        1e-6 * max(1.0, float(result.grad[0].norm()), abs(float(result.f[0]))),
        applies=bool(defined),
        why="" if defined else "f is not defined on both sides of the start",
    )


def _descent(result: Wild, lr: float, method: str) -> Check:
    return at_most(
        "OPT-08",
        "f(xₖ₊₁) − f(xₖ) + lr/2 ‖∇f(xₖ)‖² ≤ 0 for every short step with lr ≤ 1/λmax on its way",
        result.slack.max() if len(result.slack) else 0.0,
        0.0,
        tol=1e-9 * max(1.0, float(result.f.abs().max())),
        applies=len(result.slack) > 0,
        why=_why_silent(result, lr, method),
    )


def _why_silent(result: Wild, lr: float, method: str) -> str:
    if method != "gd":
        return "only plain gradient descent promises descent at every step"
    if result.diverged_at >= 0:
        return "the run diverged"
    return (
        ""
        if len(result.slack)
        else f"lr = {lr:g} exceeds 1/λmax, or the step 5 % of the map, all the way"
    )


def says(result: Wild, *, lr: float, method: str, steps: int, printed: bool = False, **_) -> str:
    """Where the path ended and what the Hessian is there."""
    n = result.last
    low, high = result.eigenvalues[n].tolist()
    (x, y), f = result.x[n].tolist(), float(result.f[n])
    name = result.land.name
    if result.where == "diverged":
        steep = float(result.eigenvalues[0, 1])
        limit = f", 2/λmax at the start is {2 / steep:.3g}" if method == "gd" and steep > 0 else ""
        return f"Diverged at step {result.diverged_at}: lr = {lr:g}{limit}."
    place = f"({x:.4g}, {y:.4g}) with f = {f:.4g}"
    ending = {
        "minimum": f"Arrived at a minimum, {place}",
        "saddle": f"Stopped at the saddle point {place}: the gradient is 0, yet it is no minimum",
        "flat": f"Stopped at {place}, where the Hessian is singular",
        "moving": f"After {steps} steps on {name} at {place}, still moving: "
        f"‖∇f‖ = {result.grad[n].norm():.2g}",
    }[result.where]
    if not math.isfinite(low + high):
        return f"{ending}; f has no second derivative there."
    if low > 0:
        return f"{ending}; κ = {high / low:.4g} there."
    if printed and low < 0:
        ratio = f"{result.printed[n]:.4g}".replace("inf", "∞")
        return f"{ending}; the sheet's ratio says κ = {ratio}, with λ = {low:.3g}, {high:.3g}."
    return f"{ending}; λ = {low:.3g}, {high:.3g}: not positive definite, so κ promises nothing."


def marks(*, landscape: str, formula: str, x0: float, y0: float, **_) -> tuple[tuple, ...]:
    """(1/λmax, its name) and (2/λmax, its name) at the start; none where λmax ≤ 0."""
    try:
        land = surface(landscape, formula)
        start = at_start(land, x0, y0)
    except ValueError:  # an unreadable formula is refused, in words, by `descend`
        return ()
    steep = float(eigenvalues_2x2(land.hessian(start))[1])
    if not steep > 0:
        return ()
    return ((1 / steep, "1/λmax at the start"), (2 / steep, "2/λmax at the start"))


def fate(result: Wild) -> str:
    """Where the path ends, as the prediction on the saddle asks it."""
    return {
        "minimum": "in one of the two minima",
        "saddle": "at the saddle point",
        "flat": "at the saddle point",
        "moving": "still on the way",
        "diverged": "it diverges",
    }[result.where]


def steps_below(result: Wild, level: float = 1e-6) -> int:
    """First k with f(xₖ) < level, -1 if there is none."""
    below = (result.f < level).nonzero()
    return int(below[0]) if len(below) else -1


def thousands(result: Wild) -> str:
    """`steps_below` in the words of the prediction on the banana."""
    k = steps_below(result)
    if k < 0:
        return "not within 3000 steps"
    return "about 150" if k < 450 else "about 1400" if k < 4000 else "about 13 000"


def leaves(result: Wild) -> str:
    """Whether the path stays near the origin, as the prediction on the printed κ asks it."""
    near, far = result.x[0].norm(), result.x[-1].norm()
    return "it leaves it" if far > near else "it settles there within a few steps"


def numbers(result: Wild) -> dict[str, float]:
    """What the explanations of the predictions quote."""
    first, second = result.eigenvalues[0].tolist()
    low, high = result.eigenvalues[-1].tolist()
    return {
        "steps": len(result.f) - 1,
        "below": steps_below(result),
        "size": float(result.grad[-1].norm()),
        "first": first,
        "second": second,
        "low": low,
        "high": high,
    }
