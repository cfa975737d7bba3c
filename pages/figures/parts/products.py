"""Products of matrices as rectangles to scale, and matrices of numbers in a frame of fixed size.

Two factors fit where the columns of the left one, its lower edge, are the rows of the right one,
its left edge: a quarter turn about the corner between them takes the one edge to the other.
"""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from core.matrix_calculus import Comparison
from core.matrix_calculus.products import Factor, Term
from pages.figures.marks import boxes, cells, line, note, segments
from pages.figures.parts.maps import BARE
from pages.figures.plot import Handle, Panel, axis, panel

TURN = np.linspace(0, np.pi / 2, 25)
LINES = 23  # of text that would fill the height or the width of the panel
FRAMES = 4.7, 6.5  # rows and columns of a frame for numbers


def size(factor: Factor) -> str:
    """3×4."""
    return f"{factor.rows}×{factor.columns}"


def rectangles(
    name: str,
    title: str,
    terms: Sequence[Term],
    result: tuple[int, int] | None,
    goal: tuple[int, int],
    frame: Sequence[Term],
    alt: str,
) -> Panel:
    """One row of rectangles for each term, and the shape of what is wanted beside them.

    Args:
        terms: the factors.
        result: rows and columns of their sum, None where there is none.
        goal: rows and columns of the derivative.
        frame: the factors at the largest sizes that shall fit into the panel.
    """
    high = max(max(f.rows, f.columns) for term in frame for f in term)
    letter = _letter(frame, high)
    wide = max(_places(term, letter)[-1] for term in frame) + high + 4.2 * letter
    step = high + 3.6 * letter
    traces, notes = [], []
    for i, term in enumerate(terms):
        shown, told = _row(term, -i * step, letter, "+" if i else "")
        traces += shown
        notes += told
    foot = -(max(len(terms), 1) - 1) * step
    left = max([_places(term, letter)[-1] for term in terms], default=0) + 3.2 * letter
    middle = foot / 2
    same = result == goal
    traces.append(_outline(left, middle, goal, "theory", "the derivative"))
    if result:
        traces.append(boxes([_corners(left, middle, *result)], "good" if same else "wrong", "sum"))
    what = f"{result[0]}×{result[1]}" if result else "no product"
    notes.append(_text(left - 2 * letter, middle + goal[0] / 2, "=", 18))
    notes.append(_text(left + goal[1] / 2, middle - letter, what, 15))
    if not same:
        wanted = f"wanted {goal[0]}×{goal[1]}"
        notes.append(_text(left + goal[1] / 2, middle - 2.1 * letter, wanted, 12))
    low = -(max(len(terms), len(frame)) - 1) * step - 3 * letter
    return panel(
        name,
        title,
        traces,
        x=axis("columns, one unit each", -1.6 * letter, wide + letter, **BARE),
        y=axis("rows", low, high + 0.6 * letter, **BARE),
        margin={"l": 26, "r": 6, "t": 4, "b": 26},
        notes=notes,
        alt=alt,
        equal=True,
    )


def _letter(frame: Sequence[Term], high: int) -> float:
    """The height of a line of text in units of the panel, from the largest sizes."""
    most = max(sum(1 if f.number else f.columns for f in term) for term in frame) + high
    names = max(sum(len(f.name) for f in term) for term in frame)
    return max(1.3 * most, 1.5 * len(frame) * (high + 1), names * 0.9) / LINES


def _span(factor: Factor, letter: float) -> float:
    """How wide a factor is with its name."""
    if factor.number:
        return letter * (0.5 + 0.5 * len(factor.name))
    return max(factor.columns, 0.44 * letter * len(factor.name)) + 0.5 * letter


def _places(term: Term, letter: float) -> list[float]:
    """Where each factor begins, and the last one ends."""
    return [0.0, *np.cumsum([_span(f, letter) for f in term])]


def _row(term: Term, foot: float, letter: float, sign: str) -> tuple[list, list]:
    places = _places(term, letter)
    lefts = [
        left + (_span(f, letter) - 0.5 * letter - f.columns) / 2
        for left, f in zip(places, term)
    ]  # fmt: skip
    traces, notes, before = [], [], None
    if sign:
        notes.append(_text(-0.9 * letter, foot + term[0].rows / 2, sign, 18))
    for left, place, f in zip(lefts, places, term):
        if f.number:
            notes.append(_text(place + _span(f, letter) / 2 - 0.2 * letter, foot + 0.5, f.name, 17))
            continue
        traces.append(boxes([_corners(left, foot, f.rows, f.columns)], _role(f.name), f.name))
        traces.append(_lines(left, foot, f))
        notes.append(_text(left + f.columns / 2, foot - 0.8 * letter, f"<b>{f.name}</b>", 14))
        notes.append(_text(left + f.columns / 2, foot - 1.8 * letter, size(f), 13))
        if before:
            traces += _hinge(*before, left, f, foot)
        before = left, f
    return traces, notes


