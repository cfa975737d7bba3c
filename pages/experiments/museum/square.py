"""A square that is missing."""

from core.experiments.museum import square
from core.experiments.museum import square_claims as claims
from pages.figures.museum.square import figure
from pages.ui import choice, declare, number, text

EXPERIMENT = declare(
    __name__,
    square.spread,
    claims,
    figure,
    (choice("code"), text("numbers"), number("shift", step=0.05), number("stretch", step=0.05)),
    presets={
        "page": {},
        "wide": {"stretch": 2.0},
        "equal": {"numbers": "1 1 1"},
        "mended": {"code": "mended", "stretch": 2.0},
    },
)
