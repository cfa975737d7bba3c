"""The tangent of a net: its boundary over the true one, its error, its distances for all points."""

import math

import numpy as np

from core.experiments.adversarial.tangent import FAR, Tangent, everyone
from core.experiments.adversarial.tangent_claims import compared
from core.words import number
from pages.figures.marks import arrows, dots, line, rule, segments
from pages.figures.parts.decision import AXES, stored
from pages.figures.plot import Handle, Panel, Picture, axis, panel

LEAST, MOST = 1e-6, 100.0  # of the error
SPAN = (0.05, 1000.0)  # of the distances of all points
TURN = np.linspace(0, 2 * np.pi, 73)
CIRCLE = np.stack([np.cos(TURN), np.sin(TURN)])


def figure(run: Tangent, *, cloud: str, activation: str, radius: float) -> Picture:
    """Three panels and the linearised scores."""
    return Picture(
        (_map(run, cloud, activation, radius), _error(run, radius), _all(run, cloud, activation)),
        formula=_formula(run),
    )


def _formula(run: Tangent) -> tuple[str, ...]:
    a, b = run.slope.tolist()
    return (
        r"m(x + \delta) \approx m(x) + \nabla m(x)^\top\delta = "
        rf"\role{{model}}{{{run.margin:.4g}}} {a:+.4g}\,\delta_1 {b:+.4g}\,\delta_2",
    )


def _map(run: Tangent, cloud: str, activation: str, radius: float) -> Panel:
    x, near, step = (v.numpy() for v in (run.x, run.near, run.step))
    reach = run.reach
    foot = x + step
    seen = 0 < reach < 12
    across = np.array([-step[1], step[0]]) / reach if seen else np.zeros(2)
    piece = np.vstack([run.piece.numpy(), run.piece.numpy()[:1]]).clip(-8, 8)
    wrong = run.spots[run.misread].numpy()
    inside = np.abs(foot).max() < 2.75
    return panel(
        "map",
        f"Boundary: {number(reach)} away by the tangent, {number(run.true)} in truth",
        stored(cloud, activation),
        len(piece) > 1 and line(*piece.T, "force", "linear piece", width=1.6),
        line(*(x[:, None] + radius * CIRCLE), "faint", "disc", width=1.4),
        dots(*wrong.T, "wrong", "wrong class by the tangent", 3),
        seen and line(
            *np.stack([foot - 9 * across, foot + 9 * across]).T,
            "theory", "the tangent's boundary", label="by the tangent", width=2,
        ),
        segments(x[None], near[None], "good", "true distance", width=2.6, label="true"),
        seen and arrows(x[None], foot[None], "wrong", "the tangent's step",
                        **({"label": "its step"} if inside and reach > 0.4 else {})),
        **AXES,
        alt=f"A net in the plane; {compared(reach, run.true)} from x = ({x[0]:.3g}, {x[1]:.3g}).",
        handles=(Handle(*x.tolist(), ("x1", "x2"), "the point x"),),
        equal=True,
    )  # fmt: skip


def _error(run: Tangent, radius: float) -> Panel:
    size, error = run.size.numpy(), run.error.numpy()
    floor = 1e-9 * (1 + float(run.scores.abs().max()))
    drawn = np.where(error > max(floor, LEAST), np.minimum(error, MOST), np.nan)
    law = run.bend * size**2
    kept = (law > LEAST) & (law < MOST)
    here = min(max(run.at_radius, LEAST), MOST)
    smooth = not len(run.piece)
    if run.at_radius < floor:
        title = f"At distance {radius:g} the tangent is exact"
    else:
        title = f"At distance {radius:g} the tangent is off by up to {run.at_radius:.2g}"
    return panel(
        "error",
        title,
        smooth and line(size[kept], law[kept], "theory", "½‖f″‖‖δ‖²", label="½‖f″‖‖δ‖²"),
        not smooth and run.edge > float(size[0]) and rule(
            "force", "edge of the piece", x=min(run.edge, FAR), span=(LEAST, MOST),
            label="edge of the piece",
        ),
        line(size, drawn, "model", "largest error", label="largest error", pin=True),
        x=axis("distance ‖δ‖", float(size[0]), FAR, log=True),
        y=axis("error of f(x) + Jδ", LEAST, MOST, log=True, dtick=2),
        alt=f"Error of the tangent over the distance; {run.at_radius:.3g} at {radius:g}.",
        handles=(Handle(radius, here, ("radius",), "radius of the disc", ((1.0, 0.0),),
                        frees="x", role="model"),),
    )  # fmt: skip


def _all(run: Tangent, cloud: str, activation: str) -> Panel:
    many = everyone(cloud, activation).numpy()
    low, high = SPAN
    ratio = float(np.median(many[:, 0] / np.maximum(many[:, 1], 1e-12)))
    reach, true = (min(max(v, low), high) if math.isfinite(v) else high
                   for v in (run.reach, run.true))  # fmt: skip
    times = f"{ratio:.3g} times as far as it is"
    return panel(
        "all",
        f"The median point is put {times}",
        line([low, 4], [low, 4], "theory", "right", label="right"),
        dots(many[:, 1], many[:, 0].clip(low, high), "data", "the points learned", 4),
        dots([min(true, 4)], [reach], "wrong", "x", 9, label="x"),
        x=axis("true distance", low, 4, log=True),
        y=axis("distance by the tangent", low, high, log=True, dtick=1),
        alt=f"Distances of all points by the tangent and in truth: median ratio {ratio:.3g}.",
    )
