"""Signal to noise."""

from core.experiments.diffusion import noise_level
from core.experiments.diffusion import noise_level_claims as claims
from pages.figures.diffusion.noise_level import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    noise_level.noise_level,
    claims,
    figure,
    (
        choice("kind"),
        number("beta_T", 1e-5, 0.99, log=True, when={"kind": "linear"}),
        number("beta_1", 1e-5, 0.99, log=True, unless={"kind": "cosine"}),
        number("T", log=True),
    ),
    statements=("DDPM-09",),
    presets={
        "thousand": {},
        "early": {"T": 200},
        "hundred": {"T": 100, "beta_1": 1e-3, "beta_T": 0.2},
        "cosine": {"kind": "cosine"},
        "constant": {"kind": "constant", "beta_1": 0.01},
    },
)
