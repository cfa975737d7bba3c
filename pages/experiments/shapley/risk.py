"""Explain the risk."""

from core.experiments.shapley import risk
from core.experiments.shapley import risk_claims as claims
from pages.figures.shapley.risk import figure
from pages.ui import choice, declare, hidden, number, table

GAUSS = {"world": "gauss"}

EXPERIMENT = declare(
    __name__,
    risk.risk,
    claims,
    figure,
    (
        choice("world"),
        table("beta", -3, 3, 0.1, [(1, 3)], when=GAUSS),
        number("rho", step=0.01, ticks=lambda: {"independent": 0.0}, when=GAUSS),
        number("noise", 0, 4, step=0.05, when=GAUSS),
        number("flip", step=0.01, unless=GAUSS),
        choice("measures"),
        number("n", 20, 2000, log=True, when={"measures": "rows"}),
        number("seed", 0, 999, when={"measures": "rows"}),
        hidden("adds"),
    ),
    statements=("XAI-19", "XAI-21"),
    presets={
        "twins": {},
        "same_twice": {"rho": 0.99, "measures": "five"},
        "needed": {"rho": -0.9},
        "unused": {"beta": "1 0 1"},
        "xor": {"world": "xor"},
        "copy": {"world": "copy"},
    },
)
