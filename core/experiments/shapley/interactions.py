"""How two players matter to each other: the interaction index and the bonuses m(T) of a game.

The game shown is a v + b w, so that linearity can be pulled with a slider. A pair (j, j) is the
player alone: its index is φ_j.
"""

from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from core import table
from core.check import choose, require
from core.shapley.spreadsheet import typed as own
from core.shapley.coalitions import coalitions, players, sizes, without
from core.shapley.games import glove, random_game, unanimity, voting
from core.shapley.rules import slack, twins
from core.shapley.spreadsheet import game_of
from core.shapley.values import (
    interaction_index,
    marginal_contributions,
    mobius,
    shapley_values,
    shapley_weights,
)
from core.sheets import sheet

NAMED = ("twins", "parity", "product", "unanimity", "glove", "voting", "additive", "random")
GAMES = (*NAMED, "mine", "bonuses")
LOOKS = ("pair", "shares")
MOST = 5  # players
LARGEST = 1e6
COUNTS = tuple(2**n for n in range(2, MOST + 1))
CELLS = ((1, 4), (1, 8), (1, 16))  # of a typed table
VOTES = {2: (51, 49), 3: (49, 49, 2), 4: (40, 30, 20, 10), 5: (35, 25, 20, 15, 5)}
POINT = (2.0, 1.5, 1.0, -1.0, 0.5)  # of the prediction x₁x₂ + x₃ + x₄ + …


class Interactions(NamedTuple):
    """A game of 2 to 5 players, its bonuses, and one pair of players.

    Attributes:
        n: players.
        u: (2**n,) the game a v + b w.
        parts: (2, 2**n) the games v and w.
        scale: (a, b).
        m: (2**n,) Möbius coefficients of u.
        phi: (n,) Shapley values of u.
        index: (n, n) interaction index of u, φ on the diagonal.
        shares: (2, n) Shapley values of v and of w.
        printed: (n,) Σ_{S∌i} |S|! (n − |S| − 1)! / n! Δ_j(S) with the same i for every j (E-99).
        i, j: the pair, from 0.
        rest: (R,) coalitions S without i and j, by size.
        differences: (R,) u(S ∪ ij) − u(S ∪ i) − u(S ∪ j) + u(S), or Δ_j(S) where i = j.
        weights: (R,) |S|! (n − |S| − 2)! / (n − 1)!, or |S|! (n − |S| − 1)! / n! where i = j.
        group: the coalition T that is pointed at, as an index; 0 for none.
        twins: pairs of players that u does not tell apart.
        dummies: players whose every Δ_j(S) is 0.
    """

    n: int
    u: Tensor
    parts: Tensor
    scale: tuple[float, float]
    m: Tensor
    phi: Tensor
    index: Tensor
    shares: Tensor
    printed: Tensor
    i: int
    j: int
    rest: Tensor
    differences: Tensor
    weights: Tensor
    group: int
    twins: tuple[tuple[int, int], ...]
    dummies: tuple[int, ...]

    @property
    def total(self) -> float:
        """u(N) − u(∅)."""
        return float(self.u[-1] - self.u[0])

    @property
    def members(self) -> int:
        """The pair as a coalition."""
        return 1 << self.i | 1 << self.j

    @property
    def holding(self) -> Tensor:
        """The coalitions T that hold the pair, by size."""
        order = by_size(self.n)
        return order[(order & self.members) == self.members]

    @property
    def rounding(self) -> float:
        return slack(self.u)


def interactions(
    game: str,
    p: int,
    draw: int,
    v: str,
    m: str,
    other: str,
    a: float,
    b: float,
    look: str,
    printed: bool,
    i: int,
    j: int,
    T: int,
) -> Interactions:
    """I_ij = Σ_{S∌i,j} |S|! (n − |S| − 2)! / (n − 1)! (u(S ∪ ij) − u(S ∪ i) − u(S ∪ j) + u(S)).

    In the bonuses u(S) = Σ_{T⊆S} m(T): I_ij = Σ_{T∋i,j} m(T)/(|T| − 1), φ_j = Σ_{T∋j} m(T)/|T|.

    Args:
        game: v, one of `GAMES`, or the name of a student's table.
        p: players 2..5 of a named game.
        draw: number of the random game; a random w is the next one.
        v: the table "mine", v(S) at place Σ 2^i, 4, 8, 16 or 32 numbers.
        m: the table "bonuses", m(T) by the size of T.
        other: w, of `NAMED`.
        a, b: of the game a v + b w, −3..3.
        look: of `LOOKS`, what is drawn last.
        printed: whether the values as printed (E-99) are drawn too.
        i, j: the pair, from 1; beyond the last player it is the last.
        T: place of the coalition pointed at in `by_size`; beyond the last coalition it is none.

    Raises:
        ValueError: a value out of range; a table that is refused, of another number of players than
            2 to 5, or with values beyond 10^6.
    """
    choose("look", look, LOOKS)
    require("p", p, 2, MOST, integer=True)
    require("draw", draw, 0, integer=True)
    require("a", a, -3, 3)
    require("b", b, -3, 3)
    for name, each in (("i", i), ("j", j)):
        require(name, each, 1, integer=True)
    require("T", T, 0, integer=True)
    first = _game(game, int(p), int(draw), v, m)
    n = players(first)
    require("the number of players", n, 2, MOST, integer=True)
    require("the largest |v(S)|", float(first.abs().max()), 0, LARGEST)
    choose("other", other, NAMED)
    parts = torch.stack((first, named(other, n, int(draw) + 1)))
    u = a * parts[0] + b * parts[1]
    i, j = min(int(i), n) - 1, min(int(j), n) - 1
    rest, differences, weights = pair(u, i, j)
    delta = marginal_contributions(u)
    return Interactions(
        n=n,
        u=u,
        parts=parts,
        scale=(float(a), float(b)),
        m=mobius(u),
        phi=shapley_values(u),
        index=interaction_index(u),
        shares=shapley_values(parts),
        printed=as_printed(u, i),
        i=i,
        j=j,
        rest=rest,
        differences=differences,
        weights=weights,
        group=int(by_size(n)[int(T)]) if int(T) < 2**n else 0,
        twins=twins(u),
        dummies=tuple(k for k in range(n) if delta[k].abs().max() <= slack(u)),
    )


