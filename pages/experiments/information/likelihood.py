"""Likelihood as cross-entropy: three logits and a sample of three classes."""

from core.experiments.information import likelihood
from core.experiments.information import likelihood_claims as claims
from pages.figures.information.likelihood import figure
from pages.ui import declare, number

EXPERIMENT = declare(
    __name__,
    likelihood.likelihood,
    claims,
    figure,
    (
        number("z1", step=0.01, optimum=likelihood.lowest),
        number("z2", step=0.01),
        number("z3", step=0.01),
        number("shift", step=0.5),
        number("temperature", log=True),
        number("n1", 1, 20),
        number("n2", 0, 20),
        number("n3", 0, 20),
    ),
    statements=("INFO-06",),
    presets={
        "right": {},
        "shift": {"z1": 1.0, "z3": -1.0, "shift": 10.0},
        "sample": {"z1": 0.0, "n1": 6, "n2": 3, "n3": 1},
        "fitted": {"z1": 1.7918, "z2": 1.0986, "n1": 6, "n2": 3, "n3": 1},
        "sure": {"z1": 4.0, "z2": 1.0, "z3": -2.0, "n1": 6, "n2": 3, "n3": 1},
    },
)
