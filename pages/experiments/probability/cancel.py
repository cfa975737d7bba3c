"""Cancellation."""

from core.experiments.probability import cancel
from core.experiments.probability import cancel_claims as claims
from pages.figures.probability.cancel import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    cancel.cancel,
    claims,
    figure,
    (
        number("c", 1.0, cancel.FAR, log=True),
        choice("precision"),
        number("sigma", log=True),
        number("seed", 0, 9999),
    ),
    statements=("PROB-08", "PROB-13"),
    presets={
        "ten": {},
        "million": {"c": 1e6},
        "double": {"c": 1e8, "precision": "double"},
        "time": {"c": 1.8e9, "sigma": 3600.0},
    },
)
