"""φ of every row held out: what moves the model over a whole data set (XAI-18, XAI-20)."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import Check, choose, equal
from core.experiments.shapley.explain import GAMES, drawn, worth
from core.experiments.shapley.explain_claims import quality, signed
from core.shapley.values import shapley_values
from core.tabular import data as tables
from core.tabular import models
from core.tabular.data import Data
from core.tabular.models import Model

MOST = 200  # rows
SLICE = 10  # rows between two snapshots


class Everyone(NamedTuple):
    """φ of many rows.

    Attributes:
        table, model: what f was learned from, and f.
        rows: numbers of the rows explained so far, (r,).
        worth: v(∅) and v(N) of each, (r, 2).
        phi: (r, p).
        background: rows that stand for absent features, (b, p).
        game: what happens to absent features.
        progress: share of the rows that is done.
    """

    table: Data
    model: Model
    rows: Tensor
    worth: Tensor
    phi: Tensor
    background: Tensor
    game: str
    progress: float

    @property
    def x(self) -> Tensor:
        """The rows themselves, (r, p)."""
        return self.table.X[self.rows]

    @property
    def f(self) -> Tensor:
        """f of the rows, (r,)."""
        return self.model.outputs[self.rows]

    @property
    def size(self) -> Tensor:
        """Mean |φ| of each feature, (p,)."""
        return self.phi.abs().mean(0)

    @property
    def order(self) -> Tensor:
        """Features by falling mean |φ|, (p,)."""
        return self.size.argsort(descending=True, stable=True)

    @property
    def trend(self) -> Tensor:
        """Correlation of each feature's value with its φ, 0 where either is constant, (p,)."""
        x, phi = self.x - self.x.mean(0), self.phi - self.phi.mean(0)
        size = x.norm(dim=0) * phi.norm(dim=0)
        return (x * phi).sum(0) / torch.where(size > 1e-12, size, torch.inf)


def everyone(
    data: str, target: str, model: str, game: str, background: int, seed: int
) -> Iterator[Everyone]:
    """φ of the rows held out, the first 200 of them at most; parameters as `explain.explain`.

    Yields:
        A snapshot every 10 rows, the last the result.

    Raises:
        ValueError: as `explain.explain`, before the first snapshot.
    """
    table = tables.data(data, target)
    f = models.model(table, model)
    choose("game", game, GAMES)
    return _stream(table, f, game, drawn(table, background, seed))


def _stream(table: Data, f: Model, game: str, z: Tensor) -> Iterator[Everyone]:
    rows = table.test[:MOST]
    ends = torch.empty(len(rows), 2, dtype=torch.float64)
    phi = torch.empty(len(rows), len(table.features), dtype=torch.float64)
    for i, row in enumerate(rows.tolist()):
        v = worth(game, f, table, table.X[row], z)
        ends[i], phi[i] = v[[0, -1]], shapley_values(v)
        done = i + 1
        if done % SLICE == 0 or done == len(rows):
            yield Everyone(
                table,
                f,
                rows[:done],
                ends[:done].clone(),
                phi[:done].clone(),
                z,
                game,
                done / len(rows),
            )


# --- what it answers ---------------------------------------------------------------------------


def checks(run: Everyone, **_) -> list[Check]:
    """XAI-18 for a linear model, XAI-20 on the average, XAI-21 for the worst row."""
    total = run.phi.sum(1)
    gain = run.worth[:, 1] - run.worth[:, 0]
    worst = int((total - gain).abs().argmax())
    scale = max(1.0, run.worth.abs().max().item())
    beta = models.model(run.table, "linear").score.weight
    wanted = beta.abs() * (run.x - run.background.mean(0)).abs().mean(0)
    j = int((run.size - wanted).abs().argmax())
    why = ""
    if run.model.kind != "linear":
        why = "the model is not linear"
    elif run.table.task == "probability":
        why = "a probability σ(βᵀx + b) is not linear in x"
    elif run.game not in ("baseline", "interventional"):
        why = f"the {run.game} game shares between correlated features"
    return [
        equal(
            "XAI-18",
            "linear model: mean |φⱼ| = |βⱼ| mean |xⱼ − mean of the background|, worst for "
            f"{run.table.features[j]}",
            run.size[j].item(),
            wanted[j].item(),
            applies=not why,
            why=why,
        ),
        equal(
            "XAI-20",
            f"f∅ + Σⱼ mean φⱼ = mean f of the {len(run.rows)} rows",
            run.worth[0, 0].item() + run.phi.mean(0).sum().item(),
            run.f.mean().item(),
            tol=1e-9 * scale,
        ),
        equal(
            "XAI-21",
            f"Σⱼ φⱼ = f(x) − f∅ in every row, row {int(run.rows[worst])} being the least exact",
            total[worst].item(),
            gain[worst].item(),
            tol=1e-9 * scale,
        ),
    ]


def says(run: Everyone, **_) -> str:
    """What happened, in plain sentences."""
    first, second = run.order[:2].tolist()
    size = [text.lstrip("+") for text in signed(run.size.tolist())]
    names, trend = run.table.features, run.trend[first].item()
    which = "raise" if trend > 0 else "lower"
    told = f"High values mostly {which} f." if abs(trend) > 0.5 else "High values go either way."
    many = f"{len(run.rows)} rows held out"
    if run.progress < 1:
        many = f"the first {many}"
    return (
        f"Over {many}, {names[first]} moves f most, by {size[first]} on average (mean |φ|), then "
        f"{names[second]} by {size[second]}. {told} The model: {quality(run.model, run.table)}. "
        f"{run.table.kept}"
    ).rstrip()


# --- predictions -------------------------------------------------------------------------------


def runner_up(run: Everyone) -> str:
    """The feature with the second largest mean |φ|."""
    return run.table.features[int(run.order[1])]


def apart(run: Everyone, feature: str) -> float:
    """How far the rows are from the mean of the background in this feature, on average."""
    j = run.table.features.index(feature)
    return (run.x[:, j] - run.background[:, j].mean()).abs().mean().item()


def direction(run: Everyone, feature: str) -> str:
    """What high values of the feature do to f, as the options of a prediction."""
    trend = run.trend[run.table.features.index(feature)].item()
    return "they raise it" if trend > 0 else "they lower it"


def together(run: Everyone, feature: str) -> float:
    """Correlation of the feature with the target over all rows."""
    j = run.table.features.index(feature)
    return torch.corrcoef(torch.stack((run.table.X[:, j], run.table.y)))[0, 1].item()


def cancelled(run: Everyone) -> float:
    """|mean φ| / mean |φ| of the strongest feature."""
    j = int(run.order[0])
    return abs(run.phi[:, j].mean().item()) / run.size[j].item()


def share_left(run: Everyone) -> str:
    """`cancelled` as the options of a prediction."""
    share = cancelled(run)
    return "less than half" if share < 0.5 else "nearly all"