def pair(u: Tensor, i: int, j: int) -> tuple[Tensor, Tensor, Tensor]:
    """Every S without i and j by size, what both together change there, and the weight of S."""
    n, both = players(u), 1 << i | 1 << j
    order = by_size(n)
    S = order[(order & both) == 0]
    if i == j:
        return S, u[S | both] - u[S], shapley_weights(n)[sizes(n)[S]]
    second = u[S | both] - u[S | 1 << i] - u[S | 1 << j] + u[S]
    return S, second, shapley_weights(n - 1)[sizes(n)[S]]


def as_printed(u: Tensor, i: int) -> Tensor:
    """Σ_{S∌i} |S|! (n − |S| − 1)! / n! (u(S ∪ j) − u(S)) for every j and this one i, (n,) (E-99).

    Where S holds j already the difference is 0, and no S holds i: only φ_i is right in general.
    """
    n = players(u)
    S = without(n)[i]
    delta = u[S[:, None] | 1 << torch.arange(n)] - u[S, None]
    return shapley_weights(n)[sizes(n)[S]] @ delta


# --- games ---------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def by_size(n: int) -> Tensor:
    """The coalitions ∅, 1, 2, …, 12, 13, …, as indices (2**n,); shared, do not write."""
    order = sorted(range(2**n), key=lambda S: (S.bit_count(), [-(S >> k & 1) for k in range(n)]))
    return torch.tensor(order)


@lru_cache(maxsize=8)
def inside(n: int) -> Tensor:
    """1 where T ⊆ S, (2**n, 2**n) float64, row S: v = inside @ m; shared, do not write."""
    every = torch.arange(2**n)
    return ((every[:, None] & every) == every).double()


def names(text: str, sized: bool) -> tuple[str, ...]:
    """The coalition of each cell of a table: by size, or in the order of the indices."""
    count = len(text.split())
    n = count.bit_length() - 1
    if n > MOST or count != 2**n:
        return ()
    order = by_size(n).tolist() if sized else range(count)
    return tuple("".join(str(k + 1) for k in range(n) if S >> k & 1) or "∅" for S in order)


def from_bonuses(bonuses: Tensor) -> Tensor:
    """v(S) = Σ_{T⊆S} m(T) from m by the size of T."""
    n = players(bonuses)
    m = torch.empty_like(bonuses)
    m[by_size(n)] = bonuses
    return inside(n) @ m


def named(name: str, n: int, draw: int) -> Tensor:
    """A game of `NAMED` for n players, (2**n,)."""
    S = coalitions(n).double()
    match name:
        case "twins":  # either of 1 and 2 is enough
            return S[:, :2].amax(-1) + S[:, 2:].sum(-1)
        case "parity":
            return S.sum(-1) % 2
        case "product":  # of x against the baseline 0
            x = torch.tensor(POINT[:n], dtype=torch.float64)
            return S[:, 0] * S[:, 1] * x[0] * x[1] + S[:, 2:] @ x[2:]
        case "unanimity":  # all but the last, who is a dummy
            return unanimity(n, range(max(2, n - 1)))
        case "glove":
            return glove(1, n - 1)
        case "voting":
            return voting(VOTES[n])
        case "additive":
            return S @ torch.arange(1, n + 1, dtype=torch.float64)
    return random_game(n, draw)


def _game(game: str, p: int, draw: int, v: str, m: str) -> Tensor:
    if game.startswith("own-"):
        return game_of(sheet(game), most=MOST)
    choose("game", game, GAMES)
    if game == "mine":
        return own(v)
    if game == "bonuses":
        bonuses = table.signal(m, "m", 2**MOST)
        if len(bonuses) not in COUNTS:
            raise ValueError(f"expected m with 4, 8, 16 or 32 numbers, got {len(bonuses)}")
        return from_bonuses(bonuses)
    return named(game, p, draw)
