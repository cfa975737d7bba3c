"""Your network, on a digit or a drawing."""

from core.experiments.cnn import network
from core.experiments.cnn import network_claims as claims
from pages.figures.cnn.network import figure
from pages.ui import choice, declare, hidden, number, table

BLANK = ",".join(["0 0 0 0 0 0 0 0"] * 8)

EXPERIMENT = declare(
    __name__,
    network.read,
    claims,
    figure,
    (
        choice("source"),
        number("digit", when={"source": "digit"}),
        table("drawing", 0, 16, 1, ((8, 8),), when={"source": "drawing"}),
        number("dx", -4, 4),
        number("dy", -4, 4),
        choice("kernels"),
        hidden("cell", "level"),
    ),
    statements=("CNN-15", "CNN-23", "CNN-26", "CNN-27", "CNN-29", "CNN-31", "CNN-33"),
    presets={
        "moved": {"digit": 11, "dx": 1, "cell": 203},
        "misread": {},
        "open_four": {"source": "drawing", "cell": 67},
        "blank": {"source": "drawing", "drawing": BLANK, "cell": 339},
        "turned": {"digit": 0, "kernels": "turned"},
        "field": {"digit": 9, "cell": 909},
    },
)
