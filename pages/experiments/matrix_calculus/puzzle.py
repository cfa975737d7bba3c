"""The shape puzzle."""

from core.experiments.matrix_calculus import puzzle
from core.experiments.matrix_calculus import puzzle_claims as claims
from pages.figures.matrix_calculus.puzzle import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    puzzle.lay,
    claims,
    figure,
    (
        choice("target"),
        choice("layout"),
        number("first"),
        number("second"),
        number("third"),
        number("n"),
        number("m"),
        number("seed"),
    ),
    statements=("MC-04", "MC-05", "MC-09", "MC-11", "MC-18", "MC-19"),
    presets={
        "inner": {},
        "bilinear": {"target": "bilinear", "first": 1, "second": 2, "third": 4},
        "scaled": {"target": "scaled", "first": 4, "second": 2},
        "chain": {"target": "chain", "first": 3, "second": 1, "n": 3, "m": 3},
        "mapped": {"target": "mapped", "first": 0, "second": 0},
        "norm": {"target": "norm", "layout": "numerator", "first": 1, "second": 0},
    },
)
