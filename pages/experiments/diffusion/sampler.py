"""The exact sampler."""

from core.experiments.diffusion import sampler
from core.experiments.diffusion import sampler_claims as claims
from pages.figures.diffusion.sampler import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    sampler.sampler,
    claims,
    figure,
    (
        number("weight", step=0.01),
        choice("method"),
        number("T", 5, 1000, log=True),
        choice("betas"),
        number("mean", step=0.01),
        number("sigma", step=0.01),
        number("N", log=True),
        number("seed"),
    ),
    statements=("DDPM-04", "DDPM-07", "DDPM-08"),
    presets={
        "no_noise": {"method": "none"},
        "ten": {"T": 10, "N": 20_000},
        "right_way": {"method": "ddim", "T": 10, "N": 20_000},
        "thousand": {"T": 1000, "N": 4000},
        "early": {"T": 200, "betas": "same", "N": 20_000},
    },
)
