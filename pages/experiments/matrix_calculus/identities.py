"""The derivative of a number by a vector."""

from core.experiments.matrix_calculus import identities
from core.experiments.matrix_calculus import identities_claims as claims
from pages.figures.matrix_calculus.identities import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    identities.check,
    claims,
    figure,
    (
        choice("identity"),
        choice("layout"),
        choice("written"),
        number("n"),
        number("m", unless={"identity": ("quadratic", "linear", "product", "second")}),
        number("seed"),
    ),
    statements=("MC-01", *claims.GROUP),
    presets={
        "quadratic": {"n": 2, "seed": 0},
        "inner": {"identity": "inner"},
        "bilinear": {"identity": "bilinear", "written": "guess"},
        "row": {"identity": "affine", "layout": "numerator", "m": 2},
        "constant": {"identity": "constant"},
        "doubled": {"identity": "norm", "written": "printed"},
    },
)