def _hinge(start: float, left: Factor, at: float, right: Factor, foot: float) -> list:
    """The lower edge of the left factor turned onto the left edge of the right one."""
    k, role = left.columns, "good" if left.columns == right.rows else "wrong"
    x, y = at - (at - start) * np.cos(TURN), foot + k * np.sin(TURN)
    name = f"{k} columns, {right.rows} rows"
    edges = [[start, foot], [at, foot]], [[start + k, foot], [at, foot + right.rows]]
    found = [
        line(x, y, role, name, width=1.6, dash="solid"),
        segments(*edges, role, name, width=4, dash="solid"),
    ]
    if role == "wrong":
        gap = [[at, foot + right.rows]], [[at, foot + k]]
        found.append(segments(*gap, "wrong", "gap", width=4, dash="dot"))
        found.append(note(at, foot + max(k, right.rows), f"{k} ≠ {right.rows}", "wrong"))
    return found


def _role(name: str) -> str:
    if "∂" in name:
        return "force"
    return "model" if name[0] in "fghuvx" or "x" in name else "data"


def _corners(left: float, foot: float, rows: int, columns: int) -> tuple[float, ...]:
    """A rectangle standing at (left, foot), as `boxes` wants it."""
    return foot + 0.5, left + 0.5, foot + rows - 0.5, left + columns - 0.5


def _outline(left: float, foot: float, shape: tuple[int, int], role: str, name: str) -> dict:
    rows, columns = shape
    x, y = np.array([0, 1, 1, 0, 0]) * columns + left, np.array([0, 0, 1, 1, 0]) * rows + foot
    return line(x, y, role, name, width=2)


def _lines(left: float, foot: float, f: Factor) -> dict:
    """The lines between rows and between columns."""
    across = [((left, foot + i), (left + f.columns, foot + i)) for i in range(1, f.rows)]
    down = [((left + j, foot), (left + j, foot + f.rows)) for j in range(1, f.columns)]
    ends = np.array([*across, *down]).reshape(-1, 2, 2)
    return segments(ends[:, 0], ends[:, 1], "faint", "cells", width=0.8, dash="solid")


def _text(x: float, y: float, text: str, points: float) -> dict:
    return {"x": x, "y": y, "text": text, "showarrow": False, "font": {"size": points}}


def matrix(
    name: str,
    title: str,
    values: Tensor,
    alt: str,
    params: tuple[str, str] | None = None,
    goal: tuple[int, int] | None = None,
) -> Panel:
    """Numbers in a frame that fits 6 rows and 6 columns.

    Args:
        params: what the lower right corner sets when it is dragged, by its row and its column;
            "" for a side that stays.
        goal: rows and columns to be compared with.
    """
    rows, columns = values.shape
    frame = FRAMES[max(rows, columns, *(goal or ())) > FRAMES[0]]
    top = float(values.abs().max()) if values.numel() else 1.0
    handles = ()
    if params and any(params):
        way = "xy" if all(params) else "y" if params[0] else "x"
        row, column = (0.0, -1.0), (1.0, 0.0)
        moved = [(p, m) for p, m in zip(params, (row, column)) if p]
        names, map_ = tuple(p for p, _ in moved), tuple(m for _, m in moved)
        label = "size " + " and ".join(names)
        handles = (
            Handle(float(columns), -float(rows), names, label, map_, (0.0,) * len(names),
                   click=False, frees=way, role="force"),
        )  # fmt: skip
    grid = cells(values.flip(0), name, numbers=5, at=(0.5 - rows, 0.5), low=-top, high=top)
    return panel(
        name,
        title,
        values.numel() > 0 and grid,
        goal and _outline(0, -goal[0], goal, "theory", "the derivative"),
        x=axis("column j", -0.3, frame, **BARE),
        y=axis("row i", -frame, 0.3, **BARE),
        margin={"l": 26, "r": 6, "t": 4, "b": 26},
        alt=alt,
        handles=handles,
        equal=True,
    )


def rows_told(values: Tensor) -> str:
    """The entries in words, row by row."""
    return "; ".join(", ".join(f"{v:.4g}" for v in row) for row in values.tolist())


def told(run: Comparison) -> str:
    """The factors with their shapes, in words."""
    terms = [" · ".join(f"{f.name} ({size(f)})" for f in term) for term in run.terms]
    return f"{' + '.join(terms)}. {run.error or 'It fits'}."
