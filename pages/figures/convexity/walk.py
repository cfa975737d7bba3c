"""The curve on the map of f with both gradients, f along the curve, the best f over c."""

import math
from functools import lru_cache

import numpy as np
import torch

from core.convexity import PAIRS
from core.experiments.convexity.walk import AIMS, DEEP, LEAST, MOST, WIDE, Walk, best, curve
from core.words import number, tex
from pages.figures.marks import arrows, contours, dots, line, rule
from pages.figures.plot import Handle, Panel, Picture, axis, panel

T = np.linspace(-1, 1, 241)
FRAMES = {  # of the map: x, y
    "sum": ((-2.6, 2.6), (-2.6, 2.6)),
    "product": ((-2.6, 2.6), (-2.6, 2.6)),
    "distance": ((-4.2, 4.2), (-4.2, 4.2)),
    "cusp": ((-0.9, 2.7), (-1.8, 1.8)),
}
LONG = {"sum": 0.6, "product": 0.6, "distance": 0.4, "cusp": 0.4}  # of an arrow, by gradient
HEIGHTS = {"sum": (-2.6, 2.6), "product": (-1.5, 1.5), "distance": (0.0, 14.0), "cusp": (-0.2, 1.8)}
TOPS = {"sum": 2.6, "product": 1.5, "distance": 6.0, "cusp": 1.6}  # of f*(c)
NAMES = {"sum": "x + y", "product": "xy", "distance": "x² + y²", "cusp": "x"}
NEAR = 0.3  # degrees within which gradients look parallel


def figure(run: Walk, *, pair: str, c: float, t: float) -> Picture:
    """Three panels."""
    f, g = run.f_slope.tolist(), run.g_slope.tolist()
    size = float(run.g_slope @ run.g_slope)
    share = float(run.f_slope @ run.g_slope) / size if size > 0 else 0.0
    rest = run.along.tolist()
    return Picture(
        (_map(run, pair, c, t), _along(run, pair, c, t), _price(run, pair, c)),
        formula=(
            rf"\role{{force}}{{\nabla f}} = {_pair(f)} = {tex(share, 3)}\cdot"
            rf"\role{{model}}{{{_pair(g)}}} + \role{{third}}{{{_pair(rest)}}} = "
            rf"{tex(share, 3)}\,\role{{model}}{{\nabla g}} + "
            r"\role{third}{\text{part along the curve}}",
        ),
    )


def _pair(v: list[float]) -> str:
    return "(" + r",\ ".join(tex(round(each, 3), 3) for each in v) + ")"


@lru_cache(maxsize=8)
def _field(pair: str) -> dict:
    (left, right), (low, high) = FRAMES[pair]
    x, y = np.linspace(left, right, 65), np.linspace(low, high, 65)
    grid = torch.from_numpy(np.stack(np.meshgrid(x, y), -1))
    z = PAIRS[pair].f(grid).numpy()
    levels = np.linspace(z.min(), z.max(), 13)[1:-1]
    return contours(x, y, z, levels)


def _level(pair: str, value: float) -> tuple[np.ndarray, np.ndarray]:
    """The places of the frame with f = value."""
    (left, right), (low, high) = FRAMES[pair]
    x = np.linspace(left, right, 161)
    if pair == "sum":
        return x, value - x
    if pair == "cusp":
        return np.array([value, value]), np.array([low, high])
    if pair == "distance":
        angle = np.linspace(0, 2 * np.pi, 161)
        return math.sqrt(max(value, 0)) * np.cos(angle), math.sqrt(max(value, 0)) * np.sin(angle)
    gap = np.abs(x) < 1e-9
    y = np.where(gap, np.nan, value / np.where(gap, 1, x))
    return x, np.where(np.abs(y) > 2 * high, np.nan, y)


def _handle(run: Walk, pair: str, c: float, t: float) -> Handle:
    """The walker: exact in a coordinate on open curves, along the tangent on the circle."""
    x, y = run.point.tolist()
    if pair == "distance":
        rows, offset = 1 / (WIDE - c / WIDE), 0.0
        matrix = ((rows, -rows),)
    elif pair == "cusp":
        matrix, offset = ((0.0, 1 / DEEP),), 0.0
    else:
        turn = 1 / (math.pi * max(math.sqrt(c), 0.03))
        matrix = ((-turn * math.sin(math.pi * t), turn * math.cos(math.pi * t)),)
        offset = t - matrix[0][0] * x - matrix[0][1] * y
    return Handle(x, y, ("t",), "place on the curve", matrix, (offset,), click=False)


