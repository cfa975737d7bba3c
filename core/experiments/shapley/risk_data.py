"""SAGE and its rivals on real data: sampled, with errors that shrink, and LOFO trained again.

Risks are over the rows held out: squared error, or log loss of a probability (XAI-19).
"""

import math
from collections.abc import Callable, Iterator
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.rng import generator
from core.shapley.prediction import restrict, slopes
from core.shapley.risk import LOSSES, MEASURES, permutation_importance, sage_snapshots
from core.shapley.values import shapley_values
from core.signature import between, declared
from core.tabular.data import Data, Named
from core.tabular.data import data as table_of
from core.tabular.models import KINDS, Model, judged
from core.tabular.models import model as model_of
from core.tabular.training import fit

REPEATS = 20  # shuffles and resamplings of each column
SURE = 1e-9  # a probability is kept this far from 0 and 1
POINTS = 60  # of the curve of errors
EVERY = 20  # rows between two snapshots


class RiskData(NamedTuple):
    """Importances of p features of a table; index m runs over `MEASURES`."""

    data: str  # the table, by name
    target: str
    nobody: float  # R(f_∅) over the rows held out
    everybody: float  # R(f) there
    values: Tensor  # (5, p), NaN where not yet known
    errors: Tensor  # (5, p) their standard errors
    exact: Tensor  # (p,) SAGE over all coalitions and rows, NaN in the conditional game
    pairs: int  # of a row and an order so far
    counts: Tensor  # (k,) numbers of pairs
    widest: Tensor  # (k,) the largest standard error of SAGE then
    progress: float  # in [0, 1]

    table = property(lambda self: table_of(self.data, self.target))
    saved = property(lambda self: self.nobody - self.everybody)  # R(f_∅) − R(f)


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
        passes: orders for each row held out; the sum of SAGE is exact after whole passes.
        background: training rows drawn to fill in absent features.
    """
    random = generator(seed)
    table = table_of(data, target)
    judge = model_of(table, model)
    loss = LOSSES["squared" if table.task == "regression" else "cross_entropy"]
    f, X, y = _predict(table, judge), table.X[table.test], table.y[table.test]
    train, p = table.X[table.train], X.shape[1]
    z = train[torch.randperm(len(train), generator=random)[:background]]
    cov = torch.cov(train.T) if game == "conditional" else None
    f_S = restrict(f, z, game, cov=cov)
    nobody, everybody = loss(f_S(X, torch.zeros_like(X, dtype=torch.bool)), y), loss(f(X), y)
    values = torch.full((5, p), math.nan, dtype=torch.float64)
    errors, nothing = values.clone(), torch.zeros(0)
    ends = nobody.mean().item(), everybody.mean().item()
    run = RiskData(data, target, *ends, values, errors, values[0].clone(), 0, nothing, nothing, 0.0)

    def known(progress: float, **estimates: tuple[Tensor, Tensor]) -> RiskData:
        for name, estimate in estimates.items():
            m = MEASURES.index(name)
            values[m], errors[m] = estimate
        done = 1.0 if progress > 1 - 1e-9 else progress
        return run._replace(values=values.clone(), errors=errors.clone(), progress=done)

    one = torch.eye(p, dtype=torch.bool)
    alone = torch.stack([nobody - loss(f_S(X, each.expand(len(X), -1)), y) for each in one])
    yield known(
        0.05,
        permutation=permutation_importance(f, loss, X, y, REPEATS, random),
        resampling=_resampled(table, f, loss, everybody.mean(), random),
        alone=(alone.mean(1), alone.std(1) / len(X) ** 0.5),
    )
    lost = torch.full_like(values[:2], math.nan)
    for j in range(p):
        fewer = table._replace(X=table.X[:, [k for k in range(p) if k != j]])
        g = _predict(fewer, judged(fewer, model, fit(fewer, model)))
        gap = loss(g(fewer.X[fewer.test]), y) - everybody
        lost[:, j] = torch.stack((gap.mean(), gap.std() / len(gap) ** 0.5))
        yield known(0.05 + 0.25 * (j + 1) / p, lofo=tuple(lost))
    if game == "interventional":
        for done, exact in _over_all(table, judge, loss, z):
            run = run._replace(exact=exact)
            yield known(0.3 + 0.2 * done)
    pairs = passes * len(X)
    often = 40 + pairs * (p + 1) * background // 200_000
    options = {"n_permutations": pairs, "generator": random, "snapshots": often}
    for sampled in sage_snapshots(f, loss, X, y, z, game, cov=cov, **options):
        counts, widest = _narrowing(sampled.bands())
        run = run._replace(pairs=len(sampled.contributions), counts=counts, widest=widest)
        yield known(0.5 + 0.5 * sampled.progress, sage=(sampled.values, sampled.errors))


def _predict(table: Data, f: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """f, or the probabilities (1 − f, f)."""
    if table.task == "regression":
        return f
    return lambda rows: torch.stack((1 - (g := f(rows).clamp(SURE, 1 - SURE)), g), dim=-1)


def _resampled(
    table: Data, f: Callable, loss: Callable, everybody: Tensor, random: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Mean rise of the risk when X_j is drawn given the others, from their normal law."""
    train, X, y = table.X[table.train], table.X[table.test], table.y[table.test]
    p = X.shape[1]
    cov = torch.cov(train.T)
    told = slopes(cov, ~torch.eye(p, dtype=torch.bool)).diagonal().T  # E[X_j | X_−j], row j
    spread = (cov.diagonal() - (told * cov).sum(-1)).clamp_min(0).sqrt()
    guess = table.mean + (X - table.mean) @ told.T
    rises = torch.empty(REPEATS, p, dtype=torch.float64)
    for j in range(p):
        drawn = X.repeat(REPEATS, 1)
        steps = torch.randn(len(drawn), dtype=torch.float64, generator=random)
        drawn[:, j] = guess[:, j].repeat(REPEATS) + spread[j] * steps
        rises[:, j] = loss(f(drawn), y.repeat(REPEATS)).view(REPEATS, -1).mean(1) - everybody
    return rises.mean(0), rises.std(0) / REPEATS**0.5


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


def _narrowing(bands: Tensor) -> tuple[Tensor, Tensor]:
    """Some numbers of pairs, evenly on a logarithmic axis, and the largest standard error then."""
    widest = bands.amax(1)
    last, known = len(widest), torch.isfinite(widest).nonzero()[:, 0]
    if not len(known):
        return known, widest[known]
    first = max(int(known[0]) + 1, min(20, last))
    counts = torch.logspace(math.log10(first), math.log10(last), POINTS, dtype=torch.float64)
    counts = counts.round().long().clamp(first, last).unique()
    return counts, widest[counts - 1]
