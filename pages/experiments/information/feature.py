"""What features tell: a dial from XOR to a duplicate, a normal pair and its draws."""

from core.experiments.information import feature
from core.experiments.information import feature_claims as claims
from pages.figures.information.feature import figure
from pages.ui import choice, declare, number

NORMAL = {"view": "normal"}

EXPERIMENT = declare(
    __name__,
    feature.feature,
    claims,
    figure,
    (
        choice("view"),
        number("t", step=0.01, when={"view": "table"}),
        number("rho", step=0.01, when=NORMAL),
        number("n", log=True, live=False, when=NORMAL),
        number("bins", when=NORMAL),
        number("k", live=False, when=NORMAL),
        choice("unit"),
        number("seed", 0, 999, live=False, when=NORMAL),
    ),
    statements=("INFO-07", "XAI-07", "XAI-08"),
    presets={
        "xor": {},
        "copy": {"t": 1.0},
        "between": {"t": 0.6},
        "normal": {"view": "normal", "unit": "nats"},
        "independent": {"view": "normal", "rho": 0.0, "unit": "nats"},
    },
)
