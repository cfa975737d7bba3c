"""A net wider than its data."""

from core.experiments.convexity import wide
from core.experiments.convexity import wide_claims as claims
from pages.figures.convexity.wide import figure
from pages.ui import declare, number

EXPERIMENT = declare(
    __name__,
    wide.wide,
    claims,
    figure,
    (number("width", log=True), number("points"), number("steps", step=50), number("seed")),
    statements=("OPT-06", "OPT-07"),
    presets={
        "wide": {},
        "two": {"width": 2},
        "eight": {"width": 8},
        "twenty": {"points": 20, "width": 64},
    },
)
