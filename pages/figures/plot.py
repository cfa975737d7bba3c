"""The grammar of a picture: panels of plotly traces, some of which move.

A figure function returns a `Picture`. Every panel is ordinary plotly (`go.Figure(panel.spec())`
draws it whole, which is also how SVG and PNG are exported); the stage draws traces whose
`meta` says so (see `pages.figures.marks`) on a canvas over plotly's axes.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Handle:
    """A draggable point of a panel, which sets parameters.

    Attributes:
        x, y: where it sits, in the panel's data coordinates.
        params: names of the one or two parameters it sets.
        matrix: rows of A with params = A (x, y) + offset, default the identity.
        offset: see `matrix`.
        also: parameters set to fixed values whenever the handle is moved, e.g. {"start": "free"}.
        label: what it is, for the screen reader and the tooltip.
        click: whether a click anywhere in the panel moves this handle there.
        frees: directions the handle may move in: "xy", "x" or "y".
        polar: its two parameters are the distance from 0 and the angle in [0, π] from the x axis
            instead, above the axis or mirrored there; `matrix` and `offset` follow.
    """

    x: float
    y: float
    params: tuple[str, ...]
    label: str
    matrix: tuple[tuple[float, float], ...] = ((1.0, 0.0), (0.0, 1.0))
    offset: tuple[float, ...] = (0.0, 0.0)
    also: dict[str, Any] = field(default_factory=dict)
    click: bool = True
    frees: str = "xy"
    role: str = "ink"
    polar: bool = False


@dataclass(frozen=True)
class Pick:
    """The cells of a panel can be pointed at: hover shows, a click or Enter keeps.

    Attributes:
        rows, columns: number of cells; cell (i, j) has its centre at x = j, y = i. With 0 rows the
            panel shows a signal of so many samples, pointed at from any height: its one parameter
            is matrix[0][0] x + offset[0], rounded, the number of the sample.
        params: names of the parameters it sets.
        matrix: rows of A with params = A (j, i) + offset; ((1, columns),) numbers the cells.
        label: what is chosen, for the screen reader.
        cell: (row, column) chosen now, if it lies in this panel.
        offset: see `matrix`.
        also: parameters set to fixed values by the choice, e.g. {"look": "input"}.
        places: (n, 2) points anywhere in the panel, pointed at instead of cells: the one parameter
            is the number of the nearest. Then rows is 0, columns n and matrix ((1, 0),).
    """

    rows: int
    columns: int
    params: tuple[str, ...]
    matrix: tuple[tuple[float, float], ...]
    label: str
    cell: tuple[int, int] | None = None
    offset: tuple[float, ...] = (0.0, 0.0)
    also: dict[str, Any] = field(default_factory=dict)
    places: Any = None

    @classmethod
    def cells(
        cls,
        rows: int,
        columns: int,
        row: str,
        column: str,
        label: str,
        at: tuple[int, int] | None = None,
        *,
        first: tuple[int, int] = (0, 0),
        **also: Any,
    ) -> "Pick":
        """Cells that set two parameters, the row and the column, counted from `first`."""
        return cls(rows, columns, (row, column), ((0.0, 1.0), (1.0, 0.0)), label, at, first, also)

    @classmethod
    def numbered(
        cls,
        rows: int,
        columns: int,
        param: str,
        label: str,
        at: tuple[int, int] | None = None,
        *,
        stride: int = 0,
        first: int = 0,
        **also: Any,
    ) -> "Pick":
        """Cells that set one parameter, the number of the cell: first + row · stride + column.

        `stride` is the number of columns where nothing else is said.
        """
        matrix = ((1.0, float(stride or columns)),)
        return cls(rows, columns, (param,), matrix, label, at, (first,), also)

    @classmethod
    def samples(
        cls,
        count: int,
        param: str,
        label: str,
        at: int | None = None,
        *,
        start: float = 0.0,
        apart: float = 1.0,
        **also: Any,
    ) -> "Pick":
        """The samples of a signal, number k at x = start + apart · k."""
        cell = None if at is None else (0, at)
        return cls(0, count, (param,), ((1 / apart, 0.0),), label, cell, (-start / apart,), also)

    @classmethod
    def spots(cls, points: Any, param: str, label: str, at: int | None = None, **also: Any):
        """Points (n, 2) anywhere in the panel, each with its number."""
        cell = None if at is None else (0, at)
        return cls(0, len(points), (param,), ((1.0, 0.0),), label, cell, (0.0,), also, points)


@dataclass(frozen=True)
class Paint:
    """A panel the pointer draws in; the strokes go into a text parameter.

    Attributes:
        param: the parameter: rows of numbers "1 0 -1,2 0 -2" (see `core.table`).
        values: what it holds now, (n,) or (rows, columns); sample j of a signal sits at x = j + at.
        low, high, step: values that can be drawn. A signal takes the height of the pointer; a
            picture takes `high` where a stroke begins on a darker cell, else `low`.
        label: what is drawn, for the screen reader.
        at: see `values`.
        brush: cells a stroke covers beside the one under the pointer.
        also: parameters set to fixed values with the stroke, e.g. {"game": "mine"}.
    """

    param: str
    values: Any
    low: float
    high: float
    step: float
    label: str
    at: float = 0.0
    brush: int = 0
    also: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Panel:
    """One plot.

    Attributes:
        name: short stable identifier, unique in the picture.
        title: a short sentence over the plot.
        traces: plotly traces as dictionaries; arrays are numpy arrays.
        layout: plotly layout as a dictionary, both axes titled with symbols and with fixed ranges.
        alt: one sentence describing what the panel shows now.
        handles: draggable points.
        pick: cells that can be pointed at.
        paint: what can be drawn with the pointer.
        equal: whether one unit is equally long on both axes.
    """

    name: str
    title: str
    traces: tuple[dict, ...]
    layout: dict
    alt: str
    handles: tuple[Handle, ...] = ()
    pick: Pick | None = None
    paint: Paint | None = None
    equal: bool = False

    def spec(self) -> dict:
        """The panel as a plain plotly figure, for `go.Figure(panel.spec())`."""
        layout = {**self.layout}
        if self.equal:
            layout["yaxis"] = {**layout.get("yaxis", {}), "scaleanchor": "x"}
        return {"data": [dict(trace) for trace in self.traces], "layout": layout}


@dataclass(frozen=True)
class Picture:
    """What an experiment shows for one setting of its parameters.

    Attributes:
        panels: the first is the largest.
        frames: number of frames of the player (0: no player); frame k is iterate k.
        track: per-frame columns of shape (frames,), read out beside the player and available to
            `formula` as @name@.
        formula: LaTeX lines with the current numbers substituted. @name@ is replaced in the
            browser by track[name][k]; @name+1@ by track[name][k + 1]. Colour a term with
            \\role{force}{...}.
        phases: names of the phases of one step, if the step can be opened ("gradient", ...).
        drive: name of an integer parameter the player moves from 0 to frames - 1, one picture of
            the server for each value; the track then has one entry, the current one.
        wide: arrange the panels in equal columns instead of one large and a side column.
    """

    panels: tuple[Panel, ...]
    frames: int = 0
    track: dict[str, np.ndarray] = field(default_factory=dict)
    formula: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    drive: str = ""
    wide: bool = False


def axis(title: str, low: float, high: float, *, log: bool = False, **more: Any) -> dict:
    """A titled axis with a fixed range; `low` and `high` are data values, also for log axes."""
    if log:
        return {
            "title": {"text": title},
            "type": "log",
            "range": [np.log10(low), np.log10(high)],
            "exponentformat": "power",
            **more,
        }
    return {"title": {"text": title}, "range": [low, high], **more}


def coarse(value: float) -> float:
    """The smallest of …, 0.1, 0.2, 0.5, 1, 2, 5, … not below `value`: a frame that rarely moves.

    0 for value ≤ 0.
    """
    if value <= 0:
        return 0.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(m * power for m in (1, 2, 5, 10) if m * power >= value * (1 - 1e-9)))


def ceiling(most: float) -> float:
    """A little above `most` ≥ 0, in steps of about an eighth of it: closer than `coarse`."""
    step = coarse(max(most, 1e-3) / 8)
    return step * math.ceil(1.05 * most / step)


PLAIN = {"showgrid": False, "zeroline": False}


def rows(names: Sequence[str], title: str, **more: Any) -> dict:
    """A vertical axis with one named row for each bar, the first on top."""
    ticks = {"tickvals": list(range(len(names))), "ticktext": list(names)}
    return axis(title, len(names) - 0.4, -0.6, **ticks, **PLAIN, **more)


def grid_layout(rows: int, columns: int, x: str = "column j", y: str = "row i") -> dict:
    """Axes for cells: row 0 on top, no grid lines. Use with Panel(equal=True) for square cells."""
    plain = {"showgrid": False, "zeroline": False, "tickformat": "d"}
    return {
        "margin": {"l": 42, "r": 6, "t": 4, "b": 34},
        "xaxis": axis(x, -0.5, columns - 0.5, **plain),
        "yaxis": axis(y, rows - 0.5, -0.5, **plain),
    }


def panel(
    name: str,
    title: str,
    *traces: Any,
    x: dict,
    y: dict,
    alt: str,
    margin: dict | None = None,
    notes: Sequence[dict] = (),
    **more: Any,
) -> Panel:
    """A panel of two axes; traces may be nested in lists, and None or False where there is none.

    Args:
        notes: plotly annotations.
        more: handles, pick, paint and equal, as in `Panel`.
    """
    layout = {"xaxis": x, "yaxis": y}
    layout |= {"margin": margin} if margin else {}
    layout |= {"annotations": list(notes)} if notes else {}
    return Panel(name, title, tuple(_flat(traces)), layout, alt, **more)


def _flat(traces: Any) -> Iterator[dict]:
    for each in traces:
        if isinstance(each, dict):
            yield each
        elif each is not None and each is not False:
            yield from _flat(each)
