"""Tails and bounds."""

from core.experiments.probability import tails
from core.experiments.probability import tails_claims as claims
from pages.figures.probability.tails import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    tails.tails,
    claims,
    figure,
    (
        number("k", step=0.025),
        choice("of"),
        choice("side"),
        number("copies", when={"of": tails.BOUNDED}),
    ),
    statements=("PROB-32",),
    presets={
        "touching": {},
        "three": {"k": 3.0},
        "above": {"side": "above"},
        "dice": {"of": "die", "copies": 10, "k": 1.0},
        "cauchy": {"of": "cauchy", "k": 3.0},
    },
)