def _map(run: Walk, pair: str, c: float, t: float) -> Panel:
    at = run.point.numpy()
    places = curve(pair, c, torch.from_numpy(T)).numpy()
    tips = [at + LONG[pair] * v.numpy() for v in (run.f_slope, run.g_slope, run.along)]
    met = run.angle is not None and run.angle < NEAR
    told = "no angle, one of them is 0"
    if run.angle is not None:
        told = "parallel" if met else f"{number(run.angle, 2)}° apart"
    side = float(run.along.norm()) > 1e-6 and not met
    x, y = FRAMES[pair]
    return panel(
        "map",
        f"f = {NAMES[pair]} and the curve {PAIRS[pair].title.partition(' on ')[2]}",
        _field(pair),
        line(*_level(pair, run.value), "theory", "f as here", label="f as here"),
        line(*places.T, "ink", "g = c", label="g = c", width=3),
        pair == "distance" and line(*-places.T, "ink", "g = c", width=1.4),
        side and arrows([at], [tips[2]], "third", "along the curve", label="along"),
        arrows([at], [tips[1]], "model", "∇g", label="∇g"),
        arrows([at], [tips[0]], "force", "∇f", label="∇f"),
        dots([at[0]], [at[1]], "good" if met else "ink", "walker", 11),
        x=axis("x", *x),
        y=axis("y", *y),
        alt=f"At ({at[0]:.3g}, {at[1]:.3g}) f is {run.value:.3g}; the lines of ∇f and ∇g: {told}.",
        handles=(_handle(run, pair, c, t),),
        equal=True,
    )


def _along(run: Walk, pair: str, c: float, t: float) -> Panel:
    values = PAIRS[pair].f(curve(pair, c, torch.from_numpy(T))).numpy()
    low, high = HEIGHTS[pair]
    here = float(np.clip(run.value, low, high))
    told = f"f along the curve: {number(run.value, zero=1e-9)} at t = {number(t)}"
    return panel(
        "along",
        told,
        line(T, values, "ink", "f on the curve", width=2.2),
        rule("good", "f*", y=run.best_value, span=(-1, 1), label=f"{AIMS[pair]}, f*"),
        dots([t], [here], "force", "walker", 10),
        x=axis("place t on the curve", -1, 1, dtick=0.5),
        y=axis(f"f = {NAMES[pair]}", low, high),
        alt=f"{told}; the {AIMS[pair]} is {run.best_value:.4g}.",
        handles=(Handle(t, here, ("t",), "place t", ((1.0, 0.0),), frees="x", click=True,
                        role="force"),),
    )  # fmt: skip


def _price(run: Walk, pair: str, c: float) -> Panel:
    levels = np.concatenate([[0], np.geomspace(LEAST, MOST, 100)])
    values = best(pair, torch.from_numpy(levels)).numpy()
    top = TOPS[pair]
    gamma = run.multiplier
    told = "no multiplier here" if gamma is None else f"slope γ = {number(gamma)}"
    ends = np.array([-0.2, MOST + 0.2])
    return panel(
        "price",
        f"The {AIMS[pair]} f over c: at c = {number(c)} {told}",
        line(levels, values, "good", "f*(c)", label="f*(c)", width=2.4),
        gamma is not None
        and line(ends, run.best_value + gamma * (ends - c), "theory", "slope γ", label="slope γ"),
        dots([c], [run.best_value], "good", "now", 10),
        x=axis("level c of the constraint", -0.2, MOST + 0.2, dtick=1),
        y=axis(f"{AIMS[pair]} f", -0.1 * top, top),
        alt=f"At c = {c:.3g} the {AIMS[pair]} f is {run.best_value:.4g}, {told}.",
        handles=(Handle(c, run.best_value, ("c",), "level c", ((1.0, 0.0),), frees="x",
                        role="good"),),
    )  # fmt: skip
