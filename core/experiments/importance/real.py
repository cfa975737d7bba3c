"""Importances on real data: every column shuffled, redrawn given the others, and left out.

Rises of the loss over the rows held out: squared error, or log loss of a probability.
"""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.importance import conditional_importance, linear, lofo, permutation_importance
from core.importance.losses import Loss, Predict
from core.rng import generator
from core.signature import between, declared
from core.tabular.data import Data, Named, offered, strongest
from core.tabular.data import data as table_of
from core.tabular.models import KINDS, Model, judged, linked
from core.tabular.models import model as model_of
from core.tabular.training import fit

WAYS = ("shuffled", "redrawn", "left out")
SURE = 1e-9  # a probability is kept this far from 0 and 1
MOST = 11  # columns: ten, and a copy


class Real(NamedTuple):
    """What the loss of f rises by without each of p columns, NaN where not yet known."""

    rise: Tensor  # (3, p), rows as `WAYS`
    error: Tensor  # standard errors over the rows held out, (3, p)
    risk: float  # R(f), the mean loss of f on the rows held out
    guess: float  # that of one answer for all, the mean of the rows learned from
    progress: float  # in [0, 1]

    done = property(lambda self: int(self.rise[0].isfinite().sum()))  # columns
    unit = property(lambda self: self.guess or 1.0)  # what pictures and sentences count in

    @property
    def doing(self) -> str:
        """How many columns are done, while it goes on."""
        return f"column {self.done} of {self.rise.shape[1]}"


@declared
def real(
    data: Named = "diabetes",
    target: str = "",
    model: Literal[KINDS] = "linear",
    twin: bool = False,
    repeats: Annotated[int, between(5, 40)] = 20,
    seed: Annotated[int, between(0, 2**31)] = 0,
) -> Iterator[Real]:
    """Three importances of every column, one column after the other.

    Args:
        data, target: the table and, for an own one, its target column; see `tabular.data.data`.
        model: how f is learned, and learned again without the column, on the same rows.
        twin: the column most correlated with the target stands in the table twice.
        repeats: shuffles of each column, and draws; the same orders of the rows for all columns.
        seed: of the orders.

    Sources: XAI-09, XAI-12, XAI-13.
    """
    table, f = learned(data, target, model, twin)
    X, y, p = table.X[table.test] - table.middle, table.y[table.test], len(table.features)
    train, loss = (table.X[table.train], table.y[table.train]), loss_of(table)
    judge = table.X[table.test], y

    def predict(rows: Tensor) -> Tensor:
        """f of rows less the middle of the table."""
        return linked(f.score(rows), f.task)

    def fits(rows: Tensor, _: Tensor) -> Predict:
        """f itself on all columns; else the model of the table without the column left out."""
        return f if rows.shape[1] == p else again(table, model, j)

    rise, error = torch.full((2, len(WAYS), p), math.nan, dtype=torch.float64)
    risk = loss(f(table.X[table.test]), y).mean().item()
    guess = loss(train[1].mean().expand(len(y)), y).mean().item()
    for j in range(p):
        found = (
            permutation_importance(predict, loss, X, y, j, generator(seed), repeats),
            conditional_importance(predict, loss, X, y, j, generator(seed), repeats, scaled),
            lofo(fits, loss, *train, j, judge),
        )
        rise[:, j], error[:, j] = torch.tensor(found, dtype=torch.float64).T
        yield Real(rise.clone(), error.clone(), risk, guess, (j + 1) / p)


@lru_cache(maxsize=8)
def learned(data: str, target: str, model: str, twin: bool) -> tuple[Data, Model]:
    """The table, with the copy at its end if there is a twin, and the model on it."""
    table = table_of(data, target)
    if not twin:
        return table, model_of(table, model)
    k = int(strongest(table.X[table.train], table.y[table.train], 1))
    table = table._replace(
        features=(*table.features, f"{table.features[k]} (copy)"),
        units=(*table.units, table.units[k]),
        X=torch.cat([table.X, table.X[:, k : k + 1]], 1),
    )
    return table, judged(table, model, fit(table, model))


def reach(data: str, target: str, twin: bool) -> tuple[int, int]:
    """The numbers of the columns that the table with this name offers."""
    table = offered(data, target)
    return 0, len(table.features) - 1 + twin if table else MOST - 1


def again(table: Data, model: str, j: int) -> Model:
    """The model trained without column j."""
    rest = [k for k in range(len(table.features)) if k != j]
    fewer = table._replace(X=table.X[:, rest])
    return judged(fewer, model, fit(fewer, model))


def loss_of(table: Data) -> Loss:
    """Of each row: squared error, or −log of the probability that f gives to the right class."""
    if table.task == "regression":
        return lambda f, y: (y - f).square()
    return lambda f, y: -torch.where(y > 0.5, f, 1 - f).clamp_min(SURE).log()


def scaled(rest: Tensor, x: Tensor) -> Predict:
    """Least squares of a column on the others in units of their spread: a `Fit`."""
    spread = rest.std(0)
    spread = torch.where(spread > 0, spread, 1.0)
    told = linear(rest / spread, x)
    return lambda rows: told(rows / spread)


def moved(table: Data, j: int, seed: int) -> tuple[Tensor, Tensor]:
    """Column j of the rows held out as first shuffled and as first redrawn, less its middle."""
    X = table.X[table.test] - table.middle
    rest = torch.cat([X[:, :j], X[:, j + 1 :]], 1)
    order = torch.randperm(len(X), generator=generator(seed))
    told = scaled(rest, X[:, j])(rest)
    return X[order, j], told + (X[:, j] - told)[order]
