"""A fair race."""

from core.experiments.landscapes import race
from core.experiments.landscapes import race_claims as claims
from pages.figures.landscapes.race import figure
from pages.ui import choice, declare, number, switch, text

EXPERIMENT = declare(
    __name__,
    race.race,
    claims,
    figure,
    (
        choice("landscape"),
        number("kappa", log=True, when={"landscape": "quadratic"}),
        number("angle", step=1.0, when={"landscape": "quadratic"}),
        text("formula", when={"landscape": "own"}),
        number("x0", step=0.001),
        number("y0", step=0.001),
        number("steps"),
        number("tol", log=True),
        switch("nine"),
    ),
    statements=("OPT-08", "OPT-13", "OPT-14", "OPT-16", "OPT-17"),
    presets={
        "round": {"kappa": 1.2},
        "axes": {},
        "apart": {"y0": 0.3},
        "diagonal": {"angle": 45.0, "x0": 0.0, "y0": 1.414},
        "banana": {"landscape": "rosenbrock", "x0": -1.2, "steps": 1000},
        "single": {"nine": False},
    },
)
