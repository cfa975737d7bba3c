"""How two players matter to each other: the interaction index and the bonuses m(T) of a game.

The game shown is a v + b w, so that linearity can be pulled with a slider. A pair (j, j) is the
player alone: its index is φ_j.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Annotated, Literal

import torch
from torch import Tensor

from core import table
from core.check import require
from core.shapley.coalitions import (
    Names,
    by_size,
    coalitions,
    players,
    sizes,
    slack,
    tolerance,
    without,
)
from core.shapley.games import glove, glove_names, random_game, unanimity, voting
from core.shapley.spreadsheet import game_of, typed
from core.shapley.values import interaction_index, mobius, shapley_values, shapley_weights
from core.sheets import sheet
from core.signature import Own, between, declared

NAMED = ("twins", "parity", "product", "unanimity", "glove", "voting", "additive", "random")
GAMES = (*NAMED, "mine", "bonuses")
MOST = 5  # players
COUNTS = tuple(2**n for n in range(2, MOST + 1))
VOTES = {2: (51, 49), 3: (49, 49, 2), 4: (40, 30, 20, 10), 5: (35, 25, 20, 15, 5)}
POINT = (2.0, 1.5, 1.0, -1.0, 0.5)  # of the prediction x₁x₂ + x₃ + x₄ + …


@dataclass(frozen=True)
class Interactions:
    """A game u = a v + b w of 2 to 5 players and its bonuses."""

    v: Tensor  # (2**n,)
    w: Tensor  # (2**n,)
    a: float
    b: float
    m: Tensor  # (2**n,) Möbius coefficients of u
    index: Tensor  # (n, n) interaction index of u, its Shapley values on the diagonal
    names: Names = ()  # of the players, () if they are numbered

    n = property(lambda self: len(self.index))  # players
    u = cached_property(lambda self: self.a * self.v + self.b * self.w)  # the game a v + b w
    phi = property(lambda self: self.index.diagonal())  # Shapley values of u, (n,)
    # Shapley values of v and of w, (2, n)
    shares = cached_property(lambda self: shapley_values(torch.stack((self.v, self.w))))
    total = property(lambda self: float(self.u[-1] - self.u[0]))  # u(N) − u(∅)
    slack = cached_property(lambda self: slack(self.u))  # differences up to this are rounding
    tol = cached_property(lambda self: tolerance(self.u))  # … as a check asks for it

    def pair(self, i: int, j: int) -> tuple[int, int]:
        """Two players counted from 1 as places; beyond the last player it is the last."""
        return min(i, self.n) - 1, min(j, self.n) - 1

    def holding(self, i: int, j: int) -> list[int]:
        """The coalitions T that hold both, by size."""
        both = 1 << i | 1 << j
        return [T for T in by_size(self.n).tolist() if T & both == both]

    def printed(self, i: int) -> Tensor:
        """Σ_{S∌i} |S|! (n − |S| − 1)! / n! (u(S ∪ j) − u(S)) for every j and this i, (n,) (E-99).

        Where S holds j already the difference is 0, and no S holds i: only φ_i is right in general.
        """
        u, S = self.u, without(self.n)[i]
        delta = u[S[:, None] | 1 << torch.arange(self.n)] - u[S, None]
        return shapley_weights(self.n)[sizes(self.n)[S]] @ delta


@declared
def interactions(
    game: Annotated[Literal[GAMES], Own("table")] = "twins",
    p: Annotated[int, between(2, MOST)] = 3,
    draw: Annotated[int, between(0, 999)] = 0,
    v: str = "0 0 0 2 1 3 1 4",
    m: str = "0 1 1 0 2 0 0 -3",
    other: Literal[NAMED] = "unanimity",
    a: Annotated[float, between(-3, 3)] = 1.0,
    b: Annotated[float, between(-3, 3)] = 0.0,
) -> Interactions:
    """I_ij = Σ_{S∌i,j} |S|! (n − |S| − 2)! / (n − 1)! (u(S ∪ ij) − u(S ∪ i) − u(S ∪ j) + u(S)).

    In the bonuses u(S) = Σ_{T⊆S} m(T): I_ij = Σ_{T∋i,j} m(T)/(|T| − 1), φ_j = Σ_{T∋j} m(T)/|T|.

    Args:
        game, other: v, one of `GAMES` or the name of a student's table, and w.
        p, draw: players of a named game, number of a random v; a random w is the next one.
        v: the table "mine", v(S) at place Σ 2^i, 4, 8, 16 or 32 numbers up to 10^6.
        m: the table "bonuses", m(T) by the size of T.
        a, b: of the game shown, u = a v + b w.
    """
    read = {
        "mine": lambda: typed(v),
        "bonuses": lambda: from_bonuses(table.signal(m, "m", 2**MOST)),
    }
    read |= dict.fromkeys(NAMED, lambda: named(game, p, draw))
    names = glove_names(1, p - 1) if game == "glove" else ()
    first, names = (read[game](), names) if game in read else game_of(sheet(game), most=MOST)
    n = players(first)
    require("the number of players", n, 2, MOST, integer=True)
    require("the largest |v(S)|", float(first.abs().max()), 0, 1e6)
    second = named(other, n, draw + 1)
    u = a * first + b * second
    return Interactions(first, second, a, b, mobius(u), interaction_index(u), names)


def context(u: Tensor, i: int, j: int) -> tuple[Tensor, Tensor, Tensor]:
    """Every S without i and j by size, what both together change there, and the weight of S.

    The change is u(S ∪ ij) − u(S ∪ i) − u(S ∪ j) + u(S), or Δ_j(S) where i = j.
    """
    n, both = players(u), 1 << i | 1 << j
    S = by_size(n)[(by_size(n) & both) == 0]
    change = u[S | both] - u[S]
    if i != j:
        change = u[S | both] - u[S | 1 << i] - u[S | 1 << j] + u[S]
    return S, change, shapley_weights(n - (i != j))[sizes(n)[S]]


@lru_cache(maxsize=8)
def inside(n: int) -> Tensor:
    """1 where T ⊆ S, (2**n, 2**n) float64, row S: v = inside @ m; shared, do not write."""
    every = torch.arange(2**n)
    return ((every[:, None] & every) == every).double()


def from_bonuses(bonuses: Tensor) -> Tensor:
    """v(S) = Σ_{T⊆S} m(T) from m by the size of T."""
    if len(bonuses) not in COUNTS:
        raise ValueError(f"expected m with 4, 8, 16 or 32 numbers, got {len(bonuses)}")
    n = players(bonuses)
    return inside(n) @ bonuses[by_size(n).argsort()]


def named(name: str, n: int, draw: int) -> Tensor:
    """A game of `NAMED` for n players, (2**n,)."""
    S, x = coalitions(n).double(), torch.tensor(POINT[:n], dtype=torch.float64)
    return {
        "twins": lambda: S[:, :2].amax(-1) + S[:, 2:].sum(-1),  # either of 1 and 2 is enough
        "parity": lambda: S.sum(-1) % 2,
        "product": lambda: S[:, 0] * S[:, 1] * x[0] * x[1] + S[:, 2:] @ x[2:],  # baseline 0
        "unanimity": lambda: unanimity(n, range(max(2, n - 1))),  # the last is a dummy
        "glove": lambda: glove(1, n - 1),
        "voting": lambda: voting(VOTES[n]),
        "additive": lambda: S @ torch.arange(1, n + 1, dtype=torch.float64),
        "random": lambda: random_game(n, draw),
    }[name]()
