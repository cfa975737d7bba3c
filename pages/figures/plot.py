"""The grammar of a picture: panels of plotly traces, some of which move.

A figure function returns a `Picture`. Every panel is ordinary plotly (`go.Figure(panel.spec())`
draws it whole, which is also how SVG and PNG are exported); the stage draws traces whose
`meta` says so on a canvas over plotly's axes, because they change while a finger drags.

What `meta` may hold (all optional; a trace without `meta` is drawn by plotly itself):
    canvas   True: drawn by the stage's canvas. Allowed for scatter (lines, markers), contour
             (colour field with iso-lines), heatmap (cells) and image.
    box      True (closed lines): filled with a wash of its colour, the frame of a cell.
    bars     True: every point is a bar from zero to y.
    unit     width of a marker in units of the x axis, instead of marker.size in pixels.
    width    of a line, in pixels; with cap "butt" it ends where its last point lies.
    scale    (heatmap) "signed": vermillion, paper, blue around zero; "grey": black to white;
             "heat": paper to ink.
    numbers  (heatmap) digits of the value written into a cell that is large enough for it.
    play     True: a path whose point number k is frame k of the player. The whole path shows
             faintly, the part up to the current frame strongly, with a head at frame k.
    arrows   True: x and y hold triples (tail, tip, NaN). Each is drawn as an arrow.
    frames   True (with arrows): only the arrow of the current frame is drawn.
    phase    int (with frames): shown once the player's step-inside-a-step has reached it.
    pin      True: also drawn, in grey, for every pinned setting.
    role     a key of ROLES: gives colour, dash and symbol per theme; omit explicit colours.
    label    short text drawn beside the end of a line, in the line's colour (direct label).
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

# One colour language for the whole house (Okabe-Ito); the stage's JavaScript maps a role to its
# colour in the light and in the dark theme. Each role also has its own dash or symbol.
ROLES = (
    "data",  # grey-ink dots
    "model",  # blue
    "force",  # orange: gradients and forces
    "theory",  # dashed ink: bounds, exact values
    "wrong",  # vermillion: adversary, wrong belief
    "good",  # bluish green: optimum, "holds"
    "second",  # sky blue: a second learner
    "third",  # reddish purple: a third learner
    "fourth",  # yellow-brown: a fourth learner
    "ink",  # plain text colour, solid
    "faint",  # light grey: helper lines
)


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


def line(x: np.ndarray, y: np.ndarray, role: str, name: str, **meta: Any) -> dict:
    """A line the stage draws on its canvas."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": as_f4(x),
        "y": as_f4(y),
        "name": name,
        "meta": {"canvas": True, "role": role, **meta},
    }


