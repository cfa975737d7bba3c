"""The stable unit."""

from core.experiments.recurrence import unit
from core.experiments.recurrence import unit_claims as claims
from pages.figures.recurrence.unit import figure
from pages.ui import declare, number, switch

EXPERIMENT = declare(
    __name__,
    unit.unit,
    claims,
    figure,
    (number("nu", step=0.02), number("theta", step=0.01), switch("normalise"), number("seed")),
    statements=("RNN-01", "RNN-02", "RNN-06"),
    presets={
        "middle": {},
        "long": {"nu": -5.0, "theta": 0.3, "normalise": False},
        "scaled": {"nu": -5.0, "theta": 0.3},
        "short": {"nu": 1.5},
        "straight": {"nu": -4.0, "theta": 0.0, "normalise": False},
    },
)
