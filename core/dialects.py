"""How a file of separated values was written: letters, separator, the marks in its numbers."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator

SAMPLE = 200  # rows that choose the separator
ANNOUNCED = re.compile(r'"?sep=(.)"?[;,\t]*(?:\r\n|\r|\n|$)', re.IGNORECASE)
SPACED = re.compile(r"(?<=\d)[ '’](?=\d{3}(?!\d))")  # between groups of three digits
SHAPE = re.compile(r"([+-]?)(\d[\d.,]*|[.,]\d+)((?:e[+-]?\d+)?)", re.IGNORECASE)
MISSING = frozenset(("", "na", "n/a", "nan", "null", "none", "?", "-", "–", "#n/a", "#nv", "#n/v"))
BOMS = {
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


def decoded(raw: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 with its mark, or Windows-1252; refuses other kinds."""
    others = {
        "an Excel or zip file: save it as CSV first": raw.startswith(b"PK\x03\x04"),
        "an old Excel file: save it as CSV first": raw.startswith(b"\xd0\xcf\x11\xe0"),
        "a PDF": raw.startswith(b"%PDF"),
        "a picture": raw.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")),
        "a web page": raw[:200].lstrip().lower().startswith((b"<!doctype", b"<html")),
    }
    found = next((name for name, fits in others.items() if fits), None)
    marked = next((name for mark, name in BOMS.items() if raw.startswith(mark)), None)
    try:
        text = raw.decode(marked or "utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
        found = found or (marked and f"{marked.upper()} text that is damaged or cut off")
    if not found and "\0" in text:
        found = "bytes that are no text"
    if found:
        raise ValueError(f"expected a CSV file, got {found}")
    return text


def rows(text: str) -> tuple[str, Iterator[tuple[int, list[str]]]]:
    """The separator, and every row that holds something, with its number in a spreadsheet.

    A first line "sep=;" names the separator, and no spreadsheet counts it.

    Raises:
        ValueError: quotes that do not close.
    """
    announced = ANNOUNCED.match(text)
    if announced:
        return announced[1], _rows(text[announced.end() :], announced[1])
    separator = _separator(text)
    return separator, _rows(text, separator)


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, start=1):
            cells = [" ".join(cell.split()) for cell in row]
            if any(cells):
                yield number, cells
    except csv.Error as error:
        told = f"expected a CSV file that can be read, got an error in row {number + 1}: {error}"
        raise ValueError(told) from error


def width(row: list[str]) -> int:
    """Cells up to the last one that is not empty."""
    return next((n for n in range(len(row), 0, -1) if row[n - 1]), 0)


def _separator(text: str) -> str:
    """The first of tab, semicolon, comma and bar that splits the rows evenly.

    A column of numbers with decimal commas is no two columns. Where nothing splits evenly, the
    mark is taken that the first line with any of them holds, and the uneven row is refused later.
    """
    for mark in "\t;,|":
        sample = _sample(text, mark)
        most = max(map(width, sample), default=0)
        if most > 1 and all(len(row) >= most for row in sample) and len(sample[0]) >= most:
            return mark
    if not set("\t;|") & set(text):
        first, *rest = [row[0] for row in _sample(text, ";")] or [","]
        if ("," not in first or shown(first)) and rest and all(map(shown, rest)):
            return ";"
    for line in text.splitlines():
        found = next((mark for mark in "\t;,|" if mark in line), None)
        if found:
            return found
    return ","


def _sample(text: str, mark: str) -> list[list[str]]:
    found: list[list[str]] = []
    try:
        for _, row in _rows(text, mark):
            found.append(row)
            if len(found) == SAMPLE:
                break
    except ValueError:
        return []
    return found


def missing(cell: str) -> bool:
    """Whether a cell says that there is no value."""
    return cell.casefold() in MISSING


# --- numbers -----------------------------------------------------------------------------------


def shown(cell: str) -> str:
    """What the marks of a number tell.

    "." or ",": beyond doubt its decimal mark; "?." or "?,": such a mark before three digits, which
    may as well separate thousands; "0": no mark at all; "": no number.
    """
    fits = SHAPE.fullmatch(_joined(cell))
    if not fits:
        return ""
    digits, power = fits[2], fits[3]
    marks = [mark for mark in digits if mark in ".,"]
    if not marks:
        return "0"
    last, other = marks[-1], "." if marks[-1] == "," else ","
    if len(set(marks)) == 2:  # 1.234,5
        whole, _, rest = digits.rpartition(last)
        return last if _grouped(whole, other) and last not in whole and rest else ""
    if len(marks) > 1:  # 1.234.567
        return other if _grouped(digits, last) and not power else ""
    return f"?{last}" if _grouped(digits, last) and not power else last


def _grouped(digits: str, mark: str) -> bool:
    head, *groups = digits.split(mark)
    whole = head[:1] not in ("", "0") and len(head) <= 3
    return whole and bool(groups) and all(len(g) == 3 and g.isdigit() for g in groups)


def _joined(cell: str) -> str:
    return SPACED.sub("", cell.replace("−", "-"))


def decimal(columns: Iterable[Iterable[str]], separator: str) -> str:
    """The decimal mark of a file: "." or ",", or "" where its numbers show both or leave it open.

    Columns that hold mostly words do not count. Where nothing but numbers such as 1.250 or 1,250
    tells, a file of commas has points, one of semicolons has commas; beside whole numbers below
    1000 another mark may as well separate thousands.
    """
    found: set[str] = set()
    for column in columns:
        seen: Counter[str] = Counter()
        short = True  # no whole number is longer than three digits
        for cell, times in Counter(column).items():
            told = shown(cell)
            seen[told] += times
            short = short and (told != "0" or len(cell.lstrip("+-")) < 4)
        if 2 * seen[""] < seen.total():
            found |= set(seen) - {"", "0"}
            if seen["0"] and short:
                found |= {f"open{mark[-1]}" for mark in seen if mark.startswith("?")}
    certain = found & {".", ","}
    marks = certain or {mark[-1] for mark in found}
    usual = {",": ".", ";": ","}.get(separator)
    if len(marks) != 1:
        return "" if marks else "."
    (mark,) = marks
    if certain or mark == usual:
        return mark
    return "" if separator == "," or f"open{mark}" in found else mark


def pointed(cell: str, mark: str) -> str:
    """The number in a cell as Python writes it, where `mark` is the decimal mark of the file.

    The cell itself where it is no number; where the file leaves open which one, both in words.
    """
    told, plain = shown(cell), _joined(cell)
    own = mark if told.startswith("?") else told
    if own in (".", ","):
        return plain.replace("," if own == "." else ".", "").replace(own, ".")
    if told.startswith("?"):
        return f"{cell} ({plain.replace(told[1], '')} or {plain.replace(told[1], '.')}?)"
    return plain if told == "0" else cell
