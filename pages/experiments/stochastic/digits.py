"""Real digits: six methods, each at its best rate."""

from core.experiments.stochastic import digits
from core.experiments.stochastic import digits_claims as claims
from pages.figures.stochastic.digits import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    digits.digits,
    claims,
    figure,
    (
        choice("method"),
        number("rate", log=True),
        number("steps", step=20),
        number("batch", log=True),
        number("ema", log=True),
        number("seeds"),
        number("seed"),
    ),
    statements=("OPT-09", "OPT-11", "OPT-13", "OPT-16", "OPT-17"),
    presets={
        "tuned": {},
        "early": {"steps": 40, "method": "adam", "rate": 0.016},
        "small": {"batch": 4, "rate": 0.25},
        "memory": {"ema": 0.005, "method": "ema"},
    },
)
