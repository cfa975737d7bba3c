"""Worst cases as p grows, and adversarial training."""

from core.experiments.dro import unify
from core.experiments.dro import unify_claims as claims
from pages.figures.dro.unify import figure
from pages.ui import choice, declare, hidden, number

LABELS = {"z1": -1.0, "z2": 0.2, "rho": 0.4}

EXPERIMENT = declare(
    __name__,
    unify.unify,
    claims,
    figure,
    (
        number("rho", step=0.01),
        choice("g"),
        number("z1", step=0.01),
        number("z2", step=0.01),
        number("z3", step=0.01),
        hidden("k"),
    ),
    statements=("DRO-04", "DRO-08"),
    presets={
        "wave": {},
        "squared": {"k": 1, "rho": 0.6},
        "labels": {"g": "fixed", **LABELS},
        "free": {"g": "free", "k": 5, **LABELS},
    },
)
