"""Tables to explain predictions on: three bundled ones, and the student's own CSV.

At most ten features, so that a game has at most 2^10 coalitions. A quarter of the rows is held out
of every training, the same quarter always.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core import sheets
from core.check import choose, number
from core.rng import generator
from core.signature import Own

DATA = ("diabetes", "breast_cancer", "wine")
Named = Annotated[Literal[DATA], Own("table")]  # one of them, or a table of the student's own
FEATURES = 10
ROWS = 2000  # of an own table; more would make training slow
FEWEST, RARE = 20, 4  # rows at least, and of the rarer value of a target with two values
LARGEST, SPLIT = 1e12, 0  # a number; seed of the rows held out
FOLDER = Path(__file__).resolve().parents[2] / "assets/data"


class Data(NamedTuple):
    """A table of features and a target."""

    name: str  # as `data` was asked
    features: tuple[str, ...]  # their names
    units: tuple[str, ...]  # of the features, "" where there is none
    X: Tensor  # (n, p) float64 in these units
    y: Tensor  # (n,) float64; 0 or 1 if the task is "probability"
    target: str  # what f predicts, in words
    task: str  # "regression", or "probability" that y is 1
    train: Tensor  # indices of the rows learned from, ascending
    test: Tensor  # indices of those held out
    kept: str = ""  # a sentence on what was left out of an own table

    mean = property(lambda self: _moments(self)[0])  # of each feature, training rows, (p,)
    spread = property(lambda self: _moments(self)[1])  # standard deviation there, 1 where it is 0


@lru_cache(maxsize=16)
def _moments(table: Data) -> tuple[Tensor, Tensor]:
    rows = table.X[table.train]
    spread = rows.std(0)
    return rows.mean(0), torch.where(spread > 0, spread, 1.0)


def data(name: str, target: str = "") -> Data:
    """The table `name`: one of `DATA`, or "own-…" as `sheets.add` returned it.

    Args:
        target: column of an own table to predict, its last one if "". Two different values make
            it the probability of the larger one, or of the later one in the alphabet.

    Raises:
        ValueError: a table that is not there or cannot be learned, in a sentence that says why.
    """
    if name.startswith("own-"):
        return _own(name, target.strip())
    return _bundled(choose("data", name, DATA))


def offered(name: str, target: str = "") -> Data | None:
    """The table, or None where it is refused: then the picture says what is wrong with it."""
    try:
        return data(name, target)
    except ValueError:
        return None


@lru_cache(maxsize=len(DATA))
def _bundled(name: str) -> Data:
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as file:
        X, y = torch.from_numpy(file["X"]), torch.from_numpy(file["y"])
        words = {key: tuple(file[key].tolist()) for key in ("features", "units")}
        target = str(file["target"])
    task = "probability" if set(y.tolist()) == {0.0, 1.0} else "regression"
    return Data(name, X=X, y=y, target=target, task=task, **words, **_split(y, task))


@lru_cache(maxsize=8)
def _own(name: str, target: str) -> Data:
    sheet = sheets.sheet(name)
    target = target or sheet.names[-1]
    if target not in sheet.names:
        listed = ", ".join(map(_short, sheet.names))
        raise ValueError(f"expected the target to be one of the columns {listed}, got '{target}'")
    if len(sheet.cells) < FEWEST:
        raise ValueError(f"expected at least {FEWEST} rows, got {len(sheet.cells)}")
    cells = (map(sheet.pointed, column) for column in zip(*sheet.cells))
    columns = dict(zip(sheet.names, map(tuple, cells), strict=True))
    y, task, words = _target(target, columns.pop(target))
    numeric = {key: cells for key, cells in columns.items() if _numeric(cells)}
    if len(numeric) < 2:
        got = ", ".join(map(_short, numeric)) or "none"
        raise ValueError(
            f"expected at least two numeric columns beside the target '{_short(target)}', got {got}"
        )
    X = torch.stack([numbers(cells, key) for key, cells in numeric.items()], dim=1)
    features, said = list(map(_short, numeric)), []
    texts, p = len(columns) - len(numeric), len(features)
    if texts:
        said.append(f"left out: {texts} column{'s' * (texts > 1)} of words")
    if p > FEATURES:
        best = strongest(X, y)
        X, features = X[:, best], [features[j] for j in best.tolist()]
        most = f"the {FEATURES} most correlated with the target"
        said.append(f"of {p} numeric columns {most} are kept")
    if len(y) > ROWS:
        said.append(f"{ROWS} of {len(y)} rows are kept, drawn at random")
        rows = torch.randperm(len(y), generator=generator(SPLIT))[:ROWS].sort().values
        X, y = X[rows], y[rows]
    kept = "; ".join(said)
    kept = kept[:1].upper() + kept[1:] + "." if kept else ""
    units = ("",) * len(features)
    return Data(name, tuple(features), units, X, y, words, task, **_split(y, task), kept=kept)


def strongest(X: Tensor, y: Tensor, count: int = FEATURES) -> Tensor:
    """The `count` columns with the largest |correlation| with y, in the order of the table."""
    X, y = X - X.mean(0), y - y.mean()
    size = X.norm(dim=0)
    correlation = (y @ X).abs() / torch.where(size > 0, size, 1.0)
    return correlation.argsort(descending=True, stable=True)[:count].sort().values


def _target(name: str, cells: Sequence[str]) -> tuple[Tensor, str, str]:
    """y (n,), the task, and what is predicted in words."""
    for i, cell in enumerate(cells):
        if _missing(cell):
            raise _no_number(cell, i, name)
    short, values = _short(name), sorted(set(cells))
    if _numeric(cells):
        y = numbers(cells, name)
        values = [f"{value:g}" for value in y.unique().tolist()]
        if len(y.unique()) > 2:
            return y, "regression", short
        y = (y == y.max()).double()
    else:
        y = torch.tensor([cell == values[-1] for cell in cells], dtype=torch.float64)
    if len(values) == 1:
        got = f"'{short}' with the one value '{_short(values[0])}'"
        raise ValueError(f"expected a target that differs between rows, got {got}")
    if len(values) > 2:
        got = f"'{short}' with {len(values)} different words"
        raise ValueError(f"expected a target of numbers or of two different words, got {got}")
    rarer = int(min(y.sum(), len(y) - y.sum()))
    if rarer < RARE:
        wanted = f"at least {RARE} rows for each value of the target '{short}'"
        raise ValueError(f"expected {wanted}, got {rarer} of the rarer one")
    return y, "probability", f"{short} = {_short(values[-1])}"


def _split(y: Tensor, task: str) -> dict[str, Tensor]:
    """Every fourth row of a fixed shuffle is held out, of each class for itself."""
    random = generator(SPLIT)
    groups = [y == 0, y == 1] if task == "probability" else [torch.ones_like(y, dtype=torch.bool)]
    held = torch.zeros(len(y), dtype=torch.bool)
    for group in groups:
        rows = group.nonzero()[:, 0]
        held[rows[torch.randperm(len(rows), generator=random)[: len(rows) // 4]]] = True
    return {"train": (~held).nonzero()[:, 0], "test": held.nonzero()[:, 0]}


def numbers(cells: Sequence[str], name: str) -> Tensor:
    """A column as (n,) float64; refuses a missing cell and one that is no number in ±1e12."""
    found = [_number(cell) for cell in cells]
    if None in found:
        row = found.index(None)
        raise _no_number(cells[row], row, name)
    return torch.tensor(found, dtype=torch.float64)


def _no_number(cell: str, row: int, name: str) -> ValueError:
    got = "a missing value" if _missing(cell) else f"'{_short(cell)}'"
    told = f"expected a number in every row of the column '{_short(name)}', got {got}"
    return ValueError(f"{told} in row {row + 1} under the heading")


def _numeric(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if not _missing(cell)]
    return 2 * sum(_number(cell) is not None for cell in filled) > len(filled)  # most of them


def _missing(cell: str) -> bool:
    return cell.lower() in ("", "na", "n/a", "nan", "null", "none", "?", "-")


def _number(cell: str) -> float | None:
    value = number(cell)
    return value if value is not None and abs(value) <= LARGEST else None


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:23] + "…"
