"""A student's sheet read as features and a target, with a sentence on what was left out or turned.

Numbers stay numbers, two words become 0 and 1, other words are left out; three or more words of the
target become one of them against the rest. Rows with a missing cell are left out and counted.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import number
from core.dialects import missing
from core.sheets import Sheet

FEWEST, RARE = 20, 4  # rows at least, and of the rarer value of a target with two values
LARGEST = 1e15  # a number: a time in milliseconds, and whole numbers are exact
CLASSES = 12  # different words of a target at most
INDEX = ("index", "id", "row", "row number", "nr", "no", "#")  # headings of a count of rows


class Columns(NamedTuple):
    """What can be learned from a sheet."""

    names: tuple[str, ...]  # of the features
    X: Tensor  # (n, p) float64
    y: Tensor  # (n,) float64; 0 or 1 if the task is "probability"
    target: str  # what is predicted, in words
    task: str  # "regression", or "probability" that y is 1
    said: tuple[str, ...]  # sentences: what was read how, what is predicted, what was left out


def columns(sheet: Sheet, asked: str = "") -> Columns:
    """The sheet with the target `asked`: a column, or "column = word" for one word of it.

    The last column is predicted where nothing is asked.

    Raises:
        ValueError: what cannot be learned, in a sentence that names columns and rows.
    """
    cells = {k: tuple(map(sheet.pointed, c)) for k, c in zip(sheet.names, zip(*sheet.cells))}
    if len(sheet.cells) < FEWEST:
        raise ValueError(f"expected at least {FEWEST} rows, got {len(sheet.cells)}")
    target, word = _asked(asked, cells)
    out: dict[str, list[str]] = {}
    features: dict[str, Tensor] = {}
    for name, column in cells.items():
        if name == target:
            continue
        if reason := _useless(name, column):
            out.setdefault(reason, []).append(short(name))
            continue
        called, values = _feature(name, column, sheet.rows)
        while called in features:  # cut short they may be alike
            called += "′"
        features[called] = values
    if len(features) < 2:
        got = ", ".join(features) or "none"
        beside = f"beside the target '{short(target)}'"
        raise ValueError(f"expected at least two numeric columns {beside}, got {got}")
    X, goal = torch.stack(tuple(features.values()), 1), cells[target]
    whole = X.isfinite().all(1) & torch.tensor([not missing(cell) for cell in goal])
    if int(whole.sum()) < FEWEST:
        told = f"{int(whole.sum())} of {len(whole)}"
        raise ValueError(f"expected at least {FEWEST} rows without a missing cell, got {told}")
    y, one, rest = _target(target, goal, whole, word, sheet.rows)
    told = short(target) + (one and f" = {short(one)}")
    place = "the last column, " if target == list(cells)[-1] else ""
    what = f"the probability of {told}{rest}" if one else told
    said = [*sheet.said, f"Predicted is {place}{what}."]
    said += [f"Left out: {_listed(names)} ({reason})." for reason, names in out.items()]
    gone = len(whole) - int(whole.sum())
    if gone:
        said.append(f"Left out: {gone} row{'s' * (gone > 1)} with a missing cell.")
    task = "probability" if one else "regression"
    return Columns(tuple(features), X[whole], y, told, task, tuple(said))


def _asked(asked: str, cells: dict) -> tuple[str, str]:
    """The column to predict, and the word of it that counts as 1."""
    if not asked:
        return list(cells)[-1], ""
    name, _, word = (asked, "", "") if asked in cells else asked.partition("=")
    if name.strip() not in cells:
        listed = ", ".join(map(short, cells))
        raise ValueError(f"expected the target to be one of the columns {listed}, got '{asked}'")
    return name.strip(), word.strip()


def _useless(name: str, cells: Sequence[str]) -> str:
    """Why a column is no feature, "" if it is one."""
    filled = [cell for cell in cells if not missing(cell)]
    if 2 * len(filled) < len(cells):
        return "mostly empty"
    if name.casefold().replace("_", " ") in INDEX:
        count = [number(cell) for cell in cells]
        if count in (list(range(len(cells))), list(range(1, len(cells) + 1))):
            return "counts the rows"
    return "" if _numeric(cells) or len(_words(filled)) == 2 else "words"


def _feature(name: str, cells: Sequence[str], rows: Sequence[int]) -> tuple[str, Tensor]:
    """What a column is called, and it as (n,) float64, NaN where a cell is missing."""
    if _numeric(cells):
        return short(name), numbers(cells, name, rows)
    one = sorted(_words(cells))[-1]
    found = [float("nan") if missing(cell) else cell.casefold() == one for cell in cells]
    return f"{short(name)} = {short(_words(cells)[one])}", torch.tensor(found).double()


def _target(
    name: str, cells: Sequence[str], whole: Tensor, word: str, rows: Sequence[int]
) -> tuple[Tensor, str, str]:
    """y of the whole rows; of a probability the word that is 1, and what is said of the others."""
    kept = [cell for cell, one in zip(cells, whole, strict=True) if one]
    if _numeric(kept):
        y = numbers(cells, name, rows)[whole]
        values = y.unique().tolist()
        if len(values) > 2:
            return y, "", ""
        spelled, rest = {f"{value:g}": f"{value:g}" for value in values}, ""
        one = list(spelled)[-1]
        y = (y == values[-1]).double()
    else:
        spelled, counts = _words(kept), Counter(cell.casefold() for cell in kept)
        one = word.casefold() if word else max(counts, key=lambda key: (counts[key], key))
        if len(spelled) == 2 and not word:
            one = max(spelled)
        rest = f" against the other {len(spelled) - 1} words" if len(spelled) > 2 else ""
        y = torch.tensor([cell.casefold() == one for cell in kept]).double()
    if len(spelled) == 1:
        got = f"'{short(name)}' with the one value '{short(*spelled.values())}'"
        raise ValueError(f"expected a target that differs between rows, got {got}")
    if len(spelled) > CLASSES:
        got = f"'{short(name)}' with {len(spelled)} different words"
        raise ValueError(f"expected a target of numbers or of at most {CLASSES} words, got {got}")
    if one not in spelled:
        listed = ", ".join(map(short, spelled.values()))
        raise ValueError(f"expected a word of the target '{short(name)}', {listed}, got '{word}'")
    rarer = int(min(y.sum(), len(y) - y.sum()))
    if rarer < RARE:
        wanted = f"at least {RARE} rows for each value of the target '{short(name)}'"
        raise ValueError(f"expected {wanted}, got {rarer} of the rarer one")
    return y, spelled[one], rest


def numbers(cells: Sequence[str], name: str, rows: Sequence[int]) -> Tensor:
    """A column as (n,) float64, NaN where a cell is missing; refuses what is no number."""
    found = [float("nan") if missing(cell) else number(cell) for cell in cells]
    for row, cell, value in zip(rows, cells, found, strict=True):
        if value is None or abs(value) > LARGEST:
            told = f"expected a number in every row of the column '{short(name)}'"
            raise ValueError(f"{told}, got '{short(cell)}' in row {row}")
    return torch.tensor(found, dtype=torch.float64)


def _words(cells: Sequence[str]) -> dict[str, str]:
    """The different words of a column by their small letters, each as it is spelled first."""
    found: dict[str, str] = {}
    for cell in cells:
        if not missing(cell):
            found.setdefault(cell.casefold(), cell)
    return found


def _numeric(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if not missing(cell)]
    return 2 * sum(number(cell) is not None for cell in filled) > len(filled)  # most of them


def _listed(names: Sequence[str]) -> str:
    rest = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + rest


def short(text: str) -> str:
    """The text, cut where it is long."""
    return text if len(text) <= 24 else text[:23] + "…"
