"""Receptive field."""

from core.experiments.cnn import field
from core.experiments.cnn import field_claims as claims
from pages.figures.cnn.field import figure
from pages.ui import choice, declare, hidden, number, table

EXPERIMENT = declare(
    __name__,
    field.field,
    claims,
    figure,
    (
        choice("stack"),
        table("layers", 1, 9, 1, tuple((rows, 3) for rows in range(1, 9)), when={"stack": "table"}),
        number("depth", when={"stack": "deep"}),
        number("n", ticks=lambda: {"digit": 28, "photograph": 224}),
        choice("weights"),
        hidden("down", "at"),
    ),
    statements=("CNN-21", "CNN-22", "CNN-23"),
    presets={
        "three": {"n": 28},
        "layers": {"stack": "deep"},
        "gaze": {"stack": "deep", "depth": 20, "n": 64},
        "stride": {"layers": "3 2 1,3 2 1,3 2 1,3 2 1,3 2 1"},
        "holes": {"layers": "3 1 2,3 1 2,3 1 2", "n": 28},
        "sobel": {"layers": "3 1 1", "n": 28, "weights": "sobel"},
    },
)
