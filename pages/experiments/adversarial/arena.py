"""The attack arena."""

from core.experiments.adversarial import arena
from core.experiments.adversarial import arena_claims as claims
from pages.figures.adversarial.arena import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    arena.arena,
    claims,
    figure,
    (
        choice("hill"),
        choice("norm"),
        number("eps", step=0.01),
        number("alpha", 0.01, 0.5, step=0.01),
        number("steps"),
        number("restarts"),
        number("x1", -2.5, 2.5, step=0.01),
        number("x2", -2.5, 2.5, step=0.01),
    ),
    statements=("ROB-03", "ROB-12", "ROB-13"),
    presets={
        "walk": {},
        "trap": {"hill": "spirals", "norm": "2", "eps": 0.5, "alpha": 0.1, "x1": -0.5, "x2": 0.3},
        "noise": {"hill": "moons", "norm": "2", "eps": 0.5, "alpha": 0.1, "x1": -0.5, "x2": 1.0},
        "big": {"alpha": 0.3},
        "masked": {"hill": "masked", "norm": "2", "alpha": 0.1, "x1": -0.5, "x2": 1.0},
        "target": {"hill": "target", "norm": "2", "alpha": 0.1, "x1": 0.5, "x2": 0.2},
    },
)
