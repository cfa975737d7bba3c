"""The mode ledger."""

from core.experiments.gan import ledger
from core.experiments.gan import ledger_claims as claims
from pages.figures.gan.ledger import figure
from pages.ui import declare, hidden, number

ONE = {"covered": 1, "tilt": 0.0}

EXPERIMENT = declare(
    __name__,
    ledger.ledger,
    claims,
    figure,
    (
        number("covered"),
        number("tilt", step=0.01),
        number("follow", 0.01, 1.0, step=0.01),
        number("rounds"),
        number("hand"),
        hidden("round"),
    ),
    statements=("GAN-07",),
    presets={
        "nearly": {},
        "one": ONE,
        "half": {"covered": 4, "tilt": 0.0},
        "hand": {"covered": 4, "tilt": 0.0, "hand": 7},
        "little": {**ONE, "follow": 0.1, "rounds": 64},
        "printed": {"covered": 2, "tilt": 0.0},
    },
)
