"""SAGE and its rivals on real data: sampled, with errors that shrink, and LOFO trained again.

Risks are over the rows held out: squared error, or log loss of a probability (XAI-19). Every
measure is a mean over these rows, and its standard error is that of this mean.
"""

import math
from collections.abc import Callable, Iterator
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.rng import generator
from core.shapley.estimates import draw_orders, gains, prefixes
from core.shapley.prediction import restrict, slopes
from core.shapley.risk import LOSSES, MEASURES
from core.shapley.values import shapley_values
from core.signature import between, declared
from core.tabular.data import Data, Named
from core.tabular.data import data as table_of
from core.tabular.models import KINDS, Model, judged
from core.tabular.models import model as model_of
from core.tabular.shap import covariance
from core.tabular.training import fit

REPEATS = 20  # shuffles and resamplings of each column
SURE = 1e-9  # a probability is kept this far from 0 and 1
EVERY = 20  # rows between two snapshots


class RiskData(NamedTuple):
    """Importances of p features of a table; index m runs over `MEASURES`, NaN is not yet known."""

    data: str  # the table, by name
    target: str
    kind: str  # of model
    nobody: float  # R(f_∅) over the n rows held out
    everybody: float  # R(f) there
    each: Tensor  # (5, n, p) what every row held out says
    exact: Tensor  # (p,) SAGE over all coalitions, NaN in the conditional game
    noise: Tensor  # (k, p) standard errors of SAGE by its k random orders for each row
    spread: Tensor  # (p,) variance over all pairs of a row and an order
    progress: float  # in [0, 1]

    doing = property(lambda self: f"{self.passes} orders of SAGE" if self.passes else "refitting")
    table = property(lambda self: table_of(self.data, self.target))
    saved = property(lambda self: self.nobody - self.everybody)  # R(f_∅) − R(f)
    values = property(lambda self: self.each.mean(1))  # (5, p)
    # standard errors over the rows: other rows of the kind would move the values so far, (5, p)
    errors = property(lambda self: self.each.std(1) / self.each.shape[1] ** 0.5)
    passes = property(lambda self: len(self.noise))  # orders for each row so far
    pairs = property(lambda self: self.passes * self.each.shape[1])


@declared
def risk_data(
    data: Named = "diabetes",
    target: str = "",
    model: Literal[KINDS] = "linear",
    game: Literal["interventional", "conditional"] = "interventional",
    passes: Annotated[int, between(1, 60)] = 30,
    background: Annotated[int, between(2, 100)] = 40,
    seed: Annotated[int, between(0, 2**63 - 1)] = 0,
) -> Iterator[RiskData]:
    """The five importances of every feature: shuffled and alone, then LOFO, then SAGE.

    Args:
        data, target: the table and, for an own one, its target column; see `tabular.data.data`.
        model: how f was learned; LOFO trains again without the feature, on the same rows.
        game: of SAGE and first-in; "conditional" by the covariance of the training rows.
        passes: orders for each row held out; each hands out all that its row saves.
        background: training rows drawn to fill in absent features.
    """
    random = generator(seed)
    table = table_of(data, target)
    judge = model_of(table, model)
    loss = LOSSES["squared" if table.task == "regression" else "cross_entropy"]
    f, X, y = _predict(table, judge), table.X[table.test], table.y[table.test]
    train, (n, p) = table.X[table.train], X.shape
    z = train[torch.randperm(len(train), generator=random)[:background]]
    f_S = restrict(f, z, game, cov=covariance(table) if game == "conditional" else None)
    nobody, everybody = loss(f_S(X, torch.zeros_like(X, dtype=torch.bool)), y), loss(f(X), y)
    ends, nothing = (nobody.mean().item(), everybody.mean().item()), X.new_full((p,), math.nan)
    each = X.new_full((len(MEASURES), n, p), math.nan)
    run = RiskData(data, target, model, *ends, each, nothing, X[:0], nothing, 0.0)

    def known(progress: float, **found: Tensor) -> RiskData:
        for name, rows in found.items():
            each[MEASURES.index(name)] = rows
        return run._replace(each=each.clone(), progress=progress)

    one = torch.eye(p, dtype=torch.bool)
    alone = [nobody - loss(f_S(X, member.expand(n, -1)), y) for member in one]
    orders = torch.rand(p, REPEATS, n, dtype=torch.float64, generator=random).argsort(-1)
    shuffled = X[orders, torch.arange(p)[:, None, None]]  # (p, REPEATS, n)
    drawn = {"permutation": shuffled, "resampling": _guessed(table, random)}
    found = {name: _rises(f, loss, X, y, everybody, new) for name, new in drawn.items()}
    yield known(0.05, alone=torch.stack(alone, 1), **found)
    lost = torch.full_like(X, math.nan)
    for j in range(p):
        fewer = table._replace(X=table.X[:, [k for k in range(p) if k != j]])
        g = _predict(fewer, judged(fewer, model, fit(fewer, model)))
        lost[:, j] = loss(g(fewer.X[fewer.test]), y) - everybody
        yield known(0.05 + 0.25 * (j + 1) / p, lofo=lost)
    if game == "interventional":
        for done, exact in _over_all(table, judge, loss, z):
            run = run._replace(exact=exact)
            yield known(0.3 + 0.2 * done)
    total, squares, noise = torch.zeros_like(X), torch.zeros_like(X), X[:0]
    for k in range(1, passes + 1):
        order, _ = draw_orders(p, n, random)
        known_then = prefixes(order).flatten(0, 1)
        who = torch.arange(n).repeat_interleave(p + 1)
        added = gains(-loss(f_S(X[who], known_then), y[who]), order)
        total, squares = total + added, squares + added**2
        within = (squares - total**2 / k).clamp_min(0) / max(k - 1, 1)
        error = (within.mean(0) / (k * n)).sqrt() if k > 1 else torch.full_like(X[0], math.inf)
        noise = torch.cat((noise, error[None]))
        spread = (squares.sum(0) - total.sum(0) ** 2 / (k * n)) / (k * n - 1)
        run = run._replace(noise=noise, spread=spread)
        yield known(1.0 if k == passes else 0.5 + 0.5 * k / passes, sage=total / k)


