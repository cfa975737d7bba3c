"""The price of κ."""

from core.experiments.landscapes import sweep
from core.experiments.landscapes import sweep_claims as claims
from pages.figures.landscapes.sweep import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    sweep.sweep,
    claims,
    figure,
    (number("tolerance", log=True), choice("step"), number("decades")),
    statements=("ANA-18",),
    presets={"best": {}, "digits": {"tolerance": 1e-10}, "everyone": {"step": "1/L"}},
)
