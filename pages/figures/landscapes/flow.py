"""The smooth flow and the steps that follow it."""

import numpy as np

from core.experiments.landscapes.flow import HALVES, Flow
from core.optimizers import in_steps
from pages.figures.marks import dots, line, note
from pages.figures.parts.landscape import TINY, columns, pair, plane
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

REACH = 1.6


def figure(run: Flow, *, T: float, implicit: bool = False) -> Picture:
    """Three panels: plane, f against time, distance to the flow against η."""
    x, k = run.explicit, np.arange(len(run.explicit))
    decays = (rf"e^{{-{lam:.4g}\,t}}\,{at:.4g}" for lam, at in zip(run.lam.tolist(), x[0]))
    return Picture(
        (_plane(run, implicit), _fall(run, T, implicit), _errors(run, implicit)),
        frames=len(k),
        track={"k": k, "t": run.t.numpy(), **columns({"": x, "g": run.lam * x})},
        formula=(
            rf"\dot x = -\nabla f(x),\qquad x(t) = {pair(*decays)}",
            rf"{pair('@x@', '@y@')} - {run.lr:.4g}\,\role{{force}}{{{pair('@gx@', '@gy@')}}} = "
            rf"\role{{model}}{{{pair('@x+1@', '@y+1@')}}}",
        ),
    )


def _plane(run: Flow, implicit: bool) -> Panel:
    x, back = run.explicit.numpy(), run.implicit
    flat, steep = sorted(run.lam.tolist())
    return plane(
        "The flow and the steps that follow it",
        steep / flat,
        0.0 if run.lam[0] <= run.lam[1] else 90.0,
        REACH,
        "x y",
        line(run.curve[:, 0], run.curve[:, 1], "theory", "gradient flow", label="flow"),
        dots(run.exact[:, 0], run.exact[:, 1], "theory", "flow at the times of the steps", 4),
        implicit and _implicit(back[:, 0], back[:, 1]),
        line(x[:, 0], x[:, 1], "model", "explicit Euler", play=True, pin=True, label="descent"),
        dots([0], [0], "good", "minimum", 13),
        alt=f"The flow and {in_steps(run.steps)} of descent, {run.crossings} across the floor.",
        handles=(Handle(*x[0].tolist(), ("x0", "y0"), "start point"),),
    )


def _implicit(x: np.ndarray, y: np.ndarray) -> dict:
    return line(x, y, "second", "implicit Euler", play=True, label="implicit")


def _fall(run: Flow, T: float, implicit: bool) -> Panel:
    t, scale = run.t.numpy(), float(run.f(run.start)) or 1.0
    smooth, steps, back, end = (
        np.clip(run.f(path).numpy() / scale, TINY, TINY**-1)
        for path in (run.curve, run.explicit, run.implicit, run.exact[-1:])
    )
    return panel(
        "fall",
        "f against time t = kη",
        line(run.curve_t, smooth, "theory", "flow", label="flow"),
        line(t, steps, "model", "explicit Euler", play=True, label="descent"),
        implicit and _implicit(t, back),
        x=axis("time t", 0, coarse(T)),
        y=axis("f(x(t)) / f(x₀)", 1e-6, 1e2, log=True, dtick=2),
        alt=f"f/f(x₀) in the end: flow {end[0]:.2g}, descent {steps[-1]:.2g}.",
    )


def _errors(run: Flow, implicit: bool) -> Panel:
    lrs, ends = run.lr / HALVES.numpy(), np.array([1e-6, 10.0])
    error, backward = np.maximum(run.errors.numpy(), TINY)
    slope = error[-1] * ends / lrs[-1]
    return panel(
        "errors",
        f"Distance to the flow at t = {run.t[-1]:.3g}",
        line(ends, slope, "theory", "slope 1"),
        note(lrs[6], 0.05 * slope[0] * lrs[6] / 1e-6, "slope 1", "theory"),
        implicit and dots(lrs, backward, "second", "implicit Euler", 7),
        dots(lrs, error, "model", "explicit Euler", 7),
        note(lrs[0], error[0], "this η", "model"),
        x=axis("step η", 1e-6, 10, log=True, dtick=1),
        y=axis("distance", 1e-8, 1e2, log=True, dtick=2),
        alt=f"With η = {lrs[0]:.3g} descent ends {error[0]:.3g} away, halved {error[1]:.3g}.",
    )
