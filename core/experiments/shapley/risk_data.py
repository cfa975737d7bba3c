"""SAGE and its rivals on real data: sampled, with errors that shrink, and LOFO trained again.

Risks are over the rows held out: squared error, or log loss of a probability (XAI-19).
"""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require
from core.rng import generator
from core.shapley.prediction import restrict, slopes
from core.shapley.risk import LOSSES, permutation_importance, sage_snapshots
from core.shapley.values import shapley_values
from core.tabular.data import Data
from core.tabular.data import data as table_of
from core.tabular.models import KINDS, Model, judged
from core.tabular.models import model as model_of
from core.tabular.training import fit

MEASURES = ("sage", "lofo", "permutation", "resampling", "alone")
GAMES = ("interventional", "conditional")
REPEATS = 20  # shuffles and resamplings of each column
SURE = 1e-9  # a probability is kept this far from 0 and 1
POINTS = 60  # of the curve of errors
EVERY = 20  # rows between two snapshots


class RiskData(NamedTuple):
    """Importances of p features of a table; index m runs over `MEASURES`.

    Attributes:
        table: what was asked for.
        model: its kind.
        nobody, everybody: R(f_∅) and R(f) over the rows held out.
        values, errors: (5, p), NaN where not yet known, with standard errors.
        exact: (p,) SAGE over all coalitions and rows, NaN in the conditional game.
        pairs: pairs of a row and an order so far.
        counts, widest: (k,) numbers of pairs, and the largest standard error of SAGE then.
        progress: in [0, 1].
    """

    table: Data
    model: str
    nobody: float
    everybody: float
    values: Tensor
    errors: Tensor
    exact: Tensor
    pairs: int
    counts: Tensor
    widest: Tensor
    progress: float

    @property
    def saved(self) -> float:
        """R(f_∅) − R(f)."""
        return self.nobody - self.everybody


