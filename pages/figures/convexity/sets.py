"""A segment in a set of the plane, how deep inside it runs, and the radii of a drawn polygon."""

import numpy as np
import torch

from core.convexity import disc
from core.experiments.convexity.sets import (
    CELLS,
    LARGEST,
    SMALLEST,
    VIEW,
    WAYS,
    Sets,
    corners,
    first,
)
from core.words import number, tex
from pages.figures.marks import band, cells, dots, line, rule, segments
from pages.figures.plot import Handle, Paint, Panel, Picture, axis, panel

SIDE = 2 * VIEW / (CELLS - 1)
WASH = 0.35  # how strong the colour of the set is
TALL, FLAT = ("above", "wells", "polygon"), 1.7  # sets that need the whole height; for others
NAMES = {"alone": "A", "or": "A or B", "and": "A and B"}
DEEP = (-1.0, 1.2)


def figure(run: Sets, *, shape: str, how: str, bx: float, radii: str, lam: float) -> Picture:
    """The set, the depth along the segment, and radii where a polygon is drawn."""
    x, y = (rf"({tex(a)}, {tex(b)})" for a, b in run.ends.tolist())
    p = rf"({tex(run.point[0], zero=1e-9)}, {tex(run.point[1], zero=1e-9)})"
    role, sign = ("wrong", r"\notin") if run.depth[2] < 0 else ("good", r"\in")
    numbers = (
        rf"\lambda x + (1-\lambda) x' = {tex(lam)}\cdot {x} + {tex(1 - lam, zero=1e-12)}\cdot {y}"
        rf" = \role{{{role}}}{{{p} {sign} S}}",
    )
    drawn = (_radii(radii),) if shape == "polygon" else ()
    return Picture((_set(run, shape, how, bx, radii), *drawn, _depth(run, lam)), formula=numbers)


def _closed(curve: torch.Tensor) -> np.ndarray:
    return torch.cat([curve, curve[:1]]).numpy().T


def _set(run: Sets, shape: str, how: str, bx: float, radii: str) -> Panel:
    a, b, way = first(shape, radii), disc(1.0, bx, 0.0), run.way
    both = [("A", a)] + ([("B", b)] if how != "alone" else [])
    (x1, y1), (x2, y2) = run.ends.tolist()
    px, py = run.point.tolist()
    handles = [
        Handle(x1, y1, ("x1", "y1"), "point x", click=False, role="ink"),
        Handle(x2, y2, ("x2", "y2"), "point x′", click=False, role="ink"),
    ]
    along = _share(run.ends)
    if along:
        handles.append(Handle(px, py, ("lam",), "share λ", *along, click=False, role="force"))
    if how != "alone":
        handles.append(Handle(bx, 0.0, ("bx",), "middle of B", frees="x", click=False,
                              role="second"))  # fmt: skip
    high = VIEW if shape in TALL else FLAT
    told = "is outside" if run.depth[2] < 0 else "is in the set"
    share = np.linspace(0, 1, len(run.along))[:, None]
    path = share * run.ends[0].numpy() + (1 - share) * run.ends[1].numpy()
    away = np.where((run.along.numpy() < 0)[:, None], path, np.nan)
    return panel(
        "set",
        f"{NAMES[how]}: the point at λ {told}",
        cells(np.where(run.inside.numpy(), WASH, np.nan), "the set", low=-1, high=1,
              at=(-VIEW, -VIEW), side=SIDE),
        [
            line(*_closed(curve), "model" if name == "A" else "second", name, width=1.6,
                 dash="solid", label=name * (i == 0 and how != "alone"))
            for name, region in both for i, curve in enumerate(region.outline)
        ],
        way is not None and [
            segments(way.ends[:1], way.ends[1:], "wrong", "a segment that leaves", width=1.4,
                     label="found"),
            dots(way.ends[:, 0], way.ends[:, 1], "wrong", "its ends", 7),
        ],
        line(*path.T, "ink", "segment", width=2.2),
        line(*away.T, "wrong", "outside", width=5, dash="solid"),
        x=axis("first coordinate", -VIEW, VIEW, dtick=1),
        y=axis("second coordinate", -high, high, dtick=1),
        alt=f"{NAMES[how]}. The segment from ({x1:.3g}, {y1:.3g}) to ({x2:.3g}, {y2:.3g}) "
        f"is outside for {100 * run.out:.2g} % of its length.",
        handles=tuple(handles),
        equal=True,
    )  # fmt: skip


def _share(ends: torch.Tensor) -> tuple | None:
    """Matrix and offset that read λ off a place, by the foot on the segment."""
    way = (ends[0] - ends[1]).numpy()
    size = float(way @ way)
    if size < 1e-6:
        return None
    row = tuple(float(each) for each in way / size)
    return (row,), (-float(ends[1].numpy() @ way) / size,)


def _depth(run: Sets, lam: float) -> Panel:
    share, depth = np.linspace(0, 1, len(run.along)), run.along.numpy().clip(*DEEP)
    here = float(run.depth[2].clamp(*DEEP))
    inside = "never outside"
    if run.out:
        inside = f"{number(100 * run.out, 2)} % outside"
    return panel(
        "depth",
        f"Depth along the segment: {inside}",
        run.out > 0 and band(share, depth.clip(max=0), 0 * depth, "wrong", "outside"),
        rule("faint", "edge", y=0.0, span=(0, 1), label="edge of the set"),
        line(share, depth, "model", "depth", width=2.2),
        x=axis("share λ of x", 0, 1),
        y=axis("depth, below 0 outside", *DEEP),
        alt=f"At λ = {lam:.3g} the point is at the depth {number(run.depth[2])}; {inside}.",
        handles=(Handle(lam, here, ("lam",), "share λ", frees="x", role="force"),),
    )


def _radii(radii: str) -> Panel:
    c = corners(radii)
    r = c.norm(dim=1).numpy()
    before, after = c - c.roll(1, 0), c.roll(-1, 0) - c
    turn = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    dents = np.flatnonzero((turn < -1e-9).numpy())
    told = f"{len(dents)} corner{'s' * (len(dents) != 1)} bend inwards"
    if len(dents) < 2:
        told = "one corner bends inwards" if len(dents) else "no corner bends inwards"
    return panel(
        "radii",
        f"Draw the polygon: {told}",
        line(np.arange(WAYS), r, "model", "radius", width=1.6, dash="solid"),
        dots(np.arange(WAYS), r, "model", "corners", 9),
        len(dents) > 0 and dots(dents, r[dents], "wrong", "bends inwards", 11),
        x=axis("direction", -0.3, WAYS - 0.7, tickvals=list(range(WAYS)),
               ticktext=[f"{45 * k}°" for k in range(WAYS)]),
        y=axis("radius", 0, LARGEST + 0.1),
        alt=f"Radii {', '.join(f'{each:.3g}' for each in r)}; {told}.",
        paint=Paint("radii", r, SMALLEST, LARGEST, 0.05, "the radii"),
    )  # fmt: skip
