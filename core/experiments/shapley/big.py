"""Big p: what sampling costs and how far it is off, for games whose φ is known at any p."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
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
    """Estimates so far, of the four `METHODS`; NaN where not (yet) known."""

    progress: float  # share of the runs done, in [0, 1]
    game: Large
    budget: str  # evaluations of v allowed, of `BUDGETS`
    asked: Tensor  # (4, B) evaluations counted for each of the budgets; 0 where not measured
    errors: Tensor  # (4, RUNS, B) root mean square over the players of φ̂ − φ
    sums: Tensor  # (4, RUNS, B) Σφ̂
    values: Tensor  # (4, n) φ̂ of the first run with the whole budget
    spread: Tensor  # (4, n) its standard errors
    counted: int | None  # evaluations for the table; None before it is asked for and for p > 20
    table: Moments | None  # what that table says
    kernel: Tensor | None  # φ by KernelSHAP with all coalitions, (n,), None for p > 10
    seconds: Tensor  # (4,) of one estimate with the whole budget, measured once

    doing = property(lambda self: f"{self.progress:.0%} of {RUNS} runs of each method")
    n = property(lambda self: self.game.n)  # p

    @property
    def total(self) -> float:
        """v(N) − v(∅)."""
        return float(self.game.worth(torch.tensor([[False], [True]]).expand(2, self.n)).diff())

    # evaluations of v allowed, growing, (B,)
    budgets = property(lambda self: budgets(self.n, int(self.budget)))
    orders = property(lambda self: self.budgets // (self.n + 1))  # M of each budget, (B,)

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

    The game is that of `many_games.large`; `budget` counts evaluations of v, run r has the seed
    20 seed + r, and games that are drawn have `seed`.
    """
    key = (game, p, votes, needed, left, members, seed)
    return _snapshots(large(*key), (*key, budget), budget, seed)


def _snapshots(game: Large, key: tuple, budget: str, seed: int) -> Iterator[Big]:
    n, grid, _ = game.n, budgets(game.n, int(budget)), folding()  # measured before it is drawn
    every = torch.full((len(METHODS), RUNS, len(grid)), torch.nan, dtype=torch.float64)
    each = torch.full((len(METHODS), n), torch.nan, dtype=torch.float64)
    asked, nothing = torch.zeros(len(METHODS), len(grid), dtype=torch.long), (None,) * 3
    run = Big(0.0, game, budget, asked, every, every, each, each, *nothing, each[:, 0])
    for done, (r, m) in enumerate(product(range(RUNS), range(len(METHODS))), start=1):
        method, start = METHODS[m], RUNS * seed + r
        orders = method != "kernel"
        found = by_orders(game, method, grid, start) if orders else by_kernel(game, grid, start)
        run = _with(run, key, r, m, found)
        if (r, m) == (1, 0):  # the first picture does not wait for the table
            counted, table = fold(game) if n <= EXACT else (None, None)
            kernel = kernel_shap(game.worth, n_players=n).values if n <= ALL else None
            run = run._replace(counted=counted, table=table, kernel=kernel)
        yield run._replace(progress=done / (RUNS * len(METHODS)))


def _with(run: Big, key: tuple, r: int, m: int, found: Found) -> Big:
    """The record with one more run; tensors are copied, as the older record may still be drawn."""

    def put(place: int | tuple[int, int], **more: Tensor | float) -> Big:
        tensors = {name: getattr(run, name).clone() for name in more}
        for name, tensor in tensors.items():
            tensor[place] = more[name]
        return run._replace(**tensors)

    error = (found.values - run.game.phi).square().mean(-1).sqrt()
    run = put((m, r), errors=error, sums=found.values.sum(-1))
    if r:
        return run
    _kept(*key, m).append(found.seconds)
    first = {"values": found.values[-1], "spread": found.spread, "asked": found.asked}
    return put(m, **first, seconds=_kept(*key, m)[0])


@lru_cache(maxsize=256)
def _kept(*key: object) -> list[float]:
    """Measurements for this key; the first one counts, so that a picture stays the same."""
    return []
