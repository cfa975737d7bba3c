"""Big p: what sampling costs and how far it is off, for games whose φ is known at any p.

A table of p players has 2^p values; an estimator asks for a few thousand of them. Twenty runs of
each estimator show its error against the number of evaluations of v.
"""

import time
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose
from core.rng import generator
from core.shapley.coalitions import MOST as EXACT
from core.shapley.estimates import SLICE, permutation_estimate
from core.shapley.kernel import kernel_shap
from core.shapley.many_games import Large, large
from core.shapley.values import shapley_values

METHODS = ("plain", "antithetic", "stratified", "kernel")
BUDGETS = ("1000", "10000", "100000")
RUNS = 20
GRID = 8  # numbers of evaluations at which the error is measured
ALL = 10  # players up to which KernelSHAP is also asked with all coalitions
FOLDED = (8, 10, 12, 14, 16, 18, 20)  # players of the tables whose folding is timed


class Counting:
    """A game that counts how many coalitions it was asked for."""

    def __init__(self, worth) -> None:
        self.worth, self.asked = worth, 0

    def __call__(self, rows: Tensor) -> Tensor:
        self.asked += len(rows)
        return self.worth(rows)


class Many(NamedTuple):
    """Estimates so far.

    Attributes:
        progress: share of the runs done, in [0, 1].
        game: see `many_games.Large`.
        total: v(N) − v(∅).
        budgets: (B,) evaluations of v allowed, growing.
        asked: (4, B) evaluations made for them, by the counting game; 0 where not measured.
        errors: (4, RUNS, B) root mean square over the players of φ̂ − φ; NaN where not (yet) known
            or where the samples of KernelSHAP do not determine φ.
        gap: (4,) largest |Σφ̂ − total| of all runs and budgets.
        values, spread: (4, n) φ̂ and standard errors of the first run with the whole budget.
        counted: evaluations that the table took; None before it is asked for, after the first run
            of each estimator, and for p > 20.
        folded: largest |φ of that table − φ in closed form|, None for p > 20.
        kernel: the same for KernelSHAP with all coalitions, None for p > 10.
        seconds: (4,) of one estimate with the whole budget, measured once.
        folding: (7,) of the exact φ of tables with `FOLDED` players, measured once.
    """

    progress: float
    game: Large
    total: float
    budgets: Tensor
    asked: Tensor
    errors: Tensor
    gap: Tensor
    values: Tensor
    spread: Tensor
    counted: int | None
    folded: float | None
    kernel: float | None
    seconds: Tensor
    folding: Tensor

    @property
    def n(self) -> int:
        """p."""
        return self.game.n

    @property
    def orders(self) -> Tensor:
        """M of each budget, (B,)."""
        return self.budgets // (self.n + 1)

    def foreseen(self) -> Tensor:
        """√(mean of the variances / M): the error of plain orders by theory, (B,)."""
        return (self.game.variance.mean() / self.orders).sqrt()

    def typical(self) -> tuple[Tensor, Tensor, Tensor]:
        """Median, and the quantiles 0.1 and 0.9 of the errors over the runs, each (4, B)."""
        levels = torch.tensor([0.5, 0.1, 0.9], dtype=torch.float64)
        return tuple(self.errors.nanquantile(levels, dim=1))

    def mean_square(self) -> Tensor:
        """√ of the mean over the runs of the squared errors, (4, B)."""
        return self.errors.square().nanmean(1).sqrt()


def many(
    *,
    game: str,
    p: int,
    votes: str,
    needed: int,
    left: int,
    members: int,
    budget: str,
    method: str,
    seed: int,
) -> Iterator[Many]:
    """Snapshots of 20 runs of each estimator of `METHODS`; the last one is complete (XAI-17).

    Args:
        game, p, votes, needed, left, members: see `many_games.large`.
        budget: evaluations of v, one of `BUDGETS`.
        method: the estimator whose φ̂ is drawn player by player.
        seed: run r has the seed 20 seed + r; also of the games that are drawn.

    Raises:
        ValueError: as `large`, at the call; an unknown method or budget.
    """
    choose("method", method, METHODS)
    choose("budget", budget, BUDGETS)
    made = large(game, p, votes, needed, left, members, seed)
    key = (game, p, votes, needed, left, members, seed)
    return _snapshots(made, key, int(budget), int(seed))


def _snapshots(game: Large, key: tuple, budget: int, seed: int) -> Iterator[Many]:
    n = game.n
    grid = budgets(n, budget)
    ends = game.worth(torch.stack((torch.zeros(n), torch.ones(n))).bool())
    run = Many(
        progress=0.0,
        game=game,
        total=float(ends[1] - ends[0]),
        budgets=grid,
        asked=torch.zeros(len(METHODS), len(grid), dtype=torch.long),
        errors=torch.full((len(METHODS), RUNS, len(grid)), torch.nan, dtype=torch.float64),
        gap=torch.zeros(len(METHODS), dtype=torch.float64),
        values=torch.full((len(METHODS), n), torch.nan, dtype=torch.float64),
        spread=torch.full((len(METHODS), n), torch.nan, dtype=torch.float64),
        counted=None,
        folded=None,
        kernel=None,
        seconds=torch.full((len(METHODS),), torch.nan, dtype=torch.float64),
        folding=torch.tensor([folding_seconds(players) for players in FOLDED]),
    )
    for r in range(RUNS):
        for m, method in enumerate(METHODS):
            estimate = _by_kernel if method == "kernel" else _by_orders
            found = estimate(game, method, grid, RUNS * seed + r)
            run = _with(run, key, r, m, found)
            if (r, m) == (1, 0):  # the first picture does not wait for the table
                counted, folded = _fold(game)
                run = run._replace(counted=counted, folded=folded, kernel=_all_coalitions(game))
            yield run._replace(progress=(r * len(METHODS) + m + 1) / (RUNS * len(METHODS)))


