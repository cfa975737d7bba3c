"""Constraint walk."""

from core.experiments.convexity import walk
from core.experiments.convexity import walk_claims as claims
from pages.figures.convexity.walk import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    walk.walk,
    claims,
    figure,
    (number("t", step=0.01), number("c", step=0.01), choice("pair")),
    statements=("OPT-02",),
    presets={
        "sum": {},
        "product": {"pair": "product", "t": 0.1},
        "distance": {"pair": "distance", "t": 0.4},
        "cusp": {"pair": "cusp", "c": 0.0, "t": 0.6},
    },
)
