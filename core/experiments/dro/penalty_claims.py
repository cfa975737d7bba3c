"""What the gradient says of the worst risk: DRO-04, DRO-07 and DRO-08, and how it falls short."""

import math

import numpy as np
import torch
from torch import Tensor

from core.adversarial import ball_boundary
from core.check import Check, at_least, at_most, equal, same
from core.experiments.dro.penalty import (
    LINEAR,
    LOGISTIC,
    NONE,
    ORDERS,
    ROWS,
    SMALL,
    SQUARED,
    Penalty,
    labels,
    largest,
    penalty,
)
from core.words import number

DUAL = 2e-4  # of a dual searched on a grid
RATE = 0.1  # of an order measured at four radii


def checks(
    run: Penalty, *, eps: float, loss: str, p: str, norm: str, beta1: float, beta2: float
) -> list[Check]:
    """Between first order and worst case, the order of the gap, the dual, the balls, the slopes."""
    beta = torch.tensor([beta1, beta2], dtype=torch.float64)
    finite = (math.isfinite(run.worst), "the worst case is ∞")
    bounded = (math.isfinite(float(run.path[0])), "the worst case is ∞ at every radius")
    first, size = run.risk + eps * run.slope, _dual_norm(beta, norm)
    return [
        at_least("DRO-04", "worst risk ≥ risk + ε · slope of the loss at the rows", run.worst,
                 first, tol=1e-8),
        _order(run, size, loss, p, bounded),
        at_most("DRO-04", "the moved rows lie in the ball: their risk ≤ the worst risk",
                run.at_moved, run.worst, tol=1e-7),
        _linear(run, first, loss),
        _dual(run, beta, eps, loss, p, norm, finite),
        _nested(run, beta1, beta2, eps, loss, p, norm),
        _local(run, beta, eps, loss, p, norm),
        _own(run, beta, eps, loss, p, norm),
    ]  # fmt: skip


def _order(run: Penalty, size: float, loss: str, p: str, bounded: tuple[bool, str]) -> Check:
    left = (bool((run.gaps[: len(SMALL)] > 0).all()), "no gap is left at small radii")
    second = (p != "1", "at p = 1 mass far away pays the steepest slope: the gap is of order ε")
    # above the half of the largest curvature of the loss a price keeps all mass near its row
    price = run.slope / (2 * float(SMALL[-1]) * max(size, 1e-100) ** 2)
    near = (
        loss != LOGISTIC or p == "inf" or price > 0.5,
        "the slopes are so small that mass goes far even at these radii",
    )
    claim = "the gap between worst risk and first order shrinks like ε²: measured power of ε"
    return equal("DRO-04", claim, run.order, 2, tol=RATE, needs=(bounded, second, left, near))


def _linear(run: Penalty, first: float, loss: str) -> Check:
    straight = (loss == LINEAR, "the loss is not linear in x")
    claim = "a linear loss has no gap: worst risk = risk + ε‖β‖ in the dual norm"
    return equal("DRO-07", claim, run.worst, first, needs=(straight,))


def _dual(run, beta: Tensor, eps: float, loss: str, p: str, norm: str, finite) -> Check:
    """min over λ of λεᵖ + mean sup, the supremum searched along the steepest way."""
    claim = "worst risk = min over λ ≥ 0 of λεᵖ + mean of sup (ℓ − λ · distanceᵖ)"
    moves = (eps > 0 and bool(beta.any()), "nothing moves the risk")
    power = (p != "inf", "p = ∞ has no price λ")
    value = run.risk
    if finite[0] and moves[0] and power[0]:
        value = dual(beta, eps, loss, ORDERS[p], norm)
    return equal("DRO-07", claim, run.worst, value, tol=DUAL, needs=(finite, moves, power))


def dual(beta: Tensor, eps: float, loss: str, p: float, norm: str) -> float:
    """By two rounds of a grid of prices; pushes of a score, of up to 40 sizes."""
    size = _dual_norm(beta, norm)
    push = eps * size
    score, y = (ROWS @ beta).numpy(), labels(loss).numpy()
    t = np.concatenate([[0.0], np.geomspace(1e-4, 40, 400)]) * max(push, 1e-9)
    if loss == SQUARED:
        gain = (np.abs(y - score)[:, None] + t) ** 2
    elif loss == LOGISTIC:
        gain = np.logaddexp(0, ((1 - 2 * y) * score)[:, None] + t)
    else:
        gain = (y - score)[:, None] + t
    # beyond the grid the gain grows like t^2 or t: no price below that bounds it
    least = {SQUARED: 1.0, LOGISTIC: 0.0, LINEAR: 0.0}[loss] if p == 2 else float(loss != SQUARED)
    low, high = 1e-6, 1e4
    for _ in range(3):
        lam = least + np.geomspace(low, high, 60)
        lam = np.append(lam, least) if p == 1 else lam
        value = lam * push**p + (gain - lam[:, None, None] * t**p).max(2).mean(1)
        best = int(value[:60].argmin())
        low, high = (lam[k] - least for k in (max(best - 1, 0), min(best + 1, 59)))
    return float(value.min())


