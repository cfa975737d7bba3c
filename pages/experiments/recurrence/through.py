"""The gradient through time."""

from core.experiments.recurrence import through
from core.experiments.recurrence import through_claims as claims
from pages.figures.recurrence.through import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    through.through,
    claims,
    figure,
    (
        choice("matrix"),
        choice("phi"),
        number("scale", step=0.005, ticks=lambda: {"1": 1.0}),
        number("T"),
        number("drive", step=0.05),
        number("clip", log=True),
        number("seed"),
    ),
    statements=("RNN-05",),
    presets={
        "fifty": {},
        "more": {"scale": 1.1},
        "skewed": {"matrix": "skewed", "scale": 0.95, "T": 100},
        "tanh": {"phi": "tanh", "scale": 1.1, "matrix": "random"},
        "long": {"scale": 1.5, "T": 200},
    },
)
