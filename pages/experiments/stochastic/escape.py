"""Escape from the shallow well."""

from core.experiments.stochastic import escape
from core.experiments.stochastic import escape_claims as claims
from pages.figures.stochastic.escape import figure
from pages.ui import declare, hidden, number

EXPERIMENT = declare(
    __name__,
    escape.escape,
    claims,
    figure,
    (
        number("B", log=True),
        number("eta", step=0.001),
        number("depth", step=0.01),
        number("tilt", step=0.01),
        number("seed"),
        hidden("frame"),
    ),
    statements=("OPT-09",),
    presets={
        "small": {"B": 4},
        "scaled": {},
        "cold": {"B": 32},
        "low": {"depth": 0.5},
        "alike": {"B": 4, "tilt": 0.0},
    },
)
