"""What random orders err by: the spread of one order, and the error of every method over seeds."""

from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from core.rng import generator
from core.shapley.coalitions import players, sizes, without
from core.shapley.estimates import METHODS, permutation_estimate
from core.shapley.values import marginal_contributions, shapley_values, shapley_weights

SEEDS = 20
SIZES = (1, 2, 5, 10, 20, 50, 100)  # multiples of the smallest number of complete groups


class Study(NamedTuple):
    """One game with 20 seeds and all three methods, in the order of `METHODS`."""

    orders: Tensor  # numbers of orders M, (K,), each a whole number of groups for every method
    rmse: Tensor  # √(mean over the players of (φ̂ⱼ − φⱼ)²), (3, 20, K); 0 where it is rounding
    typical: Tensor  # its median over the seeds, and the quantiles 0.1 and 0.9, (3, 3, K)

    def constant(self, method: str) -> float:
        """√(mean of M rmse²) over seeds and numbers of orders: c of the error c/√M."""
        each = self.rmse[METHODS.index(method)].square() * self.orders
        return float(each.mean().sqrt())

    def against_plain(self, method: str) -> float | None:
        """The error of a method over that of plain orders; None without any error."""
        plain = self.constant("plain")
        return self.constant(method) / plain if plain else None

    def slope(self, method: str) -> float | None:
        """Of log √(mean over the seeds of rmse²) over log M; None where the seeds do not err."""
        overall = self.rmse[METHODS.index(method)].square().mean(0).sqrt()
        if overall.min() == 0:
            return None
        x, y = self.orders.double().log(), overall.log()
        x, y = x - x.mean(), y - y.mean()
        return float((x @ y) / (x @ x))


@lru_cache(maxsize=16)
def study(values: tuple[float, ...]) -> Study:
    """The error of every method at growing numbers of orders, for a table v given as a tuple."""
    v = torch.tensor(values, dtype=torch.float64)
    n, phi = players(v), shapley_values(v)
    least = n if n % 2 == 0 else 2 * n  # a whole number of groups, of 1, 2 and n orders
    orders = torch.tensor([least * size for size in SIZES])
    most, errors = int(orders[-1]), []
    for method in METHODS:
        # groups are independent, so that one long run is 20 runs
        run = permutation_estimate(v, SEEDS * most, generator(0), method)
        each = run.contributions.view(SEEDS, most, n)
        means = each.cumsum(1)[:, orders - 1] / orders[:, None]
        errors.append((means - phi).square().mean(-1).sqrt())
    rmse = torch.stack(errors)
    rmse[rmse <= 1e-12 * float(v.abs().max())] = 0.0  # rounding
    levels = torch.tensor([0.5, 0.1, 0.9], dtype=torch.float64)
    return Study(orders, rmse, rmse.quantile(levels, dim=1))


def spread(v: Tensor, phi: Tensor) -> Tensor:
    """√(Σ_S |S|! (n − |S| − 1)! / n! Δ_j(S)² − φ_j²): what one random order varies by, (n,)."""
    n, away = players(v), marginal_contributions(v) - phi[:, None]
    return (shapley_weights(n)[sizes(n)[without(n)]] * away.square()).sum(-1).sqrt()


def coalitions_alike(v: Tensor, M: int, seed: int) -> Tensor:
    """Running means of Δ_j(S ∖ j) over M equally likely coalitions S, (M, n), towards Banzhaf."""
    n = players(v)
    S, bits = torch.randint(2**n, (M, 1), generator=generator(seed)), 1 << torch.arange(n)
    added = v[S | bits] - v[S & ~bits]
    return added.cumsum(0) / torch.arange(1, M + 1, dtype=torch.float64)[:, None]
