"""A point, a line, and the ball between them."""

from core.experiments.adversarial import ball
from core.experiments.adversarial import ball_claims as claims
from pages.figures.adversarial.ball import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    ball.ball,
    claims,
    figure,
    (
        number("scale", 0.1, 10.0, log=True, ticks=lambda: {"c = 1": 1.0}),
        choice("p"),
        number("eps", 0.0, 3.0, step=0.01),
        choice("y"),
        number("x1", -4.0, 4.0, step=0.01),
        number("x2", -3.0, 3.0, step=0.01),
        number("angle", -180.0, 180.0, step=0.01),
        number("b", -20.0, 20.0, step=0.1),
    ),
    statements=("ROB-01", "ROB-04", "ROB-06", "ROB-07"),
    presets={
        "scaled": {"scale": 3.0},
        "sparse": {"p": "1"},
        "shapes": {"p": "inf"},
        "crossed": {"p": "inf", "eps": 1.0},
        "wrong": {"y": "minus"},
        "printed": {"y": "minus", "p": "inf", "x1": 0.0, "x2": 0.0},
    },
)
