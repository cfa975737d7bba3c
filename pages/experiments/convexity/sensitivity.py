"""Sensitivity of a linear system."""

from core.carry import entries
from core.experiments.convexity import sensitivity
from core.experiments.convexity import sensitivity_claims as claims
from pages.figures.convexity.sensitivity import figure
from pages.ui import declare, number

MOST = 100.0  # of an entry that a slider gives


def worst_b(a11: float, a12: float, a21: float, a22: float) -> float:
    return sensitivity.worst(a11, a12, a21, a22)[0]


def worst_error(a11: float, a12: float, a21: float, a22: float) -> float:
    return sensitivity.worst(a11, a12, a21, a22)[1]


EXPERIMENT = declare(
    __name__,
    sensitivity.sensitivity,
    claims,
    figure,
    (
        number("a11", -MOST, MOST, step=0.01),
        number("a12", -MOST, MOST, step=0.01),
        number("a21", -MOST, MOST, step=0.01),
        number("a22", -MOST, MOST, step=0.01),
        number("beta", step=0.1, optimum=worst_b),
        number("delta", step=0.1, optimum=worst_error),
    ),
    statements=("ANA-19",),
    presets={
        "shear": {},
        "tiny": {"a11": 0.01, "a12": 0.0, "a22": 0.01, "beta": 30.0},
        "lines": {"a12": 1.0, "a21": 1.0, "a22": 1.01, "beta": 45.1, "delta": -45.0},
        "hilbert": {"a12": 0.5, "a21": 0.5, "a22": 1 / 3, "beta": 60.0, "delta": 0.0},
        "singular": {"a12": 2.0, "a21": 0.5},
    },
    carries=(entries("a11", "a12", "a21", "a22"),),
)
