"""The operator box."""

from core.experiments.convolution import operators
from core.experiments.convolution import operators_claims as claims
from pages.figures.convolution.operators import figure
from pages.ui import choice, declare, hidden, number, text

EXPERIMENT = declare(
    __name__,
    operators.box,
    claims,
    figure,
    (
        choice("op"),
        choice("test"),
        text("f"),
        choice("g", when={"test": "linear"}),
        number("alpha", step=0.1, when={"test": "linear"}),
        number("beta", step=0.1, when={"test": "linear"}),
        number("shift", when={"test": "shift"}),
        number("at", when={"test": "impulse"}),
        hidden("row"),
        number("seed", 0, 99, when={"op": "random"}),
    ),
    statements=("CNN-01", "CNN-02", "CNN-03", "CNN-04", "CNN-05", "CNN-08", "CNN-10"),
    presets={
        "not_enough": {},
        "tells_all": {"op": "blur"},
        "plus_one": {"op": "plus", "test": "linear"},
        "border": {"op": "padded", "test": "shift", "shift": 8},
        "still": {"op": "magnitude", "test": "shift"},
        "any_kernel": {"op": "random", "test": "linear", "alpha": 1.5, "beta": -2.0},
    },
)
