"""Orders of arrival dealt one after the other, until their means settle at the Shapley values."""

import itertools
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require
from core.rng import generator
from core.shapley.coalitions import players, sizes, without
from core.shapley.estimates import METHODS, gains, game, permutation_estimate, prefixes
from core.shapley.games import airport, glove, random_game, voting
from core.shapley.spreadsheet import game_of
from core.shapley.values import (
    banzhaf_values,
    marginal_contributions,
    shapley_values,
    shapley_weights,
)
from core.sheets import sheet

GAMES = ("glove", "airport", "voting", "cooks", "random")
COOKS = (0.0, 4.0, 3.0, 9.0, 2.0, 8.0, 7.0, 15.0)
LOOKS = ("error", "sum")
SIZED = ("glove", "airport", "random")  # games whose number of players is free
MOST = 8  # players
BIGGEST = 1e9  # |v(S)| of a student's table
LARGEST = 5000  # orders
LISTED = 6  # players up to which all p! orders are listed
SEEDS = 20
STUDIED = (1, 2, 5, 10, 20, 50, 100)  # multiples of the smallest number of complete groups


def schedule(M: int) -> tuple[int, ...]:
    """Numbers of orders at which the player stops: 1, 2, …, 20, then steps of an eighth, then M."""
    counts, count = [], 1
    while count < M:
        counts.append(count)
        count += max(1, count // 8) if count >= 20 else 1
    return (*counts, M)


LAST = len(schedule(LARGEST)) - 1


class Study(NamedTuple):
    """The same game with 20 seeds and all three methods.

    Attributes:
        orders: numbers of orders M, (K,), each a whole number of groups for every method.
        rmse: √(mean over the players of (φ̂ⱼ − φⱼ)²), (3, 20, K) in the order of `METHODS`; 0 where
            it is rounding.
        slopes: of log √(mean over the seeds of rmse²) against log M, one for each method; None
            where the seeds do not err.
    """

    orders: Tensor
    rmse: Tensor
    slopes: tuple[float | None, ...]

    def constant(self, method: str) -> float:
        """√(mean of M rmse²) over seeds and numbers of orders: c of the error c/√M."""
        each = self.rmse[METHODS.index(method)].square() * self.orders
        return float(each.mean().sqrt())


@dataclass(frozen=True)
class Queue:
    """M orders of arrival, the first m of them dealt.

    Attributes:
        v: (2**p,) the game.
        orders: (M, p) the players in their order of arrival.
        contributions: (M, p), entry (k, j) = Δ_j(players before j in order k).
        means, errors: (M, p) φ̂ after 1, …, M orders with standard errors (inf where unknown).
        alike: (M, p) running means of Δ_j(S ∖ j) over coalitions S that are all equally likely: the
            average of E-100, which settles at the Banzhaf values.
        phi, banzhaf: (p,) exact.
        spread: (p,) standard deviation of Δ_j(players before j) over all orders.
        listed: (p!, p) the contributions of all orders, or None beyond 6 players.
        study: see `Study`.
        counts: the numbers of orders that the player stops at.
        m: orders dealt.
        player: the one looked at, from 0.
        method: how the orders are drawn.
        group: orders drawn together.
    """

    v: Tensor
    orders: Tensor
    contributions: Tensor
    means: Tensor
    errors: Tensor
    alike: Tensor
    phi: Tensor
    banzhaf: Tensor
    spread: Tensor
    listed: Tensor | None
    study: Study
    counts: tuple[int, ...]
    m: int
    player: int
    method: str
    group: int

    @property
    def p(self) -> int:
        return self.orders.shape[1]

    @property
    def total(self) -> float:
        """v(N) − v(∅)."""
        return float(self.v[-1] - self.v[0])

    @property
    def before(self) -> int:
        """Index of the coalition that was there when the player looked at arrived."""
        order = self.orders[self.m - 1].tolist()
        return sum(1 << j for j in order[: order.index(self.player)])

    @property
    def seen(self) -> int:
        """Dealt orders in which exactly this coalition came before that player."""
        return int((predecessors(self.orders[: self.m], self.player) == self.before).sum())

    @property
    def weight(self) -> float:
        """|S|! (p − |S| − 1)! / p! of this coalition."""
        return float(shapley_weights(self.p)[self.before.bit_count()])

    def path(self, k: int) -> list[float]:
        """v after 0, 1, …, p arrivals of order k."""
        S = [0, *itertools.accumulate(1 << j for j in self.orders[k].tolist())]
        return self.v[S].tolist()


def queue(
    game: str,
    p: int,
    draw: int,
    M: int,
    method: str,
    seed: int,
    alike: bool,
    look: str,
    k: int,
    player: int,
) -> Queue:
    """φ̂_j = mean over M random orders of Δ_j(players before j), and all it is compared with.

    Args:
        game: of `GAMES`, or the name of a student's table of at most 8 players.
        p: players 2..8, where the game leaves it open.
        draw: number of the random game, 0..999.
        M: orders, 1..5000.
        method: of `METHODS`.
        seed: of the orders, 0..999.
        alike: whether the average of E-100 is drawn too.
        look: of `LOOKS`, what is drawn last.
        k: how far they are dealt, a place in `schedule`; beyond its end all M are.
        player: looked at, from 0; beyond the last player it is the last.

    Raises:
        ValueError: a value out of range; a table that is refused.
    """
    require("p", p, 2, MOST, integer=True)
    require("M", M, 1, LARGEST, integer=True)
    require("k", k, 0, integer=True)
    require("player", player, 0, integer=True)
    for name, value in (("draw", draw), ("seed", seed)):
        require(name, value, 0, 999, integer=True)
    choose("method", method, METHODS)
    choose("look", look, LOOKS)
    size = int(p) if game in SIZED else 0
    number = int(draw) if game == "random" else 0
    counts = schedule(int(M))
    exact = _exact(game, size, number)
    return Queue(
        **exact,
        **_dealt(game, size, number, int(M), method, int(seed)),
        study=study(game, size, number),
        counts=counts,
        m=counts[min(int(k), len(counts) - 1)],
        player=min(int(player), len(exact["phi"]) - 1),
        method=method,
    )


@lru_cache(maxsize=16)
def worths(game: str, p: int, draw: int) -> Tensor:
    """The table (2**p,) of a named game, or of a student's; shared, do not write."""
    if game.startswith("own-"):
        v = game_of(sheet(game), most=MOST)
        require("the largest |v(S)|", float(v.abs().max()), 0, BIGGEST)
        return v
    choose("game", game, GAMES)
    if game == "glove":
        return glove(1, p - 1)
    if game == "airport":
        return airport(range(1, p + 1))
    if game == "voting":
        return voting()
    if game == "cooks":
        return torch.tensor(COOKS, dtype=torch.float64)
    return random_game(p, draw)


@lru_cache(maxsize=16)
def _exact(game: str, p: int, draw: int) -> dict:
    v = worths(game, p, draw)
    phi = shapley_values(v)
    return {
        "v": v,
        "phi": phi,
        "banzhaf": banzhaf_values(v),
        "spread": spread(v, phi),
        "listed": all_orders(v) if len(phi) <= LISTED else None,
    }


def spread(v: Tensor, phi: Tensor) -> Tensor:
    """√(Σ_S |S|! (p − |S| − 1)! / p! Δ_j(S)² − φ_j²): what one random order varies by, (p,)."""
    n = players(v)
    weights = shapley_weights(n)[sizes(n)[without(n)]]
    away = marginal_contributions(v) - phi[:, None]
    return (weights * away.square()).sum(-1).sqrt()


def all_orders(v: Tensor) -> Tensor:
    """What every player adds in each of the p! orders, (p!, p)."""
    n, worth = game(v, None)
    return gains(worth(prefixes(every_order(n)).flatten(0, 1)), every_order(n))


@lru_cache(maxsize=LISTED)
def every_order(n: int) -> Tensor:
    """All orders of n players, (n!, n); shared, do not write."""
    return torch.tensor(list(itertools.permutations(range(n))))


def predecessors(orders: Tensor, player: int) -> Tensor:
    """Index of the coalition that comes before `player` in each order, (M,)."""
    place = orders.argsort(-1)  # inverse of the order
    there = place < place[:, player, None]
    return (there * (1 << torch.arange(orders.shape[1]))).sum(-1)


@lru_cache(maxsize=8)
def _dealt(game: str, p: int, draw: int, M: int, method: str, seed: int) -> dict:
    v = worths(game, p, draw)
    run = permutation_estimate(v, M, generator(seed), method)
    return {
        "orders": run.orders,
        "contributions": run.contributions,
        "means": run.means(),
        "errors": run.bands(),
        "alike": coalitions_alike(v, M, seed),
        "group": run.group,
    }


def coalitions_alike(v: Tensor, M: int, seed: int) -> Tensor:
    """Running means of Δ_j(S ∖ j) over M coalitions S, each of the 2^p equally likely, (M, p)."""
    n = players(v)
    S = torch.randint(2**n, (M, 1), generator=generator(seed))
    bits = 1 << torch.arange(n)
    added = v[S | bits] - v[S & ~bits]
    return added.cumsum(0) / torch.arange(1, M + 1, dtype=torch.float64)[:, None]


@lru_cache(maxsize=16)
def study(game: str, p: int, draw: int) -> Study:
    """The error of every method at growing numbers of orders, with 20 seeds."""
    v = worths(game, p, draw)
    n, phi = players(v), shapley_values(v)
    least = n if n % 2 == 0 else 2 * n  # a whole number of groups, of 1, 2 and n orders
    orders = torch.tensor([least * size for size in STUDIED])
    most = int(orders[-1])
    errors = []
    for method in METHODS:
        # groups are independent, so that one long run is 20 runs
        run = permutation_estimate(v, SEEDS * most, generator(0), method)
        each = run.contributions.view(SEEDS, most, n)
        means = each.cumsum(1)[:, orders - 1] / orders[:, None]
        errors.append((means - phi).square().mean(-1).sqrt())
    rmse = torch.stack(errors)
    rmse[rmse < 1e-12 * max(1.0, float(v.abs().max()))] = 0.0  # rounding
    return Study(orders, rmse, tuple(_slope(orders, each) for each in rmse))


def _slope(orders: Tensor, rmse: Tensor) -> float | None:
    overall = rmse.square().mean(0).sqrt()
    if overall.min() == 0:
        return None
    x, y = orders.double().log(), overall.log()
    x, y = x - x.mean(), y - y.mean()
    return float((x @ y) / (x @ x))
