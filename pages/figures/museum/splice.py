"""The shares as shown and as they are, and what they add up to."""

import numpy as np

from core.experiments.museum.splice import BINS, COUNTS, HIGH, LOW, MOST, Shares
from core.words import number, tex
from pages.figures.marks import bars, line, rule
from pages.figures.parts.museum import role_of
from pages.figures.plot import Handle, Panel, Picture, axis, ceiling, panel

MIDDLES = LOW + (np.arange(BINS) + 0.5) * (HIGH - LOW) / BINS
EDGES = np.repeat(LOW + np.arange(BINS + 1) * (HIGH - LOW) / BINS, 2)


def figure(run: Shares, *, code: str, n: int) -> Picture:
    """Two panels."""
    total = float(run.shares.sum())
    return Picture(
        (_bins(run, code), _sums(run, code, n)),
        formula=(rf"\sum_b \role{{model}}{{\text{{share}}_b}} = \tfrac{{{run.counted}}}{{{n}}}"
                 rf" = {tex(total)}",),
    )  # fmt: skip


def _bins(run: Shares, code: str) -> Panel:
    top = ceiling(1.05 * float(run.right.max()))
    whole = np.concatenate([[0], np.repeat(run.right.numpy(), 2), [0]])
    return panel(
        "bins",
        "Real data, first coordinate, as this code bins it",
        bars(MIDDLES, run.shares, "model", "as shown", width=9),
        line(EDGES, whole, "theory", "all that was asked for", label="all", width=1.6),
        x=axis("first coordinate", LOW, HIGH),
        y=axis("share of the points", 0, top),
        alt=f"The highest bin shows {number(float(run.shares.max()))}; of all points it is "
        f"{number(float(run.right.max()))}.",
    )


def _sums(run: Shares, code: str, n: int) -> Panel:
    role = role_of(code)
    total = float(run.shares.sum())
    return panel(
        "sum",
        f"The shares add up to {number(total)}",
        rule("theory", "1", y=1.0, span=(0, MOST), label="a whole"),
        line(COUNTS, run.sums, role, "sum", label="this code", width=2.5),
        x=axis("points asked for, n", 0, MOST, dtick=200),
        y=axis("sum of the shares", 0, 1.15, dtick=0.25),
        alt=f"Of {n} points {run.counted} are counted; the shares add up to {number(total)}.",
        handles=(Handle(n, total, ("n",), "points asked for", ((1.0, 0.0),), frees="x",
                        role=role),),
    )  # fmt: skip
