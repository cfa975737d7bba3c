"""The shift test."""

from core.experiments.cnn import shift
from core.experiments.cnn import shift_claims as claims
from pages.figures.cnn.shift import figure
from pages.ui import choice, declare, number, switch

PICTURE, SINE = {"view": "picture"}, {"view": "sine"}

EXPERIMENT = declare(
    __name__,
    shift.shift,
    claims,
    figure,
    (
        choice("view"),
        choice("picture", when=PICTURE),
        number("dx", when=PICTURE),
        number("dy", when=PICTURE),
        number("freq", step=0.01, ticks=lambda stride: {"1/(2s)": 0.5 / stride}, when=SINE),
        number("stride"),
        choice("padding", when=PICTURE),
        choice("pool", when=PICTURE),
        switch("blur"),
    ),
    statements=("CNN-10", "CNN-32"),
    presets={
        "moves": {"stride": 1, "dx": 5, "dy": 3},
        "half_step": {},
        "border": {"picture": "china", "padding": "zero", "stride": 1, "dx": 6},
        "wavers": {"picture": "china", "pool": "max"},
        "disguise": {"view": "sine"},
        "stopped": {"view": "sine", "blur": True},
    },
)
