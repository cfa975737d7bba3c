"""The parameter ledger."""

from core.experiments.cnn import ledger
from core.experiments.cnn import ledger_claims as claims
from pages.figures.cnn.ledger import figure
from pages.ui import choice, declare, number, switch

EXPERIMENT = declare(
    __name__,
    ledger.ledger,
    claims,
    figure,
    (number("m", 7), number("n", 7), *map(number, "cpqK"), choice("layer"), switch("printed")),
    statements=("CNN-33", "CNN-34"),
    presets={
        "six": {},
        "doubled": {"m": 64, "n": 64},
        "whole_image": {"m": 7, "n": 7, "p": 7, "q": 7},
        "pixelwise": {"p": 1, "q": 1, "c": 16, "K": 64},
        "one_channel": {"c": 1, "printed": True},
    },
)
