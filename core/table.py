"""Tables of numbers as text, so that a drawn signal or a kernel fits into a link."""

import torch
from torch import Tensor

from core.check import number


def read(text: str, name: str, *, shapes: tuple[tuple[int, int], ...] = ()) -> Tensor:
    """The table written as "1 0 -1,2 0 -2,1 0 -1": rows at commas, numbers at spaces.

    Args:
        text: at least one number; every row of the same length.
        name: of the parameter, for the sentence of refusal.
        shapes: (rows, columns) accepted; any when empty.

    Returns:
        (rows, columns) float64.

    Raises:
        ValueError: a cell that is no finite number, rows of unequal length, another shape.
    """
    rows = [row.split() for row in text.split(",")]
    for i, row in enumerate(rows):
        if len(row) != len(rows[0]) or not row:
            got = f"{len(row)} number{'s' * (len(row) != 1)} in row {i + 1}"
            raise ValueError(f"expected {name} to have equally long rows, got {got}")
        for j, cell in enumerate(row):
            if number(cell) is None:
                place = f"row {i + 1}, column {j + 1} of {name}"
                raise ValueError(f"expected a finite number in {place}, got '{cell}'")
    size = (len(rows), len(rows[0]))
    if shapes and size not in shapes:
        accepted = " or ".join(f"{r} x {c}" for r, c in shapes)
        raise ValueError(f"expected {name} to be {accepted}, got {size[0]} x {size[1]}")
    return torch.tensor([[number(cell) for cell in row] for row in rows], dtype=torch.float64)


def signal(text: str, name: str, longest: int = 64) -> Tensor:
    """The one row "0 1 2 1", of 1 to `longest` numbers, as (n,) float64; refuses like `read`."""
    table = read(text, name)
    if table.shape[0] != 1 or table.shape[1] > longest:
        got = f"{table.shape[0]} rows of {table.shape[1]}"
        raise ValueError(f"expected {name} to be one row of 1 to {longest} numbers, got {got}")
    return table[0]


def write(table: Tensor) -> str:
    """The inverse of `read` for (n,) or (rows, columns), to seven significant digits."""
    rows = table if table.ndim == 2 else table[None]
    return ",".join(" ".join(f"{value + 0.0:.7g}" for value in row.tolist()) for row in rows)
