"""Four importances of one feature."""

from core.experiments.importance import four
from core.experiments.importance import four_claims as claims
from pages.figures.importance.four import figure
from pages.ui import choice, declare, number

TWINS = {"world": "twins"}

EXPERIMENT = declare(
    __name__,
    four.four,
    claims,
    figure,
    (
        choice("world"),
        number("rho", step=0.01, when=TWINS),
        number("t", step=0.01, when={"world": "bits"}),
        number("noise", step=0.05, when=TWINS),
        choice("loss"),
        number("n", log=True, when=TWINS),
        number("seed", 0, 999, live=False, when=TWINS),
    ),
    statements=("XAI-07", "XAI-08", "XAI-09", "XAI-10", "XAI-11", "XAI-12", "XAI-13"),
    presets={
        "twins": {},
        "cousins": {"rho": 0.9},
        "strangers": {"rho": 0.0},
        "densities": {"rho": 0.9, "loss": "log"},
        "xor": {"world": "bits"},
        "mixed": {"world": "bits", "t": 0.5, "loss": "log"},
    },
)
