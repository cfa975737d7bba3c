"""Points in the plane that a student brings: two columns of a table, or a drawing of cells."""

import torch
from torch import Tensor

from core import sheets, table
from core.check import require

SIDE = 16  # cells of a drawing on each side
REACH = 2.5  # a drawing and a table fill [-REACH, REACH]², a table up to a margin
FEWEST, MOST = 10, 2000  # points
BLANK = ",".join([" ".join("0" * SIDE)] * SIDE)


def read(name: str) -> Tensor:
    """The points of a student's table, shape (n, 2), float64, moved to the middle of the stage.

    Both columns are shifted by the middle of their range and divided by one number, so that the
    wider of them spans [-2, 2] and no shape is stretched; points that are all equal stay at 0.

    Args:
        name: what `core.sheets.add` answered.

    Raises:
        ValueError: not two columns, a cell that is no finite number, or not 10 to 2000 rows.
    """
    sheet = sheets.sheet(name)
    if len(sheet.names) != 2:
        raise ValueError(f"expected a table of two columns of numbers, got {len(sheet.names)}")
    if not FEWEST <= len(sheet.cells) <= MOST:
        raise ValueError(f"expected {FEWEST} to {MOST} rows of points, got {len(sheet.cells)}")
    points = [[sheet.number(cell) for cell in row] for row in sheet.cells]
    for row, cells, number in zip(points, sheet.cells, sheet.rows, strict=True):
        if None in row:
            cell = cells[row.index(None)] or "an empty cell"
            raise ValueError(
                f"expected two finite numbers in every row, got {cell} in row {number}"
            )
    return middled(torch.tensor(points, dtype=torch.float64))


def middled(x: Tensor) -> Tensor:
    """Points (n, 2) moved and scaled as `read` says."""
    low, high = x.amin(0), x.amax(0)
    half = float((high / 2 - low / 2).max())
    return (x - low / 2 - high / 2) / (half / 2 if half > 0 else 1.0)


def sketch(*rows: str) -> str:
    """A drawing as text of numbers, see `core.table`: # is 1, o is −1, anything else 0."""
    return ",".join(" ".join({"#": "1", "o": "-1"}.get(cell, "0") for cell in row) for row in rows)


def drawn(drawing: str, n: int, *, generator: torch.Generator) -> Tensor:
    """n independent points, uniform on the painted cells, shape (n, 2), float64.

    Args:
        drawing: a table of SIDE × SIDE numbers, see `core.table`; a cell above 0 is painted. The
            first row is the top of [-REACH, REACH]².
        n: at least 1.

    Raises:
        ValueError: another shape, or fewer than FEWEST painted cells.
    """
    require("n", n, 1, 1_000_000, integer=True)
    painted = table.read(drawing, "drawing", shapes=((SIDE, SIDE),)) > 0
    cells = int(painted.sum())
    if cells < FEWEST:
        raise ValueError(f"expected drawing to have at least {FEWEST} cells, got {cells}")
    return on_cells(painted, n, generator=generator)


def on_cells(painted: Tensor, n: int, *, generator: torch.Generator) -> Tensor:
    """n independent points, uniform on the cells that are True of SIDE × SIDE, at least one."""
    rows, columns = painted.nonzero(as_tuple=True)
    which = torch.randint(len(rows), (int(n),), generator=generator)
    inside = torch.rand(int(n), 2, generator=generator, dtype=torch.float64)
    cell = 2 * REACH / SIDE
    x = (columns[which] + inside[:, 0]) * cell - REACH
    y = REACH - (rows[which] + inside[:, 1]) * cell
    return torch.stack([x, y], 1)
