"""Densities."""

from core.experiments.probability import density
from core.experiments.probability import density_claims as claims
from pages.figures.probability.density import figure
from pages.ui import choice, declare, number, switch

EXPERIMENT = declare(
    __name__,
    density.density,
    claims,
    figure,
    (
        choice("law"),
        number("alpha", step=0.05),
        number("t", step=0.01, reach=density.view),
        number("rate", step=0.05, when={"law": ("exponential", "poisson")}),
        number("width", step=0.05, when={"law": "uniform"}),
        number("mu", step=0.05, when={"law": "normal"}),
        number("sigma", step=0.05, when={"law": "normal"}),
        number("shape", step=0.1, when={"law": "gamma"}),
        number("scale", step=0.05, when={"law": "gamma"}),
        switch("printed", unless={"law": "poisson"}),
    ),
    statements=("PROB-18", "PROB-19"),
    presets={
        "minus": {},
        "narrow": {"law": "uniform", "alpha": 0.25, "t": 0.5},
        "zero": {"law": "normal", "alpha": 0.0, "t": 0.0},
        "jumps": {"law": "poisson", "rate": 3.0, "alpha": 1.5, "t": 2.5},
        "printed": {"printed": True},
    },
)
