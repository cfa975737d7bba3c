"""Descent without convexity."""

from core.experiments.convexity import pl
from core.experiments.convexity import pl_claims as claims
from pages.figures.convexity.pl import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    pl.descent,
    claims,
    figure,
    (
        choice("f"),
        number("a", step=0.01, when={"f": "waves"}),
        number("x0", step=0.05),
        number("y0", step=0.05, when={"f": "trough"}),
        number("lr_L", 0.02, 2.0, step=0.01, ticks=lambda: {"1/L": 1.0}),
        number("steps"),
    ),
    statements=("OPT-03", "OPT-04", "OPT-05", "OPT-07"),
    presets={
        "three": {},
        "four": {"a": 4.5, "steps": 100},
        "five": {"a": 5.0},
        "far": {"x0": 10.0, "steps": 20},
        "trough": {"f": "trough", "x0": -6.0, "y0": 8.0, "lr_L": 0.3, "steps": 30},
    },
)
