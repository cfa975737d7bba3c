"""The grammar of a picture: panels of plotly traces, some of which move.

A figure function returns a `Picture`. Every panel is ordinary plotly (`go.Figure(panel.spec())`
draws it whole, which is also how SVG and PNG are exported); the stage draws traces whose
`meta` says so on a canvas over plotly's axes, because they change while a finger drags.

What `meta` may hold (all optional; a trace without `meta` is drawn by plotly itself):
    canvas   True: drawn by the stage's canvas. Allowed for scatter (lines, markers) and for
             contour / heatmap (colour field with iso-lines).
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
class Panel:
    """One plot.

    Attributes:
        name: short stable identifier, unique in the picture.
        title: a short sentence over the plot.
        traces: plotly traces as dictionaries; arrays are numpy arrays.
        layout: plotly layout as a dictionary, both axes titled with symbols and with fixed ranges.
        alt: one sentence describing what the panel shows now.
        handles: draggable points.
        equal: whether one unit is equally long on both axes.
    """

    name: str
    title: str
    traces: tuple[dict, ...]
    layout: dict
    alt: str
    handles: tuple[Handle, ...] = ()
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
        wide: arrange the panels in equal columns instead of one large and a side column.
    """

    panels: tuple[Panel, ...]
    frames: int = 0
    track: dict[str, np.ndarray] = field(default_factory=dict)
    formula: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
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


def as_f4(values: Any) -> np.ndarray:
    """A contiguous float32 array, from numpy, torch or a list."""
    return np.ascontiguousarray(np.asarray(values), dtype="f4")
