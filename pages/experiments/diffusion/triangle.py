"""The posterior triangle."""

from core.experiments.diffusion import triangle
from core.experiments.diffusion import triangle_claims as claims
from pages.figures.diffusion.triangle import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    triangle.triangle,
    claims,
    figure,
    (
        choice("known"),
        number("x0", step=0.01, when={"known": "x0"}),
        number("xt", step=0.01),
        number("T", log=True),
        number("t", reach=lambda T: (1, T)),
        choice("kind"),
    ),
    statements=("DDPM-06", "DDPM-04"),
    presets={
        "both": {},
        "few": {"known": "data", "T": 5, "t": 2, "xt": 0.0},
        "many": {"known": "data", "T": 1000, "t": 400, "xt": 0.0},
        "thousand": {"x0": 1.3, "xt": -0.4, "T": 1000, "t": 301},
        "first": {"x0": 1.0, "T": 20, "t": 1},
        "printed": {"known": "printed", "T": 20, "t": 4, "xt": 1.0},
    },
)
