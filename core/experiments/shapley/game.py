"""A game of up to five players on its lattice of coalitions, and eight rules that share it out.

An edge of the lattice is a player j who joins a coalition S; it carries Δ_j(S) = v(S ∪ j) − v(S).
"""

import math
from typing import Annotated, Literal, NamedTuple

from torch import Tensor

from core import table
from core.check import require
from core.shapley.coalitions import Names, players, slack, spelled, tolerance
from core.shapley.games import airport, glove, glove_names, random_game, unanimity, voting
from core.shapley.rules import RULES, Rule, rules
from core.shapley.spreadsheet import game_of, typed
from core.shapley.stability import core_vertices, excess
from core.shapley.values import marginal_contributions
from core.sheets import sheet
from core.signature import Own, between, declared

GAMES = ("glove", "airport", "voting", "unanimity", "random", "mine")
NAMED = GAMES[:-1]
MOST = 5  # players
LARGEST = 1e6


class Lattice(NamedTuple):
    """A game, its marginal contributions and its values."""

    v: Tensor  # (2**n,) float64, S at index Σ 2^i
    costs: bool  # whether v(S) is what S pays, so that the core is that of −v
    delta: Tensor  # (n, 2**(n−1)), Δ_j(S) in the order of `coalitions.without`
    rules: tuple[Rule, ...]  # in the order of `RULES`
    names: Names = ()  # of the players, () if they are numbered

    n = property(lambda self: len(self.v).bit_length() - 1)  # number of players
    phi = property(lambda self: self.rules[0].values)  # the Shapley values, (n,)

    def of(self, name: str) -> Rule:
        """A rule by name."""
        return self.rules[list(RULES).index(name)]

    total = property(lambda self: float(self.v[-1] - self.v[0]))  # v(N) − v(∅)
    slack = property(lambda self: slack(self.v))  # differences up to this are rounding
    tol = property(lambda self: tolerance(self.v))  # … as a check asks for it

    @property
    def corners(self) -> Tensor | None:
        """(k, 3) corners of the core of three players, else None; k = 0 if empty."""
        if self.n != 3:
            return None
        return -core_vertices(-self.v) if self.costs else core_vertices(self.v)

    def edge(self, number: int) -> tuple[int, int, int]:
        """j, S and S ∪ j of edge j 2^(n−1) + k, S the k-th coalition without j; counted round."""
        j, k = divmod(number % self.delta.numel(), self.delta.shape[1])
        S = (k >> j << j + 1) + k % (1 << j)
        return j, S, S | 1 << j

    def excess(self, x: Tensor) -> Tensor:
        """What each coalition could gain by leaving the shares x, (2**n,)."""
        return excess(-self.v, -x) if self.costs else excess(self.v, x)


@declared
def lattice(
    game: Annotated[Literal[GAMES], Own("table")] = "glove",
    p: Annotated[int, between(1, MOST)] = 3,
    seed: Annotated[int, between(0, 999)] = 0,
    weights: str = "49 49 2",
    share: Annotated[float, between(0, 0.99)] = 0.5,
    costs: str = "1 2 3",
    needed: Annotated[int, between(1, MOST)] = 2,
    v: str = "0 0 0 1 0 1 0 1",
    paid: bool = False,
) -> Lattice:
    """Δ_j(S) on every edge, φ_j = Σ_{S∌j} |S|! (p − |S| − 1)! / p! Δ_j(S), and seven other rules.

    Args:
        game: one of `GAMES`, or the name of the student's own CSV.
        p, seed: players of a random or a unanimity game; which random one.
        weights: votes of up to five parties, "49 49 2".
        share: a coalition wins with more than this share of the votes.
        costs: of the runway that each of up to five planes needs, "1 2 3".
        needed: in the unanimity game, players 1 … needed are worth 1 together, nothing else is.
        v: the table "mine", v(S) at place Σ 2^i, 2, 4, 8, 16 or 32 numbers up to 10^6.
        paid: whether the values of "mine" or of the CSV are costs; the airport always is.
    """
    if game == "unanimity":
        require("needed", needed, 1, p, integer=True)
    votes = table.signal(weights, "weights", MOST).tolist() if game == "voting" else []
    named = {
        "glove": glove,
        "airport": lambda: airport(table.signal(costs, "costs", MOST).tolist()),
        "voting": lambda: voting(votes, share * math.fsum(votes)),
        "unanimity": lambda: unanimity(p, range(needed)),
        "random": lambda: random_game(p, seed),
        "mine": lambda: typed(v),
    }
    names = glove_names() if game == "glove" else ()
    worth, names = (named[game](), names) if game in named else game_of(sheet(game))
    n = len(worth).bit_length() - 1
    if len(worth) > 2**MOST:
        got = f"{n} players" if len(worth) == 2**n else f"{len(worth)} values"
        raise ValueError(
            f"expected a table of 1 to {MOST} players to draw its lattice, got {got}: larger "
            "tables go into the experiment 'Big p'"
        )
    players(worth)
    for S in (worth.abs() > LARGEST).nonzero().flatten().tolist():
        require(f"v({spelled(S, names)})", float(worth[S]), -LARGEST, LARGEST)
    pays = game == "airport" or (paid and game not in NAMED)
    return Lattice(worth, pays, marginal_contributions(worth), rules(worth, pays), names)
