"""A density solved twice."""

from core.experiments.museum import density
from core.experiments.museum import density_claims as claims
from pages.figures.museum.density import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    density.density,
    claims,
    figure,
    (choice("code"), number("rho", step=0.01), number("x1", step=0.05), number("x2", step=0.05)),
    presets={
        "tilted": {},
        "upright": {"rho": 0.0},
        "narrow": {"rho": 0.8},
        "mended": {"code": "mended"},
    },
)
