"""The attack arena."""

from core.experiments.adversarial import arena
from core.experiments.adversarial import arena_claims as claims
from pages.figures.adversarial.arena import figure
from pages.ui import choice, declare, number

TEN = {"norm": "2", "eps": 0.5, "alpha": 0.1, "steps": 10}

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
        "trap": TEN | {"hill": "spirals", "x1": -0.5, "x2": 0.3},
        "noise": TEN | {"hill": "moons", "x1": -0.5, "x2": 1.0},
        "big": {"alpha": 0.3},
        "masked": TEN | {"hill": "masked", "eps": 1.0, "x1": -0.5, "x2": 1.0},
        "target": TEN | {"hill": "target", "eps": 1.0, "steps": 20, "x1": 0.5, "x2": 0.2},
    },
)
