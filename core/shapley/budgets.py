"""Estimates for a budget of evaluations: what each method asks for, and how long it takes."""

import time
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from core.rng import generator
from core.shapley.estimates import SLICE, group_of, permutation_estimate
from core.shapley.kernel import kernel_shap
from core.shapley.many_games import Large, Moments, moments
from core.shapley.values import shapley_values

GRID = 8  # numbers of evaluations at which the error is measured
FOLDED = (8, 10, 12, 14, 16, 18, 20)  # players of the tables whose folding is timed


class Counting:
    """A game that counts how many coalitions it was asked for."""

    def __init__(self, worth: Callable[[Tensor], Tensor]) -> None:
        self.worth, self.asked = worth, 0

    def __call__(self, rows: Tensor) -> Tensor:
        self.asked += len(rows)
        return self.worth(rows)


class Found(NamedTuple):
    """One run of one estimator."""

    values: Tensor  # φ̂, (B, n); NaN where not measured, or where the samples do not determine φ
    spread: Tensor  # standard errors, (n,)
    asked: Tensor  # evaluations, (B,)
    seconds: float


def budgets(n: int, most: int) -> Tensor:
    """Up to 8 numbers of evaluations, halved from `most` down to two orders of n players."""
    grid = most // 2 ** torch.arange(GRID)
    return grid[grid >= 2 * (n + 1)].flip(0)


def by_orders(game: Large, method: str, grid: Tensor, seed: int) -> Found:
    """One long run of orders; what a smaller budget would have given is its beginning."""
    counting, orders = Counting(game.worth), grid // (game.n + 1)  # both ends of every order
    group = group_of(method, game.n)
    orders = torch.where(orders < group, orders, orders // group * group)  # whole groups
    start = time.perf_counter()
    sampled = permutation_estimate(counting, int(orders[-1]), generator(seed), method, game.n)
    seconds = time.perf_counter() - start
    asked = orders * (counting.asked // int(orders[-1]))
    return Found(sampled.means()[orders - 1], sampled.errors, asked, seconds)


def by_kernel(game: Large, grid: Tensor, seed: int) -> Found:
    """KernelSHAP anew for every second budget, the largest last."""
    values = torch.full((len(grid), game.n), torch.nan, dtype=torch.float64)
    spread, asked, seconds = values[0].clone(), torch.zeros(len(grid), dtype=torch.long), 0.0
    for b in range((len(grid) + 1) % 2, len(grid), 2):
        counting, start = Counting(game.worth), time.perf_counter()
        try:
            estimate = kernel_shap(counting, (int(grid[b]) - 2) // 2 * 2, generator(seed), game.n)
        except ValueError:  # too few coalitions to determine φ; the game itself was accepted
            continue
        finally:
            seconds = time.perf_counter() - start
            asked[b] = counting.asked
        values[b], spread = estimate.values, estimate.errors
    return Found(values, spread, asked, seconds)


def fold(game: Large) -> tuple[int, Moments]:
    """Evaluations of the whole table, and what it says."""
    counting, place = Counting(game.worth), torch.arange(game.n)
    every = torch.arange(2**game.n).split(SLICE)
    v = torch.cat([counting(S[:, None] >> place & 1 == 1) for S in every])
    return counting.asked, moments(v)


@lru_cache(maxsize=1)
def folding() -> tuple[float, ...]:
    """Seconds that φ takes from tables of `FOLDED` players, the best of three; measured once."""
    found = []
    for n in FOLDED:
        v, taken = torch.zeros(2**n, dtype=torch.float64), []
        for _ in range(3):
            start = time.perf_counter()
            shapley_values(v)
            taken.append(time.perf_counter() - start)
        found.append(min(taken))
    return tuple(found)
