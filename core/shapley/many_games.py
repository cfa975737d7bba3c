"""Games of many players: v as a function of coalitions, and φ in closed form at any number."""

import math
from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

import torch
from torch import Tensor

from core import table
from core.check import require
from core.rng import generator
from core.shapley.coalitions import MOST as TABLED
from core.shapley.coalitions import Names, coalitions, sizes
from core.shapley.games import random_game
from core.shapley.spreadsheet import game_of
from core.shapley.values import shapley_values, shapley_weights
from core.sheets import sheet

GAMES = ("votes", "parties", "airport", "glove", "majority", "unanimity", "blocks", "random")
LEAST, MOST = 5, 40  # players
HEAVIEST = 100  # votes of one party
BLOCK = 4  # players of a small random game


class Moments(NamedTuple):
    """What contributions are in a random order."""

    phi: Tensor  # the Shapley values, (n,)
    variance: Tensor  # of Δ_j(players before j), (n,)
    largest: float  # max |Δ_j(S)|


class Large(NamedTuple):
    """A game of n players, and its `Moments` in closed form or from the table."""

    # v of (m, n) bool rows, one for each coalition, (m,) float64; can be pickled
    worth: Callable[[Tensor], Tensor]
    phi: Tensor
    variance: Tensor
    largest: float
    names: Names = ()  # of the players of a student's table, () if they are numbered

    n = property(lambda self: len(self.phi))  # number of players


def large(game: str, p: int, votes: str, needed: int, left: int, members: int, seed: int) -> Large:
    """One of `GAMES`, or a student's table "own-…" of up to 16 players.

    votes       v(S) = 1 if the parties in S have at least `needed` votes; 0 means more than half
    parties     the same with 1 to 30 votes drawn for each of p parties, more than half to win
    airport     v(S) = max_{i∈S} i, the i-th runway costs i
    glove       v(S) = min(left gloves in S, right gloves in S), `left` of p players hold a left one
    majority    v(S) = 1 if S has more than half of the p players
    unanimity   v(S) = 1 if the first `members` players are all in S
    blocks      sum of p games of 4 players each, whose values are standard normal
    random      v(S) standard normal for every S: a table, so p ≤ 20
    """
    few = min(members, p)
    share = (torch.arange(p) < few).double() / few
    if game == "random":
        require("the number of players", p, 1, TABLED, integer=True)
    named = {
        "votes": lambda: _voting(_votes(votes), needed),
        "parties": lambda: _voting(torch.randint(1, 31, (p,), generator=generator(seed)), 0),
        "airport": lambda: _airport(p),
        "glove": lambda: _glove(p, min(left, p - 1)),
        "majority": lambda: _voting(torch.ones(p, dtype=torch.long), 0),
        "unanimity": lambda: _zero_one(partial(_first_all, few), share),
        "blocks": lambda: _blocks(p, seed),
        "random": lambda: tabled(random_game(p, seed)),
    }
    return named[game]() if game in named else tabled(*game_of(sheet(game)))


def tabled(v: Tensor, names: Names = ()) -> Large:
    """The game with the table v, (2**n,)."""
    bits = 1 << torch.arange(len(v).bit_length() - 1)
    return Large(partial(_looked_up, v, bits), *moments(v), names)


def _looked_up(v: Tensor, bits: Tensor, rows: Tensor) -> Tensor:
    return v[(rows * bits).sum(-1)]


def _first_all(few: int, rows: Tensor) -> Tensor:
    return rows[:, :few].all(-1).double()


def moments(v: Tensor) -> Moments:
    """φ, variance and largest contribution from the table v, (2**n,)."""
    phi = shapley_values(v)
    squares, most = zip(*(second_moment(v, j) for j in range(len(phi))), strict=True)
    return Moments(phi, (torch.stack(squares) - phi.square()).clamp_min(0), max(most))


def second_moment(v: Tensor, j: int) -> tuple[Tensor, float]:
    """E Δ_j(players before j)² over random orders, and max |Δ_j(S)|, from the table."""
    n = len(v).bit_length() - 1
    delta = v.view(-1, 2, 2**j).diff(dim=1).flatten()
    return shapley_weights(n)[sizes(n - 1)] @ delta.square(), float(delta.abs().max())


def _airport(p: int) -> Large:
    costs = torch.arange(1, p + 1, dtype=torch.float64)
    paid = 1 / costs.flip(0)  # metre k is paid by the first of the p − k + 1 players who need it
    phi = paid.cumsum(0)
    # who pays metre k pays all metres up to the own length: E Δ² = Σ_k (2 (i − k) + 1) P(k)
    further = (2 * (costs[:, None] - costs) + 1).clamp_min(0)
    variance = further @ paid - phi.square()
    return Large(partial(_dearest, costs), phi, variance, float(p))


def _dearest(costs: Tensor, rows: Tensor) -> Tensor:
    return (rows * costs).amax(-1)


