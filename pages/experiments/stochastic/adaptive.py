"""Adaptive steps under the glass."""

from core.experiments.stochastic import adaptive
from core.experiments.stochastic import adaptive_claims as claims
from pages.figures.stochastic.adaptive import figure
from pages.ui import choice, declare, number, switch

ADAMS = {"method": adaptive.ADAMS}
ADAGRAD = {"method": "adagrad"}
REDDI = {"losses": "reddi", "beta1": 0.0, "beta2": 0.1, "gap": 3, "size": 3.0}

EXPERIMENT = declare(
    __name__,
    adaptive.steps,
    claims,
    figure,
    (
        choice("losses"),
        choice("method"),
        number("gap"),
        number("size", log=True),
        number("beta1", 0.0, 0.999, step=0.001, when=ADAMS),
        number("beta2", 0.0, 0.999, step=0.001, unless=ADAGRAD),
        number("eps", 1e-8, 1.0, log=True),
        switch("inside"),
    ),
    statements=("OPT-15", "OPT-16", "OPT-17"),
    presets={
        "rare": {},
        "pause": {"method": "adam", "gap": 50},
        "root": {"method": "rmsprop", "size": 0.1, "eps": 0.01, "inside": True},
        "reddi": {"method": "adam_raw", **REDDI},
        "largest": {"method": "amsgrad", **REDDI},
    },
)