def dots(x: np.ndarray, y: np.ndarray, role: str, name: str, size: float = 7, **meta: Any) -> dict:
    """Markers the stage draws on its canvas."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": as_f4(x),
        "y": as_f4(y),
        "name": name,
        "marker": {"size": size},
        "meta": {"canvas": True, "role": role, **meta},
    }


def arrows(tails: np.ndarray, tips: np.ndarray, role: str, name: str, **meta: Any) -> dict:
    """Arrows from `tails` to `tips`, both of shape (n, 2)."""
    triples = np.full((len(tails), 3, 2), np.nan, dtype="f4")
    triples[:, 0], triples[:, 1] = tails, tips
    x, y = triples[..., 0].ravel(), triples[..., 1].ravel()
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": x,
        "y": y,
        "name": name,
        "marker": {"symbol": "arrow", "angleref": "previous", "size": 10},
        "meta": {"canvas": True, "arrows": True, "role": role, **meta},
    }


def contours(x: np.ndarray, y: np.ndarray, z: np.ndarray, levels: np.ndarray, **meta: Any) -> dict:
    """A colour field with iso-lines at `levels` (ascending; need not be equally spaced).

    Args:
        x: (nx,) columns; y: (ny,) rows; z: (ny, nx) values of the field.
        levels: values of the iso-lines; the colour follows the rank among the levels, so that a
            narrow valley and a high wall are both visible.
    """
    return {
        "type": "contour",
        "x": as_f4(x),
        "y": as_f4(y),
        "z": as_f4(z),
        "name": "f",
        "showscale": False,
        "meta": {"canvas": True, "levels": as_f4(levels), **meta},
    }


def bars(x: np.ndarray, y: np.ndarray, role: str, name: str, **meta: Any) -> dict:
    """Samples of a signal: a bar from zero with a dot at its end."""
    return dots(x, y, role, name, 6, bars=True, **meta)


def cells(
    z: np.ndarray,
    name: str,
    *,
    scale: str = "signed",
    low: float | None = None,
    high: float | None = None,
    numbers: int = 0,
    at: tuple[float, float] = (0, 0),
    **meta: Any,
) -> dict:
    """A grid of coloured cells, z[i, j] at x = j + at[1], y = i + at[0]; NaN leaves it empty.

    Args:
        z: (rows, columns).
        scale: "signed", "grey" or "heat".
        low, high: values at the ends of the colours; by default ±max |z| or the range of z.
        numbers: significant digits written into each cell, 0 for none.
    """
    z = as_f4(z)
    rows, columns = z.shape
    seen = z[np.isfinite(z)]
    least, most = (float(seen.min()), float(seen.max())) if seen.size else (0.0, 1.0)
    if scale == "signed":
        most = max(abs(least), abs(most)) or 1.0
        least = -most
    low, high = least if low is None else low, most if high is None else high
    return {
        "type": "heatmap",
        "x": as_f4(np.arange(columns) + at[1]),
        "y": as_f4(np.arange(rows) + at[0]),
        "z": z,
        "zmin": low,
        "zmax": high if high > low else low + 1.0,
        "name": name,
        "showscale": False,
        "xgap": 1,
        "ygap": 1,
        **({"texttemplate": f"%{{z:.{numbers}~g}}"} if numbers else {}),
        "meta": {"canvas": True, "scale": scale, "numbers": numbers, **meta},
    }


def boxes(corners: np.ndarray, role: str, name: str, **meta: Any) -> dict:
    """Frames with a wash of colour.

    Args:
        corners: (n, 4) rows (top, left, bottom, right) of cells, both ends included.
    """
    corners = np.asarray(corners, dtype="f4").reshape(-1, 4)
    top, left = corners[:, :2].T - 0.5
    bottom, right = corners[:, 2:].T + 0.5
    gap = np.full_like(top, np.nan)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": as_f4(np.stack([left, right, right, left, left, gap], -1).ravel()),
        "y": as_f4(np.stack([top, top, bottom, bottom, top, gap], -1).ravel()),
        "fill": "toself",
        "name": name,
        "meta": {"canvas": True, "box": True, "role": role, **meta},
    }


def photo(pixels: np.ndarray, name: str, **meta: Any) -> dict:
    """A photograph: pixels (rows, columns) or (rows, columns, 3) in [0, 1], pixel (i, j) at (j, i).

    Bytes are taken as they are. The stage receives it compressed; a picture of fewer than 128 x 128
    pixels without loss.
    """
    pixels = np.asarray(pixels)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=-1)
    z = pixels
    if z.dtype != np.uint8:
        z = (np.clip(pixels, 0, 1) * 255 + 0.5).astype("u1")
    return {"type": "image", "z": z, "name": name, "meta": {"canvas": True, **meta}}


def grid_layout(rows: int, columns: int, x: str = "column j", y: str = "row i") -> dict:
    """Axes for cells: row 0 on top, no grid lines. Use with Panel(equal=True) for square cells."""
    plain = {"showgrid": False, "zeroline": False, "tickformat": "d"}
    return {
        "margin": {"l": 42, "r": 6, "t": 4, "b": 34},
        "xaxis": axis(x, -0.5, columns - 0.5, **plain),
        "yaxis": axis(y, rows - 0.5, -0.5, **plain),
    }


def as_f4(values: Any) -> np.ndarray:
    """A contiguous float32 array, from numpy, torch or a list."""
    return np.ascontiguousarray(np.asarray(values), dtype="f4")
