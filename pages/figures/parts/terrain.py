"""Stock marks of landscapes on a map: the colour field, the minima, frames that rarely move."""

from functools import lru_cache

import numpy as np

from core.landscapes import Landscape
from core.landscapes.terrain import field
from pages.figures.marks import as_f4, contours, dots
from pages.figures.plot import Panel, axis


@lru_cache(maxsize=32)
def terrain(land: Landscape) -> dict:
    """The colour field of a landscape, iso-lines at quantiles so that valleys and walls show."""
    grid = field(land)
    return contours(grid.x, grid.y, grid.z, quantiles(grid.z.numpy()))


def quantiles(z: np.ndarray) -> np.ndarray:
    """At most 18 ascending levels, denser towards the low values."""
    return np.unique(np.quantile(z, np.linspace(0, 1, 20)[1:-1] ** 1.5).astype("f4"))


def minima(land: Landscape) -> dict | None:
    """The global minima, where they are known."""
    return dots(*land.minima.T, "good", "minimum", size=10) if len(land.minima) else None


def frame(land: Landscape, x: str = "x", y: str = "y") -> dict[str, dict]:
    """The axes of the map of a landscape, for `panel`."""
    return {"x": axis(x, *land.domain[0]), "y": axis(y, *land.domain[1])}


def hill(
    title: str, alt: str, ground: tuple, axes: tuple, walk: np.ndarray | None, name: str, play: bool
) -> Panel:
    """A surface in space, ground = (x, y, z) under three axes, and a path on it, shape (n, 3)."""
    look = {"type": "surface", "showscale": False, "opacity": 0.9, "name": "f"}
    traces = [dict(zip("xyz", map(as_f4, ground))) | look]
    if walk is not None:
        look = {"type": "scatter3d", "mode": "lines+markers", "marker": {"size": 2}, "name": name}
        look |= {"line": {"width": 5}, "meta": {"role": "ink", "play": play}}
        traces.append(dict(zip("xyz", map(as_f4, walk.T))) | look)
    scene = dict(zip(("xaxis", "yaxis", "zaxis"), axes))
    return Panel("surface", title, tuple(traces), {"scene": scene}, alt)


def decades(low: float, high: float, at_most: int = 16) -> tuple[float, float]:
    """Powers of 100 around [low, high], at most `at_most` decades: a frame that rarely moves."""
    top = 2 * np.ceil(np.log10(max(high, 1e-300)) / 2 + 1e-9)
    bottom = 2 * np.floor(np.log10(max(low, 1e-300)) / 2 - 1e-9)
    return float(10.0 ** max(bottom, top - at_most)), float(10.0**top)