def _zero_one(worth: Callable[[Tensor], Tensor], phi: Tensor) -> Large:
    """A game in which every contribution is 0 or 1, so that its mean φ gives its variance."""
    return Large(worth, phi, phi * (1 - phi), 1.0)


def _glove(p: int, left: int) -> Large:
    phi = torch.full((p,), _glove_share(p - left, left), dtype=torch.float64)
    phi[:left] = _glove_share(left, p - left)
    return _zero_one(partial(_pairs, left), phi)


def _pairs(left: int, rows: Tensor) -> Tensor:
    return torch.minimum(rows[:, :left].sum(-1), rows[:, left:].sum(-1)).double()


def _glove_share(mine: int, others: int) -> float:
    """φ of a player whose glove `mine` players hold: P(more of the other kind came before)."""
    p = mine + others
    return math.fsum(
        math.comb(mine - 1, a) * math.comb(others, b) / (p * math.comb(p - 1, a + b))
        for b in range(1, others + 1)
        for a in range(min(b, mine))
    )


# --- voting --------------------------------------------------------------------------------------


def _votes(text: str) -> Tensor:
    given = table.signal(text, "votes", longest=MOST)
    require("the number of parties", len(given), LEAST, MOST, integer=True)
    for i, value in enumerate(given.tolist()):
        require(f"votes[{i + 1}]", value, 0, HEAVIEST, integer=True)
    return given.long()


def most_votes(text: str) -> int:
    """The sum of typed votes, or the largest that is accepted while the text is not."""
    try:
        return max(int(_votes(text).sum()), 1)
    except ValueError:
        return MOST * HEAVIEST


def _voting(weights: Tensor, needed: int) -> Large:
    total = int(weights.sum())
    require("the sum of the votes", total, 1, MOST * HEAVIEST)
    quota = int(require("needed", needed, 0, total, integer=True)) or total // 2 + 1
    shares = weights.double()
    phi = voting_power(tuple(weights.tolist()), quota)
    return _zero_one(partial(_wins, shares, quota), phi)


def _wins(shares: Tensor, quota: int, rows: Tensor) -> Tensor:
    return (rows.double() @ shares >= quota).double()


@lru_cache(maxsize=32)
def voting_power(weights: tuple[int, ...], quota: int) -> Tensor:
    """φ of the voting game with whole weights, in O(n² · quota) for each weight; (n,), shared.

    Counts N(s, w), coalitions of s others with w votes together, party by party; j turns those
    with quota − w_j ≤ w < quota. Counts stay below 2^53, so they are exact.

    Cantor's generating function; Mann and Shapley (1962), Values of large games VI.
    """
    n, power = len(weights), {}
    inner = torch.tensor([1 / (n * math.comb(n - 1, s)) for s in range(n)], dtype=torch.float64)
    for own in set(weights):
        others = list(weights)
        others.remove(own)
        counts = torch.zeros(n, quota, dtype=torch.float64)  # heavier ones win without j
        counts[0, 0] = 1
        for weight in others:
            with_it = counts[:-1, : max(quota - weight, 0)].clone()
            counts[1:, weight : weight + with_it.shape[1]] += with_it
        power[own] = float(inner @ counts[:, max(quota - own, 0) :].sum(-1))
    return torch.tensor([power[weight] for weight in weights], dtype=torch.float64)


# --- a sum of small games ------------------------------------------------------------------------


def _blocks(p: int, seed: int) -> Large:
    """Game k is of players k, k + 1, k + 2, k + 3 of a random circle."""
    random = generator(seed)
    circle = torch.randperm(p, generator=random)
    members = circle[(torch.arange(p)[:, None] + torch.arange(BLOCK)) % p]  # (p, 4)
    v = torch.randn(p, 2**BLOCK, generator=random, dtype=torch.float64)
    v[:, 0] = 0.0
    phi = torch.zeros(p, dtype=torch.float64)
    phi.index_add_(0, members.flatten(), shapley_values(v).flatten())
    flat, start = v.flatten(), torch.arange(p) * 2**BLOCK
    worth = partial(_summed, circle, flat, start)
    variance, largest = torch.empty(p, dtype=torch.float64), 0.0
    near = min(p, 2 * BLOCK - 1)  # only these share a game with the player in their middle
    subsets = coalitions(near)
    for k in range(p):
        around = circle[(k + torch.arange(near) - near // 2) % p]
        rows = torch.zeros(2**near, p, dtype=torch.bool)
        rows[:, around] = subsets
        moment, most = second_moment(worth(rows), near // 2)
        variance[circle[k]] = moment - phi[circle[k]].square()
        largest = max(largest, most)
    return Large(worth, phi, variance, largest)


def _summed(circle: Tensor, flat: Tensor, start: Tensor, rows: Tensor) -> Tensor:
    turned = rows[:, circle].long()
    index = sum(turned.roll(-k, 1) << k for k in range(BLOCK))
    return flat[index + start].sum(-1)
