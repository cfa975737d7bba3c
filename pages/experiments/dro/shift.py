"""Learned here, used there."""

from core.experiments.dro import shift
from core.experiments.dro import shift_claims as claims
from pages.figures.dro.shift import figure
from pages.ui import choice, declare, number, switch, text

EXPERIMENT = declare(
    __name__,
    shift.shift,
    claims,
    figure,
    (
        number("strength", step=0.5),
        choice("data"),
        text("target", when=lambda data: data.startswith("own-")),
        number("feature", reach=shift.reach),
        switch("alone"),
        choice("ball"),
        number("radius", step=0.01),
        number("seed"),
    ),
    statements=("DRO-01", "DRO-03"),
    presets={
        "bmi": {},
        "hue": {"data": "wine", "feature": 8, "alone": True},
        "radius": {"data": "breast_cancer", "feature": 1},
        "texture": {"data": "breast_cancer", "feature": 2, "alone": True},
    },
)
