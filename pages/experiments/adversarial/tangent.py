"""A net in the plane and its tangent at one point."""

from core.experiments.adversarial import tangent
from core.experiments.adversarial import tangent_claims as claims
from pages.figures.adversarial.tangent import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    tangent.tangent,
    claims,
    figure,
    (
        number("x1", step=0.01),
        number("x2", step=0.01),
        number("radius", log=True),
        choice("activation"),
        choice("cloud"),
    ),
    statements=("ROB-11",),
    presets={
        "moon": {},
        "middle": {"cloud": "blobs", "x1": -0.85, "x2": -1.06, "radius": 1.5},
        "near": {"x1": 0.25, "x2": -0.75, "radius": 0.1},
        "piece": {"activation": "relu", "x1": -2.1, "x2": 0.65, "radius": 0.1},
        "centre": {"cloud": "rings", "x1": 0.0, "x2": 0.0},
        "past": {"cloud": "spirals", "x1": -0.37, "x2": 0.53, "radius": 0.5},
    },
)
