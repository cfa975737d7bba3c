"""One prediction explained: φ of v(S) = f_S(x_S) for a model of real data, in all four games."""

from typing import Annotated, Literal, NamedTuple

from torch import Tensor

from core import table as texts
from core.check import require
from core.shapley.prediction import GAMES
from core.shapley.values import shapley_values
from core.signature import between, declared
from core.tabular import shap
from core.tabular.data import FEATURES, ROWS, Data, Named, offered
from core.tabular.data import data as table_of
from core.tabular.models import KINDS
from core.tabular.models import model as model_of
from core.tabular.words import called

FARTHEST = 10.0  # standard deviations of an own row


class Explained(NamedTuple):
    """φ of one prediction."""

    data: str  # the table, by name
    target: str
    kind: str  # of model
    x: Tensor  # the row, (p,) in the units of the table
    background: Tensor  # rows that stand for absent features, (b, p)
    worth: Tensor  # v(S) of each game in the order of `GAMES`, (4, 2**p)
    phi: Tensor  # (4, p)
    f: float  # f(x)

    table = property(lambda self: table_of(self.data, self.target))  # what f was learned from
    model = property(lambda self: model_of(self.table, self.kind))  # f
    # the row in standard deviations from the mean, (p,)
    standard = property(lambda self: self.table.standard(self.x))

    @property
    def named(self) -> list[str]:
        """ "BMI 32.1 kg/m²" for every feature, "sex ≠ male" for a word that is not so."""
        parts = zip(self.table.features, self.x.tolist(), self.table.units, strict=True)
        return [called(name, value, unit) for name, value, unit in parts]

    def of(self, game: str) -> tuple[float, Tensor]:
        """v(∅) and φ of one game."""
        g = GAMES.index(game)
        return self.worth[g, 0].item(), self.phi[g]

    def order(self, game: str) -> list[int]:
        """Features by falling |φ|."""
        return self.of(game)[1].abs().argsort(descending=True, stable=True).tolist()

    def number(self, who: str, row: int) -> int | None:
        """Which row of the table this is, the last where it has fewer; None for an own one."""
        return min(row, len(self.table.X) - 1) if who == "row" else None


@declared
def explain(
    data: Named = "diabetes",
    target: str = "",
    model: Literal[KINDS] = "linear",
    who: Literal["row", "mine"] = "row",
    row: Annotated[int, between(0, ROWS - 1)] = 114,
    x: str = "0 0 0 0 0 0 0 0 0 0",
    background: Annotated[int, between(1, shap.BACKGROUND)] = 15,
    seed: Annotated[int, between(0, 2**63 - 1)] = 0,
) -> Explained:
    """φ of f at one row, exact over all 2^p coalitions, p ≤ 10 (XAI-18).

    Args:
        data, target: the table and, for an own one, its target column; see `tabular.data.data`.
        model: how f was learned.
        who: a row of the table, or "mine", one of the student's own.
        row: number of the row, from 0; the last one where the table has fewer.
        x: the own row, standard deviations from the mean: "0.5 -1 …", one for each feature; zeros
            only, however many, are the mean.
        background: training rows that stand for absent features; the baseline is their mean.
        seed: of their draw.
    """
    table = table_of(data, target)
    f, z = model_of(table, model), shap.drawn(table, background, seed)
    here = table.X[min(row, len(table.X) - 1)] if who == "row" else _own_row(table, x)
    v = shap.games(f, table, here, z)
    return Explained(data, target, model, here, z, v, shapley_values(v), f(here[None]).item())


def _own_row(table: Data, text: str) -> Tensor:
    """The row written in standard deviations from the mean, (p,) in the units of the table."""
    standard, p = texts.signal(text, "your own row"), len(table.features)
    if not standard.any():
        return table.mean
    if len(standard) != p:
        asked = f"expected {p} numbers in your own row, one for each feature of this table"
        raise ValueError(f"{asked}, got {len(standard)}: begin with a row of the table")
    for name, value in zip(table.features, standard.tolist(), strict=True):
        require(f"{name} of your own row", value, -FARTHEST, FARTHEST)
    return table.mean + standard * table.spread


def rows(data: str, target: str, row: int = 0) -> tuple[int, int]:
    """Numbers of the rows that a table offers; one beyond them, kept from another, is its last."""
    table = offered(data, target)
    return 0, max(len(table.X) - 1, row) if table else ROWS - 1


def names(data: str, target: str) -> tuple[str, ...]:
    """What stands over the cells of an own row."""
    table = offered(data, target)
    return table.features if table else tuple(f"feature {j + 1}" for j in range(FEATURES))
