"""Where the numbers of the network stand in one plane, so that any of them can be pointed at."""

import math
from functools import cache
from typing import NamedTuple

NAMES = ("image", "conv₁", "pool₁", "conv₂", "pool₂", "logits")
SIZES = ((1, 8, 8), (4, 8, 8), (4, 4, 4), (8, 4, 4), (8, 2, 2), (10, 1, 1))
ROWS, COLUMNS = 39, 34
CELLS = ROWS * COLUMNS


class Unit(NamedTuple):
    """One number of the network: its level, its map there, its row and column in the map."""

    level: int
    channel: int
    row: int
    column: int

    @property
    def name(self) -> str:
        """Level, map and place in words."""
        if self.level == 0:
            return f"pixel [{self.row}, {self.column}]"
        if self.level == 5:
            return f"logit of {self.channel}"
        return f"{NAMES[self.level]}, map {self.channel} [{self.row}, {self.column}]"


# of each level: row and column where its first map begins, rows from one map to the next
PLACES = ((15, 0, 0), (0, 9, 10), (2, 19, 10), (0, 24, 5), (1, 29, 5), (1, 33, 4))


def spot(unit: Unit) -> tuple[int, int]:
    """Row and column of the unit in the plane."""
    top, left, pitch = PLACES[unit.level]
    return top + pitch * unit.channel + unit.row, left + unit.column


@cache
def unit_at(cell: int) -> Unit:
    """The unit on the cell, counted row by row, or the nearest one."""
    row, column = divmod(cell, COLUMNS)
    near = [
        Unit(
            level,
            k,
            min(max(row - top - pitch * k, 0), rows - 1),
            min(max(column - left, 0), columns - 1),
        )
        for level, ((top, left, pitch), (maps, rows, columns)) in enumerate(zip(PLACES, SIZES))
        for k in range(maps)
    ]
    return min(near, key=lambda unit: math.dist(spot(unit), (row, column)))
