r"""A joint table, its marginals and conditionals, and what a third variable does to them.

Axis 0 is X, axis 1 is Y, axis 2 the third variable Z, of which only what is known counts: nothing,
or its value. Whatever is undefined because its condition has probability 0 is NaN.
"""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core import table
from core.check import require
from core.probability import (
    conditional,
    conditionals,
    dependent,
    independence_gap,
    marginal,
    normalised,
    triple,
)
from core.signature import between, declared

TRIPLES = ("xor", "collider", "common_cause")
LAWS = ("dial", "mine", *TRIPLES)
KNOWN = ("unknown", "0", "1")
UNITS = ("probabilities", "weights")
SIZES = tuple((n, m) for n in (2, 3, 4) for m in (2, 3, 4))
MINE = "0.1 0.4,0.5 0"
LARGEST, OFF = 1e6, 1e-6  # of a cell; by how much typed probabilities may miss the sum 1
ROWS = {2: (0.6, 0.4), 3: (0.5, 0.3, 0.2), 4: (0.4, 0.3, 0.2, 0.1)}
COLUMNS = {2: (0.7, 0.3), 3: (0.2, 0.5, 0.3), 4: (0.1, 0.2, 0.4, 0.3)}


class Joint(NamedTuple):
    """P(x, y), or P(x, y | z) where z is known."""

    table: Tensor  # (n, m)
    px: Tensor  # row sums, (n,)
    py: Tensor  # column sums, (m,)
    given: Tensor  # P(y | x) in the place of each cell, NaN in a row that never happens, (n, m)
    gap: Tensor  # P(x, y) − P(x) P(y), (n, m)
    solid: Tensor | None  # P(x, y, z), (n, m, 2), if there is a third variable

    n = property(lambda self: self.table.shape[0])
    m = property(lambda self: self.table.shape[1])
    off = property(lambda self: float(self.gap.abs().max()))  # 0 iff X and Y are independent

    def cell(self, row: int, col: int) -> tuple[int, int]:
        """Row and column counted from 1, as a place of this table."""
        return min(row, self.n) - 1, min(col, self.m) - 1


@declared
def joint(
    law: Literal[LAWS] = "dial",
    rows: Annotated[int, between(2, 4)] = 3,
    columns: Annotated[int, between(2, 4)] = 4,
    theta: Annotated[float, between(-1, 1)] = 0.5,
    mine: str = MINE,
    units: Literal[UNITS] = "probabilities",
    strength: Annotated[float, between(0, 1)] = 1.0,
    z: Literal[KNOWN] = "unknown",
) -> Joint:
    """Marginals, conditionals and the distance from independence of a table.

    Args:
        law: two fixed marginals tied by a dial, one's own table, or three binary variables: Z
            copies "X differs from Y", Z copies "X or Y", X and Y each copy Z.
        rows, columns: size of the table with the dial.
        theta: its dependence, 0 is none; the marginals do not move.
        mine: the own table, 2 to 4 rows and columns, "0.1 0.4,0.5 0".
        units: whether its cells are probabilities, which must sum to 1, or weights, which are
            divided by their sum.
        strength: a copy is right with probability (1 + strength)/2.
        z: what is known of Z.

    Sources: PROB-01, PROB-02, PROB-03, PROB-04, PROB-06, PROB-07.
    """
    if law in TRIPLES:
        solid = triple(law, strength)
        cells = solid.sum(2) if z == "unknown" else conditional(solid, 2, int(z))
        return _read(cells, solid)
    if law == "mine":
        return _read(typed(mine, units))
    p, q = (torch.tensor(law, dtype=torch.float64) for law in (ROWS[rows], COLUMNS[columns]))
    return _read(dependent(p, q, theta))


@lru_cache(maxsize=64)
def typed(text: str, units: str) -> Tensor:
    """One's own table as probabilities; nothing is scaled unless the cells are called weights."""
    cells = table.read(text, "mine", shapes=SIZES)
    for i, row in enumerate(cells.tolist()):
        for j, value in enumerate(row):
            require(f"row {i + 1}, column {j + 1} of mine", value, 0, LARGEST)
    total = float(cells.sum())
    if total == 0:
        raise ValueError("expected mine with a sum in (0, inf), got 0 in every cell")
    if units == "probabilities" and abs(total - 1) > OFF:
        raise ValueError(
            f"expected mine to sum to 1, got {total:.7g}: mend a cell, or call the cells weights, "
            "which are divided by their sum"
        )
    return normalised(cells)  # of probabilities no more than rounding


def _read(cells: Tensor, solid: Tensor | None = None) -> Joint:
    px, py = marginal(cells, 0), marginal(cells, 1)
    return Joint(cells, px, py, conditionals(cells, 0), independence_gap(cells), solid)
