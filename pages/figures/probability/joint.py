"""The table with its margins, one conditional row, the distance from independence, and Z."""

from typing import Annotated, Literal

import numpy as np

from core.experiments.probability.joint import Joint
from core.experiments.probability.joint_claims import called, independent
from core.probability import printed_marginal
from core.signature import between
from core.words import number, tex
from pages.figures.marks import boxes, cells, dots, line, lying, note, segments
from pages.figures.parts import thirds
from pages.figures.plot import PLAIN, Paint, Panel, Pick, Picture, axis, panel

ROLES = ("model", "fourth", "third", "second")  # of the columns
SLID, LONG = 12, 2.0  # frames of a row that slides together; length of a bar of probability 1
SLIDING = {"row slid together": np.linspace(0, 1, SLID + 1)}
ORDERS = ("xyz", "xzy", "yxz", "yzx", "zxy", "zyx")
STRONG = 0.15  # difference at which the colour is full


def figure(
    run: Joint,
    *,
    law: str,
    z: str,
    units: str,
    row: Annotated[int, between(1, 4)] = 2,
    col: Annotated[int, between(1, 4)] = 2,
    pen: Annotated[float, between(0, 1)] = 0.3,
    order: Literal[ORDERS] = "xyz",
    printed: bool = False,
    step: Annotated[int, between(0, SLID)] = SLID,
) -> Picture:
    """Four panels with a third variable, three without."""
    i, j = run.cell(row, col)
    painted = law == "mine" and units == "weights"
    first = _table(run, i, j, z, step / SLID, printed, pen if painted else None)
    if run.solid is None:
        panels = first, _row(run, i, j), _gap(run, i, j)
        formula = _pair(run, i, j)
    else:
        panels = first, thirds.graph(law, z), thirds.told_lines(run.solid, z), _gap(run, i, j)
        formula = thirds.product(run.solid, (i, j, 1 if z == "unknown" else int(z)), order)
    return Picture(panels, frames=SLID + 1, drive="step", track=SLIDING, formula=formula)


def _ticks(run: Joint) -> tuple[dict, dict]:
    """Names of the columns and of the rows."""
    names = [[called(run, a, k) for k in range(n)] for a, n in (("y", run.m), ("x", run.n))]
    return tuple({"tickvals": list(range(len(each))), "ticktext": each, **PLAIN} for each in names)


def _table(run: Joint, i: int, j: int, z: str, t: float, printed: bool, pen: float | None) -> Panel:
    n, m, P = run.n, run.m, run.table.numpy()
    across, down = _ticks(run)
    ends = np.cumsum(P, 1) * LONG
    start, end = m - 0.3 + ends - P * LONG, m - 0.3 + ends
    at = np.arange(m) - P[i] * LONG / 2  # where the chosen row's cells come from
    start[i], end[i] = (t * x[i] + (1 - t) * (at + w) for x, w in ((start, 0), (end, P[i] * LONG)))
    px, py = run.px.numpy(), run.py.numpy()
    tall = n - 0.3 + py
    wrong = printed_marginal(run.table).nan_to_num().numpy()[:n] if printed else np.zeros(0)
    below = np.arange(n) + 0.3
    known = "" if z == "unknown" or run.solid is None else f" given Z = {z}"
    return panel(
        "table",
        f"Joint probabilities{known}; each row adds up to P(x), each column to P(y)",
        cells(P, "P(x, y)", scale="heat", low=0.0, high=1.0, numbers=3),
        boxes([(i, 0, i, m - 1)], "force", "chosen row", width=2),
        [
            lying(
                start[:, k],
                end[:, k],
                np.arange(n),
                ROLES[k],
                f"from {called(run, 'y', k)}",
                width=18,
            )
            for k in range(m)
        ],
        [
            note(end[k, -1] + 0.02, k, number(px[k], zero=1e-12))
            for k in range(n)
            if k != i or t == 1
        ],
        [
            line([k, k], [n - 0.3, tall[k]], ROLES[k], "P(y)", width=14, cap="butt", dash="solid")
            for k in range(m)
        ],
        [note(k + 0.12, tall[k] - 0.1, number(py[k], zero=1e-12)) for k in range(m)],
        printed and lying(m - 0.3, m - 0.3 + LONG * wrong, below, "wrong", "as printed", width=5),
        printed
        and note(
            m - 0.3 + LONG * min(wrong[0], 0.6),
            below[0],
            f"as printed: {number(wrong[0])}",
            "wrong",
        ),
        x=axis("value of Y, and P(x) as a bar", -0.5, m - 0.3 + 1.1 * LONG, **across),
        y=axis("value of X", n + 0.75, -0.5, **down),
        margin={"l": 62, "r": 8, "t": 6, "b": 40},
        alt=f"P({called(run, 'x', i)}) = {number(px[i], zero=1e-12)} is the sum of "
        + ", ".join(number(p, zero=1e-12) for p in P[i])
        + ".",
        pick=Pick.cells(n, m, "row", "col", "cell of the table", (i, j), first=(1, 1)),
        paint=None if pen is None else Paint("mine", P.round(4).tolist(), 0.0, pen, 0.01, "cells"),
    )


