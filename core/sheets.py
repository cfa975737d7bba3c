"""Tables that students bring: a CSV file becomes named columns of cells, or one sentence."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from core import dialects, shelf
from core.check import number
from core.keep import Keep

BYTES = 2_000_000  # of a file
ROWS = 2**16  # a game of 16 players
COLUMNS = 100
CELL = 200  # letters
KEPT = 16_000_000  # letters of students' files in this process
YEARS = range(1800, 2101)  # a first row of these is a heading

_own = Keep(KEPT)


class Sheet(NamedTuple):
    """A table as it was typed.

    Attributes:
        names: of the columns, from the first row; "column 1", … if that row holds numbers only.
        cells: rows of text, one cell for each name, without blanks around it.
        decimal: mark of the numbers, "." or ","; "" in a file that leaves it open.
        rows: the number of each row in a spreadsheet.
        said: sentences on what was dropped or turned while reading.
    """

    names: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    decimal: str = "."
    rows: tuple[int, ...] = ()
    said: tuple[str, ...] = ()

    def pointed(self, cell: str) -> str:
        """The cell; a number as Python writes it: 1234.5 for 1.234,5."""
        return dialects.pointed(cell, self.decimal)

    def number(self, cell: str) -> float | None:
        """The finite number that a cell holds, or None."""
        return number(self.pointed(cell))

    def column(self, name: str) -> tuple[str, ...]:
        """The cells under a name."""
        j = self.names.index(name)
        return tuple(row[j] for row in self.cells)


def add(raw: bytes) -> str:
    """Keep a student's CSV file; its name, "own-" and 12 digits of its hash.

    Separated by comma, semicolon, tab or bar, in UTF-8, UTF-16 or Windows-1252, as Excel and pandas
    write it; see `core.dialects`.

    Raises:
        ValueError: too many bytes, rows, columns or letters in a cell; another kind of file; a row
            of another length; two columns of one name; nothing under the heading.
    """
    if len(raw) > BYTES:
        raise ValueError(f"expected a CSV file of at most 2 MB, got {len(raw) / 1e6:.1f} MB")
    text = dialects.decoded(raw)
    parse(text)
    name = shelf.write(text.encode(), "csv")
    _own.put(name, text)
    return name


def told(name: str) -> str:
    """What was dropped or turned while reading the file of this name; "" for what is no file."""
    return (
        "".join(f" {sentence}" for sentence in sheet(name).said) if name.startswith("own-") else ""
    )


def text(name: str) -> str:
    """The file that `add` was given under this name.

    Raises:
        ValueError: not kept any more.
    """
    found = _own.get(name)
    if found is not None:
        shelf.used(name, "csv")
    else:
        content = shelf.read(name, "csv")
        if content is None:
            raise shelf.gone("table", name, KEPT)
        found = _own.put(name, content.decode())
    return found


def sheet(name: str) -> Sheet:
    """The table of this name; refuses as `text`."""
    return parse(text(name))


@lru_cache(maxsize=4)
def parse(text: str) -> Sheet:
    """The text of a CSV file as a sheet; refuses as `add`. Empty lines are passed over."""
    separator, found = dialects.rows(text)
    rows, numbers = [], []
    for number_, row in found:
        if len(rows) > ROWS:
            raise ValueError(f"expected a table of at most {ROWS} rows, got more")
        rows.append(row)
        numbers.append(number_)
        _judge(row, number_)
    if not rows:
        raise ValueError("expected a CSV file with at least one row, got an empty file")
    table = _even(rows, numbers)
    # of two columns the first may hold coalitions, where "1,2" is no number
    voting = list(zip(*table[1:] or table))[-1 if len(table[0]) == 2 else 0 :]
    decimal = dialects.decimal(
        ([cell for cell in column if not dialects.missing(cell)] for column in voting), separator
    )
    headed, said = _heading(table, decimal)
    names = table[0] if headed else tuple(f"column {i + 1}" for i in range(len(table[0])))
    names, cells, dropped = _dropped(names, table[headed:])
    _named(names)
    if not cells:
        raise ValueError("expected rows under the heading, got the heading alone")
    said = (*said, *dropped, *_thousands(cells, decimal))
    return Sheet(names, cells, decimal, tuple(numbers[headed:]), said)


def _judge(row: list[str], number: int) -> None:
    if dialects.width(row) > COLUMNS:
        raise ValueError(
            f"expected a table of at most {COLUMNS} columns, got {len(row)} in row {number}"
        )
    longest = max(map(len, row))
    if longest > CELL:
        where = f"row {number}, column {1 + [len(cell) for cell in row].index(longest)}"
        raise ValueError(f"expected cells of at most {CELL} letters, got {longest} in {where}")


def _even(rows: list[list[str]], numbers: list[int]) -> list[tuple[str, ...]]:
    """The rows cut to one length: behind the last column that holds something."""
    first, most = len(rows[0]), max(map(dialects.width, rows))
    for row, number_ in zip(rows, numbers, strict=True):
        got = max(1, dialects.width(row))
        if got > first or (most <= first and len(row) < most):
            wanted = f"expected {min(first, most)} cells in every row as in the first"
            raise ValueError(f"{wanted}, got {got} in row {number_}")
    return [tuple(row[:most]) for row in rows]


def _heading(table: list[tuple[str, ...]], decimal: str) -> tuple[bool, tuple[str, ...]]:
    """Whether the first row names the columns, and a sentence where it holds numbers only."""
    first = table[0]
    values = [number(dialects.pointed(cell, decimal)) for cell in first]
    start = 0 if first[0] else 1  # a pandas index has no name
    told, rest = values[start:], first[start:]
    if any(value is None and cell for value, cell in zip(values, first, strict=True)):
        return True, ()
    if len(first) == 2 and start:  # coalitions, or an index
        return True, ()
    counts = [list(map(float, range(low, low + len(told)))) for low in (0, 1)]
    counted = len(told) > 2 and told in counts
    years = len(set(told)) == len(told) > 1 and all(value in YEARS for value in told)
    below = {number(cell) for row in table[1:] for cell in row[start:]}
    if (counted or years) and len(table) > 1 and not (years and all(v in YEARS for v in below)):
        return True, (f"The first row, {_listed(rest)}, was read as the heading.",)
    return False, (
        f"The first row holds numbers, so no heading was read: the columns are called "
        f"{_listed([f'column {i + 1}' for i in range(len(first))])}.",
    )


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words) if len(words) < 5 else f"{words[0]}, {words[1]}, …, {words[-1]}"


def _dropped(
    names: tuple[str, ...], cells: list[tuple[str, ...]]
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...], list[str]]:
    """The table without columns that hold nothing and without an index that has no name."""
    columns, said = list(zip(*cells)), []
    empty = [j for j, column in enumerate(columns) if all(map(dialects.missing, column))]
    index = []
    while len(index) + 1 < len(names) and _index(names[len(index)], columns, len(index)):
        index.append(len(index))
    for j in empty:
        if names[j] and j not in index:
            said.append(f"The column '{names[j]}' is empty and was left out.")
    if index:
        which = "column, which has" if len(index) == 1 else f"{len(index)} columns, which have"
        said.append(f"Left out as an index of the rows: the first {which} no name.")
    kept = [j for j in range(len(names)) if j not in empty and j not in index]
    if not kept or not cells:
        return names, tuple(cells), []
    return tuple(names[j] for j in kept), tuple(zip(*(columns[j] for j in kept))), said


def _index(name: str, columns: list[tuple[str, ...]], j: int) -> bool:
    """Whether the first column counts or names the rows, as pandas and R write it.

    Of two columns it may hold the coalitions of a game: there only 0, 1, 2, … is an index.
    """
    if name and not re.fullmatch(r"Unnamed: \d+(\.\d+)*", name):
        return False
    if not columns:
        return False
    counted = [[str(n) for n in range(low, low + len(columns[j]))] for low in (0, 1)]
    return len(columns) - j > 2 or (len(columns[j]) > 2 and list(columns[j]) in counted)


def _named(names: tuple[str, ...]) -> None:
    for i, name in enumerate(names):
        if not name and (i or len(names) != 2):
            raise ValueError(f"expected every column to have a name, got none for column {i + 1}")
        if name in names[:i]:
            raise ValueError(f"expected columns of different names, got '{name}' twice")


def _thousands(cells: tuple[tuple[str, ...], ...], decimal: str) -> list[str]:
    """A sentence where marks between groups of three digits were passed over."""
    other = {",": ".", ".": ","}.get(decimal)
    for cell in (cell for row in cells for cell in row if other and other in cell):
        if dialects.shown(cell) in (f"?{other}", decimal):
            return [f"{cell} was read as {dialects.pointed(cell, decimal)}."]
    return []
