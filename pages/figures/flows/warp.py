"""The map with strips of equal mass on both axes, the law it makes, and its logarithm."""

from itertools import pairwise

import numpy as np
import torch

from core.experiments.flows.warp import AT, Warp, at_knots, outcome, shape
from core.words import bracket, number, tex
from pages.figures.marks import as_f4, dots, line, rule, segments
from pages.figures.plot import Handle, Paint, Panel, Picture, axis, coarse, panel

FAR, FLOOR, SIDE = 8.0, -13.0, -5.2  # of x; where the law of z stands; where x is read
TALL = 9.0  # height of p_z = 1 in the picture of the map
STRIPES = ("model", "data")
BAR = {"cap": "butt", "dash": "solid"}
MOST = 1e6  # a height that is drawn
BINS = np.linspace(-FAR, FAR, 65)


def figure(
    run: Warp, *, map: str, alpha: float, beta: float, heights: str, smooth: bool, base: str,
    forget: bool = False, printed: bool = False,
) -> Picture:  # fmt: skip
    """The map, the law of x, the log form."""
    printed = printed and map == "affine" and alpha != 0
    law = None
    if not run.is_flow:
        f = shape(map, alpha, beta, heights, smooth)
        law = outcome(f, base, torch.from_numpy(BINS)).numpy()
    drawn = heights if map == "knots" else ""
    grips = _grips(alpha, beta) if map == "affine" else ()
    return Picture(
        (_map(run, drawn, grips), _law(run, law, forget, alpha if printed else 1.0), _logs(run)),
        formula=_formula(run),
    )


def _formula(run: Warp) -> tuple[str, ...]:
    p = run.point
    if not run.is_flow:
        return (r"f^{-1}\ \text{does not exist: two } z \text{ or more go to one } x",)
    if p.height == 0:
        return (rf"p_x({tex(p.x)}) = 0",)
    return (
        rf"p_x({tex(p.x)}) = \frac{{\role{{model}}{{p_z({tex(p.z)})}}}}"
        rf"{{\role{{force}}{{|f'({tex(p.z)})|}}}} = "
        rf"\frac{{{tex(p.height)}}}{{{tex(abs(p.slope))}}} = {tex(p.density)}",
        rf"\ln p_x = {tex(np.log(p.height))} - {bracket(np.log(abs(p.slope)))} = "
        rf"{tex(np.log(p.density))}",
    )


def _grips(alpha: float, beta: float) -> tuple[Handle, ...]:
    """Two points of the line: above z = 2 it turns, above z = 0 it moves."""
    free = {"frees": "y", "click": False}
    return (
        Handle(2.0, 2 * alpha + beta, ("alpha",), "slope α", ((0.0, 0.5),), (-beta / 2,), **free),
        Handle(0.0, beta, ("beta",), "shift β", ((0.0, 1.0),), **free),
    )


def _stripes(run: Warp) -> list[np.ndarray]:
    """Places of each strip, by number."""
    z, ends = run.z.numpy(), run.borders.numpy()
    return [(z >= low) & (z <= high) for low, high in pairwise(ends)]


def _washes(run: Warp, at: np.ndarray, height: np.ndarray, floor: float, name: str) -> list[dict]:
    """Every strip as an area over the floor, in two colours by turns."""
    found = []
    for which, role in enumerate(STRIPES):
        parts = []
        for inside in _stripes(run)[which::2]:
            x, y = at[inside], height[inside]
            if len(x):
                parts.append([[x[0], *x, x[-1], x[0], np.nan], [floor, *y, floor, floor, np.nan]])
        x, y = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
        found.append({
            "type": "scatter", "mode": "lines", "x": as_f4(x), "y": as_f4(y), "fill": "toself",
            "name": name, "meta": {"canvas": True, "box": True, "role": role, "dash": "solid"},
        })  # fmt: skip
    return found


