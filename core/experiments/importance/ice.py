"""One feature moved and all else kept: the lines of single rows, their mean, the slope, the data.

Everything counts in standard deviations from the mean of each feature. A toy f of two normal
features, or a model of a table.
"""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.importance import BASES, Predict, Support, Toy, ice, nearby, sensitivity, support
from core.rng import generator
from core.shapley.prediction import gaussian_background
from core.signature import Own, between, declared
from core.tabular.data import DATA, FEATURES, ROWS, Data, offered
from core.tabular.data import data as table_of
from core.tabular.models import KINDS, Model, linked
from core.tabular.models import model as model_of

TOY = 120  # rows of the toy, and lines at most
PLACES = 49  # of a line
WIDTH = 0.3  # of "near" in what one feature alone tells, in standard deviations
FARTHEST = 12.0  # standard deviations that a feature can be moved

Named = Annotated[Literal["toy", *DATA], Own("table")]
Place = Annotated[float, between(-4, 4)]


class Subject(NamedTuple):
    """What is explained: standardised rows and f of them."""

    features: tuple[str, ...]
    rows: Tensor  # (n, p): those f was learned from
    y: Tensor  # (n,)
    predict: Predict  # f of standardised rows
    support: Support
    table: Data | None = None  # None for the toy
    model: Model | None = None

    # rows whose lines are drawn and averaged, evenly taken
    lined = property(lambda self: self.rows[:: -(-len(self.rows) // TOY)])


class Moved(NamedTuple):
    """One feature of the row x moved over a grid."""

    feature: int  # its number j
    x: Tensor  # (p,)
    grid: Tensor  # places x_j', (m,)
    lines: Tensor  # f(x_j', x_-j) of the rows, (n, m); their mean is the PDP
    own: Tensor  # of x, (m,)
    f: float  # f(x)
    slope: Tensor  # ∂f/∂x at x, per standard deviation, (p,)
    alone: Tensor  # mean of y over rows with x_j near x_j', (m,)
    far: Tensor  # distance of (x_j', x_-j) to the nearest row, (m,)
    gap: float  # of x
    limit: float  # 99 % of the rows have another one as near

    mean = property(lambda self: self.lines.mean(0))


@declared
def moved(
    data: Named = "toy",
    target: str = "",
    model: Literal[KINDS] = "net",
    base: Literal[BASES] = "none",
    strength: Annotated[float, between(0, 2)] = 1.5,
    rho: Annotated[float, between(-0.99, 0.99)] = 0.0,
    x1: Place = 1.0,
    x2: Place = 1.0,
    feature: Annotated[int, between(0, FEATURES - 1)] = 0,
    row: Annotated[int, between(0, ROWS - 1)] = 40,
    shift: Annotated[float, between(-FARTHEST, FARTHEST)] = 0.0,
) -> Moved:
    """ICE and PDP of one feature at one row (XAI-02), its slope (XAI-06), and what it alone tells.

    Args:
        data: "toy" is f = g(x₁) + x₂ + s x₁x₂, else a table; see `core.tabular.data.data`.
        target: column of an own table to predict.
        model: how f was learned from a table.
        base: g of the toy: 0, sin 2x₁ or tanh 4x₁.
        strength: s, interaction of the toy.
        rho: correlation of its two features.
        x1, x2: the row of the toy.
        feature: number of the feature that moves, from 0; the last where there are fewer.
        row: number of the row of a table, from 0; the last where there are fewer.
        shift: how far its feature is moved, in standard deviations.
    """
    told = subject(data, target, model, base, strength, rho)
    j = min(feature, len(told.features) - 1)
    if told.table is None:
        x = torch.tensor([x1, x2], dtype=torch.float64)
    else:
        x = told.table.standard(told.table.X[min(row, len(told.table.X) - 1)])
        x[j] += shift
    grid = span(told, j, x[j].item())
    places = x.repeat(len(grid) + 1, 1)
    places[:-1, j] = grid
    f, far = told.predict(places), told.support.distance(places)
    return Moved(
        j,
        x,
        grid,
        ice(told.predict, told.lined, j, grid),
        f[:-1],
        f[-1].item(),
        sensitivity(told.predict, x[None])[0],
        nearby(told.rows[:, j], told.y, grid, WIDTH),
        far[:-1],
        far[-1].item(),
        told.support.limit,
    )


def span(told: Subject, j: int, x: float) -> Tensor:
    """Where feature j of the rows lies, in whole standard deviations further out if x does."""
    least, most = (-3.0, 3.0) if told.table is None else told.rows[:, j].aminmax()
    least, most = float(least), float(most)
    if most - least < 1e-9:
        least, most = least - 1, most + 1
    ends = torch.tensor([least - x, x - most], dtype=torch.float64).clamp_min(0).ceil()
    return torch.linspace(
        least - ends[0].item(), most + ends[1].item(), PLACES, dtype=torch.float64
    )


def subject(data: str, target: str, model: str, base: str, strength: float, rho: float) -> Subject:
    """What is explained with these settings."""
    if data != "toy":
        return _learned(data, target, model)
    rows, near = _plane(rho)
    f = Toy(base, strength)
    return Subject(("x₁", "x₂"), rows, f(rows), f, near)


@lru_cache(maxsize=8)
def _learned(data: str, target: str, kind: str) -> Subject:
    table = table_of(data, target)
    f, rows = model_of(table, kind), table.standard(table.X[table.train])
    mean, spread = table.mean - table.middle, table.spread

    def predict(x: Tensor) -> Tensor:
        return linked(f.score(mean + x * spread), table.task)

    y = table.y[table.train]
    return Subject(table.features, rows, y, predict, support(rows), table, f)


@lru_cache(maxsize=64)
def _plane(rho: float) -> tuple[Tensor, Support]:
    """Rows of two standard normal features with this correlation exactly."""
    cov = torch.tensor([[1, rho], [rho, 1]], dtype=torch.float64)
    rows = gaussian_background(cov.new_zeros(2), cov, TOY, generator(0))
    return rows, support(rows)


def columns(data: str, target: str, feature: int = 0) -> tuple[int, int]:
    """Numbers of the features that there are; one kept from a wider table stands for the last."""
    if data == "toy":
        return 0, max(1, feature)
    table = offered(data, target)
    return 0, max(len(table.features) - 1, feature) if table else FEATURES - 1


def rows(data: str, target: str, row: int = 0) -> tuple[int, int]:
    """Numbers of the rows that a table offers; one beyond them, kept from another, is its last."""
    table = offered(data, target) if data != "toy" else None
    return 0, max(len(table.X) - 1, row) if table else ROWS - 1
