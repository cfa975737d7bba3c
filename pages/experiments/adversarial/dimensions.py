"""Many dimensions."""

from core.experiments.adversarial import dimensions
from core.experiments.adversarial import dimensions_claims as claims
from pages.figures.adversarial.dimensions import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    dimensions.dimensions,
    claims,
    figure,
    (
        number("d", log=True),
        number("eps", step=0.001, ticks=lambda: {"8/255": 8 / 255}),
        choice("kind"),
        number("margin", 0.1, 3.0, step=0.05),
        number("seed", 0, 999),
    ),
    statements=("ROB-07",),
    presets={
        "alike": {},
        "four": {"kind": "sparse"},
        "noise": {"kind": "gauss"},
        "just": {"d": 400},
        "two": {"d": 2},
        "colour": {"d": 3072, "kind": "gauss", "eps": 8 / 255},
    },
)
