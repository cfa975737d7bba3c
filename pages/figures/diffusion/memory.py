"""A perfect net and a few points: the samples, their nearest training point, new points."""

from typing import Annotated

import numpy as np

from core import plane, table
from core.experiments.diffusion.memory import (
    COPY,
    REACH,
    STEPS,
    TIMES,
    WIDTHS,
    Memory,
    likelihoods,
    nearest,
)
from core.signature import between
from core.words import number
from pages.figures.marks import cells, dots, line, rule
from pages.figures.plot import Handle, Paint, Panel, Picture, axis, panel

Steps = Annotated[int, between(0, STEPS)]
FAR = 0.8  # of the distances that are shown
LOW, HIGH = -8.0, 6.0  # of the log density


def figure(run: Memory, *, data: str, drawing: str, h: float, k: Steps = 0) -> Picture:
    """`k` is the number of steps that the samples have gone."""
    panels = [_cloud(run, k), _copies(run), _likelihood(run)]
    if data == "drawn":
        panels.insert(1, _drawing(drawing))
    return Picture(
        tuple(panels),
        frames=STEPS + 1,
        drive="k",
        formula=(
            r"\hat x_0 = \sum_{i=1}^{n} w_i\,x_i,\quad w_i \propto "
            r"\exp\Bigl(-\tfrac{\|x_t - \sqrt{\bar\alpha_t}\,x_i\|^2}{2(1-\bar\alpha_t)}\Bigr)",
        )
        if h == 0
        else (),
    )


def _cloud(run: Memory, k: int) -> Panel:
    x, points = run.path[k].numpy(), run.points.numpy()
    t = TIMES[STEPS - k]
    grey = ", new points grey" if len(run.fresh) else ""
    first = Handle(
        *map(float, points[0]), ("x", "y"), "a training point", also={"place": "mine"}, click=False
    )
    return panel(
        "cloud",
        f"{len(x)} samples at t = {t}, {len(points)} training points{grey}",
        len(run.fresh) > 0 and dots(*run.fresh.numpy().T, "faint", "new points", 4),
        dots(*points.T, "ink", "training points", 11),
        dots(*x.T, "model", "samples", 5),
        x=axis("first coordinate", -REACH - 0.2, REACH + 0.2, dtick=1),
        y=axis("second coordinate", -REACH - 0.2, REACH + 0.2, dtick=1),
        alt=f"At t = {t} half of the samples lie within "
        f"{number(nearest(run.path[k], run.points).median(), 2)} of a training point.",
        handles=(first,),
        equal=True,
    )


def _copies(run: Memory) -> Panel:
    """Share of the samples, and of new points, within r of a training point."""
    r = np.linspace(0, FAR, 161)
    curves = {"samples": ("model", run.near), "new points": ("theory", run.fresh_near)}
    drawn = [
        line(r, (near.numpy()[:, None] <= r).mean(0), role, name, label=name, width=2.5)
        for name, (role, near) in curves.items()
        if len(near)
    ]
    return panel(
        "copies",
        "How near to a training point they end",
        rule("faint", "a copy", x=COPY, span=(0, 1), label="a copy"),
        drawn,
        x=axis("distance r to the nearest training point", 0, FAR),
        y=axis("share within r", 0, 1.02),
        alt=f"{100 * run.copies:.0f} % of the samples end within {COPY} of a training point.",
    )


def _likelihood(run: Memory) -> Panel:
    own, new = (
        np.clip(each.numpy(), LOW - 1, HIGH + 1) for each in likelihoods(run.points, run.fresh)
    )
    widths = WIDTHS.numpy()
    here = max(run.h, widths[0])
    at = float(np.interp(np.log(here), np.log(widths), new if len(run.fresh) else own))
    some = len(run.fresh) > 0
    told = f"new points are likeliest at h = {number(run.best, 2)}" if some else "no new points"
    return panel(
        "likelihood",
        "How likely the smoothed net finds the points",
        line(widths, own, "data", "training points", label="training points"),
        some and line(widths, new, "theory", "new points", label="new points", width=2.5),
        x=axis("width h of the smoothing", 0.01, 1, log=True),
        y=axis("mean log density", LOW, HIGH),
        alt=f"Training points are the likelier the smaller h; {told}.",
        handles=(
            Handle(here, min(max(at, LOW), HIGH), ("h",), "width h", ((1.0, 0.0),), frees="x"),
        ),
    )


def _drawing(drawing: str) -> Panel:
    values = table.read(drawing, "drawing").numpy()
    ticks = {"showgrid": False, "zeroline": False, "showticklabels": False}
    side = plane.SIDE
    return panel(
        "drawing",
        "Draw where the points come from",
        cells(values, "painted", scale="heat", low=0.0, high=1.0),
        x=axis("first coordinate", -0.5, side - 0.5, **ticks),
        y=axis("second coordinate", side - 0.5, -0.5, **ticks),
        alt=f"{int((values > 0).sum())} of {side * side} cells are painted.",
        paint=Paint("drawing", values, 0.0, 1.0, 1.0, "where points come from"),
        equal=True,
    )
