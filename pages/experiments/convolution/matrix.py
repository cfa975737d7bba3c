"""The matrix view."""

from core.carry import toeplitz
from core.convolution.signals import LARGEST, SMALLEST
from core.experiments.convolution import matrix
from core.experiments.convolution import matrix_claims as claims
from pages.figures.convolution.matrix import figure
from pages.ui import choice, declare, hidden, number, switch, table, text

SQUARE = {"domain": "signal", "mode": "same", "stride": 1, "dilation": 1}

EXPERIMENT = declare(
    __name__,
    matrix.banded,
    claims,
    figure,
    (
        choice("domain"),
        table("h", -3.0, 3.0, 0.5, matrix.KERNELS, when={"domain": "signal"}),
        table("kernel", -3.0, 3.0, 0.5, matrix.STENCILS, when={"domain": "picture"}),
        choice("mode"),
        number("stride", 1, 4),
        number("dilation", 1, 3),
        switch("flip"),
        switch("transpose"),
        text("x", when={"domain": "signal"}),
        table("picture", -3.0, 3.0, 1.0, matrix.PICTURES, when={"domain": "picture"}),
        hidden("u", "t"),
    ),
    statements=("CNN-17", "CNN-19", "CNN-20"),
    presets={
        "five_weights": {},
        "unturned": {"mode": "valid", "flip": False},
        "whole_windows": {"mode": "valid"},
        "stride": {"mode": "valid", "stride": 2},
        "back": {"mode": "valid", "stride": 2, "transpose": True},
        "torus": {"domain": "picture", "mode": "circular", "u": 0},
    },
    carries=(toeplitz("h", "x", LARGEST, SMALLEST, **SQUARE, flip=True, transpose=False),),
)
