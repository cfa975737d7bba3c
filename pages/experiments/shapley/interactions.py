"""Interactions."""

from core.experiments.shapley import interactions
from core.experiments.shapley import interactions_claims as claims
from pages.figures.parts.players import cell_names
from pages.figures.shapley.interactions import figure
from pages.ui import choice, declare, hidden, number, switch, table

SIZES = ((1, 4), (1, 8), (1, 16))

EXPERIMENT = declare(
    __name__,
    interactions.interactions,
    claims,
    figure,
    (
        choice("game"),
        number("p", when={"game": interactions.NAMED}),
        number("draw", when={"game": "random"}),
        table("v", -9, 9, 0.5, SIZES, cells=lambda v: cell_names(v), when={"game": "mine"}),
        table(
            "m", -9, 9, 0.25, SIZES, cells=lambda m: cell_names(m, True), when={"game": "bonuses"}
        ),
        choice("look"),
        choice("other", when={"look": "shares"}),
        number("a", step=0.1, when={"look": "shares"}),
        number("b", step=0.1, when={"look": "shares"}),
        switch("printed", when={"look": "shares"}),
        hidden("i", "j", "T"),
    ),
    statements=("XAI-15", "XAI-17", "XAI-22"),
    presets={
        "twins": {},
        "xor": {"game": "parity"},
        "product": {"game": "product"},
        "rivals": {"game": "glove", "i": 2, "j": 3},
        "sum": {"game": "glove", "look": "shares", "other": "additive", "b": 0.5},
        "misprint": {"game": "unanimity", "look": "shares", "printed": True},
    },
)
