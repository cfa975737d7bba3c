"""Shape calculator."""

from functools import partial

from core.cnn.sliding import limits
from core.experiments.cnn import shapes
from core.experiments.cnn import shapes_claims as claims
from pages.figures.cnn.shapes import figure
from pages.ui import choice, declare, hidden, number

EXPERIMENT = declare(
    __name__,
    shapes.shapes,
    claims,
    figure,
    (
        choice("kind"),
        choice("fill", unless={"kind": "transposed"}),
        number("n", reach=partial(limits, "n", 1, 64)),
        number("k", reach=partial(limits, "k", 1, 9)),
        number("p", reach=partial(limits, "p", 0, 4)),
        number("s", reach=partial(limits, "s", 1, 4)),
        number("d", reach=partial(limits, "d", 1, 3)),
        hidden("look", "cell"),
    ),
    statements=("CNN-18", "CNN-19", "CNN-20", "CNN-32"),
    presets={
        "zeros": {},
        "even": {"k": 4},
        "mirror": {"p": 2, "fill": "reflect"},
        "stride": {"n": 21, "k": 3, "p": 0, "s": 3, "cell": 8},
        "gaps": {"n": 21, "k": 2, "p": 0, "s": 3, "cell": 8},
        "back": {"kind": "transposed", "n": 13, "k": 5, "s": 2, "cell": 84},
    },
)