def _row(run: Joint, i: int, j: int) -> Panel:
    """P(y | x) of the chosen row over P(y)."""
    at, name = np.arange(run.m), called(run, "x", i)
    given, py = run.given[i].numpy(), run.py.numpy()
    defined = float(run.px[i]) > 0
    label = [called(run, "y", k) for k in range(run.m)]
    told = [f"P({label[k]} | {name}) = {number(given[k])}" for k in at] if defined else []
    return panel(
        "row",
        f"Y once {name} is known" if defined else f"Y given {name}, which never happens: undefined",
        defined
        and [
            dots(
                [k],
                [given[k]],
                ROLES[k],
                label[k],
                4,
                bars=True,
                width=30,
                cap="butt",
                dash="solid",
            )
            for k in at
        ],
        segments(np.stack([at - 0.42, py], 1), np.stack([at + 0.42, py], 1), "theory", "P(y)"),
        note(at[-1] + 0.1, min(py[-1] + 0.04, 1), "P(y)", "ink"),
        defined and [note(k - 0.2, given[k] + 0.05, number(given[k], zero=1e-12)) for k in at],
        not defined and note(0.0, 0.6, "undefined: 0 divided by 0", "wrong"),
        x=axis("value of Y", -0.6, run.m - 0.4, tickvals=list(at), ticktext=label, **PLAIN),
        y=axis(f"P(y | {name})", 0, 1.1),
        alt="; ".join(told) + "." if told else f"P({name}) = 0: undefined.",
    )


def _gap(run: Joint, i: int, j: int) -> Panel:
    across, down = _ticks(run)
    gap = np.where(run.gap.abs() < 1e-12, 0.0, run.gap)
    free = independent(run)
    blank = ": blank, X and Y are independent" if free else ""
    return panel(
        "gap",
        f"P(x, y) − P(x) P(y){blank}",
        cells(gap, "difference", low=-STRONG, high=STRONG, numbers=0 if free else 2),
        boxes([(i, j, i, j)], "force", "chosen cell"),
        x=axis("value of Y", -0.5, run.m - 0.5, **across),
        y=axis("value of X", run.n - 0.5, -0.5, **down),
        margin={"l": 62, "r": 8, "t": 6, "b": 40},
        alt="Every cell is 0." if free else f"Differences up to {number(run.off)}.",
        pick=Pick.cells(run.n, run.m, "row", "col", "cell of the table", (i, j), first=(1, 1)),
    )


def _pair(run: Joint, i: int, j: int) -> tuple[str, ...]:
    """The sum of the row, and the cell as a product."""
    p, px, py = (tex(v) for v in (run.table[i, j], run.px[i], run.py[j]))
    x, y = f"x_{i + 1}", f"y_{j + 1}"
    total = " + ".join(rf"\role{{{ROLES[k]}}}{{{tex(v)}}}" for k, v in enumerate(run.table[i]))
    first = rf"P({x}) = \sum_j P({x}, y_j) = {total} = {px}"
    if not float(run.px[i]) > 0:
        return first, rf"P({y} \mid {x}) = \frac{{{p}}}{{{px}}}\quad\text{{undefined}}"
    product = tex(float(run.px[i] * run.py[j]))
    return first, (
        rf"P({x}, {y}) = P({x})\,P({y}\mid {x}) = {px}\cdot {tex(run.given[i, j])} = {p},\qquad "
        rf"P({x})\,P({y}) = {px}\cdot {py} = \role{{theory}}{{{product}}}"
    )
