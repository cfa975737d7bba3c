"""Backprop step by step."""

from core.experiments.cnn import backprop
from core.experiments.cnn import backprop_claims as claims
from pages.figures.cnn.backprop import figure
from pages.ui import choice, declare, hidden, number, table, text

EXPERIMENT = declare(
    __name__,
    backprop.backprop,
    claims,
    figure,
    (
        choice("layer"),
        table("w", -4.0, 4.0, 0.5, ((1, 3), (1, 5))),
        text("y"),
        choice("upstream"),
        text("delta", when={"upstream": "drawn"}),
        choice("act"),
        number("b", -4.0, 4.0, step=0.1, unless={"act": "identity"}),
        choice("view"),
        hidden("out", "line", "look", "cell"),
    ),
    statements=("CNN-24", "CNN-25", "CNN-26", "CNN-27", "CNN-28"),
    presets={
        "speaks": {},
        "all": {"upstream": "drawn", "w": "1 1 1 1 1"},
        "sample": {"out": 3, "look": "input", "cell": 4},
        "relu": {"act": "relu"},
        "torch": {"layer": "corr", "view": "lines", "line": 3, "out": 1},
        "slips": {"view": "printed", "line": 2, "upstream": "drawn"}
        | {"w": "1 1 1", "y": "0 1 2 3 0", "delta": "1 0 2"},
    },
)