def _map(run: Warp, drawn: str, grips: tuple[Handle, ...]) -> Panel:
    z, x, p = (each.numpy() for each in (run.z, run.x, run.height))
    inner = run.borders.numpy()[1:-1]
    to, top = np.interp(inner, z, x), FLOOR + TALL * np.interp(inner, z, p)
    stripes = [np.clip(x[inside][[0, -1]], -FAR, FAR) for inside in _stripes(run) if inside.any()]
    point = run.point
    paint = None
    if drawn:
        to_knots = at_knots(drawn).numpy()
        paint = Paint("heights", to_knots, -FAR, FAR, 0.1, "the map", float(AT[0]))
    return panel(
        "map",
        "Eight strips of equal mass, and where the map puts them",
        _washes(run, z, FLOOR + TALL * p, FLOOR, "law of z"),
        segments(np.c_[inner, top], np.c_[inner, to], "faint", "strips"),
        segments(np.c_[inner, to], np.c_[0 * to + SIDE, to], "faint", "strips"),
        [
            line(
                [SIDE, SIDE], ends, STRIPES[k % 2], "strip of x", width=9, cap="butt", dash="solid"
            )
            for k, ends in enumerate(stripes)
        ],
        line(z, x, "ink", "x = f(z)", width=2.4, label="f", pin=True),
        drawn != "" and dots(AT, at_knots(drawn).numpy(), "ink", "knots", 8),
        rule("force", "z", x=point.z, span=(FLOOR, point.x)),
        segments([[point.z, point.x]], [[SIDE, point.x]], "force", "x"),
        len(run.turns) > 0 and _fault(run),
        x=axis("z", -5.5, 4.5, tickvals=[-4, -2, 0, 2, 4]),
        y=axis("x = f(z)", FLOOR, FAR, tickvals=[-8, -4, 0, 4, 8]),
        alt=f"The map takes z = {point.z:.3g} to x = {point.x:.3g}, where its slope is "
        f"{point.slope:.3g}." + ("" if run.is_flow else " It folds or is flat."),
        handles=(
            *grips,
            Handle(point.z, FLOOR, ("z",), "the place z", frees="x", click=False, role="force"),
        ),
        paint=paint,
    )


def _fault(run: Warp) -> dict:
    at = run.turns.numpy()
    where = np.interp(at, run.z.numpy(), run.x.numpy())
    return dots(at, where, "wrong", "no inverse", 10, label="turns")


def _law(run: Warp, true: np.ndarray | None, forget: bool, alpha: float) -> Panel:
    x = run.x.numpy()
    p = np.minimum(run.density.numpy(), MOST)
    top = max(0.5, coarse(max(p.max(), float(run.height.max())))) if run.is_flow else 1.0
    low = -top if alpha < 0 else 0.0
    title = f"Law of x: area {number(run.total, 5)}"
    if not run.is_flow:
        title = f"One piece of f alone: area {number(run.total, 4, zero=1e-9)}"
    if forget:
        title += f"; without the determinant {number(run.forgotten, 5)}"
    last = run.z.numpy() >= (float(run.turns[-1]) if len(run.turns) else -np.inf)
    here, shown = run.point, min(run.point.density, MOST)
    return panel(
        "law",
        title,
        run.is_flow and _washes(run, x, p, 0.0, "law of x"),
        line(run.z, run.height, "faint", "law of z", label="law of z"),
        true is not None and line(
            np.repeat(BINS, 2), np.r_[0, np.repeat(np.minimum(true, MOST), 2), 0], "data",
            "what comes out", label="what comes out", width=1.6),
        not run.is_flow and run.total > 0 and line(
            x[last], p[last], "wrong", "one piece", label="one piece", dash="solid"),
        forget and line(x[last], run.height.numpy()[last], "wrong", "determinant forgotten",
                        label="forgotten"),
        alpha < 0 and line(x, -p, "wrong", "printed", label="with 1/α"),
        run.is_flow and rule("force", "x", x=here.x, span=(0.0, shown)),
        run.is_flow and dots([here.x], [shown], "force", "density at x", 8),
        x=axis("x", -FAR, FAR),
        y=axis("density of x", low, top),
        alt=f"{title}. At x = {here.x:.3g} it is {shown:.3g}.",
    )  # fmt: skip


def _logs(run: Warp) -> Panel:
    some = ((run.height > 1e-9) & (run.slope != 0)).numpy()
    z, p, slope = (each.numpy()[some] for each in (run.z, run.height, run.slope))
    steep = np.log(np.abs(slope)) if len(z) else z
    told, seen = "The logarithm: ln p(z) less ln |f′|", run.is_flow and run.point.height > 0
    here = [np.log(run.point.height), np.log(run.point.density)] if seen else []
    return panel(
        "logs",
        told,
        line(z, np.log(p), "model", "ln p(z)", label="ln p(z)"),
        line(z, steep, "force", "ln |f′(z)|", label="ln |f′|", dash="solid"),
        run.is_flow and line(z, np.log(p) - steep, "ink", "ln p(x)", label="ln p(x)", width=2.4),
        dots([run.point.z] * len(here), here, "force", "at z", 7),
        x=axis("z", -4.5, 4.5),
        y=axis("logarithm", -8.0, 3.0),
        alt=f"{told}; at z = {run.point.z:.3g} the slope is {run.point.slope:.3g}.",
    )
