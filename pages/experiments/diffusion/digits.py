"""Digits out of noise."""

from core.experiments.diffusion import digits
from core.experiments.diffusion import digits_claims as claims
from pages.figures.diffusion.digits import figure
from pages.ui import choice, declare, hidden, number

EXPERIMENT = declare(
    __name__,
    digits.digits,
    claims,
    figure,
    (
        choice("label"),
        number("w", step=0.05),
        number("steps", live=False),
        number("eta", live=False),
        number("seed", 0, 999),
        hidden("step", "digit"),
    ),
    statements=("DDPM-01", "DDPM-04", "DDPM-07", "DDPM-08"),
    presets={
        "three": {},
        "each": {"label": "each"},
        "none": {"w": 0.0},
        "strong": {"w": 4.0},
        "five": {"steps": 5, "label": "8"},
        "restless": {"eta": 1.0, "steps": 50},
    },
)
