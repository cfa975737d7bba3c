"""Where the numbers of the network stand in one plane, so that any of them can be pointed at."""

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


class Place(NamedTuple):
    """Where the first map of a level begins, and how far down the next one."""

    top: int
    left: int
    pitch: int


PLACES = (
    Place(15, 0, 0),
    Place(0, 9, 10),
    Place(2, 19, 10),
    Place(0, 24, 5),
    Place(1, 29, 5),
    Place(1, 33, 4),
)


def spot(unit: Unit) -> tuple[int, int]:
    """Row and column of the unit in the plane."""
    place = PLACES[unit.level]
    return place.top + place.pitch * unit.channel + unit.row, place.left + unit.column


def cell_of(unit: Unit) -> int:
    """The cell of the unit, counted row by row."""
    row, column = spot(unit)
    return row * COLUMNS + column


def unit_at(cell: int) -> Unit:
    """The unit on the cell, or the nearest one."""
    return _nearest()[cell]


@cache
def _nearest() -> list[Unit]:
    return [
        min(_candidates(row, column), key=lambda unit: _distance(unit, row, column))
        for row in range(ROWS)
        for column in range(COLUMNS)
    ]


def _candidates(row: int, column: int) -> list[Unit]:
    """In every map the unit nearest to the cell."""
    return [
        Unit(
            level,
            k,
            min(max(row - place.top - place.pitch * k, 0), rows - 1),
            min(max(column - place.left, 0), columns - 1),
        )
        for level, (place, (maps, rows, columns)) in enumerate(zip(PLACES, SIZES))
        for k in range(maps)
    ]


def _distance(unit: Unit, row: int, column: int) -> int:
    i, j = spot(unit)
    return (i - row) ** 2 + (j - column) ** 2
