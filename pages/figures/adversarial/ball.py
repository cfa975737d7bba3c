"""The line and the balls around x, the margin over ε, the distance in five norms."""

import numpy as np

from core.adversarial import ball_boundary, dual_exponent, norm_of
from core.experiments.adversarial.ball import Ball, P, Y
from core.words import tex
from pages.figures.marks import arrows, contours, dots, line, lying, rule
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel, rows

WIDE, HIGH, FAR = 4.0, 3.0, 3.0  # half of the window, and the largest ε
RING = {p: ball_boundary(value, 97).numpy() for p, value in P.items()}
NAMES = {p: f"p = {p.replace('inf', '∞')}" for p in P}
DUAL = {"1": r"\infty", "1.5": "3", "2": "2", "4": "4/3", "inf": "1"}
SCORES = np.array([-40, -20, -10, -5, 0, 5, 10, 20, 40.0])


def figure(run: Ball, *, y: str, p: str, eps: float, scale: float) -> Picture:
    """The plane, the margin over ε, the distances."""
    q = float(norm_of(run.w, dual_exponent(P[p])))
    away, size = run.distance(p), rf"\lVert w\rVert_{{{DUAL[p]}}}"
    score = Y[y] * run.margin
    return Picture(
        (_plane(run, p, eps), _margin(run, p, eps, scale), _distances(run, p, eps)),
        formula=(
            rf"\role{{good}}{{d}} = \frac{{|w^\top x + b|}}{{{size}}} = "
            rf"\frac{{|{tex(score)}|}}{{{tex(q)}}} = \role{{good}}{{{tex(away)}}}",
            rf"\role{{wrong}}{{y(w^\top(x + \delta) + b)}} \ge {tex(run.margin)} - "
            rf"{tex(eps)}\cdot {tex(q)} = \role{{wrong}}{{{tex(run.left)}}}",
        ),
    )


def _plane(run: Ball, p: str, eps: float) -> Panel:
    x, away = run.x.numpy(), run.distance(p)
    near, worst = (run.x + run.least).numpy(), (run.x + run.worst).numpy()
    ball, touching = x + min(eps, 100.0) * RING[p], x + min(away, 100.0) * RING[p]
    normal, foot = run.w.numpy() / float(run.w.norm()), _foot(run)
    along = 20 * np.array([-normal[1], normal[0]])
    return panel(
        "plane",
        "Every push of size ε, and the ball that just touches the line",
        _score(run),
        line(*np.stack([foot - along, foot + along]).T, "ink", "wᵀx + b = 0", width=2.2),
        arrows(foot[None], (foot + 0.9 * normal)[None], "model", "w", label="w"),
        line(*ball.T, "wrong", "size ε", box=True),
        line(*touching.T, "theory", "touches the line", label="d"),
        away > 1e-9 and arrows(x[None], near[None], "wrong", "δ*", label="δ*"),
        dots([near[0]], [near[1]], "good", "nearest point of the line", 8),
        eps > 0 and dots([worst[0]], [worst[1]], "wrong", "worst push of size ε", 9, label="worst"),
        x=axis("x₁", -WIDE, WIDE, dtick=1),
        y=axis("x₂", -HIGH, HIGH, dtick=1),
        alt=f"x at ({x[0]:.3g}, {x[1]:.3g}), {away:.3g} from the line at {NAMES[p]}; the worst "
        f"push of size {eps:.3g} leaves the margin {run.left:.3g}.",
        handles=(Handle(float(x[0]), float(x[1]), ("x1", "x2"), "the point x"),),
        equal=True,
    )


def _foot(run: Ball) -> np.ndarray:
    """The point of the line nearest to the middle of the window."""
    return (-run.b * run.w / run.w.square().sum()).numpy()


def _score(run: Ball) -> dict:
    x, y = np.linspace(-WIDE, WIDE, 21), np.linspace(-HIGH, HIGH, 17)
    w = run.w.numpy()
    return contours(x, y, w[0] * x + w[1] * y[:, None] + run.b, SCORES)


def _margin(run: Ball, p: str, eps: float, scale: float) -> Panel:
    top = max(20.0, coarse(abs(run.margin)))
    at, away = np.array([0.0, FAR]), run.distance(p)
    duals = {k: float(norm_of(run.w, dual_exponent(P[k]))) for k in ("1", "2", "inf", p)}
    others = [k for k in ("1", "2", "inf") if k != p]
    now, plain = (min(eps, FAR), run.left), (run.margin - at * duals[p]) / scale
    inside = run.margin > 0 and away <= FAR
    return panel(
        "margin",
        f"What the worst push leaves of the margin, {NAMES[p]}",
        rule("ink", "the line", y=0.0, span=(0.0, FAR)),
        [
            line(at, run.margin - at * duals[k], "faint", NAMES[k], label=NAMES[k].split()[-1])
            for k in others
        ],
        scale != 1 and line(at, plain, "theory", "with c = 1", label="c = 1"),
        line(at, run.margin - at * duals[p], "wrong", NAMES[p], label=NAMES[p], width=2.2),
        inside and dots([away], [0.0], "good", "distance", 9, label=f"d = {away:.3g}"),
        x=axis("size ε of the push", 0.0, FAR),
        y=axis("margin", -top, top),
        alt=f"From {run.margin:.3g} the margin falls by {duals[p]:.3g} for each unit of ε"
        + (f", to 0 at {away:.3g}." if run.margin > 0 else "."),
        handles=(
            Handle(
                now[0],
                float(np.clip(now[1], -top, top)),
                ("eps",),
                "size ε of the push",
                frees="x",
                role="wrong",
            ),
        ),
    )


def _distances(run: Ball, p: str, eps: float) -> Panel:
    d, chosen = run.distances.numpy(), list(P).index(p)
    far = max(FAR, coarse(float(d.max())))
    ranks = np.arange(len(d))
    other = ranks != chosen
    return panel(
        "distances",
        "The least push that reaches the line, in five norms",
        lying(0 * d[other], d[other], ranks[other], "data", "the other norms"),
        lying([0.0], d[chosen : chosen + 1], ranks[chosen : chosen + 1], "good", NAMES[p]),
        eps <= far and rule("wrong", "ε", x=eps, span=(-0.6, 4.6), label="ε"),
        x=axis("least ‖δ‖ₚ", 0.0, far),
        y=rows(list(NAMES.values()), "norm p"),
        alt="Distances: " + ", ".join(f"{NAMES[k]} {v:.4g}" for k, v in zip(P, d)) + ".",
    )
