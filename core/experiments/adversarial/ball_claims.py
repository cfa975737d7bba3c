"""What ball and line claim: ROB-01, ROB-04, ROB-06, ROB-07 with errata E-76, E-77, E-79, E-80."""

import math

from core.adversarial import ball_boundary, dual_exponent
from core.check import Check, at_least, at_most, equal, same
from core.experiments.adversarial.ball import Ball, P, Y, ball
from core.words import number

RIM = 240  # pushes of size ε that are tried
DUAL = {"1": "‖w‖∞", "1.5": "‖w‖₃", "2": "‖w‖₂", "4": "‖w‖₄⁄₃", "inf": "‖w‖₁"}


def checks(
    run: Ball, *, y: str, p: str, eps: float, scale: float, angle: float, b: float
) -> list[Check]:
    """Distance, worst push, scale, order of the norms, the rim of the ball, as printed."""
    sign, w, dual = Y[y], run.w.tolist(), DUAL[p]
    q = length(w, dual_exponent(P[p]))
    away, score = run.distance(p), w[0] * float(run.x[0]) + w[1] * float(run.x[1]) + run.b
    far = max(1.0, away, *run.x.abs().tolist())
    big = max(abs(run.b), abs(score), eps * q, q * far)  # scale of the margins
    on = score + float(run.w @ run.least)
    left = sign * (score + float(run.w @ run.worst))
    size = length(run.worst.tolist(), P[p]) / max(1.0, eps)
    once = ball(*run.x.tolist(), y=y, p=p, eps=eps, scale=1.0, angle=angle, b=b)
    reach = f"x + δ* is on the line and ‖δ*‖ₚ = |wᵀx + b| / {dual}: largest difference"
    worst = f"the worst δ has the size ε and takes ε{dual} from the margin m = y(wᵀx + b): largest "
    worst += "difference"
    line = f"w and b times c = {number(scale)}: the margin is c times as large, distance and δ* "
    line += "stay: largest difference"
    rim = f"of {RIM} pushes of size ε none leaves less of the margin than m − ε{dual}"
    error = "as printed (E-76, E-77) δ = 0 is an attack here: y(wᵀx + b) ≤ 0 has no δ in it, x "
    error += "itself is already wrong"
    grows = f"as printed (E-79) robustness increases with |wᵀx + b|, here {number(scale)} times "
    grows += "that of c = 1: distance with c, distance with c = 1"
    least = "as printed (E-80) wᵀδ is least at δ = −ε sign(yw): for y = −1 it is +ε‖w‖₁ there, "
    least += "its largest; what is least is y wᵀδ"
    return [
        same(
            "ROB-06",
            reach,
            [length(run.least.tolist(), P[p]) / far, away / far, on / big],
            [abs(score) / q / far] * 2 + [0.0],
        ),
        same(
            "ROB-07" if p == "inf" else "ROB-01",
            worst,
            [run.margin / big, left / big, run.drop / big, size],
            [sign * score / big, run.left / big, eps * q / big, min(eps, 1.0)],
        ),
        same(
            "ROB-06",
            line,
            [run.margin / big, away / far, *(run.least / far)],
            [scale * once.margin / big, once.distance(p) / far, *(once.least / far)],
        ),
        at_most(
            "ROB-06",
            "d₁ ≥ d₂ ≥ d∞, the distance never grows with p: largest rise ≤ 0",
            float(run.distances.diff().max()) / far,
            0.0,
        ),
        at_least("ROB-04", rim, _on_the_rim(run, sign, p, eps) / big, run.left / big),
        at_most("ROB-01", error, run.margin, 0.0, tol=1e-9 * big, needs=_only(
            sign * score <= 0, "x is read as y: before a push nothing is wrong")),
        equal("ROB-06", grows, away, once.distance(p), needs=_only(
            scale != 1, "c = 1: w and b are as they were")),
        equal("ROB-07", least, float(run.w @ (-eps * sign * run.w.sign())) / big,
              eps * length(w, 1.0) / big, needs=_only(
                  p == "inf" and y == "minus", "for y = 1, and for another p, it speaks of nothing "
                  "that goes wrong")),
    ]  # fmt: skip


def _only(met: bool, otherwise: str) -> tuple[tuple[bool, str], ...]:
    return ((met, otherwise),)


def _on_the_rim(run: Ball, sign: int, p: str, eps: float) -> float:
    """The least margin over pushes of size ε, corners and tips of the ball among them."""
    rim = eps * ball_boundary(P[p], RIM + 1)
    return float((sign * ((run.x + rim) @ run.w + run.b)).min())


def length(delta: list[float], p: float) -> float:
    """‖δ‖ₚ of two numbers, written out."""
    sizes = [abs(each) for each in delta]
    return max(sizes) if math.isinf(p) else sum(each**p for each in sizes) ** (1 / p)


def says(run: Ball, *, y: str, p: str, eps: float) -> str:
    """How x stands, how far it is, and what ε does."""
    told, away, left = number(Y[y]), number(run.distance(p)), number(run.left)
    where = f"({', '.join(number(each, zero=1e-12) for each in run.x + run.least)})"
    if run.margin == 0:
        return f"x lies on the line, which counts as an error: y = {told} is missed without a push."
    if run.margin < 0:
        return (
            f"x is already on the wrong side for y = {told}, margin {number(run.margin)}: no push "
            f"is needed. It lies {away} from the line."
        )
    note = f" {run.note}" * bool(run.note)
    nearest = f"Margin {number(run.margin)}, least push {away}, to {where}"
    if run.robust:
        return f"{nearest}; no push of ε = {number(eps)} flips it, at least {left} is left.{note}"
    if run.left == 0:
        return f"{nearest}; the worst push of ε = {number(eps)} ends on the line: an error.{note}"
    return f"{nearest}; ε = {number(eps)} is enough: the worst push ends at margin {left}.{note}"


def _times(run: Ball) -> float:
    """The distance in L₂ over that of the point (2, 1) from 3x₁ + 4x₂ = 5."""
    return run.distance("2") / ball().distance("2")


def _share(run: Ball) -> float:
    """What the second coordinate takes of the sum of changes."""
    return float(run.least[1].abs() / run.least.abs().sum())


def _first(run: Ball) -> str:
    """Which of diamond, disc and square touches the line at the smallest size."""
    found = {"diamond": run.distance("1"), "disc": run.distance("2"), "square": run.distance("inf")}
    smallest = min(found.values())
    first = [name for name, each in found.items() if each <= smallest * (1 + 1e-9)]
    return first[0] if len(first) == 1 else "together"


answers = {
    "scaled": lambda run: (_times(run), {"away": run.distance("2")}),
    "sparse": _share,
    "shapes": lambda run: (
        _first(run),
        {"one": run.distance("1"), "two": run.distance("2"), "most": run.distance("inf")},
    ),
}
