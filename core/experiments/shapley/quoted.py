"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

import math
from fractions import Fraction

from core.experiments.shapley.absent import absent
from core.experiments.shapley.explain import explain
from core.experiments.shapley.game import lattice
from core.experiments.shapley.interactions import interactions
from core.experiments.shapley.risk import risk
from core.shapley.risk import MEASURES
from core.shapley.stability import in_core
from core.shapley.values import shapley_values
from core.tabular.data import data
from core.words import spaced


def _tex(value: float) -> str:
    """A small fraction for a formula: \\frac23."""
    f = Fraction(float(value)).limit_denominator(60)
    return str(f) if f.denominator == 1 else rf"\frac{f.numerator}{f.denominator}"


def _ln2(value: float) -> str:
    """A multiple of ln 2 for a formula."""
    part = _tex(value / math.log(2))
    return {"0": "0", "1": r"\ln2"}.get(part, part + r"\ln2")


def _row(measure: str) -> str:
    """The importances of three features, two of them twins, and their sum, as cells of a table."""
    found = risk().exact[MEASURES.index(measure)].tolist()
    return " | ".join(f"{x:.2f}" for x in (*found, sum(found)))


def _glove(*players: int) -> float:
    return float(lattice().phi[list(players)].sum())


def _raised() -> str:
    """The least v(123), in steps of 0.05, at which φ of the gloves lies in the core."""
    v = lattice().v.clone()
    while not in_core(v, shapley_values(v)):
        v[7] += 0.05
    return f"{float(v[7]):.4g}"


def _hindrance() -> int:
    """The bonus of all three that takes the interaction of a pair with the bonus 1 to 0."""
    games = {m: interactions(game="bonuses", m=f"0 0 0 0 1 0 0 {m}") for m in range(-5, 6)}
    return min(games, key=lambda m: abs(float(games[m].index[0, 1])))


def _without_twins() -> float:
    v = risk().v
    return float(v[7] - v[4])


def _bit(measure: str) -> str:
    return _ln2(float(risk(world="xor").exact[MEASURES.index(measure), 0]))


NUMBERS = {
    "glove_left": lambda: _tex(_glove(0)),
    "glove_right": lambda: _tex(_glove(1)),
    "glove_pair": lambda: _tex(_glove(0, 1)),
    "glove_gain": lambda: _tex(1 - _glove(0, 1)),
    "raised": _raised,
    "hindrance": _hindrance,
    "unused": lambda: f"{absent().now('conditional')[1][1]:.2f}",
    "sage": lambda: _row("sage"),
    "lofo": lambda: _row("lofo"),
    "permutation": lambda: _row("permutation"),
    "alone": lambda: _row("alone"),
    "saved": lambda: f"{risk().saved:.2f}",
    "sage_each": lambda: f"{float(risk().exact[0, 0]):.3g}",
    "lofo_each": lambda: f"{float(risk().exact[1, 0]):.3g}",
    "lofo_both": lambda: f"{_without_twins():.3g}",
    "lofo_times": lambda: f"{_without_twins() / (2 * float(risk().exact[1, 0])):.0f}",
    "bit_alone": lambda: _bit("alone"),
    "bit_lofo": lambda: _bit("lofo"),
    "bit_sage": lambda: _bit("sage"),
    "missed": lambda: f"{100 * explain('breast_cancer', row=297, model='net').f:.1f}",
    "wine_linear": lambda: f"{explain('wine', row=68, model='linear').f:.2f}",
    "wine_net": lambda: f"{explain('wine', row=68, model='net').f:.2f}",
    "coalitions_10": lambda: 2**10,
    "coalitions_16": lambda: spaced(2**16).replace(" ", r"\,"),
    "coalitions_27": lambda: spaced(2**27),
    "patients": lambda: len(data("diabetes").X),
    "tumours": lambda: len(data("breast_cancer").X),
    "bottles": lambda: len(data("wine").X),
}
