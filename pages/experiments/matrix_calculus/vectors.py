"""The derivative of a vector by a vector."""

from core.experiments.matrix_calculus import vectors
from core.experiments.matrix_calculus import vectors_claims as claims
from pages.figures.matrix_calculus.vectors import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    vectors.check,
    claims,
    figure,
    (
        choice("identity"),
        choice("layout"),
        choice("written"),
        number("n"),
        number("m", unless={"identity": ("hadamard", "same")}),
        number("seed"),
    ),
    statements=tuple(vectors.IDS.values()),
    presets={
        "row": {"m": 5},
        "layouts": {"identity": "scaled", "written": "other"},
        "slopes": {"identity": "hadamard"},
        "square": {"identity": "mapped", "written": "guess", "m": 3},
        "fixed": {"identity": "constant", "m": 2},
        "printed": {"identity": "gram", "written": "printed"},
    },
)
