"""A ball with memory."""

from core.experiments.landscapes import ball
from core.experiments.landscapes import ball_claims as claims
from core.experiments.landscapes.ball import TUNED, critical_beta, rate_map
from pages.figures.landscapes.ball import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    ball.ball,
    claims,
    figure,
    (
        choice("method"),
        number(
            "lr_L",
            0.01,
            4.0,
            step=0.001,
            ticks=lambda: {"1/L": 1.0, "2/L": 2.0},
            optimum=lambda method, kappa: rate_map(method, kappa).best[0],
        ),
        number(
            "beta",
            0.0,
            0.999,
            step=0.001,
            ticks=lambda method, kappa, lr_L: {
                "flat swings": critical_beta(method, lr_L, 1 / kappa),
                "steep swings": critical_beta(method, lr_L, 1.0),
            },
            optimum=lambda method, kappa: rate_map(method, kappa).best[1],
        ),
        number("kappa", 1.0, 1e4, log=True),
        number("steps", 1, 1000),
        choice("start"),
        number("x0", -1.6, 1.6, step=0.01, when={"start": "free"}),
        number("y0", -1.6, 1.6, step=0.01, when={"start": "free"}),
    ),
    statements=("OPT-13", "OPT-14"),
    presets={
        "too_much": {"beta": 0.99, "steps": 1000},
        "just_right": TUNED,
        "steep": {**TUNED, "start": "free", "x0": 0.0, "y0": 1.0},
        "beyond": {"lr_L": 3.0},
        "ahead": {"method": "nesterov"},
        "average": {"method": "momentum_ema", "steps": 1000},
    },
)
