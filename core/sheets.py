"""Tables that students bring: a CSV file becomes named columns of cells, or one sentence."""

import csv
import hashlib
import io
from functools import lru_cache
from typing import NamedTuple

from core.check import number
from core.keep import Keep

BYTES = 2_000_000  # of a file
ROWS = 2**16  # a game of 16 players
COLUMNS = 100
CELL = 200  # letters
KEPT = 16_000_000  # letters of students' files in this process

_own = Keep(KEPT)


class Sheet(NamedTuple):
    """A table as it was typed.

    Attributes:
        names: of the columns, from the first row; "column 1", … if that row holds numbers only.
        cells: rows of text, one cell for each name, without blanks around it.
        decimal: "," in a file that semicolons or tabs separate and where it can stand for a point.
    """

    names: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    decimal: str = "."

    def pointed(self, cell: str) -> str:
        """The cell, with a decimal comma made a point where that makes a number of it."""
        point = cell.replace(self.decimal, ".")
        return point if "." not in cell and number(point) is not None else cell

    def number(self, cell: str) -> float | None:
        """The finite number that a cell holds, or None."""
        return number(self.pointed(cell))


def add(raw: bytes) -> str:
    """Keep a student's CSV file; its name, "own-" and 12 digits of its hash.

    Separated by comma, semicolon or tab, in UTF-8 or Windows-1252.

    Raises:
        ValueError: too many bytes, rows, columns or letters in a cell; another kind of file; a row
            of another length; two columns of one name; nothing under the heading.
    """
    if len(raw) > BYTES:
        raise ValueError(f"expected a CSV file of at most 2 MB, got {len(raw) / 1e6:.1f} MB")
    text = _text(raw)
    parse(text)
    name = "own-" + hashlib.blake2b(raw, digest_size=6).hexdigest()
    _own.put(name, text)
    return name


def sheet(name: str) -> Sheet:
    """What `add` was given.

    Raises:
        ValueError: not kept any more.
    """
    text = _own.get(name)
    if text is None:
        raise ValueError(f"expected a table that is still kept, got {name}: upload it again")
    return parse(text)


@lru_cache(maxsize=4)
def parse(text: str) -> Sheet:
    """The text of a CSV file as a sheet; refuses as `add`. Empty lines are passed over."""
    comma = _separator(text)
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=comma, strict=True):
            cells = tuple(cell.strip() for cell in row)
            if not any(cells):
                continue
            rows.append(cells)
            if len(rows) > ROWS + 1:
                raise ValueError(f"expected a table of at most {ROWS} rows, got more")
            _judge(cells, len(rows[0]), len(rows))
    except csv.Error as error:
        raise ValueError(f"expected a CSV file that can be read, got an error: {error}") from error
    if not rows:
        raise ValueError("expected a CSV file with at least one row, got an empty file")
    decimal = "." if comma == "," else ","
    read = Sheet((), (), decimal).number
    headed = any(read(cell) is None for cell in rows[0])
    names = rows[0] if headed else tuple(f"column {i + 1}" for i in range(len(rows[0])))
    for i, name in enumerate(names):
        if not name:
            raise ValueError(f"expected every column to have a name, got none for column {i + 1}")
        if name in names[:i]:
            raise ValueError(f"expected columns of different names, got '{name}' twice")
    cells = tuple(rows[headed:])
    if not cells:
        raise ValueError("expected rows under the heading, got the heading alone")
    return Sheet(names, cells, decimal)


def _judge(cells: tuple[str, ...], wanted: int, row: int) -> None:
    if len(cells) > COLUMNS:
        raise ValueError(f"expected a table of at most {COLUMNS} columns, got {len(cells)}")
    if len(cells) != wanted:
        raise ValueError(
            f"expected {wanted} cells in every row as in the first, got {len(cells)} in row {row}"
        )
    longest = max(map(len, cells))
    if longest > CELL:
        raise ValueError(f"expected cells of at most {CELL} letters, got {longest} in row {row}")


def _text(raw: bytes) -> str:
    others = {
        "an Excel or zip file: save it as CSV first": raw.startswith(b"PK\x03\x04"),
        "an old Excel file: save it as CSV first": raw.startswith(b"\xd0\xcf\x11\xe0"),
        "a PDF": raw.startswith(b"%PDF"),
        "a picture": raw.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")),
        "a web page": raw[:200].lstrip().lower().startswith((b"<!doctype", b"<html")),
        "UTF-16 text: save it as UTF-8": raw.startswith((b"\xff\xfe", b"\xfe\xff")),
        "bytes that are no text": b"\0" in raw,
    }
    found = next((name for name, fits in others.items() if fits), None)
    if found:
        raise ValueError(f"expected a CSV file, got {found}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _separator(text: str) -> str:
    """Tab, semicolon or comma: the first of them that the first line with any of them holds."""
    for line in text.splitlines():
        found = next((mark for mark in "\t;," if mark in line), None)
        if found:
            return found
    return ","
