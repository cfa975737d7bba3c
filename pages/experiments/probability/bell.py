"""Sums and the bell."""

from core.experiments.probability import bell
from core.experiments.probability import bell_claims as claims
from pages.figures.probability.bell import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    bell.bell,
    claims,
    figure,
    (
        number("n"),
        choice("law"),
        number("p", step=0.01, when={"law": "skewed"}),
        number("seed", 0, 999),
    ),
    statements=("PROB-08", "PROB-26", "PROB-27"),
    presets={
        "waiting": {"n": 2},
        "cauchy": {"law": "cauchy", "n": 10},
        "dice": {"law": "die", "n": 3},
        "rare": {"law": "skewed", "p": 0.05, "n": 10},
    },
)
