"""The guidance dial."""

from core.experiments.diffusion import guidance
from core.experiments.diffusion import guidance_claims as claims
from pages.figures.diffusion.guidance import figure
from pages.ui import choice, declare, hidden, number

EXPERIMENT = declare(
    __name__,
    guidance.guidance,
    claims,
    figure,
    (
        number("w", step=0.1, ticks=lambda: {"all data": 0.0, "the class": 1.0}),
        choice("classes"),
        number("std", step=0.01),
        number("mx", step=0.01),
        number("my", step=0.01),
        number("seed", 0, 999),
        hidden("k"),
    ),
    statements=("DDPM-08",),
    presets={
        "strong": {},
        "class": {"w": 1.0},
        "none": {"w": 0.0},
        "most": {"w": 8.0},
        "three": {"classes": "three", "mx": 0.0, "my": 1.2, "std": 0.6},
        "many": {"classes": "many", "std": 0.5, "mx": 1.22},
    },
)
