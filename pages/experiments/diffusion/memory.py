"""A perfect net and a few points."""

from core.experiments.diffusion import memory
from core.experiments.diffusion import memory_claims as claims
from pages.figures.diffusion.memory import figure
from pages.ui import choice, declare, hidden, number

EXPERIMENT = declare(
    __name__,
    memory.memory,
    claims,
    figure,
    (
        number("h", 0.0, 0.6, step=0.005),
        number("n"),
        choice("data"),
        choice("place"),
        number("x", step=0.01, when={"place": "mine"}),
        number("y", step=0.01, when={"place": "mine"}),
        number("seed", 0, 999),
        hidden("k", "drawing"),
    ),
    statements=("DDPM-05", "DDPM-08"),
    presets={
        "perfect": {},
        "more": {"n": 60, "data": "ring"},
        "smooth": {"h": 0.1},
        "apart": {"place": "mine", "x": 2.2, "y": 1.8},
        "blur": {"h": 0.6},
        "drawn": {"data": "drawn", "n": 40, "h": 0.15},
    },
)
