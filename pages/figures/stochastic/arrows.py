"""The fan in the plane of lines, its spread against B, the points, one pass over them."""

import math

import numpy as np

from core.experiments.stochastic.arrows import COUNT, Arrows, batches
from core.words import number, tex
from pages.figures.marks import arrows as darts
from pages.figures.marks import contours, dots, line, note, segments
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

EDGE = 3.0  # half the side of the plane that is seen
ETA = 0.5  # arrows are steps of this size
SEEN = 40  # arrows; the others are dots at their tips
HIGH, WIDE, FAR = 6.0, 3.0, 99.0
SIDE = np.linspace(-EDGE, EDGE, 41)
LEVELS = np.array([0.05, 0.2, 0.5, 1, 2, 3, 5, 8, 12])
ROUND = np.linspace(0, 2 * np.pi, 61)
CIRCLE = np.stack([np.cos(ROUND), np.sin(ROUND)])
MOST, LEAST = 3.0, 2e-3  # of a spread over that of single points, squared


def figure(
    run: Arrows, *, N: int, B: int, draws: str, a: float, b: float, seed: int
) -> Picture:  # fmt: skip
    """Four panels without replacement, three with: a pass takes every point once."""
    panels = [_plane(run, a, b), _spread(run, N, B, draws), _points(run, N, B, draws, a, b, seed)]
    if draws == "without":
        panels.insert(2, _pass(run))
    less = rf"\cdot\tfrac{{{N} - {B}}}{{{N} - 1}}" if draws == "without" else ""
    return Picture(
        tuple(panels),
        formula=(
            rf"\text{{variance}} = \frac{{\role{{model}}{{{tex(run.alone, 3)}}}}}{{{B}}}{less} = "
            rf"{tex(float(run.variance.sum()), 3)},\qquad \role{{force}}{{\nabla J}} = "
            rf"({tex(float(run.full[0]), 3)},\ {tex(float(run.full[1]), 3)})",
        ),
    )


def _plane(run: Arrows, a: float, b: float) -> Panel:
    at, best = np.array([a, b]), run.best.numpy()
    full = at - ETA * run.full.numpy()
    tips = np.clip(at - ETA * run.fan.numpy(), -FAR, FAR)
    G = run.single.numpy()
    share = float(run.variance.sum()) / max(run.alone, 1e-300)
    C = np.cov(G.T, bias=True) * share * ETA**2
    values, axes = np.linalg.eigh(C)
    ellipse = full[:, None] + axes @ (2 * np.sqrt(values.clip(min=0))[:, None] * CIRCLE)
    spread = ETA * math.sqrt(float(run.variance.sum()))
    u = (SIDE[None, :] - best[0], SIDE[:, None] - best[1])
    x = run.points[:, 0].numpy()
    rise = (x * x).mean() * u[0] ** 2 / 2 + x.mean() * u[0] * u[1] + u[1] ** 2 / 2
    return panel(
        "plane",
        f"Steps along {COUNT} batch gradients, and along the full one",
        contours(SIDE, SIDE, rise, LEVELS) | {"name": "J above its minimum"},
        darts(np.broadcast_to(at, (SEEN, 2)), tips[:SEEN], "faint", "batches"),
        dots(*tips.T, "data", "batches", 3.5),
        line(*np.clip(ellipse, -FAR, FAR), "theory", "two standard deviations", width=2),
        darts(at[None], np.clip(full, -FAR, FAR)[None], "force", "full", label="full", width=3),
        dots(*best[:, None], "good", "minimum", 11),
        x=axis("slope a", -EDGE, EDGE, dtick=1),
        y=axis("height b", -EDGE, EDGE, dtick=1),
        alt=f"From ({number(a)}, {number(b)}) the full step leads to ({number(full[0])}, "
        f"{number(full[1])}); the batches spread by {number(spread)} about it.",
        handles=(Handle(a, b, ("a", "b"), "the line a x + b"),),
        equal=True,
    )


def _spread(run: Arrows, N: int, B: int, draws: str) -> Panel:
    k = np.unique(np.append(np.geomspace(1, N, 60), N))
    one = max(run.alone, 1e-300)
    curves = {"with": 1 / k, "without": (N - k) / (k * (N - 1))}
    names = {"with": "with replacement", "without": "without"}
    drawn = [
        line(
            k, np.where(row >= LEAST, row, np.nan), "theory" if way == draws else "faint",
            names[way], label=names[way], width=2.2 if way == draws else 1.6,
        )
        for way, row in curves.items()
    ]  # fmt: skip
    measured = run.measured.numpy() / one
    here = float(run.variance.sum()) / one
    return panel(
        "spread",
        f"Variance of a batch gradient over that of one point: {number(here)} for B = {B}",
        drawn,
        dots(
            run.sizes, np.where(measured >= LEAST, measured.clip(max=MOST), np.nan), "data",
            f"{COUNT} batches", 6,
        ),
        x=axis("points in a batch B", 0.9, 220, log=True, dtick=1),
        y=axis("variance", LEAST, MOST, log=True, dtick=1),
        alt=f"For B = {B} of {N} points the variance is {number(here)} times that of one point.",
        handles=(
            Handle(B, max(here, LEAST), ("B",), "points in a batch B", ((1.0, 0.0),), frees="x",
                   role="model"),
        ),
    )  # fmt: skip


def _points(
    run: Arrows, N: int, B: int, draws: str, a: float, b: float, seed: int
) -> Panel:  # fmt: skip
    points = run.points.numpy().clip(-FAR, FAR)
    rows = np.unique(batches(N, draws, seed)[0, :B])
    ends = np.array([-WIDE, WIDE])
    on = np.stack([points[rows, 0], a * points[rows, 0] + b], 1)
    return panel(
        "points",
        f"{N} points, the line, and one batch of {B}",
        segments(points[rows], on.clip(-FAR, FAR), "force", "their errors", width=1),
        dots(*points.T, "data", "points", 5),
        dots(*points[rows].T, "force", "one batch", 7),
        line(ends, a * ends + b, "model", "a x + b", label="a x + b"),
        x=axis("x", -WIDE, WIDE),
        y=axis("y", -HIGH, HIGH),
        alt=f"{N} points, {len(rows)} of them in the batch shown; the line has slope {number(a)}.",
        handles=(Handle(*points[0].tolist(), ("px", "py"), "a point", click=False),),
    )


def _pass(run: Arrows) -> Panel:
    """Gradients less the full one."""
    means, left = ((each - run.full).numpy() for each in (run.means, run.left))
    reach = max(coarse(1.1 * float(np.abs(np.concatenate([means, left])).max())), 1e-6)
    far = float(np.hypot(*left[-1]))
    return panel(
        "pass",
        "One pass: around what the next batch is drawn",
        dots(*means.T, "data", "batches of the pass", 5),
        line(*left.T, "third", "what is left", label="what is left", width=2, dash="solid"),
        dots(*left.T, "third", "what is left", 5),
        dots([0.0], [0.0], "force", "full gradient", 10),
        note(*means[0], "first batch", "data"),
        x=axis("∂/∂a, less the full one", -reach, reach),
        y=axis("∂/∂b, less the full one", -reach, reach),
        alt=f"The mean of what is left goes from the full gradient to {number(far)} away from it "
        f"before the last of {len(means)} batch{'es' * (len(means) > 1)}.",
    )
