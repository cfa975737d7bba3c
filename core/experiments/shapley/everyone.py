"""φ of every row held out: what moves the model over a whole data set (XAI-18, XAI-20)."""

from collections.abc import Iterator
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.shapley.prediction import GAMES
from core.shapley.values import shapley_values
from core.signature import between, declared
from core.tabular import shap
from core.tabular.data import Named
from core.tabular.data import data as table_of
from core.tabular.models import KINDS, Model
from core.tabular.models import model as model_of

MOST = 200  # rows
SLICE = 10  # rows between two snapshots


class Everyone(NamedTuple):
    """φ of many rows."""

    data: str  # the table, by name
    target: str
    kind: str  # of model
    game: str  # what happens to absent features
    background: Tensor  # rows that stand for them, (b, p)
    worth: Tensor  # v(∅) and v(N) of each row explained so far, (r, 2)
    phi: Tensor  # (r, p)

    table = property(lambda self: table_of(self.data, self.target))  # what f was learned from
    model = property(lambda self: model_of(self.table, self.kind))  # f
    rows = property(lambda self: self.table.test[: len(self.phi)])  # numbers of those explained
    progress = property(lambda self: len(self.phi) / min(MOST, len(self.table.test)))
    doing = property(lambda self: f"{len(self.phi)} rows explained")
    x = property(lambda self: self.table.X[self.rows])  # the rows themselves, (r, p)
    f = property(lambda self: self.model.outputs[self.rows])  # (r,)
    size = property(lambda self: self.phi.abs().mean(0))  # mean |φ| of each feature, (p,)
    # features by falling mean |φ|
    order = property(lambda self: self.size.argsort(descending=True, stable=True).tolist())

    @property
    def trend(self) -> Tensor:
        """Correlation of each feature's value with its φ, 0 where either is constant, (p,)."""
        x, phi = self.table.standard(self.x), self.phi - self.phi.mean(0)
        x = x - x.mean(0)
        size = x.norm(dim=0) * phi.norm(dim=0)
        moves = (x.norm(dim=0) > 1e-9) & (phi.norm(dim=0) > 1e-9 * self.phi.norm())
        return (x * phi).sum(0) / torch.where(moves, size, torch.inf)


@declared
def everyone(
    data: Named = "diabetes",
    target: str = "",
    model: Literal[KINDS] = "linear",
    game: Literal[GAMES] = "interventional",
    background: Annotated[int, between(1, shap.BACKGROUND)] = 15,
    seed: Annotated[int, between(0, 2**63 - 1)] = 0,
) -> Iterator[Everyone]:
    """φ of the rows held out, the first 200 of them at most, a snapshot every 10 rows.

    Args:
        data, target: the table and, for an own one, its target column; see `tabular.data.data`.
        model, game: how f was learned, and what happens to absent features.
        background: training rows that stand for absent features; the baseline is their mean.
        seed: of their draw.
    """
    table = table_of(data, target)
    f, z = model_of(table, model), shap.drawn(table, background, seed)
    return _stream(Everyone(data, target, model, game, z, torch.empty(0), torch.empty(0)), f)


def _stream(run: Everyone, f: Model) -> Iterator[Everyone]:
    table, worth, phi = run.table, [], []
    rows = table.test[:MOST].tolist()
    for done, row in enumerate(rows, 1):
        v = shap.worth(run.game, f, table, table.X[row], run.background)
        worth.append(v[[0, -1]])
        phi.append(shapley_values(v))
        if done % SLICE == 0 or done == len(rows):
            yield run._replace(worth=torch.stack(worth), phi=torch.stack(phi))
