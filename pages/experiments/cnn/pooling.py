"""Pooling bench."""

from core.experiments.cnn import pooling
from core.experiments.cnn import pooling_claims as claims
from pages.figures.cnn.pooling import figure
from pages.ui import choice, declare, hidden, number, text

EXPERIMENT = declare(
    __name__,
    pooling.bench,
    claims,
    figure,
    (
        choice("bench"),
        choice("kind"),
        number("beta", step=0.05, ticks=lambda: {"mean": 0.0}, when={"kind": ("softmax", "lse")}),
        text("values", when={"bench": "window"}),
        number("r", when={"bench": "picture"}),
        number("s", when={"bench": "picture"}),
        number("dx", when={"bench": "picture"}),
        hidden("pixels", "u"),
    ),
    statements=("CNN-29", "CNN-30", "CNN-31"),
    presets={
        "digit": {"dx": 1, "u": 8},
        "stride": {"dx": 2, "u": 8},
        "global": {"dx": 1, "r": 12, "s": 1},
        "winners": {"bench": "window", "values": "3 3 1 0"},
        "soft": {"bench": "window", "kind": "softmax"},
        "raise": {"bench": "window", "kind": "softmax", "values": "0 3 0 0"},
    },
)
