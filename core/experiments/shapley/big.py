"""Big p: what sampling costs and how far it is off, for games whose φ is known at any p.

A table of p players has 2^p values; an estimator asks for a few thousand of them. Twenty runs of
each estimator show its error against the number of evaluations of v.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.shapley.budgets import Found, budgets, by_kernel, by_orders, fold, folding
from core.shapley.coalitions import MOST as EXACT
from core.shapley.kernel import kernel_shap
from core.shapley.many_games import GAMES, HEAVIEST, LEAST, MOST, Large, Moments, large
from core.signature import Own, between, declared

METHODS = ("plain", "antithetic", "stratified", "kernel")
BUDGETS = ("1000", "10000", "100000")
COUNCIL = "29 29 29 29 27 27 14 13 12 12 12 12 12 10 10 10 7 7 7 7 7 4 4 4 4 4 3"
RUNS = 20
ALL = 10  # players up to which KernelSHAP is also asked with all coalitions


class Big(NamedTuple):
    """Estimates so far.

    Attributes:
        progress: share of the runs done, in [0, 1].
        game: see `many_games.Large`.
        budget: evaluations of v allowed, of `BUDGETS`.
        asked: (4, B) evaluations made for each of the budgets, by the counting game; 0 where not
            measured.
        errors: (4, RUNS, B) root mean square over the players of φ̂ − φ; NaN where not (yet) known
            or where the samples of KernelSHAP do not determine φ.
        sums: (4, RUNS, B) Σφ̂, NaN in the same places.
        values, spread: (4, n) φ̂ and standard errors of the first run with the whole budget.
        counted: evaluations that the table took; None before it is asked for, after the first run
            of each estimator, and for p > 20.
        table: what that table says, None for p > 20.
        kernel: φ by KernelSHAP with all coalitions, (n,), None for p > 10.
        seconds: (4,) of one estimate with the whole budget, measured once.
    """

    progress: float
    game: Large
    budget: str
    asked: Tensor
    errors: Tensor
    sums: Tensor
    values: Tensor
    spread: Tensor
    counted: int | None
    table: Moments | None
    kernel: Tensor | None
    seconds: Tensor

    @property
    def n(self) -> int:
        """p."""
        return self.game.n

    @property
    def total(self) -> float:
        """v(N) − v(∅)."""
        none, everybody = self.game.worth(torch.tensor([[False], [True]]).expand(2, self.n))
        return float(everybody - none)

    @property
    def budgets(self) -> Tensor:
        """Evaluations of v allowed, growing, (B,)."""
        return budgets(self.n, int(self.budget))

    @property
    def orders(self) -> Tensor:
        """M of each budget, (B,)."""
        return self.budgets // (self.n + 1)

    def foreseen(self) -> Tensor:
        """√(mean of the variances / M): the error of plain orders by theory, (B,)."""
        return (self.game.variance.mean() / self.orders).sqrt()

    def typical(self) -> Tensor:
        """Median, and the quantiles 0.1 and 0.9 of the errors over the runs, (3, 4, B)."""
        levels = torch.tensor([0.5, 0.1, 0.9], dtype=torch.float64)
        return self.errors.nanquantile(levels, dim=1)

    def mean_square(self) -> Tensor:
        """√ of the mean over the runs of the squared errors, (4, B)."""
        return self.errors.square().nanmean(1).sqrt()


@declared
def big(
    game: Annotated[Literal[GAMES], Own("table")] = "votes",
    p: Annotated[int, between(LEAST, MOST)] = 30,
    votes: str = COUNCIL,
    needed: Annotated[int, between(0, MOST * HEAVIEST)] = 255,
    left: Annotated[int, between(1, MOST)] = 1,
    members: Annotated[int, between(1, MOST)] = 20,
    budget: Literal[BUDGETS] = "10000",
    seed: Annotated[int, between(0, 999)] = 0,
) -> Iterator[Big]:
    """Snapshots of 20 runs of each estimator of `METHODS`; the last one is complete (XAI-17).

    Args:
        game, p, votes, needed, left, members: see `many_games.large`.
        budget: evaluations of v.
        seed: run r has the seed 20 seed + r; also of the games that are drawn.

    Raises:
        ValueError: as `large`, at the call.
    """
    made = large(game, p, votes, needed, left, members, seed)
    return _snapshots(made, (game, p, votes, needed, left, members, seed, budget), budget, seed)


def _snapshots(game: Large, key: tuple, budget: str, seed: int) -> Iterator[Big]:
    n, grid = game.n, budgets(game.n, int(budget))
    folding()  # measured before the first picture needs it
    every = torch.full((len(METHODS), RUNS, len(grid)), torch.nan, dtype=torch.float64)
    each = torch.full((len(METHODS), n), torch.nan, dtype=torch.float64)
    run = Big(
        progress=0.0,
        game=game,
        budget=budget,
        asked=torch.zeros(len(METHODS), len(grid), dtype=torch.long),
        errors=every,
        sums=every,
        values=each,
        spread=each,
        counted=None,
        table=None,
        kernel=None,
        seconds=each[:, 0],
    )
    for r in range(RUNS):
        for m, method in enumerate(METHODS):
            start = RUNS * seed + r
            orders = method != "kernel"
            found = by_orders(game, method, grid, start) if orders else by_kernel(game, grid, start)
            run = _with(run, key, r, m, found)
            if (r, m) == (1, 0):  # the first picture does not wait for the table
                counted, table = fold(game) if n <= EXACT else (None, None)
                kernel = kernel_shap(game.worth, n_players=n).values if n <= ALL else None
                run = run._replace(counted=counted, table=table, kernel=kernel)
            yield run._replace(progress=(r * len(METHODS) + m + 1) / (RUNS * len(METHODS)))


def _with(run: Big, key: tuple, r: int, m: int, found: Found) -> Big:
    """The record with one more run; tensors are copied, as the older record may still be drawn."""

    def put(old: Tensor, place: int | tuple[int, int], new: Tensor | float) -> Tensor:
        new, old = torch.as_tensor(new, dtype=old.dtype), old.clone()
        old[place] = new
        return old

    error = (found.values - run.game.phi).square().mean(-1).sqrt()
    errors, sums = put(run.errors, (m, r), error), put(run.sums, (m, r), found.values.sum(-1))
    run = run._replace(errors=errors, sums=sums)
    if r:
        return run
    return run._replace(
        values=put(run.values, m, found.values[-1]),
        spread=put(run.spread, m, found.spread),
        asked=put(run.asked, m, found.asked),
        seconds=put(run.seconds, m, _once((*key, m), found.seconds)),
    )


def _once(key: tuple, seconds: float) -> float:
    """The first measurement for this key, so that a picture drawn again stays the same."""
    kept = _kept(key)
    if not kept:
        kept.append(seconds)
    return kept[0]


@lru_cache(maxsize=256)
def _kept(key: tuple) -> list[float]:
    return []