def _predict(table: Data, f: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """f, or the probabilities (1 − f, f)."""
    if table.task == "regression":
        return f
    return lambda rows: torch.stack((1 - (g := f(rows).clamp(SURE, 1 - SURE)), g), dim=-1)


def _rises(
    f: Callable, loss: Callable, X: Tensor, y: Tensor, everybody: Tensor, new: Tensor
) -> Tensor:
    """Mean rise of the loss of each row when X_j takes the values new[j], (p, REPEATS, n)."""
    rises = torch.empty_like(X)
    for j, values in enumerate(new):
        rows = X.repeat(REPEATS, 1)
        rows[:, j] = values.flatten()
        rises[:, j] = loss(f(rows), y.repeat(REPEATS)).view(REPEATS, -1).mean(0) - everybody
    return rises


def _guessed(table: Data, random: torch.Generator) -> Tensor:
    """X_j of the rows held out drawn given the others, from their normal law, (p, REPEATS, n)."""
    rows, cov = table.X[table.test], covariance(table)
    told = slopes(cov, ~torch.eye(len(cov), dtype=torch.bool)).diagonal().T  # E[X_j | X_−j], row j
    spread = (cov.diagonal() - (told * cov).sum(-1)).clamp_min(0).sqrt()
    guess = table.mean + (rows - table.mean) @ told.T
    steps = torch.randn(len(cov), REPEATS, len(rows), dtype=torch.float64, generator=random)
    return guess.T[:, None] + spread[:, None, None] * steps


def _over_all(
    table: Data, f: Model, loss: Callable, background: Tensor
) -> Iterator[tuple[float, Tensor]]:
    """Exact SAGE of the marginal game, once all rows are done: v(S) of each row by `mixed`."""
    X, y = table.X[table.test], table.y[table.test]
    v = torch.zeros(2 ** X.shape[1], dtype=torch.float64)
    for i, x in enumerate(X):
        mean = f.mixed(x, background).mean(0)
        v -= loss(_predict(table, lambda told: told)(mean), y[i].expand(len(v)))
        if i % EVERY == EVERY - 1:
            yield (i + 1) / len(X), torch.full_like(x, math.nan)
    yield 1.0, shapley_values(v / len(X))
