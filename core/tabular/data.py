"""Tables to explain predictions on: three bundled ones, and the student's own CSV.

At most ten features, so that a game has at most 2^10 coalitions. A quarter of the rows is held out
of every training, the same quarter always.
"""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core import sheets
from core.check import choose
from core.rng import generator
from core.signature import Own
from core.tabular.own import columns

DATA = ("diabetes", "breast_cancer", "wine")
Named = Annotated[Literal[DATA], Own("table")]  # one of them, or a table of the student's own
FEATURES = 10
ROWS = 2000  # of an own table; more would make training slow
SPLIT = 0  # seed of the rows held out
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
    kept: str = ""  # of an own table: what is predicted, what was left out, in sentences

    # a value of each feature among the training rows, (p,): where everything is counted from, so
    # that a constant added to a column changes nothing
    middle = property(lambda self: _moments(self)[0])
    mean = property(lambda self: self.middle + _moments(self)[1])  # of the training rows, (p,)
    spread = property(lambda self: _moments(self)[2])  # standard deviation there, 1 where it is 0

    # where pictures count the target from: 0, but near it where it hardly varies
    origin = property(lambda self: _origin(self))

    def standard(self, rows: Tensor) -> Tensor:
        """Rows (…, p) in standard deviations from the mean."""
        return (rows - self.middle - _moments(self)[1]) / self.spread


@lru_cache(maxsize=16)
def _moments(table: Data) -> tuple[Tensor, Tensor, Tensor]:
    """Median, mean less median, and standard deviation of each feature over the training rows."""
    rows = table.X[table.train]
    middle = rows.median(0).values
    spread = (rows - middle).std(0)
    return middle, (rows - middle).mean(0), torch.where(spread > 0, spread, 1.0)


@lru_cache(maxsize=16)
def _origin(table: Data) -> float:
    middle = table.y.median()
    return middle.item() if middle.abs() > 1e4 * (table.y - middle).abs().max() else 0.0


def data(name: str, target: str = "") -> Data:
    """The table `name`: one of `DATA`, or "own-…" as `sheets.add` returned it.

    Args:
        target: column of an own table to predict, its last one if "". Two different values make
            it the probability of the larger one, or of the later one in the alphabet; more words
            that of the commonest, or of another that is asked for: "column = word".

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
    return Data(name, X=X, y=y, target=target, task=task, **words, **split(y, task))


@lru_cache(maxsize=8)
def _own(name: str, target: str) -> Data:
    names, X, y, words, task, said = columns(sheets.sheet(name), target)
    if len(y) > ROWS:
        said = (*said, f"{ROWS} of {len(y)} rows are kept, drawn at random.")
        rows = torch.randperm(len(y), generator=generator(SPLIT))[:ROWS].sort().values
        X, y = X[rows], y[rows]
    rows, p = split(y, task), len(names)
    if p > FEATURES:
        learned = rows["train"]  # the rows held out have no say
        best = strongest(X[learned], y[learned])
        X, names = X[:, best], tuple(names[j] for j in best.tolist())
        most = f"the {FEATURES} most correlated with the target over the rows learned from"
        said = (*said, f"Of {p} columns {most} are kept.")
    units = ("",) * len(names)
    return Data(name, names, units, X, y, words, task, **rows, kept=" ".join(said))


def strongest(X: Tensor, y: Tensor, count: int = FEATURES) -> Tensor:
    """The `count` columns with the largest |correlation| with y, in the order of the table."""
    X, y = X - X[:1], y - y[:1]  # else rounding makes a constant column vary
    X, y = X - X.mean(0), y - y.mean()
    size = X.norm(dim=0)
    correlation = (y @ X).abs() / torch.where(size > 0, size, 1.0)
    return correlation.argsort(descending=True, stable=True)[:count].sort().values


def split(y: Tensor, task: str) -> dict[str, Tensor]:
    """Every fourth row of a fixed shuffle is held out, of each class for itself."""
    random = generator(SPLIT)
    groups = [y == 0, y == 1] if task == "probability" else [torch.ones_like(y, dtype=torch.bool)]
    held = torch.zeros(len(y), dtype=torch.bool)
    for group in groups:
        rows = group.nonzero()[:, 0]
        held[rows[torch.randperm(len(rows), generator=random)[: len(rows) // 4]]] = True
    return {"train": (~held).nonzero()[:, 0], "test": held.nonzero()[:, 0]}
