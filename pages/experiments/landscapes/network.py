"""A real loss surface."""

from core.experiments.landscapes import network
from core.experiments.landscapes import network_claims as claims
from pages.figures.landscapes.network import figure
from pages.ui import choice, declare, number

RANDOM = ("filter", "raw")

EXPERIMENT = declare(
    __name__,
    network.plane,
    claims,
    figure,
    (
        choice("data"),
        choice("activation"),
        number("rescale", log=True, when={"activation": "relu"}),
        number("steps", step=20),
        number("seed", 0, 999, when={"activation": "tanh"}),
        choice("directions"),
        number("direction_seed", when={"directions": RANDOM}),
        number("radius", log=True, when={"directions": RANDOM}),
        choice("view"),
    ),
    statements=("ANA-19",),
    presets={
        "filter": {},
        "roll": {"direction_seed": 7},
        "raw": {"directions": "raw", "radius": 0.2},
        "path": {"directions": "pca"},
        "rescaled": {"activation": "relu", "rescale": 4.0, "directions": "raw", "radius": 0.2},
        "turned": {"activation": "relu", "rescale": 4.0},
    },
)
