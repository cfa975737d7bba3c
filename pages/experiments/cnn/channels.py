"""Channels and groups."""

from core.cnn.layer import divisors
from core.experiments.cnn import channels
from core.experiments.cnn import channels_claims as claims
from pages.figures.cnn.channels import figure
from pages.ui import choice, declare, hidden, number

EXPERIMENT = declare(
    __name__,
    channels.channels,
    claims,
    figure,
    (
        number("m", 5),
        number("n", 5),
        *map(number, "cpqK"),
        number(
            "groups",
            ticks=lambda c, K: {"depthwise" if g == c > 1 else str(g): g for g in divisors(c, K)},
            reach=lambda c, K: (1, max(2, divisors(c, K)[-1])),
        ),
        choice("kernel"),
        hidden("cell"),
    ),
    statements=("CNN-15", "CNN-33", "CNN-34"),
    presets={
        "sheet": {"m": 8, "n": 8, "c": 3, "K": 6, "p": 5, "q": 5, "groups": 1},
        "all": {"groups": 1},
        "two_layers": {},
        "depthwise": {"c": 8, "K": 8, "groups": 8},
        "pixel": {"p": 1, "q": 1, "groups": 1},
        "fan": {"c": 2, "K": 8, "groups": 2},
    },
)
