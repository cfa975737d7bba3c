"""Orders of arrival dealt one after the other, until their means settle at the Shapley values."""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Annotated, Literal

import torch
from torch import Tensor

from core.check import require
from core.rng import generator
from core.shapley import estimates
from core.shapley.coalitions import Names, players
from core.shapley.estimates import Sampled, every_order, gains, passed, predecessors
from core.shapley.games import airport, glove, glove_names, random_game, voting
from core.shapley.spreadsheet import game_of
from core.shapley.study import coalitions_alike, spread, study
from core.shapley.values import banzhaf_values, shapley_values
from core.sheets import sheet
from core.signature import Own, between, declared

METHODS = ("once", *estimates.METHODS)
GAMES = ("cooks", "glove", "airport", "voting", "random")
COOKS = (0.0, 4.0, 3.0, 9.0, 2.0, 8.0, 7.0, 15.0)
SIZED = ("glove", "airport", "random")  # games whose number of players is free
MOST = 8  # players
BIGGEST = 1e9  # |v(S)| of a student's table
LARGEST = 5000  # orders


def schedule(M: int) -> tuple[int, ...]:
    """Numbers of orders at which the player stops: 1, 2, …, 20, then steps of an eighth, then M."""
    counts, count = [], 1
    while count < M:
        counts.append(count)
        count += max(1, count // 8) if count >= 20 else 1
    return (*counts, M)


LAST = len(schedule(LARGEST)) - 1


@dataclass(frozen=True)
class Queue:
    """M orders of arrival, and what each player adds in each of them."""

    v: Tensor  # (2**p,) the game
    orders: Tensor  # (M, p) the players in their order of arrival
    contributions: Tensor  # (M, p), entry (k, j) = Δ_j(players before j in order k)
    method: str  # how the orders are drawn
    names: Names = ()  # of the players, () if they are numbered

    p = property(lambda self: self.orders.shape[1])  # players
    total = property(lambda self: float(self.v[-1] - self.v[0]))  # v(N) − v(∅)

    @property
    def sampled(self) -> Sampled:
        """As an estimate, with the number of orders drawn together."""
        group = 1 if self.method == "once" else estimates.group_of(self.method, self.p)
        return Sampled(self.orders, self.contributions, group, 1.0)

    means = cached_property(lambda self: self.sampled.means())  # φ̂ after 1, …, M orders, (M, p)
    # their standard errors, (M, p); inf where unknown, as without repetition
    errors = cached_property(
        lambda s: s.sampled.bands() + (torch.inf if s.method == "once" else 0.0)
    )
    # whether all p! orders are dealt, so that φ̂ = φ at the end
    complete = property(lambda s: s.method == "once" and len(s.orders) == math.factorial(s.p))
    phi = cached_property(lambda self: shapley_values(self.v))  # the exact values, (p,)
    # what the average over all subsets alike settles at, (p,)
    banzhaf = cached_property(lambda self: banzhaf_values(self.v))
    # standard deviation of Δ_j(players before j) over all orders, (p,)
    spread = cached_property(lambda self: spread(self.v, self.phi))
    # the same game with 20 seeds and all three methods
    study = cached_property(lambda self: study(tuple(self.v.tolist())))

    def dealt(self, k: int) -> int:
        """Number of orders at the place k of the schedule; beyond its end all of them."""
        counts = schedule(len(self.orders))
        return counts[min(k, len(counts) - 1)]

    def before(self, m: int, player: int) -> int:
        """Index of the coalition that was there when a player arrived in the m-th order."""
        place = self.orders[m - 1].argsort()  # inverse of the order
        return int((1 << torch.arange(self.p))[place < place[player]].sum())

    def seen(self, m: int, player: int) -> int:
        """In how many of the first m orders exactly that coalition was there."""
        return int((predecessors(self.orders[:m], player) == self.before(m, player)).sum())

    def path(self, m: int) -> list[float]:
        """v after 0, 1, …, p arrivals of the m-th order."""
        return self.v[[0, *accumulate(1 << j for j in self.orders[m - 1].tolist())]].tolist()

    def alike(self, seed: int) -> Tensor:
        """Running means of Δ_j(S ∖ j) over coalitions S that are all equally likely."""
        return coalitions_alike(self.v, len(self.orders), seed)


@declared
def queue(
    game: Annotated[Literal[GAMES], Own("table")] = "cooks",
    p: Annotated[int, between(2, MOST)] = 3,
    draw: Annotated[int, between(0, 999)] = 0,
    M: Annotated[int, between(1, LARGEST)] = 100,
    method: Literal[METHODS] = "once",
    seed: Annotated[int, between(0, 999)] = 0,
) -> Queue:
    """φ̂_j = mean over M orders, drawn by a method of `METHODS`, of Δ_j(players before j).

    "once" deals no order twice: all p! of them where M is that large, and then φ̂ = φ.

    Args:
        game: of `GAMES`, or the name of a student's table of at most 8 players.
        p, draw: players, where the game leaves it open; number of the random game.
    """
    named = {
        "cooks": lambda: torch.tensor(COOKS, dtype=torch.float64),
        "glove": lambda: glove(1, p - 1),
        "airport": lambda: airport(range(1, p + 1)),
        "voting": voting,
        "random": lambda: random_game(p, draw),
    }
    names = glove_names(1, p - 1) if game == "glove" else ()
    v, names = (named[game](), names) if game in named else game_of(sheet(game), most=MOST)
    require("the largest |v(S)|", float(v.abs().max()), 0, BIGGEST)
    if method == "once":
        orders = once(players(v), M, seed)
        return Queue(v, orders, gains(v[passed(orders)].flatten(), orders), method, names)
    run = estimates.permutation_estimate(v, M, generator(seed), method)
    return Queue(v, run.orders, run.contributions, method, names)


def once(n: int, M: int, seed: int) -> Tensor:
    """All n! orders as they are listed, or M of them drawn without repetition."""
    every = every_order(n)
    if len(every) <= M:
        return every
    return every[torch.randperm(len(every), generator=generator(seed))[:M]]
