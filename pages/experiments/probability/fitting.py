"""Fitting a normal law."""

from core.experiments.probability import fitting
from core.experiments.probability import fitting_claims as claims
from pages.figures.probability.fitting import figure
from pages.ui import choice, declare, hidden, number

EXPERIMENT = declare(
    __name__,
    fitting.fitting,
    claims,
    figure,
    (
        number("n"),
        choice("divisor"),
        number("repetitions", log=True, live=False),
        choice("data"),
        number("seed", 0, 999),
        hidden("drawing"),
    ),
    statements=("PROB-29",),
    presets={
        "five": {},
        "unbiased": {"divisor": "unbiased"},
        "pair": {"n": 2},
        "many": {"n": 50},
        "drawn": {"data": "drawn"},
    },
)
