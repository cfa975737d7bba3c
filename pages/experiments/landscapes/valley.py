"""Turn the valley."""

from core.experiments.landscapes import valley
from core.experiments.landscapes import valley_claims as claims
from pages.figures.landscapes.valley import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    valley.valley,
    claims,
    figure,
    (
        number("kappa", 1.0, 1e4, log=True, live=False),
        number("angle", step=0.5),
        number("lr", 0.001, 0.3, log=True, live=False),
        choice("variant"),
        number("steps", 1, 500),
    ),
    statements=("PROB-15", "OPT-13", "OPT-14", "OPT-17"),
    presets={
        "diagonal": {"kappa": 1000.0},
        "five": {"kappa": 1000.0, "angle": 5.0},
        "axes": {"kappa": 1000.0, "angle": 0.0},
        "round": {"kappa": 1.0},
        "printed": {"variant": "adam_printed"},
    },
)
