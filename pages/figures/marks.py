"""The marks of a picture: plotly traces as dictionaries, most of them drawn by the stage's canvas.

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
    label    short text in the line's colour beside its end, or beside another part of it that is
             seen: where it covers least (direct label). A single arrow of a frame says its name.
"""

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
    side: float = 1,
    **meta: Any,
) -> dict:
    """A grid of cells, z[i, j] at x = side·j + at[1], y = side·i + at[0]; NaN leaves it empty.

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
        "x": as_f4(side * np.arange(columns) + at[1]),
        "y": as_f4(side * np.arange(rows) + at[0]),
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


def rule(
    role: str,
    name: str,
    *,
    x: float | None = None,
    y: float | None = None,
    span: tuple[float, float],
    **meta: Any,
) -> dict:
    """A straight line at x (upright) or at y (lying), as long as `span` on the other axis."""
    at, along = [y if x is None else x] * 2, list(span)
    return line(along, at, role, name, **meta) if x is None else line(at, along, role, name, **meta)


def note(x: float, y: float, text: str, role: str = "ink") -> dict:
    """A short text beside a place of the plot, to its right where nothing is drawn there."""
    return line([x], [y], role, text, label=text)


def segments(tails: np.ndarray, tips: np.ndarray, role: str, name: str, **meta: Any) -> dict:
    """Separate lines from `tails` to `tips`, both of shape (n, 2)."""
    tails, tips = np.broadcast_arrays(np.asarray(tails, "f4"), np.asarray(tips, "f4"))
    both = np.stack([tails, tips, np.full_like(tails, np.nan)], axis=1)
    return line(both[..., 0].ravel(), both[..., 1].ravel(), role, name, **meta)


def lying(
    start: np.ndarray, end: np.ndarray, at: np.ndarray, role: str, name: str, **meta: Any
) -> dict:
    """Lying bars from `start` to `end` at the heights `at`; arrays of equal length."""
    start, end, at = np.broadcast_arrays(start, end, at)
    x, y = np.full((2, start.size, 3), np.nan, dtype="f4")
    x[:, 0], x[:, 1], y[:, :2] = start.ravel(), end.ravel(), at.reshape(-1, 1)
    plain = {"width": 14, "cap": "butt", "dash": "solid"}
    return line(x.ravel(), y.ravel(), role, name, **(plain | meta))


def whiskers(values: np.ndarray, errors: np.ndarray, at: np.ndarray, name: str) -> dict:
    """Error bars values ± errors at the heights `at`."""
    values, errors = np.asarray(values), np.asarray(errors)
    return lying(values - errors, values + errors, at, "ink", name, width=1.6)


def band(x: np.ndarray, low: np.ndarray, high: np.ndarray, role: str, name: str) -> dict:
    """The area between two curves over x, as a wash of colour."""
    x, low, high = (as_f4(each) for each in np.broadcast_arrays(x, low, high))
    return {
        "type": "scatter",
        "mode": "lines",
        "x": np.concatenate([x, x[::-1], x[:1]]),
        "y": np.concatenate([low, high[::-1], low[:1]]),
        "fill": "toself",
        "name": name,
        "meta": {"canvas": True, "box": True, "role": role},
    }


def as_f4(values: Any) -> np.ndarray:
    """A contiguous float32 array, from numpy, torch or a list."""
    return np.ascontiguousarray(np.asarray(values), dtype="f4")
