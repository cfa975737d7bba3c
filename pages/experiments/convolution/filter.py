"""The picture filter."""

from core.experiments.convolution import filter as filtering
from core.experiments.convolution import filter_claims as claims
from pages.figures.convolution.filter import figure
from pages.ui import choice, declare, hidden, number, switch, table

EXPERIMENT = declare(
    __name__,
    filtering.picture_filter,
    claims,
    figure,
    (
        choice("picture"),
        choice("kernel"),
        table("h", -9, 9, 0.1, filtering.SHAPES, when={"kernel": "own"}),
        choice("size", unless={"kernel": "own"}),
        number("sigma", 0.3, 3.0, step=0.05, when={"kernel": "gaussian"}),
        switch("flip"),
        choice("boundary"),
        choice("view"),
        hidden("drawing", "look", "row", "col"),
    ),
    statements=("CNN-15", "CNN-16", "CNN-28"),
    presets={
        "edges": {"picture": "disc", "row": 64, "col": 24},
        "dot": {
            "picture": "dots",
            "kernel": "own",
            "boundary": "zero",
            "look": "input",
            "row": 16,
            "col": 16,
        },
        "mean": {
            "picture": "flower",
            "kernel": "gaussian",
            "size": "7",
            "sigma": 2.0,
            "boundary": "circular",
        },
        "two_passes": {"kernel": "gaussian", "size": "7", "sigma": 1.5},
        "sharpen": {
            "picture": "text",
            "kernel": "own",
            "h": "-0.01 -0.02 -0.03 -0.02 -0.01,-0.02 0.14 0.12 0.14 -0.02,"
            "-0.03 0.12 0.28 0.12 -0.03,-0.02 0.14 0.12 0.14 -0.02,-0.01 -0.02 -0.03 -0.02 -0.01",
            "row": 40,
            "col": 23,
        },
        "level": {"kernel": "sobel-y", "view": "abs"},
    },
)
