"""Hide a feature."""

from core.experiments.importance import hide
from core.experiments.importance import hide_claims as claims
from pages.figures.importance.hide import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    hide.hidden_one,
    claims,
    figure,
    (
        choice("way"),
        choice("f"),
        number("rho", step=0.01),
        number("x1", step=0.01),
        number("x2", step=0.01),
    ),
    statements=("XAI-03", "XAI-05"),
    presets={
        "usual": {},
        "average": {"f": "product", "way": "marginal", "x1": 2.0, "x2": 2.0},
        "copy": {"f": "first", "rho": 0.99, "x1": 2.0, "x2": 2.0},
        "zero": {"way": "zero", "x1": 1.0, "x2": 1.0},
        "square": {"f": "square", "way": "mean", "rho": 0.0, "x1": 1.0, "x2": 1.0},
        "independent": {"f": "product", "rho": 0.0, "way": "marginal", "x1": 2.0, "x2": 0.0},
    },
)
