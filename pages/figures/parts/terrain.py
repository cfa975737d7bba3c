"""Stock marks of landscapes on a map: the colour field, the minima, frames that rarely move."""

from functools import lru_cache

import numpy as np

from core.landscapes import Landscape
from core.landscapes.terrain import Field
from pages.figures.marks import contours, dots
from pages.figures.plot import axis

LEVELS = 18


@lru_cache(maxsize=32)
def terrain(grid: Field) -> dict:
    """The colour field of a landscape, iso-lines at quantiles so that valleys and walls show."""
    return contours(grid.x, grid.y, grid.z, quantiles(grid.z.numpy()))


def quantiles(z: np.ndarray) -> np.ndarray:
    """Distinct ascending levels, denser towards the low values."""
    return np.unique(np.quantile(z, np.linspace(0, 1, LEVELS + 2)[1:-1] ** 1.5).astype("f4"))


def minima(land: Landscape) -> dict | None:
    """The global minima, where they are known."""
    if not len(land.minima):
        return None
    x, y = land.minima.numpy().T
    return dots(x, y, "good", "minimum", size=10)


def frame(land: Landscape, x: str = "x", y: str = "y") -> dict[str, dict]:
    """The axes of the map of a landscape, for `panel`."""
    return {"x": axis(x, *land.domain[0]), "y": axis(y, *land.domain[1])}


def decades(low: float, high: float, at_most: int = 16) -> tuple[float, float]:
    """Powers of 100 around [low, high], at most `at_most` decades: a frame that rarely moves."""
    top = 2 * np.ceil(np.log10(max(high, 1e-300)) / 2 + 1e-9)
    bottom = 2 * np.floor(np.log10(max(low, 1e-300)) / 2 - 1e-9)
    return float(10.0 ** max(bottom, top - at_most)), float(10.0**top)
