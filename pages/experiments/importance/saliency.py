"""Sensitivity against contribution."""

from core.experiments.importance import saliency
from core.experiments.importance import saliency_claims as claims
from pages.figures.importance.saliency import figure
from pages.ui import choice, declare, hidden, number

UNIT = {"world": "unit"}

EXPERIMENT = declare(
    __name__,
    saliency.saliency,
    claims,
    figure,
    (
        choice("world"),
        number("x1", step=0.05, when=UNIT),
        number("x2", step=0.05, when=UNIT),
        number("w1", step=0.05, when=UNIT),
        number("c", log=True, when=UNIT),
        number("digit", when={"world": "digit"}),
        hidden("pixel"),
    ),
    statements=("XAI-05", "XAI-06"),
    presets={
        "right": {},
        "slope": {"x1": 0.0, "x2": 0.0},
        "units": {"x1": 1.0, "x2": -2.0, "w1": 1.0, "c": 0.1},
        "four": {"world": "digit"},
        "nine": {"world": "digit", "digit": 125, "pixel": 43},
    },
)
