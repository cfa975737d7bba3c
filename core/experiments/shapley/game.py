"""A game of up to five players on its lattice of coalitions, and eight rules that share it out.

An edge of the lattice is a player j who joins a coalition S; it carries Δ_j(S) = v(S ∪ j) − v(S).
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from core import table
from core.check import choose, number, require
from core.shapley.coalitions import players, spelled, without
from core.shapley.games import airport, glove, random_game, unanimity, voting
from core.shapley.rules import RULES, Rule, rules, slack, twins
from core.shapley.spreadsheet import game_of
from core.shapley.stability import core_vertices, excess
from core.shapley.values import (
    marginal_contributions,
    shapley_weights,
)
from core.sheets import sheet

GAMES = ("glove", "airport", "voting", "unanimity", "random", "mine")
CHOICES = {
    "shapley": "Shapley",
    "banzhaf": "Banzhaf (E-100)",
    "last": "last in (LOFO)",
    "first": "first in (each alone)",
    "order": "one order: 1, 2, 3, …",
    "equal": "equal shares",
    "rescaled": "Banzhaf, rescaled",
    "printed": "as printed, −{i} (E-99)",
}
LOOKS = ("rules", "core")
MOST = 5  # players
LARGEST = 1e6


class Lattice(NamedTuple):
    """A game, its marginal contributions and its values.

    Attributes:
        n: number of players.
        v: (2**n,) float64, S at index Σ 2^i.
        costs: whether v(S) is what S pays, so that the core is that of −v.
        weights: (n,) Shapley weights of |S| = 0 … n − 1.
        delta: (n, 2**(n−1)), Δ_j(S) in the order of `coalitions.without`.
        player: j of the edge pointed at, from 0.
        before: S of the edge pointed at, as an index.
        rules: in the order of `RULES`.
        rule: the one looked at.
        twins: pairs of players whom the table does not tell apart.
        dummies: players whose every Δ_j(S) is 0.
        corners: (k, 3) corners of the core for three players, else None; k = 0 if empty.
    """

    n: int
    v: Tensor
    costs: bool
    weights: Tensor
    delta: Tensor
    player: int
    before: int
    rules: tuple[Rule, ...]
    rule: str
    twins: tuple[tuple[int, int], ...]
    dummies: tuple[int, ...]
    corners: Tensor | None

    @property
    def phi(self) -> Tensor:
        """The Shapley values, (n,)."""
        return self.rules[0].values

    @property
    def chosen(self) -> Rule:
        """The rule looked at."""
        return self.of(self.rule)

    def of(self, name: str) -> Rule:
        """A rule by name."""
        return self.rules[list(RULES).index(name)]

    @property
    def total(self) -> float:
        """v(N) − v(∅)."""
        return float(self.v[-1] - self.v[0])

    @property
    def after(self) -> int:
        """S ∪ j of the edge pointed at, as an index."""
        return self.before | 1 << self.player

    def excess(self, x: Tensor) -> Tensor:
        """What each coalition could gain by leaving the shares x, (2**n,)."""
        return excess(-self.v, -x) if self.costs else excess(self.v, x)

    @property
    def slack(self) -> float:
        """Differences up to this are rounding."""
        return slack(self.v)


def lattice(
    game: str,
    p: int,
    seed: int,
    weights: str,
    share: float,
    costs: str,
    needed: int,
    v: str,
    paid: bool,
    rule: str,
    look: str,
    edge: int,
) -> Lattice:
    """Δ_j(S) on every edge, φ_j = Σ_{S∌j} |S|! (p − |S| − 1)! / p! Δ_j(S), and seven other rules.

    Args:
        game: one of `GAMES`, or the name of the student's own CSV.
        p: players of a random or a unanimity game, 1..5.
        seed: of a random game.
        weights: votes of up to five parties, "49 49 2".
        share: a coalition wins with more than this share of the votes, 0..0.99.
        costs: of the runway that each of up to five planes needs, "1 2 3".
        needed: in the unanimity game, players 1 … needed are worth 1 together, nothing else is.
        v: the table "mine", v(S) at place Σ 2^i, 2, 4, 8, 16 or 32 numbers.
        paid: whether the values of "mine" or of the CSV are costs; the airport always is.
        rule: one of `RULES`, looked at.
        look: "rules" or "core", what is drawn beside the lattice.
        edge: j 2^(p−1) + k for the k-th coalition without player j (both from 0); counted round
            the p 2^(p−1) edges.

    Raises:
        ValueError: a parameter out of range, a table that lacks a coalition (named), a value that
            is not finite or beyond 10^6, more than five players.
    """
    choose("rule", rule, tuple(RULES))
    choose("look", look, LOOKS)
    require("edge", edge, 0, integer=True)
    require("p", p, 1, MOST, integer=True)
    require("seed", seed, 0, 999, integer=True)
    require("share", share, 0, 0.99)
    require("needed", needed, 1, MOST, integer=True)
    worth = _game(game, p, seed, weights, share, costs, needed, v)
    n = _judged(worth)
    pays = game == "airport" or (paid and game not in GAMES[:-1])
    delta = marginal_contributions(worth)
    alike = twins(worth)
    dummies = tuple(j for j in range(n) if delta[j].abs().max() <= slack(worth))
    j, k = divmod(int(edge) % delta.numel(), delta.shape[1])
    return Lattice(
        n=n,
        v=worth,
        costs=pays,
        weights=shapley_weights(n),
        delta=delta,
        player=j,
        before=int(without(n)[j, k]),
        rules=rules(worth, alike, dummies, pays),
        rule=rule,
        twins=alike,
        dummies=dummies,
        corners=_corners(worth, pays) if n == 3 else None,
    )


# --- games -------------------------------------------------------------------------------------


def _game(
    game: str, p: int, seed: int, weights: str, share: float, costs: str, needed: int, v: str
) -> Tensor:
    if game.startswith("own-"):
        return game_of(sheet(game))
    choose("game", game, GAMES)
    match game:
        case "glove":
            return glove()
        case "airport":
            return airport(table.signal(costs, "costs", MOST).tolist())
        case "voting":
            votes = table.signal(weights, "weights", MOST).tolist()
            return voting(votes, share * math.fsum(votes))
        case "unanimity":
            require("needed", needed, 1, p, integer=True)
            return unanimity(int(p), range(int(needed)))
        case "random":
            return random_game(int(p), seed)
    return own(v)


def own(text: str) -> Tensor:
    """The table a student typed, (2**n,) for n = 1 … 5; a refusal names the coalition."""
    cells = text.replace(",", " ").split()
    values = [number(cell) for cell in cells]
    if None in values:
        wrong = values.index(None)
        raise ValueError(f"expected v({spelled(wrong)}) to be finite, got '{cells[wrong]}'")
    return torch.tensor(values, dtype=torch.float64)


def _judged(v: Tensor) -> int:
    """n of a table that this lattice can draw."""
    if len(v) > 2**MOST:
        n = len(v).bit_length() - 1
        got = f"{n} players" if len(v) == 2**n else f"{len(v)} values"
        raise ValueError(
            f"expected a table of 1 to {MOST} players to draw its lattice, got {got}: larger "
            "tables go into the experiment 'Big p'"
        )
    n = players(v)
    for S in (v.abs() > LARGEST).nonzero().flatten().tolist():
        require(f"v({spelled(S)})", float(v[S]), -LARGEST, LARGEST)
    return n


def _corners(v: Tensor, costs: bool) -> Tensor:
    return -core_vertices(-v) if costs else core_vertices(v)
