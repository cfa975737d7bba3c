"""The graph with its two parabolas and the next place, f after a step over ηL, f over the steps."""

import math
from functools import lru_cache

import numpy as np

from core.experiments.convexity.parabolas import FAR, Known, Parabolas, function
from core.experiments.convexity.parabolas_claims import promise
from core.words import number, tex
from pages.figures.marks import arrows, dots, line, rule
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

REACH = {"log_cosh": 3.0, "bowl": 4.0, "quartic": 1.5}
PLACES, TAKEN = 241, 121
LONGEST = 2.2  # ηL
BIG = 1e9


def figure(
    run: Parabolas, *, f: str, formula: str, mu: float, L: float, lr_L: float, steps: int
) -> Picture:
    """Three panels; the player goes along the run."""
    known = function(f, formula)
    track = {"k": np.arange(len(run.x)), "x": run.x.numpy(), "f": run.f.numpy()}
    slope = float(run.slope[0])
    before, rate = float(run.f[0]), lr_L / L * (1 - lr_L / 2)
    sign = "-" if rate >= 0 else "+"
    numbers = (
        rf"f(x) - \eta\left(1 - \tfrac{{L\eta}}2\right) f'(x)^2 = {tex(before)} {sign} "
        rf"{tex(abs(rate))}\cdot {tex(slope * slope)} = "
        rf"\role{{model}}{{{tex(promise(run, L, lr_L))}}}"
    )
    got = rf"f(x^+) = \role{{force}}{{{tex(float(run.f[1]))}}}" if len(run.f) > 1 else ""
    panels = (
        _graph(run, known, f, mu, L, lr_L),
        _step(run, known, L, lr_L),
        _fall(run, known, steps),
    )
    lines = (numbers, got) if got else (numbers,)
    return Picture(panels, frames=len(run.x), track=track, formula=lines)


@lru_cache(maxsize=64)
def _drawn(known: Known, reach: float) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Places, f there, and the ends of the vertical axis."""
    x = np.linspace(-reach, reach, PLACES)
    height = known.value(x)
    height = np.where(np.isfinite(height) & (np.abs(height) < BIG), height, np.nan)
    seen = height[np.isfinite(height)]
    low, high = (float(seen.min()), float(seen.max())) if len(seen) else (0.0, 1.0)
    pad = 0.12 * (high - low) or 1.0
    return x, height, low - 2 * pad, high + pad


def _graph(run: Parabolas, known: Known, f: str, mu: float, L: float, lr_L: float) -> Panel:
    at, value, slope = (float(part[0]) for part in (run.x, run.f, run.slope))
    reach = REACH.get(f, FAR)
    x, height, low, high = _drawn(known, reach if abs(at) <= reach else FAR)
    way = x - at

    def parabola(c: float) -> np.ndarray:
        y = value + slope * way + c / 2 * way * way
        return np.where((low <= y) & (y <= high), y, np.nan)

    under, over = parabola(mu), parabola(L)
    slack = 1e-9 * (1 + np.abs(height))
    pokes = np.where(under > height + slack, under, np.nan)
    dips = np.where(over < height - slack, over, np.nan)
    place = at - lr_L / L * slope
    got = float(run.f[1]) if len(run.f) > 1 else math.nan
    told = promise(run, L, lr_L)
    seen = bool(abs(place) <= abs(x[0]) and len(run.f) > 1 and slope != 0)
    kept = got <= told + 1e-9 * (1 + abs(value))
    ends = np.clip([[place, told], [place, got]], [-FAR, low], [FAR, high])
    shown = (run.f <= high).numpy() & (run.f >= low).numpy() & (run.x.abs() <= abs(x[0])).numpy()
    path = [np.where(shown, part.numpy(), np.nan) for part in (run.x, run.f)]
    word = "is kept" if kept else "is not kept"
    return panel(
        "parabolas",
        f"Parabolas of curvature μ and L touch f at x; the promise {word}",
        line(x, under, "second", "lower parabola", label="μ", width=2),
        line(x, over, "model", "upper parabola", label="L", width=2),
        line(x, height, "ink", "f", label="f", width=2),
        bool(np.isfinite(pokes).any()) and line(x, pokes, "wrong", "above f", width=4),
        bool(np.isfinite(dips).any()) and line(x, dips, "wrong", "below f", width=4),
        line(*path, "faint", "descent", play=True),
        seen and bool(abs(ends[0, 1] - ends[1, 1]) > 0.02 * (high - low))
        and arrows(ends[:1], ends[1:], "good" if kept else "wrong", "promised and true"),
        seen and dots([place], [ends[0, 1]], "model", "promised", 8),
        seen and dots([place], [ends[1, 1]], "good" if kept else "wrong", "f after the step", 10),
        x=axis("x", float(x[0]), float(x[-1])),
        y=axis("f(x)", low, high),
        alt=f"At x = {number(at)} the step to {number(place)} promises f at most {number(told)}; "
        f"f is {number(got) if math.isfinite(got) else 'not known'}.",
        handles=(Handle(at, value, ("x",), "x, where the parabolas touch", ((1.0, 0.0),),
                        frees="x"),),
    )  # fmt: skip


def _step(run: Parabolas, known: Known, L: float, lr_L: float) -> Panel:
    at, value, slope = (float(part[0]) for part in (run.x, run.f, run.slope))
    taken = np.linspace(0, LONGEST, TAKEN)
    true = known.value(at - taken / L * slope)
    true = np.where(np.isfinite(true), np.clip(true, -BIG, BIG), np.nan)
    told = value - taken / L * (1 - taken / 2) * slope**2
    deep = max(value - float(told.min()), 1e-3)
    low, high = value - 1.3 * coarse(deep), value + 1.3 * coarse(deep)
    here = float(np.clip(promise(run, L, lr_L), low, high))
    return panel(
        "step",
        "f after one step, over its length",
        rule("faint", "f before", y=value, span=(0, LONGEST), label="f before"),
        line(taken, np.where((low <= true) & (true <= high), true, np.nan), "force", "f(x⁺)",
             label="f(x⁺)", width=2.5),
        line(taken, told, "theory", "promise", label="promise"),
        x=axis("step times L, ηL", 0, LONGEST, dtick=0.5),
        y=axis("f(x⁺)", low, high),
        alt=f"At ηL = {number(lr_L)} the promise is f at most {number(promise(run, L, lr_L))}.",
        handles=(Handle(lr_L, here, ("lr_L",), "step times L", ((1.0, 0.0),), frees="x",
                        role="model"),),
    )  # fmt: skip


def _fall(run: Parabolas, known: Known, steps: int) -> Panel:
    value, last = np.clip(run.f.numpy(), -BIG, BIG), coarse(steps)
    bottom = min(value.min(), known.least) if known.least > -math.inf else float(value.min())
    unit = coarse((value.max() - bottom) / 4) or 1.0
    low, high = unit * math.floor(bottom / unit - 0.3), unit * math.ceil(value.max() / unit + 0.3)
    return panel(
        "fall",
        "f over the steps",
        known.least > -math.inf
        and rule("good", "least f", y=known.least, span=(0, last), label="least f"),
        line(np.arange(len(value)), value, "model", "f(xₖ)", play=True, pin=True, label="f(xₖ)"),
        x=axis("step k", 0, last),
        y=axis("f(xₖ)", low, high),
        alt=f"f goes from {number(value[0])} to {number(value[-1], zero=1e-9)} in "
        f"{len(value) - 1} steps.",
    )
