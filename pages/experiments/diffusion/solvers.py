"""How many steps? Four ways from one noise."""

from core.experiments.diffusion import solvers
from core.experiments.diffusion import solvers_claims as claims
from pages.figures.diffusion.solvers import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    solvers.solvers,
    claims,
    figure,
    (
        number("start", step=0.01),
        number("steps", log=True),
        number("eta", step=0.01),
        choice("variance"),
        number("sigma", step=0.01, live=False),
        number("seed"),
    ),
    statements=("DDPM-04", "DDPM-08"),
    presets={
        "dice": {"eta": 1.0, "steps": 64},
        "watershed": {"start": -0.55},
        "calls": {"steps": 2},
        "back": {"steps": 10},
        "needles": {"sigma": 0.05},
    },
)
