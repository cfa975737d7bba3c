"""Learned on one half of a table, used on the other, whose rows are drawn higher in one column."""

from collections.abc import Iterator
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.check import require
from core.dro import shift as dealt
from core.dro.shift import BALLS, Shift
from core.signature import between, declared
from core.tabular.data import FEATURES, Data, Named, offered
from core.tabular.data import data as table_of

FITS = ("plain", "weighted", "robust", "told")
STRENGTHS = (0.0, 0.5, 1.0, 1.5, 2.0)
DEALS = 10


class Shifted(NamedTuple):
    """Risks after k of the deals, S strengths, and fits in the order of `FITS`."""

    data: str  # the table, by name
    target: str
    near: Tensor  # risk on the rows learned from, (k, S, 4)
    far: Tensor  # risk on the rows it is used on, (k, S, 4)
    worst: Tensor  # the worst risk over the ball, (k, S, 4)
    effective: Tensor  # as many rows as the weighted ones are worth, (k, S)
    betas: Tensor  # of the first deal, for 1 and the standardised columns, (S, 4, 1 + p)
    goes: Tensor  # of the first deal: whether a row is used rather than learned from, (S, n)
    progress: float  # in [0, 1]

    doing = property(lambda self: f"{len(self.far)} of {DEALS} deals")
    table = property(lambda self: table_of(self.data, self.target))
    mean = property(lambda self: self.far.mean(0))  # over the deals, (S, 4)

    def lower(self, fit: str, k: int) -> int:
        """In how many deals the fit has less risk where it is used than the plain one."""
        return int((self.far[:, k, FITS.index(fit)] < self.far[:, k, 0] - 1e-12).sum())


@declared
def shift(
    data: Named = "diabetes",
    target: str = "",
    feature: Annotated[int, between(1, FEATURES)] = 3,
    alone: bool = False,
    ball: Literal[BALLS] = "chi2",
    radius: Annotated[float, between(0, 1)] = 0.3,
    seed: Annotated[int, between(0, 999)] = 0,
) -> Iterator[Shifted]:
    """Deals the rows ten times, at each of five strengths, and yields the record after each deal.

    Args:
        data, target: the table; see `tabular.data.data`.
        feature: number of the column in which the rows that the fit is used on are drawn higher.
        alone: whether that column is the only one learned from.
        ball: around the rows learned from, of the robust fit; see `core.dro.shift`.
        radius: of the ball.
        seed: of the first deal; the others take the seeds after it.

    Sources: DRO-01, DRO-03; Shimodaira 2000; Namkoong and Duchi 2017.
    """
    table = table_of(data, target)
    require("feature", feature, 1, len(table.features), integer=True)
    name = table.features[feature - 1]
    rows: list[list[Tensor]] = [[], [], [], []]
    for deal in range(DEALS):
        settings = {"ball": ball, "seed": seed + deal, "alone": alone}
        found = [_dealt(table, name, strength, radius, **settings) for strength in STRENGTHS]
        for one, kept in zip(("source", "target", "worst"), rows, strict=False):
            kept.append(_tensor([[getattr(each, one)[fit] for fit in FITS] for each in found]))
        rows[3].append(_tensor([each.halves.effective for each in found]))
        if not deal:
            betas = torch.stack([torch.stack([s.betas[fit] for fit in FITS]) for s in found])
            goes = torch.zeros(len(STRENGTHS), len(table.y), dtype=torch.bool)
            for k, each in enumerate(found):
                goes[k, each.halves.target] = True
        stacked = (torch.stack(each) for each in rows)
        yield Shifted(data, target, *stacked, betas, goes, (deal + 1) / DEALS)


def _dealt(table: Data, *values: str | float, **settings: str | int | bool) -> Shift:
    try:
        return dealt(table, *values, **settings)
    except ValueError as error:  # the strengths are ours
        raise ValueError(str(error).replace("expected strength", "expected data")) from None


def _tensor(values: list) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def reach(data: str, target: str) -> tuple[int, int]:
    """The numbers of the columns there are."""
    table = offered(data, target)
    return 1, len(table.features) if table else FEATURES


def place(strength: float) -> int:
    """The strength that was drawn nearest to this one."""
    return min(range(len(STRENGTHS)), key=lambda k: abs(STRENGTHS[k] - strength))


class Deal(NamedTuple):
    """Rows of the first deal as the fits see them."""

    X: Tensor  # (n, 1 + p) or (n, 2): 1 and the columns learned from
    y: Tensor  # squared: in standard deviations among the rows learned from
    x: Tensor  # the column of the shift, standardised, (n,)
    loss: str
    centre: float  # of y
    spread: float


def deal_of(run: Shifted, k: int, feature: int, alone: bool) -> Deal:
    """The first deal at strength number k."""
    table, goes = run.table, run.goes[k]
    loss = "logistic" if table.task == "probability" else "squared"
    X, y, centre, spread = table.standard(table.X), table.y, 0.0, 1.0
    x = X[:, feature - 1]
    if loss == "squared":
        centre, spread = float(y[~goes].mean()), float(y[~goes].std())
        y = (y - centre) / spread
    X = x[:, None] if alone else X
    return Deal(torch.cat([torch.ones(len(X), 1).double(), X], 1), y, x, loss, centre, spread)
