"""Where the run is after each step, and how long each step is."""

import numpy as np

from core.experiments.museum.warmup import STEPS, Warmup
from core.words import number, tex
from pages.figures.marks import line, rule
from pages.figures.parts.museum import role_of
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

K = np.arange(STEPS + 1)


def figure(run: Warmup, *, code: str, beta1: float, beta2: float) -> Picture:
    """Two panels."""
    one, two = 1 - beta1, 1 - beta2
    mended = code == "mended"
    m = rf"\frac{{m_1}}{{{tex(one)}}}" if mended else rf"{tex(one)}\,m_1"
    v = rf"\frac{{v_1}}{{{tex(two)}}}" if mended else rf"{tex(two)}\,v_1"
    return Picture(
        (_places(run, code), _lengths(run, code)),
        formula=(rf"\role{{model}}{{\hat m_1}} = {m},\quad \role{{force}}{{\hat v_1}} = {v},\quad"
                 rf" |x_1 - x_0| = {tex(float(run.length[0]))}\,\eta",),
    )  # fmt: skip


def _places(run: Warmup, code: str) -> Panel:
    reach = coarse(1.05 * max(1.9, float(run.x.abs().max()), float(run.right.abs().max())))
    start = float(run.x[0])
    role = role_of(code)
    return panel(
        "places",
        "Place after each step",
        line(K, run.right, "theory", "mended", label="mended", width=1.8),
        line(K, run.x, role, "this code", label="this code", width=2.4, pin=True),
        x=axis("step k", 0, STEPS),
        y=axis("place x", -reach, reach),
        alt=f"From {number(start)} this code comes to {number(float(run.x[-1]), zero=1e-12)}.",
        handles=(Handle(0, start, ("x0",), "start x₀", ((0.0, 1.0),), frees="y", role=role),),
    )


def _lengths(run: Warmup, code: str) -> Panel:
    role = role_of(code)
    top = coarse(1.1 * max(2.0, float(run.length.max())))
    return panel(
        "lengths",
        "Length of each step, in rates",
        rule("theory", "1", y=1.0, span=(1, STEPS), label="one rate"),
        line(K[1:], run.length, role, "length", label="this code", width=2.4, pin=True),
        x=axis("step k", 0, STEPS),
        y=axis("|xₖ − xₖ₋₁|/η", 0, top),
        alt=f"The longest step is {number(float(run.length.max()))} rates long.",
    )
