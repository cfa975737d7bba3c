"""Two parabolas."""

from core.experiments.convexity import parabolas
from core.experiments.convexity import parabolas_claims as claims
from pages.figures.convexity.parabolas import figure
from pages.ui import choice, declare, number, text

EXPERIMENT = declare(
    __name__,
    parabolas.parabolas,
    claims,
    figure,
    (
        choice("f"),
        text("formula", when={"f": "own"}),
        number("x", step=0.01),
        number("L", 0.1, 50, log=True),
        number("mu", step=0.01),
        number("lr_L", 0.01, 2.2, step=0.01, ticks=lambda: {"1/L": 1.0, "2/L": 2.0}),
        number("steps"),
    ),
    statements=("ANA-15", "ANA-16", "ANA-17", "OPT-01"),
    presets={
        "small": {},
        "strong": {"f": "bowl", "x": 3.0, "L": 3.0, "mu": 1.0},
        "waves": {"f": "waves", "x": 8.5, "L": 1.1, "mu": -0.9, "steps": 40},
        "quartic": {"f": "quartic", "x": 0.0, "L": 20.0, "mu": 0.5},
        "slope": {"f": "own", "x": 2.0, "L": 1.0},
    },
)
