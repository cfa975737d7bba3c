"""A matrix with what it reads in a row below it and what it writes in a column on its right."""

import numpy as np
from torch import Tensor

from pages.figures.marks import boxes, segments
from pages.figures.plot import grid_layout

Shape = tuple[int, ...]


def lit(
    rows: int, columns: int, row: int | None, column: int | None, ins: Tensor, outs: Tensor
) -> list[dict]:
    """A row and the inputs it reads, or else a column and the outputs it feeds, or nothing."""
    if row is not None:
        names, whole = ("row", "window", "output"), (row, 0, row, columns - 1)
        own, met = (row, columns + 1), [(i, j) for j in ins.tolist() for i in (row, rows + 1)]
    elif column is not None:
        names, whole = ("column", "touched", "input"), (0, column, rows - 1, column)
        own, met = (
            (rows + 1, column),
            [(i, j) for i in outs.tolist() for j in (column, columns + 1)],
        )
    else:
        return []
    corners = [whole], [cell * 2 for cell in met], [own * 2]
    return [boxes(*each) for each in zip(corners, ("faint", "force", "model"), names)]


def blocks(rows: int, columns: int, high: int, wide: int) -> dict:
    """Lines between blocks of so many rows and columns."""
    across = [(j - 0.5, -0.5, j - 0.5, rows - 0.5) for j in range(wide, columns, wide)]
    down = [(-0.5, i - 0.5, columns - 0.5, i - 0.5) for i in range(high, rows, high)]
    ends = np.array(across + down)
    return segments(ends[:, :2], ends[:, 2:], "faint", "blocks")


def frame(rows: int, columns: int, names: tuple[str, str], shapes: tuple[Shape, Shape]) -> dict:
    """Axes that count rows and columns and name what lies beside them.

    Args:
        names, shapes: of what is read and what is written; of pictures every row is counted.
    """
    source, result = names
    layout = grid_layout(rows + 2, columns + 2, f"sample of {source}", f"sample of {result}")
    sides = ("xaxis", columns, result), ("yaxis", rows, source)
    for (side, count, name), shape in zip(sides, shapes):
        step = shape[1] if len(shape) == 2 else 1 if count <= 16 else 4
        ticks = list(range(0, count, step))
        layout[side]["tickvals"] = [*ticks, count + 1]
        layout[side]["ticktext"] = [*map(str, ticks), f"<b>{name}</b>"]
    return layout
