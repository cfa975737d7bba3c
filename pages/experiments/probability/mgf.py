"""Moment generating functions."""

from core.experiments.probability import mgf
from core.experiments.probability import mgf_claims as claims
from pages.figures.probability.mgf import figure
from pages.ui import choice, declare, number, switch

EXPERIMENT = declare(
    __name__,
    mgf.mgf,
    claims,
    figure,
    (
        choice("law"),
        number("t", step=0.01),
        number("shape", step=0.1, when={"law": "gamma"}),
        number("scale", step=0.05, when={"law": "gamma"}),
        number("rate", step=0.05, when={"law": ("exponential", "poisson")}),
        number("mu", step=0.05, when={"law": "normal"}),
        number("sigma", step=0.05, when={"law": "normal"}),
        number("n", when={"law": "binomial"}),
        number("p", step=0.01, when={"law": "binomial"}),
        number("eps", step=0.05, when={"law": "lognormal", "how": "alone"}),
        choice("how"),
        number("a", step=0.05, unless={"how": "alone"}),
        switch("printed", when={"law": "gamma"}),
    ),
    statements=tuple(f"PROB-{n}" for n in range(20, 27)),
    presets={
        "wall": {"t": 2.0},
        "twins": {"law": "lognormal", "t": 0.5},
        "same": {"law": "normal", "how": "same"},
        "trials": {"law": "binomial", "t": 0.5},
        "counts": {"law": "poisson", "rate": 1.0, "how": "copy", "t": 0.5},
        "printed": {"printed": True},
    },
)
