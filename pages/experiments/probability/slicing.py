"""Slices of a normal law."""

from core.carry import entries
from core.experiments.probability import slicing
from core.experiments.probability import slicing_claims as claims
from pages.figures.probability.slicing import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    slicing.slicing,
    claims,
    figure,
    (
        number("z", step=0.05),
        choice("law"),
        number("v1", step=0.05),
        number("v2", step=0.05),
        number("c", step=0.01, reach=slicing.allowed),
        number("u1", step=0.05),
        number("u2", step=0.05),
    ),
    statements=("PROB-28", "PROB-30", "PROB-31"),
    presets={
        "cloud": {},
        "heavy": {"law": "heavy"},
        "disc": {"law": "disc", "z": 3.0},
        "line": {"v1": 4.0, "c": 2.0},
        "falling": {"c": -0.8},
    },
    carries=(entries("v1", "c", "c", "v2", "covariance"),),
)
