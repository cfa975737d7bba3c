"""A law of two coordinates with a cut, the slice beside the whole, its variance at every cut."""

import math

import numpy as np

from core.experiments.probability.slicing import A2, CUTS, REACH, Slice
from core.experiments.probability.slicing_claims import cloud
from core.words import bracket, number, tex
from pages.figures.marks import dots, line, note, rule
from pages.figures.plot import Handle, Panel, Picture, axis, ceiling, panel

ROUND = np.linspace(0, 2 * np.pi, 121)
CIRCLE = np.stack([np.cos(ROUND), np.sin(ROUND)], 1)
SHOWN = 240  # points
PEAK = {"normal": 0.4, "heavy": 0.75, "disc": 0.7}  # of a slice whose normal one has variance 1
SIDEWAYS, WIDEST = 2.0, 3.0  # units of a₁ for a density of 1, and at most


def figure(run: Slice, *, z: float, law: str) -> Picture:
    """Three panels."""
    (v1, c), (_, v2) = run.Sigma.tolist()
    u1, u2 = run.u.tolist()
    mean = rf"{tex(u2)} + \frac{{{tex(c)}}}{{{tex(v1)}}}({tex(z)} - {bracket(u1)})"
    variance = rf"{tex(v2)} - \frac{{{bracket(c)}^2}}{{{tex(v1)}}}"
    lines = (
        rf"\text{{mean}} = {mean} = {tex(run.mean)}",
        rf"\text{{variance}} = {variance} = {tex(run.variance)}",
    )
    shown = lines if law == "normal" else lines[:1] if run.possible else ()
    return Picture((_joint(run, z, law), _slice(run, z, law), _trend(run, z)), formula=shown)


def _joint(run: Slice, z: float, law: str) -> Panel:
    u = run.u.numpy()
    (v1, c), (_, v2) = run.Sigma.tolist()
    root = np.array([[math.sqrt(v1), c / math.sqrt(v1)],
                     [0.0, math.sqrt(max(v2 - c * c / v1, 0.0))]])  # fmt: skip
    ends = np.array([-REACH, REACH])
    here = float(u[1] + run.slope * (z - u[0]))
    place = np.clip(here, -REACH + 0.3, REACH - 0.3)
    rings = (2,) if law == "disc" else (1, 2)
    known = run.possible and not run.point
    height = run.density.numpy()
    shown = (height > 1e-3) | (law == "disc")
    curve = np.where(shown, z + np.minimum(SIDEWAYS * height, WIDEST), np.nan)
    told = f"The cut a₁ = {number(z)}"
    told += f": a₂ has the mean {number(run.mean, zero=1e-9)}" if run.possible else " meets nothing"
    return panel(
        "joint",
        told,
        dots(*cloud(run, law, SHOWN).T.numpy(), "faint", "points", 4),
        [
            line(*(u + r * CIRCLE @ root).T, "ink", f"distance {r}", width=1.4, label=f"r = {r}")
            for r in rings
        ],
        line(ends, u[1] + run.slope * (ends - u[0]), "theory", "means of all slices",
             label="means"),
        rule("force", "cut", x=z, span=(-REACH, REACH), width=1.6),
        known and line(curve, A2.numpy(), "model", "density on the cut", width=2.4),
        run.point and dots([z], [run.mean], "model", "all of a₂", 9),
        x=axis("a₁", -REACH, REACH, dtick=2),
        y=axis("a₂", -REACH, REACH, dtick=2),
        alt=f"{told}. Ellipses around ({u[0]:.3g}, {u[1]:.3g}).",
        handles=(
            Handle(z, float(place), ("z",), "cut z", ((1.0, 0.0),), frees="x", role="force"),
        ),
        equal=True,
    )  # fmt: skip


def _slice(run: Slice, z: float, law: str) -> Panel:
    x = A2.numpy()
    whole = float(run.whole.max())
    known = run.possible and not run.point
    told = f"Nothing to see at a₁ = {number(z)}: it cannot happen"
    if run.point:
        told = f"At a₁ = {number(z)} one value is left, {number(run.mean, zero=1e-9)}: no density"
    if known:
        told = f"a₂ at a₁ = {number(z)}: variance {number(run.variance)}"
    return panel(
        "slice",
        told,
        line(x, run.whole.numpy(), "theory", "a₂ without a cut", label="without a cut"),
        known and line(x, run.density.numpy(), "model", "given the cut", label="given z",
                       width=2.4),
        run.point and rule("model", "all of a₂", x=run.mean, span=(0, whole), width=3,
                           label="all of it"),
        x=axis("a₂", -REACH, REACH, dtick=2),
        y=axis("density", 0, ceiling(max(whole, _peak(run, law)))),
        alt=told + ".",
    )  # fmt: skip


def _peak(run: Slice, law: str) -> float:
    """The top of the view, the same for every cut: where a normal or heavy slice is highest."""
    left = float(run.Sigma[1, 1] - run.slope * run.Sigma[0, 1])
    return min(PEAK[law] / math.sqrt(left), 10.0) if left > 1e-9 else 0.0


def _trend(run: Slice, z: float) -> Panel:
    trend, whole = run.trend.numpy(), float(run.Sigma[1, 1])
    top = ceiling(max(whole, float(np.nanmax(trend))) * 1.1)
    told = "Variance of the slice: the same at every cut"
    if float(np.nanmax(trend) - np.nanmin(trend)) > 1e-9 or np.isnan(trend).any():
        told = "Variance of the slice: it depends on the cut"
    seen = run.possible
    at = run.variance if seen else 0.0
    return panel(
        "trend",
        told,
        rule("theory", "without a cut", y=whole, span=(-5, 5), label="Σ₂₂"),
        line(CUTS.numpy(), trend, "model", "variance of the slice", label="slice", width=2.4),
        not seen and note(z, top / 2, "undefined", "wrong"),
        x=axis("cut z", -5, 5, dtick=1),
        y=axis("variance of a₂", 0, top),
        alt=f"{told}; at {number(z)} " + (f"it is {number(at)}." if seen else "it is undefined."),
        handles=(Handle(z, at, ("z",), "cut z", ((1.0, 0.0),), frees="x", role="force"),),
    )
