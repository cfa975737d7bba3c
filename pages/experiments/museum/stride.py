"""A figure with stride 2."""

from core.experiments.museum import stride
from core.experiments.museum import stride_claims as claims
from pages.figures.museum.stride import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    stride.strided,
    claims,
    figure,
    (choice("code"), number("stride"), number("u"), number("v")),
    presets={
        "figure": {},
        "last": {"u": 2, "v": 2},
        "one": {"stride": 1},
        "mended": {"code": "mended"},
    },
)
