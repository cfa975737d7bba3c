"""Noisy arrows: the gradient of all points and those of batches."""

from core.experiments.stochastic import arrows
from core.experiments.stochastic import arrows_claims as claims
from pages.figures.stochastic.arrows import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    arrows.arrows,
    claims,
    figure,
    (
        number("N", reach=lambda B: (max(8, B), 200), log=True),
        number("B", reach=lambda N: (1, N), log=True),
        choice("draws"),
        number("a", -3.0, 3.0, step=0.01),
        number("b", -3.0, 3.0, step=0.01),
        number("px", -3.0, 3.0, step=0.01),
        number("py", -6.0, 6.0, step=0.01),
        number("seed"),
    ),
    statements=("OPT-09",),
    presets={
        "four": {"B": 16, "N": 100},
        "all": {"B": 40, "draws": "without"},
        "half": {"B": 20, "draws": "without"},
        "minimum": {"a": 1.0, "b": 0.65},
        "outlier": {"B": 1, "px": 2.5, "py": -6.0, "a": 1.0, "b": 0.5},
    },
)
