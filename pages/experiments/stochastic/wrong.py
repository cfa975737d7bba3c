"""Adam taken apart."""

from core.experiments.stochastic import wrong
from core.experiments.stochastic import wrong_claims as claims
from pages.figures.stochastic.wrong import figure
from pages.ui import choice, declare, number

CORNER = {"x0": -1.0, "y0": -1.0}

EXPERIMENT = declare(
    __name__,
    wrong.wrong,
    claims,
    figure,
    (
        choice("part"),
        number("lr", log=True),
        number("beta1", 0.0, 0.999, step=0.001),
        number("beta2", 0.0, 0.999, step=0.001),
        number("kappa", log=True),
        number("x0", -1.9, 1.9, step=0.01),
        number("y0", -1.9, 1.9, step=0.01),
        number("steps"),
    ),
    statements=("OPT-17",),
    presets={
        "uncorrected": {},
        "rootless": {"part": "rootless", "kappa": 100.0, **CORNER},
        "multiplied": {"part": "multiplied"},
        "printed": {"part": "printed", **CORNER},
        "above": {"part": "printed", "x0": 1.0, "y0": 1.0},
    },
)
