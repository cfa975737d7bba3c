"""Several maps of numbers in one panel: on a plane, or side by side."""

from collections.abc import Iterable

import numpy as np
from torch import Tensor

from pages.figures.plot import PLAIN

BARE = {**PLAIN, "showticklabels": False, "ticks": ""}


def on_plane(
    maps: Iterable[Tensor], places: Iterable[tuple[int, int]], height: int, width: int
) -> np.ndarray:
    """Each map (rows, columns) with its upper left corner at its (row, column); NaN elsewhere."""
    plane = np.full((height, width), np.nan, dtype="f4")
    for (i, j), grid in zip(places, maps, strict=True):
        plane[i : i + len(grid), j : j + grid.shape[1]] = grid
    return plane


def side_by_side(maps: np.ndarray) -> np.ndarray:
    """(maps, rows, columns) as one grid with an empty column between two maps."""
    count, rows, columns = maps.shape
    padded = np.full((rows, count, columns + 1), np.nan)
    padded[..., :columns] = maps.swapaxes(0, 1)
    return padded.reshape(rows, -1)[:, :-1]