class Found(NamedTuple):
    """One run of one estimator: φ̂ (B, n), standard errors (n,), evaluations (B,), seconds."""

    values: Tensor
    spread: Tensor
    asked: Tensor
    seconds: float


def _with(run: Many, key: tuple, r: int, m: int, found: Found) -> Many:
    """The record with one more run; tensors are copied, as the older record may still be drawn."""
    errors, gap = run.errors.clone(), run.gap.clone()
    errors[m, r] = (found.values - run.game.phi).square().mean(-1).sqrt()
    sums = found.values.sum(-1) - run.total
    gap[m] = max(float(gap[m]), float(sums.nan_to_num().abs().max()))
    run = run._replace(errors=errors, gap=gap)
    if r:
        return run
    values, spread, asked = run.values.clone(), run.spread.clone(), run.asked.clone()
    seconds = run.seconds.clone()
    values[m], spread[m], asked[m] = found.values[-1], found.spread, found.asked
    seconds[m] = _once((*key, METHODS[m], int(run.budgets[-1])), found.seconds)
    return run._replace(values=values, spread=spread, asked=asked, seconds=seconds)


def budgets(n: int, most: int) -> Tensor:
    """Up to 8 numbers of evaluations, halved from `most` down to two orders of n players."""
    grid = most // 2 ** torch.arange(GRID)
    return grid[grid >= 2 * (n + 1)].flip(0)


def _by_orders(game: Large, method: str, grid: Tensor, seed: int) -> Found:
    """One long run of orders; what a smaller budget would have given is its beginning."""
    counting = Counting(game.worth)
    orders = grid // (game.n + 1)  # the engine asks for both ends of every order
    group = {"plain": 1, "antithetic": 2, "stratified": game.n}[method]
    orders = torch.where(orders < group, orders, orders // group * group)  # whole groups
    start = time.perf_counter()
    sampled = permutation_estimate(counting, int(orders[-1]), generator(seed), method, game.n)
    seconds = time.perf_counter() - start
    values = sampled.means()[orders - 1]
    asked = orders * (counting.asked // int(orders[-1]))
    return Found(values, sampled.errors, asked, seconds)


def _by_kernel(game: Large, method: str, grid: Tensor, seed: int) -> Found:
    """KernelSHAP anew for every second budget, the largest last."""
    n = game.n
    values = torch.full((len(grid), n), torch.nan, dtype=torch.float64)
    spread = torch.full((n,), torch.nan, dtype=torch.float64)
    asked, seconds = torch.zeros(len(grid), dtype=torch.long), 0.0
    for b in range((len(grid) + 1) % 2, len(grid), 2):
        counting = Counting(game.worth)
        start = time.perf_counter()
        try:
            estimate = kernel_shap(counting, (int(grid[b]) - 2) // 2 * 2, generator(seed), n)
        except ValueError:  # too few coalitions to determine φ; the game itself was accepted
            continue
        finally:
            seconds = time.perf_counter() - start
            asked[b] = counting.asked
        values[b], spread = estimate.values, estimate.errors
    return Found(values, spread, asked, seconds)


# --- exactly -------------------------------------------------------------------------------------


def _fold(game: Large) -> tuple[int | None, float | None]:
    """Evaluations of the whole table, and how far its φ is from the closed form."""
    n = game.n
    if n > EXACT:
        return None, None
    counting = Counting(game.worth)
    place = torch.arange(n)
    v = torch.cat([counting(S[:, None] >> place & 1 == 1) for S in torch.arange(2**n).split(SLICE)])
    return counting.asked, float((shapley_values(v) - game.phi).abs().max())


def _all_coalitions(game: Large) -> float | None:
    if game.n > ALL:
        return None
    values = kernel_shap(game.worth, n_players=game.n).values
    return float((values - game.phi).abs().max())


@lru_cache(maxsize=len(FOLDED))
def folding_seconds(n: int) -> float:
    """Seconds that φ takes from a table of 2^n values, the best of three; measured once."""
    v = torch.zeros(2**n, dtype=torch.float64)
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        shapley_values(v)
        taken.append(time.perf_counter() - start)
    return min(taken)


def _once(key: tuple, seconds: float) -> float:
    """The first measurement for this key, so that a picture drawn again stays the same."""
    kept = _kept(key)
    if not kept:
        kept.append(seconds)
    return kept[0]


@lru_cache(maxsize=256)
def _kept(key: tuple) -> list[float]:
    return []
