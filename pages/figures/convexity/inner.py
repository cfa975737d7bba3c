"""The vectors with the unit curve of M, as M sees them, random pairs, and their mean over d."""

import math

import numpy as np
import torch

from core.convexity import ratio_density
from core.experiments.convexity.inner import DIMENSIONS, PAIRS, SIDE, Inner
from core.words import bracket, number, tex
from pages.figures.marks import arrows, band, dots, line, segments
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

FRAME = 1.15 * SIDE
TURNS = np.linspace(0, 2 * np.pi, 181)
EDGES = np.linspace(0, 1, 51)
SHARES = torch.linspace(0.0025, 0.9975, 200, dtype=torch.float64)
SIZES = np.arange(2, DIMENSIONS + 1)
RIGHT = {"tickvals": [0, 0.5, 1], "ticktext": ["0 (90°)", "0.5 (60°)", "1 (0°)"]}


def figure(
    run: Inner, *, u1: float, u2: float, v1: float, v2: float, m11: float, m12: float, d: int
) -> Picture:
    """Four panels; three where M is the identity or no inner product."""
    u, v = np.array([u1, u2]), np.array([v1, v2])
    uu, vv = run.squares.tolist()
    shown = (
        rf"\role{{ink}}{{\langle u, v\rangle^2}} + \role{{good}}{{\text{{area}}^2}} = "
        rf"\langle u, u\rangle\langle v, v\rangle:\quad {tex(run.product**2)} + "
        rf"\role{{good}}{{{bracket(run.gram)}}} = {tex(uu)}\cdot {bracket(vv)}"
    )
    usual = (m11, m12) == (1.0, 0.0)
    seen = [_seen(run, u, v)] if run.definite and not usual else []
    return Picture((_plane(run, u, v, m11, m12), _pairs(run, d), *seen, _means(run, d)),
                   formula=(shown,))  # fmt: skip


def _parallelogram(u: np.ndarray, v: np.ndarray) -> dict:
    x, y = np.array([0 * u, u, u + v, v, 0 * u]).T
    return line(x, y, "good", "parallelogram", box=True, width=1) | {"fill": "toself"}


def _plane(run: Inner, u: np.ndarray, v: np.ndarray, m11: float, m12: float) -> Panel:
    way = np.stack([np.cos(TURNS), np.sin(TURNS)])
    square = m11 * way[0] ** 2 + 2 * m12 * way[0] * way[1] + way[1] ** 2
    with np.errstate(all="ignore"):
        unit = way * np.where(square > 0.02, square**-0.5, np.nan)
    foot = run.foot.numpy()
    near = bool((np.abs(foot) < 2 * FRAME).all())  # not where it is no number
    share = f"|⟨u, v⟩| is {number(run.ratio)} of ‖u‖‖v‖" if run.ratio == run.ratio else ""
    title = f"⟨u, v⟩ = {number(run.product, zero=1e-12)}" + (f": {share}" if share else "")
    return panel(
        "plane",
        title,
        _parallelogram(u, v),
        line(*unit, "theory", "⟨w, w⟩ = 1", label="⟨w, w⟩ = 1"),
        near and segments([v], [foot], "faint", "at a right angle for M"),
        near and dots(*foot[:, None], "ink", "foot of v", 6, label="foot of v"),
        arrows([[0, 0]], [u], "model", "u", label="u"),
        arrows([[0, 0]], [v], "force", "v", label="v"),
        x=axis("first coordinate", -FRAME, FRAME, dtick=1),
        y=axis("second coordinate", -FRAME, FRAME, dtick=1),
        alt=f"u = ({u[0]:.3g}, {u[1]:.3g}), v = ({v[0]:.3g}, {v[1]:.3g}), product "
        f"{number(run.product, zero=1e-12)}.",
        handles=(
            Handle(*u.tolist(), ("u1", "u2"), "vector u", role="model", click=False),
            Handle(*v.tolist(), ("v1", "v2"), "vector v", role="force"),
        ),
        equal=True,
    )


def _seen(run: Inner, u: np.ndarray, v: np.ndarray) -> Panel:
    """u laid along the axis, lengths and angle those of M."""
    long, wide = run.squares.sqrt().tolist()
    side = math.copysign(math.sqrt(max(run.gram, 0.0)), u[0] * v[1] - u[1] * v[0])
    at = np.array([run.product, side]) / long if long > 1e-6 else np.array([wide, 0.0])
    first = np.array([long, 0.0])
    tall = max(1.1, coarse(1.05 * abs(side)))
    left = min(-1.1, -coarse(-1.05 * at[0]))
    right = max(2.0, coarse(1.05 * (long + max(at[0], 0.0))))
    angle = math.degrees(math.atan2(abs(side), run.product)) if long > 1e-6 else 0.0
    return panel(
        "seen",
        f"As M sees them: {number(angle)}° apart, area {number(abs(side))}",
        _parallelogram(first, at),
        line(np.cos(TURNS), np.sin(TURNS), "theory", "unit circle"),
        arrows([[0, 0]], [first], "model", "u", label="u"),
        arrows([[0, 0]], [at], "force", "v", label="v"),
        x=axis("along u", left, right),
        y=axis("across", -tall, tall),
        alt=f"The lengths are {long:.3g} and {wide:.3g}, the angle is {angle:.3g} degrees.",
        equal=True,
    )


def _pairs(run: Inner, d: int) -> Panel:
    counts = np.histogram(run.ratios.numpy(), EDGES)[0] / (PAIRS * (EDGES[1] - EDGES[0]))
    x, y = np.repeat(EDGES, 2)[1:-1], np.repeat(counts, 2)
    law = (2 * SHARES * ratio_density(SHARES**2, d)).numpy()
    high = max(4.0, coarse(1.3 * math.sqrt(2 * d / math.pi)))
    return panel(
        "pairs",
        f"{d} dimensions: half of {PAIRS} random pairs are at {number(run.angle)}° or more",
        band(x, 0 * y, y.clip(max=high), "data", "random pairs"),
        line(x, y.clip(max=high), "data", "random pairs", label="random pairs"),
        line(SHARES, law.clip(max=high), "theory", "law", label="law"),
        x=axis("|⟨x, y⟩|/(‖x‖‖y‖), and the angle", 0, 1, **RIGHT),
        y=axis("density", 0, high),
        alt=f"The median ratio is {float(run.ratios.quantile(0.5)):.3g} in {d} dimensions.",
    )


def _means(run: Inner, d: int) -> Panel:
    means = run.means.numpy()
    return panel(
        "means",
        "Mean of the squared ratio, by dimension",
        line(SIZES, means, "data", "random pairs", width=3, dash="solid"),
        line(SIZES, 1 / SIZES, "theory", "1/d", label="1/d"),
        dots([d], [means[d - 2]], "data", "now", 12),
        x=axis("dimension d", 2, DIMENSIONS, log=True, tickvals=[2, 5, 10, 20, 50, 100, 200]),
        y=axis("mean of the square", 0.003, 1, log=True),
        alt=f"In {d} dimensions the mean is {means[d - 2]:.3g}, 1/d is {1 / d:.3g}.",
    )
