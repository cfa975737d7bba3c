"""An attack on a digit."""

from core.experiments.museum import frozen
from core.experiments.museum import frozen_claims as claims
from pages.figures.museum.frozen import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    frozen.frozen,
    claims,
    figure,
    (
        choice("code"),
        number("x", step=0.01),
        number("wish", step=0.01),
        number("lr", log=True),
        number("digit"),
    ),
    presets={
        "black": {},
        "grey": {"x": 0.1, "digit": 1},
        "white": {"x": 1.0, "wish": 0.2},
        "mended": {"code": "mended"},
    },
)
