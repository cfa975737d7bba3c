"""Points of two classes in the plane that a student brings: three columns of a table, or a drawing.

A drawing is a table of `plane.SIDE` × `plane.SIDE` numbers: cells below 0 are class 0, above 0
class 1.
"""

import torch
from torch import Tensor

from core import plane, sheets, table
from core.check import require
from core.toy import Labelled

EACH = 5  # rows that each class of a table needs at least
CELLS = 4  # painted cells that each class of a drawing needs at least


def read(name: str) -> Labelled:
    """The points of a student's table: x, y and a label of two kinds.

    The label is the last column or, where that has not just two different cells, the first that
    has. The class that sorts first is 0: text before numbers, numbers by their size. Points are
    moved and scaled as `core.plane.read` does.

    Args:
        name: what `core.sheets.add` answered.

    Raises:
        ValueError: not three columns, no column of two labels, a coordinate that is no finite
            number, fewer than 5 rows of a class, not 10 to 2000 rows.
    """
    sheet = sheets.sheet(name)
    if len(sheet.names) != 3:
        raise ValueError(f"expected a table of three columns, x, y, label, got {len(sheet.names)}")
    if not plane.FEWEST <= len(sheet.cells) <= plane.MOST:
        allowed = f"{plane.FEWEST} to {plane.MOST}"
        raise ValueError(f"expected {allowed} rows of points, got {len(sheet.cells)}")
    columns = list(zip(*sheet.cells))
    kinds = [len(set(column)) for column in columns]
    at = 2 if kinds[2] == 2 or 2 not in kinds else kinds.index(2)
    if kinds[at] != 2:
        raise ValueError(
            f"expected two different labels in the column '{sheet.names[2]}', got {kinds[2]}"
        )
    first = min(set(columns[at]), key=lambda cell: (_number(sheet.number(cell)), cell))
    y = torch.tensor([int(cell != first) for cell in columns[at]])
    if y.bincount().min() < EACH:
        few = int(y.bincount().min())
        raise ValueError(f"expected at least {EACH} rows of each label, got {few}")
    points = []
    for cells, row in zip(sheet.cells, sheet.rows, strict=True):
        pair = [cell for j, cell in enumerate(cells) if j != at]
        values = [sheet.number(cell) for cell in pair]
        if None in values:
            bad = pair[values.index(None)] or "an empty cell"
            raise ValueError(f"expected two finite numbers in every row, got {bad} in row {row}")
        points.append(values)
    return Labelled(plane.middled(torch.tensor(points, dtype=torch.float64)), y)


def _number(value: float | None) -> float:
    return float("-inf") if value is None else value


def drawn(drawing: str, n: int, *, generator: torch.Generator) -> Labelled:
    """n points, classes in turn, each uniform on the painted cells of its class.

    Raises:
        ValueError: another shape, fewer than `CELLS` cells of a class, n outside [2, 10 000].
    """
    require("n", n, 2, 10_000, integer=True)
    cells = table.read(drawing, "drawing", shapes=((plane.SIDE, plane.SIDE),))
    y = torch.arange(int(n)) % 2
    X = torch.empty(int(n), 2, dtype=torch.float64)
    for c, painted in enumerate((cells < 0, cells > 0)):
        if int(painted.sum()) < CELLS:
            got = f"{int(painted.sum())} of class {c}"
            raise ValueError(f"expected drawing to have {CELLS} cells of each class, got {got}")
        X[y == c] = plane.on_cells(painted, int((y == c).sum()), generator=generator)
    return Labelled(X, y)


def dealt(y: Tensor, *, generator: torch.Generator) -> Tensor:
    """A random order of the rows, (n,): every beginning holds the classes in their proportion."""
    rank = torch.empty(len(y), dtype=torch.float64)
    for c in y.unique():
        rows = (y == c).nonzero()[:, 0]
        mixed = rows[torch.randperm(len(rows), generator=generator)]
        rank[mixed] = torch.arange(len(rows)).double() / len(rows)
    return rank.argsort(stable=True)
