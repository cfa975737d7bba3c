"""A gradient penalty is the worst case to first order."""

from core.experiments.dro import penalty
from core.experiments.dro import penalty_claims as claims
from pages.figures.dro.penalty import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    penalty.penalty,
    claims,
    figure,
    (
        number("eps", step=0.01),
        choice("loss"),
        choice("p"),
        choice("norm"),
        number("beta1", step=0.05, live=False),
        number("beta2", step=0.05, live=False),
    ),
    statements=("DRO-04", "DRO-07", "DRO-08"),
    presets={
        "half": {},
        "corner": {"norm": "inf"},
        "endless": {"p": "1", "eps": 0.05},
        "steepest": {"loss": "logistic", "p": "1"},
        "whole": {"loss": "logistic", "p": "inf"},
        "linear": {"loss": "linear"},
    },
)