def _dual_norm(beta: Tensor, norm: str) -> float:
    sizes = beta.abs()
    return float({"1": sizes.max(), "2": sizes.square().sum().sqrt(), "inf": sizes.sum()}[norm])


def _nested(run: Penalty, beta1, beta2, eps: float, loss: str, p: str, norm: str) -> Check:
    claim = "the balls are nested: worst risk ≥ that at p = ∞"
    least = largest(beta1, beta2, eps, loss, "inf", norm)
    most = math.inf if p != "2" or loss == SQUARED else largest(beta1, beta2, eps, loss, "1", norm)
    claim += ", ≤ that at p = 1" * math.isfinite(most)
    inside = run.worst if run.worst <= most + 1e-7 else -math.inf
    return at_least("DRO-04", claim, inside, least, tol=1e-7)


def _local(run: Penalty, beta: Tensor, eps: float, loss: str, p: str, norm: str) -> Check:
    """The rows moved to many places of the rim of the ball."""
    at_end = (p == "inf", "p is not ∞")
    claim = "at p = ∞ the worst risk is the mean of the largest losses within ε of each row"
    rim = ball_boundary(ORDERS[norm], 721)
    each = _losses(ROWS + eps * rim[:, None], beta, loss)
    return equal("DRO-08", claim, run.worst, each.max(0).values.mean(), tol=1e-4, needs=(at_end,))


def _own(run: Penalty, beta: Tensor, eps: float, loss: str, p: str, norm: str) -> Check:
    """Slopes by autograd, plain formulas for the rest, and the tangent below a convex loss."""
    at = ROWS.clone().requires_grad_()
    each = _losses(at, beta, loss)
    (grads,) = torch.autograd.grad(each.sum(), at)
    slopes = torch.tensor([_dual_norm(g, norm) for g in grads], dtype=torch.float64)
    mean = {"1": slopes.max(), "2": slopes.square().mean().sqrt(), "inf": slopes.mean()}[p]
    far = torch.linalg.vector_norm(run.moved - ROWS, ord=ORDERS[norm], dim=1)
    spent = {"1": far.mean(), "2": far.square().mean().sqrt(), "inf": far.max()}[p]
    below = max(0.0, run.risk + eps * run.slope - run.at_moved)
    there = _losses(run.moved, beta, loss).mean()
    claim = "risk, slopes, their mean, the way that the rows went, the risk there: largest distance"
    mine = [run.risk, *run.slopes.tolist(), run.slope, float(spent), run.at_moved, below]
    right = [float(each.detach().mean()), *slopes.tolist(), float(mean), eps, float(there), 0.0]
    return same("", claim, mine, right)


def _losses(X: Tensor, beta: Tensor, loss: str) -> Tensor:
    score, y = X @ beta, labels(loss)
    if loss == SQUARED:
        return (y - score).square()
    return torch.log1p(((1 - 2 * y) * score).exp()) if loss == LOGISTIC else y - score


# --- words ---------------------------------------------------------------------------------------


def says(run: Penalty, *, eps: float, loss: str, p: str) -> str:
    """The worst risk, its first order, and what becomes of the gap."""
    first = run.risk + eps * run.slope
    if math.isinf(run.worst):
        return (
            f"Risk {number(run.risk)}, to first order {number(first)}, but the worst risk is ∞: "
            "the squared loss grows faster than the distance that a little mass pays for at p = 1."
        )
    told = f"Worst risk {number(run.worst, 4)} within ε = {eps:.3g}; risk + ε · slope is "
    told += f"{number(run.risk)} + {eps:.3g} · {number(run.slope)} = {number(first, 4)}"
    left = run.worst - first
    if left <= NONE * max(1.0, run.risk):
        return f"{told}: no gap."
    told += f", {number(left)} too low."
    if not run.order:
        return told
    if p == "1":
        return f"{told} The gap shrinks like ε itself: mass far away earns the steepest slope."
    return f"{told} At small ε the gap shrinks like the power {run.order:.2f} of ε."


def _half(run: Penalty, **values: float | str) -> tuple[float, dict[str, str]]:
    """How much of the gap is left at half the radius."""
    less = penalty(**values | {"eps": values["eps"] / 2})
    return gap(less, values["eps"] / 2) / gap(run, values["eps"]), {
        "gap": number(gap(less, values["eps"] / 2))
    }


def gap(run: Penalty, eps: float) -> float:
    """What the first order leaves out."""
    return run.worst - run.risk - eps * run.slope


answers = {
    "half": _half,
    "corner": lambda run: run.worst,
    "endless": lambda run: "endless" if math.isinf(run.worst) else "little",
}