def risk_data(
    data: str, target: str, model: str, game: str, passes: int, background: int, seed: int
) -> Iterator[RiskData]:
    """The five importances of every feature: shuffled and alone, then LOFO, then SAGE.

    Args:
        data, target: as `core.shapley.data.data`.
        model: of `KINDS`; LOFO trains this kind again without the feature, on the same rows.
        game: what happens to an absent feature in SAGE and first-in: "interventional", or
            "conditional" by the covariance of the training rows.
        passes: orders for each row held out; the sum of SAGE is exact after whole passes.
        background: training rows drawn to fill in absent features.
        seed: of all draws.

    Raises:
        ValueError: a number out of its range, an unknown name, a table that is refused.
    """
    choose("model", model, KINDS)
    choose("game", game, GAMES)
    require("passes", passes, 1, 60, integer=True)
    require("background", background, 2, 100, integer=True)
    random = generator(seed)
    rows = table_of(data, target)
    judge = model_of(rows, model)
    f, loss = _predict(rows, judge), _loss(rows)
    X, y = rows.X[rows.test], rows.y[rows.test]
    order = torch.randperm(len(rows.train), generator=random)[: int(background)]
    fill = {"background": rows.X[rows.train[order]], "game": game}
    if game == "conditional":
        fill["cov"] = torch.cov(rows.X[rows.train].T)
    values = torch.full((5, X.shape[1]), math.nan, dtype=torch.float64)
    errors = values.clone()

    def known(m: str, estimate: tuple[Tensor, Tensor]) -> None:
        values[MEASURES.index(m)], errors[MEASURES.index(m)] = estimate

    f_S = restrict(f, fill["background"], game, cov=fill.get("cov"))
    none = torch.zeros(1, X.shape[1], dtype=torch.bool)
    nobody = loss(f_S(X, none.expand(len(X), -1)), y)
    everybody = loss(f(X), y)
    run = RiskData(
        table=rows,
        model=model,
        nobody=nobody.mean().item(),
        everybody=everybody.mean().item(),
        values=values,
        errors=errors,
        exact=values[0].clone(),
        pairs=0,
        counts=torch.zeros(0),
        widest=torch.zeros(0),
        progress=0.0,
    )
    known("permutation", permutation_importance(f, loss, X, y, REPEATS, random))
    known("resampling", _resampled(rows, f, loss, everybody.mean(), random))
    known("alone", _alone(f_S, loss, X, y, nobody))
    yield _shown(run, values, errors, 0.05)
    last = MEASURES.index("lofo")
    for j in range(X.shape[1]):
        gap = loss(_without(rows, model, j), y) - everybody
        values[last, j], errors[last, j] = gap.mean(), gap.std() / len(gap) ** 0.5
        yield _shown(run, values, errors, 0.05 + 0.25 * (j + 1) / X.shape[1])
    if game == "interventional":
        for done, exact in _over_all(rows, judge, loss, fill["background"]):
            run = run._replace(exact=exact)
            yield _shown(run, values, errors, 0.3 + 0.2 * done)
    pairs = int(passes) * len(X)
    work = pairs * (X.shape[1] + 1) * int(background)
    options = {"n_permutations": pairs, "generator": random, "snapshots": 40 + work // 200_000}
    for sampled in sage_snapshots(f, loss, X, y, **fill, **options):
        known("sage", (sampled.values, sampled.errors))
        run = run._replace(pairs=len(sampled.contributions), **_narrowing(sampled.bands()))
        yield _shown(run, values, errors, 0.5 + 0.5 * sampled.progress)


def _shown(run: RiskData, values: Tensor, errors: Tensor, progress: float) -> RiskData:
    done = 1.0 if progress > 1 - 1e-9 else progress
    return run._replace(values=values.clone(), errors=errors.clone(), progress=done)


def _predict(table: Data, f: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """f, or the probabilities (1 − f, f)."""
    if table.task == "regression":
        return f

    def both(rows: Tensor) -> Tensor:
        chance = f(rows).clamp(SURE, 1 - SURE)
        return torch.stack((1 - chance, chance), dim=-1)

    return both


def _loss(table: Data) -> Callable[[Tensor, Tensor], Tensor]:
    return LOSSES["squared" if table.task == "regression" else "cross_entropy"]


def _without(table: Data, kind: str, j: int) -> Tensor:
    """What the model trained without feature j says of the rows held out."""
    left = [k for k in range(len(table.features)) if k != j]
    fewer = table._replace(
        X=table.X[:, left],
        features=tuple(table.features[k] for k in left),
        units=tuple(table.units[k] for k in left),
    )
    f = _predict(fewer, judged(fewer, kind, fit(fewer, kind)))
    return f(fewer.X[fewer.test])


def _resampled(
    table: Data, f: Callable, loss: Callable, everybody: Tensor, random: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Mean rise of the risk when X_j is drawn given the others, from their normal law."""
    train, X, y = table.X[table.train], table.X[table.test], table.y[table.test]
    p = X.shape[1]
    cov = torch.cov(train.T)
    told = slopes(cov, ~torch.eye(p, dtype=torch.bool)).diagonal().T  # E[X_j | X_−j], row j
    spread = (cov.diagonal() - (told * cov).sum(-1)).clamp_min(0).sqrt()
    center = train.mean(0)
    guess = center + (X - center) @ told.T
    rises = torch.empty(REPEATS, p, dtype=torch.float64)
    for j in range(p):
        drawn = X.repeat(REPEATS, 1)
        steps = torch.randn(len(drawn), dtype=torch.float64, generator=random)
        drawn[:, j] = guess[:, j].repeat(REPEATS) + spread[j] * steps
        rises[:, j] = loss(f(drawn), y.repeat(REPEATS)).view(REPEATS, -1).mean(1) - everybody
    return rises.mean(0), rises.std(0) / REPEATS**0.5


def _alone(
    f_S: Callable, loss: Callable, X: Tensor, y: Tensor, nobody: Tensor
) -> tuple[Tensor, Tensor]:
    """v({j}) − v(∅), with errors over the rows."""
    one = torch.eye(X.shape[1], dtype=torch.bool)
    saved = torch.stack([nobody - loss(f_S(X, each.expand(len(X), -1)), y) for each in one])
    return saved.mean(1), saved.std(1) / len(X) ** 0.5


def _over_all(
    table: Data, f: Model, loss: Callable, background: Tensor
) -> Iterator[tuple[float, Tensor]]:
    """Exact SAGE of the marginal game, once all rows are done: v(S) of each row by `mixed`."""
    X, y = table.X[table.test], table.y[table.test]
    v = torch.zeros(2 ** X.shape[1], dtype=torch.float64)
    unknown = torch.full_like(X[0], math.nan)
    for i, x in enumerate(X):
        mean = f.mixed(x, background).mean(0)
        v -= loss(_predict(table, lambda each: each)(mean), y[i].expand(len(v)))
        if i % EVERY == EVERY - 1:
            yield (i + 1) / len(X), unknown
    yield 1.0, shapley_values(v / len(X))


def _narrowing(bands: Tensor) -> dict[str, Tensor]:
    """The largest standard error after some numbers of pairs, evenly on a logarithmic axis."""
    widest = bands.amax(1)
    known = torch.isfinite(widest).nonzero()[:, 0]
    if not len(known):
        return {"counts": torch.zeros(0), "widest": torch.zeros(0)}
    first, last = max(int(known[0]) + 1, min(20, len(widest))), len(widest)
    ends = math.log10(first), math.log10(last)
    counts = torch.logspace(*ends, POINTS, dtype=torch.float64).round().long()
    counts = counts.clamp(first, last).unique()
    return {"counts": counts, "widest": widest[counts - 1]}
