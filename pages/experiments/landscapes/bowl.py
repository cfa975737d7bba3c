"""The bowl."""

from core.carry import hessian
from core.experiments.landscapes import bowl
from core.experiments.landscapes import bowl_claims as claims
from pages.figures.landscapes.bowl import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    bowl.bowl,
    claims,
    figure,
    (
        number("kappa", log=True),
        number("angle", 0, 180, step=1.0),
        number(
            "lr_L",
            0.01,
            2.2,
            step=0.0001,
            ticks=lambda kappa: {"1/L": 1.0, "2/(L+μ)": 2 * kappa / (kappa + 1), "2/L": 2.0},
            optimum=lambda kappa: 2 * kappa / (kappa + 1),
        ),
        number("steps", 1, 2000),
        choice("start"),
        number("x0", step=0.01, when={"start": "free"}),
        number("y0", step=0.01, when={"start": "free"}),
    ),
    statements=("OPT-08", "ANA-17", "ANA-20", "ANA-21"),
    presets={
        "no_zigzag": {"start": "worst", "lr_L": 1.0, "steps": 1000},
        "gutter": {"start": "worst"},
        "no_flip": {"lr_L": 1.0, "steps": 1000},
        "over_the_edge": {"lr_L": 2.02, "steps": 620},
        "bouncing": {"lr_L": 2.0, "steps": 200},
        "one_step": {"kappa": 1.0, "lr_L": 1.0, "steps": 10},
    },
    carries=(hessian(),),
)
