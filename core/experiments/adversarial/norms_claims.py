"""What norm balls claim: ROB-05 with erratum E-78, and the projections of ROB-13."""

import math

import torch

from core.adversarial import ball_boundary, norm_of
from core.check import Check, at_least, at_most, same
from core.experiments.adversarial.norms import BALLS, Norms
from core.words import number


def checks(run: Norms) -> list[Check]:
    """Hölder and where it is tight, triangle, bounds, nearest points, sizes, as printed."""
    p, q = number(run.p), number(run.q)
    x, y = _unit(run.x), _unit(run.y)
    most = float(run.x.abs().max()), float(run.y.abs().max())
    size, dual = run.size / (most[0] or 1.0), run.dual / (most[1] or 1.0)
    product = run.product / (most[0] or 1.0) / (most[1] or 1.0)
    below = (run.convex, f"p = {p} is below 1: this is no norm, and a sum can be larger than both")
    above = (not run.convex, "from p = 1 on it is a norm")
    holder = f"Hölder: |xᵀy| ≤ ‖x‖ₚ‖y‖ with the dual exponent {q}, x and y over their largest entry"
    tight = "the bound is reached: the best point of each ball has size 1, and its product with "
    tight += "the other vector is that vector's size: largest difference"
    both = f"‖e₁ + e₂‖ = 2 to the power 1/p, here {number(run.both)}; ‖x‖ₚ, ‖y‖ and xᵀy written "
    both += "out: largest difference"
    bounds = (
        "‖x‖∞ ≤ ‖x‖ₚ ≤ ‖x‖∞ times 2 to the power 1/p: distance of ‖x‖ₚ from the middle of these"
    )
    bounds += ", over ‖x‖∞"
    corner = 2 ** (1 / run.p)
    triangle = "triangle: ‖x + y‖ₚ ≤ ‖x‖ₚ + ‖y‖ₚ, over the largest entry"
    scale = max(*most, 1e-300)
    printed = "as printed (E-78) this is a norm for every p: ‖e₁ + e₂‖ exceeds ‖e₁‖ + ‖e₂‖ = 2"
    top = float(bool(most[0]))
    return [
        at_most("ROB-05", holder, abs(product), size * dual),
        same("ROB-05", tight, _reached(run, x, y), [top, size, float(bool(most[1])), dual],
             needs=((run.convex, f"p = {p} is below 1: reached by its convex hull, the diamond"),)),
        at_most("ROB-05", triangle, _length(run.x / scale + run.y / scale, run.p),
                _length(run.x / scale, run.p) + _length(run.y / scale, run.p), needs=(below,)),
        at_most("ROB-13", "nearest point x̂ of diamond, disc and square: it is inside, and no z of "
                "the ball has (x − x̂)ᵀ(z − x̂) > 0: the largest of both, over ‖x‖",
                _off(run), 0.0),
        at_most("ROB-05", bounds, abs(size - top * (1 + corner) / 2), top * (corner - 1) / 2),
        same("ROB-05", both, [run.both / corner, size, dual, product],
             [1.0, _length(x, run.p), _length(y, run.q), float(x[0] * y[0] + x[1] * y[1])]),
        at_least("ROB-05", printed, run.both, 2.0, needs=(above,)),
    ]  # fmt: skip


def _unit(v: torch.Tensor) -> torch.Tensor:
    """v over its largest entry."""
    return v / (v.abs().max() or 1.0)


def _length(v: torch.Tensor, p: float) -> float:
    """‖v‖ₚ of two numbers, written out."""
    a, b = sorted(v.abs().tolist())
    return b if math.isinf(p) or b == 0 else b * (1 + (a / b) ** p) ** (1 / p)


def _reached(run: Norms, x: torch.Tensor, y: torch.Tensor) -> list[float]:
    """Size of the best point for x, its product with x, and the same for y."""
    return [
        _length(run.best_y, run.q), float(run.best_y @ x),
        _length(run.best_x, max(run.p, 1.0)), float(run.best_x @ y),
    ]  # fmt: skip


def _off(run: Norms) -> float:
    """How far the nearest points are from being inside and nearest, over the size of x."""
    worst = 0.0
    for ball, point in zip(BALLS, run.nearest):
        rim, far = ball_boundary(ball, 97), max(1.0, float(run.x.abs().max()))
        acute = float((((run.x - point) / far) @ (rim - point).T).max())
        worst = max(worst, acute, float(norm_of(point, ball)) - 1)
    return worst


def says(run: Norms) -> str:
    """What is measured, how close Hölder is, or what fails below 1."""
    if not run.convex:
        return (
            f"p = {number(run.p)} is below 1 and gives no norm: e₁ and e₂ have size 1, their sum "
            f"{number(run.both)}, more than 2. The ball is not convex."
        )
    told = f"p = {number(run.p)}, dual exponent {number(run.q, 4)}: ‖x‖ = {number(run.size)}, "
    told += f"‖y‖ = {number(run.dual)}"
    if run.p in BALLS and run.size > 1:
        at = run.nearest[BALLS.index(run.p)].tolist()
        told += f", nearest point of the ball to x ({number(at[0])}, {number(at[1])})"
    if not run.size * run.dual:
        return told + ", and a vector that is 0 has the product 0 with all others."
    if run.share > 1 - 1e-9:
        return told + f", and |xᵀy| = {number(abs(run.product))} is their product: Hölder is tight."
    bound = f"|xᵀy| = {number(abs(run.product))} of at most {number(run.size * run.dual)}"
    return f"{told}; {bound}, {number(100 * run.share)} %."


answers = {
    "half": lambda run: run.both,
    "dual": lambda run: run.q,
    "corner": lambda run: (float(run.nearest[0, 1]), {"at": run.nearest[0].tolist()}),
}
