"""The two-number game."""

from core.experiments.gan import circle
from core.experiments.gan import circle_claims as claims
from pages.figures.gan.circle import figure
from pages.ui import choice, declare, number, switch

EXPERIMENT = declare(
    __name__,
    circle.circle,
    claims,
    figure,
    (
        choice("update"),
        number("eta", 0.01, 0.5, step=0.01),
        number("r1", step=0.01, ticks=lambda eta: {"η": eta}),
        number("steps"),
        number("x0", -2.0, 2.0, step=0.01),
        number("y0", -2.0, 2.0, step=0.01),
        switch("others"),
        switch("inside"),
    ),
    statements=("GAN-08",),
    presets={
        "together": {},
        "turns": {"update": "alternating", "steps": 500},
        "ahead": {"update": "extragradient"},
        "brake": {"r1": 0.3},
        "border": {"r1": 0.1, "steps": 400},
        "large": {"eta": 0.5, "steps": 20, "x0": 0.2},
    },
)
