"""Shapley values without all coalitions: random orders of arrival."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require
from core.shapley.coalitions import players, spelled

Game = Callable[[Tensor], Tensor]
METHODS = ("plain", "antithetic", "stratified")
SLICE = 2**16  # coalitions that a callable game is asked for at once


class Estimate(NamedTuple):
    """Values with their standard errors, each (n,) float64; an error is 0 where exact."""

    values: Tensor
    errors: Tensor


@dataclass(frozen=True)
class Sampled:
    """Random orders, and what each player contributed on arrival."""

    orders: Tensor  # (M, n) int64, row k the players in their k-th order of arrival
    contributions: Tensor  # (M, n) float64, entry (k, j) = Δ_j(players before j in order k)
    group: int  # orders drawn together (2 if antithetic, n if stratified); groups are independent
    progress: float  # share of the orders that are done, in (0, 1]

    @property
    def values(self) -> Tensor:
        """φ̂, (n,): the mean contribution; the sum is v(N) − v(∅) for every M."""
        return self.contributions.mean(0)

    @property
    def errors(self) -> Tensor:
        """Standard errors, (n,), from the spread of complete groups; inf below two of them."""
        groups = self._groups()
        if len(groups) < 2:
            return torch.full_like(self.values, torch.inf)
        return groups.std(0) / len(groups) ** 0.5

    def means(self) -> Tensor:
        """φ̂ after 1, 2, …, M orders, (M, n)."""
        return self.contributions.cumsum(0) / _count(self.contributions)

    def bands(self) -> Tensor:
        """Standard errors after 1, 2, …, M orders, (M, n); inf before two groups are complete."""
        groups = self._groups()
        if len(groups) < 2:
            return torch.full_like(self.contributions, torch.inf)
        groups = groups - groups.mean(0)  # else the difference of squares cancels
        count = _count(groups)
        spread = groups.square().cumsum(0) - groups.cumsum(0).square() / count
        spread = spread.clamp_min(0)  # only rounding takes it below
        errors = (spread / (count * (count - 1)).clamp_min(1)).sqrt()
        complete = torch.arange(1, len(self.contributions) + 1) // self.group
        known = complete[:, None] > 1
        return torch.where(known, errors[(complete - 1).clamp_min(0)], torch.inf)

    def _groups(self) -> Tensor:
        complete = len(self.contributions) // self.group
        return self.contributions[: complete * self.group].unflatten(0, (-1, self.group)).mean(1)


def permutation_estimate(
    v: Tensor | Game, n_permutations: int, generator: torch.Generator,
    method: str = "plain", n_players: int | None = None,
) -> Sampled:  # fmt: skip
    """φ̂_j = mean over random orders π of Δ_j(players before j in π), unbiased for φ (XAI-17).

    Each order deals out v(N) − v(∅) completely, so the sum is exact for every M; the error of each
    φ̂_j falls as 1/√M.

    Args:
        v: (2**n,) float64 table; or a deterministic function of (m, n) bool rows, one for each
            coalition, to (m,) finite values, for any number of players.
        n_permutations: M, the number of orders, from 1 to 10^6.
        method: plain, independent orders; antithetic, each order followed by its reverse;
            stratified, the n rotations of each order: everybody is equally often first, …, last.

    Castro, Gómez, Tejada (2009); Mitchell, Cooper, Frank, Holmes (2022) for the variants.
    """
    *_, last = permutation_snapshots(v, n_permutations, generator, method, n_players, 1)
    return last


def permutation_snapshots(
    v: Tensor | Game, n_permutations: int, generator: torch.Generator,
    method: str = "plain", n_players: int | None = None, snapshots: int = 50,
) -> Iterator[Sampled]:  # fmt: skip
    """`permutation_estimate` on the way: about `snapshots` records, the last one the result."""
    n, worth = game(v, n_players)
    M = int(require("n_permutations", n_permutations, 1, 10**6, integer=True))
    orders, group = draw_orders(n, M, generator, method)
    yield from deal(orders, group, lambda rows, _: worth(rows), snapshots)


def draw_orders(
    n: int, M: int, generator: torch.Generator, method: str = "plain"
) -> tuple[Tensor, int]:
    """M orders of n players, (M, n), and how many of them are drawn together."""
    group = group_of(choose("method", method, METHODS), n)
    first = torch.rand(-(-M // group), n, dtype=torch.float64, generator=generator).argsort(-1)
    if method == "antithetic":
        first = torch.stack((first, first.flip(-1)), dim=1)
    if method == "stratified":
        turns = torch.arange(n)
        first = first[:, (turns[:, None] + turns) % n]
    return first.reshape(-1, n)[:M], group


def group_of(method: str, n: int) -> int:
    """How many orders of n players one draw of a method of `METHODS` gives."""
    return {"plain": 1, "antithetic": 2, "stratified": n}[method]


def deal(
    orders: Tensor, group: int, worth: Callable[[Tensor, slice], Tensor], snapshots: int
) -> Iterator[Sampled]:
    """Play the orders, with about `snapshots` records on the way.

    `worth` gives the values of the (m (n + 1), n) coalitions that the orders of a slice pass.
    """
    M, n = orders.shape
    shown = -(-M // int(require("snapshots", snapshots, 1, integer=True)))
    contributions = torch.empty(M, n, dtype=torch.float64)
    step = min(shown, max(1, SLICE // (n + 1)))
    for start in range(0, M, step):
        now = slice(start, min(start + step, M))
        part = orders[now]
        contributions[now] = gains(worth(prefixes(part).flatten(0, 1), now), part)
        if now.stop == M or now.stop // shown > start // shown:
            done = contributions[: now.stop].clone()
            yield Sampled(orders[: now.stop], done, group, now.stop / M)


def prefixes(orders: Tensor) -> Tensor:
    """Who has arrived after 0, 1, …, n arrivals, (M, n + 1, n) bool."""
    place = orders.argsort(-1)  # inverse of the order
    return place[:, None] < torch.arange(orders.shape[-1] + 1)[:, None]


def gains(worth: Tensor, orders: Tensor) -> Tensor:
    """What each player added on arrival, (M, n), from the (M (n + 1),) worths of `prefixes`."""
    added = worth.view(len(orders), -1).diff(dim=-1)
    return torch.empty_like(added).scatter_(-1, orders, added)


@lru_cache(maxsize=8)
def every_order(n: int) -> Tensor:
    """All orders of n players, (n!, n); shared, do not write."""
    return torch.tensor(list(permutations(range(n))))


def all_orders(v: Tensor) -> Tensor:
    """What every player adds in each of the n! orders, (n!, n)."""
    orders = every_order(players(v))
    return gains(v[passed(orders)].flatten(), orders)


def passed(orders: Tensor) -> Tensor:
    """The coalitions there after 0, 1, …, n arrivals, as indices (M, n + 1)."""
    steps = (1 << orders).cumsum(-1)
    return torch.cat((torch.zeros_like(steps[:, :1]), steps), dim=-1)


def predecessors(orders: Tensor, player: int) -> Tensor:
    """Index of the coalition that comes before `player` in each order, (M, n) -> (M,)."""
    return passed(orders)[:, :-1][orders == player]


def game(v: Tensor | Game, n_players: int | None) -> tuple[int, Game]:
    """n, and v as a checked function of (m, n) bool rows, from a table or such a function."""
    if not callable(v):
        n = players(v)
        if v.ndim != 1:
            raise ValueError(f"expected v to be one table of shape (2**n,), got {tuple(v.shape)}")
        if n_players not in (None, n):
            raise ValueError(f"expected n_players {n} as in the table, got {n_players}")
        bits = 1 << torch.arange(n)
        return n, lambda rows: v[(rows * bits).sum(-1)]
    if n_players is None:
        raise ValueError("expected n_players with a game given as a function, got None")
    n = int(require("n_players", n_players, 1, 1000, integer=True))

    def worth(rows: Tensor) -> Tensor:
        values = torch.as_tensor(v(rows)).detach().double()
        if values.shape != (len(rows),):
            raise ValueError(
                f"expected the game to give {len(rows)} values, got shape {tuple(values.shape)}"
            )
        wrong = (~values.isfinite()).nonzero()
        if len(wrong):
            k = int(wrong[0])
            S = spelled(sum(1 << i for i in rows[k].nonzero().flatten().tolist()))
            raise ValueError(f"expected v({S}) to be finite, got {values[k].item():g}")
        return values

    return n, worth


def _count(rows: Tensor) -> Tensor:
    return torch.arange(1, len(rows) + 1, dtype=torch.float64)[:, None]
