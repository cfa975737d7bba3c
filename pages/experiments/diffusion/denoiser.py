"""Train a noise net."""

from core.experiments.diffusion import denoiser
from core.experiments.diffusion import denoiser_claims as claims
from pages.figures.diffusion.denoiser import figure
from pages.ui import choice, declare, hidden, number

EXPERIMENT = declare(
    __name__,
    denoiser.denoiser,
    claims,
    figure,
    (
        choice("data"),
        hidden("drawing"),
        choice("predict"),
        number("width", log=True),
        number("steps", step=20),
        number("lr", log=True),
        number("seed", 0, 999),
        number("t"),
    ),
    statements=("DDPM-01", "DDPM-05"),
    presets={
        "two": {},
        "bell": {"data": "bell"},
        "clean": {"predict": "x0"},
        "narrow": {"width": 3},
        "ring": {"data": "ring", "t": 100},
        "drawing": {"data": "drawing", "t": 100},
    },
)
