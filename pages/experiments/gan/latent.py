"""Digits out of two numbers."""

from core.experiments.gan import latent
from core.experiments.gan import latent_claims as claims
from pages.figures.gan.latent import figure
from pages.ui import choice, declare, hidden, number

EXPERIMENT = declare(
    __name__,
    latent.latent,
    claims,
    figure,
    (
        number("z1", step=0.01),
        number("z2", step=0.01),
        number("w1", step=0.01),
        number("w2", step=0.01),
        choice("kind"),
        number("seed", 0, 999),
        *hidden("t"),
    ),
    statements=("GAN-01", "GAN-07"),
    presets={
        "copy": {},
        "walk": {"z1": -1.9, "z2": -1.9, "w1": 1.8, "w2": -1.3},
        "free": {"kind": "free"},
        "far": {"z1": 2.8, "z2": 2.8, "w1": -2.8, "w2": -2.8},
    },
)
