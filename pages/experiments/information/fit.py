"""Two ways to fit."""

from core.experiments.information import fit
from core.experiments.information import fit_claims as claims
from pages.figures.information.fit import figure
from pages.ui import choice, declare, hidden, number

EXPERIMENT = declare(
    __name__,
    fit.fit,
    claims,
    figure,
    (
        number("mu", step=0.02),
        number("sigma", step=0.01),
        choice("direction"),
        number("apart", step=0.1, live=False),
        number("width", step=0.01, live=False),
        number("weight", step=0.01, live=False),
        hidden("slide"),
    ),
    statements=("INFO-04", "INFO-05"),
    presets={
        "lock": {},
        "cover": {"direction": "forward"},
        "near": {"apart": 2.0, "mu": -0.6},
        "uneven": {"weight": 0.7, "mu": -1.0, "sigma": 0.8},
        "far": {"direction": "jsd", "apart": 6.0, "width": 0.2, "mu": 0.0, "sigma": 0.2},
    },
)
