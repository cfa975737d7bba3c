"""The pixel on its way, the slope for every pixel, and the pixels of a digit that are frozen."""

import numpy as np

from core.experiments.museum.frozen import SHRINK, SIDE, STEPS, Frozen
from core.words import number, tex
from pages.figures.marks import boxes, cells, line, rule
from pages.figures.parts.museum import role_of
from pages.figures.plot import Handle, Panel, Picture, axis, grid_layout, panel

K, GRID = np.arange(STEPS + 1), np.linspace(0, 1, 101)


def figure(run: Frozen, *, code: str, x: float, wish: float) -> Picture:
    """Three panels."""
    return Picture(
        (_path(run, code, wish), _digit(run), _slopes(run, code, x)),
        formula=(
            rf"\role{{force}}{{\frac{{dx}}{{dw}}}} = \tfrac12\,(1 - \tanh^2 w) = {tex(run.slope)}",
        ),
    )


def _path(run: Frozen, code: str, wish: float) -> Panel:
    start, end = float(run.path[0]), float(run.path[-1])
    role = role_of(code)
    return panel(
        "path",
        "The pixel after each step of the attack",
        rule("theory", "wish", y=wish, span=(0, STEPS), label="what the attack wishes"),
        line(K, run.path, role, "pixel", label="pixel", width=2.6, pin=True),
        x=axis("step k", 0, STEPS),
        y=axis("pixel x", -0.05, 1.05, dtick=0.25),
        alt=f"From {number(start)} the pixel comes to {number(end)}; wished is {number(wish)}.",
        handles=(
            Handle(STEPS, wish, ("wish",), "what the attack wishes", ((0.0, 1.0),), frees="y"),
        ),
    )


def _digit(run: Frozen) -> Panel:
    stuck = [[i, j, i, j] for i, j in run.stuck.nonzero().tolist()]
    return Panel(
        "digit",
        f"A digit; framed: {len(stuck)} pixels that cannot move" if stuck else "A digit",
        (
            cells(run.image.numpy(), "digit", scale="grey", low=0, high=1),
            *([boxes(stuck, "wrong", "frozen")] if stuck else []),
        ),
        grid_layout(SIDE, SIDE),
        f"{len(stuck)} of 64 pixels are frozen.",
        equal=True,
    )


def _slopes(run: Frozen, code: str, x: float) -> Panel:
    shrink = SHRINK if code == "mended" else 1.0
    return panel(
        "slope",
        "How far the pixel moves for a little of w",
        line(GRID, (1 - (shrink * (2 * GRID - 1)) ** 2) / 2, "force", "dx/dw", label="dx/dw"),
        x=axis("pixel x", -0.03, 1.03, dtick=0.25),
        y=axis("dx/dw", -0.02, 0.55),
        alt=f"At x = {number(x)} the slope is {number(run.slope)}.",
        handles=(Handle(x, run.slope, ("x",), "pixel x", ((1.0, 0.0),), frees="x", role="force"),),
    )
