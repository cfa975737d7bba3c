"""Inside one step."""

from core.carry import hessian
from core.experiments.landscapes import glass
from core.experiments.landscapes import glass_claims as claims
from pages.figures.landscapes.glass import figure
from pages.ui import choice, declare, hidden, number

ADAM = {"method": ("adam", "adam_printed")}

EXPERIMENT = declare(
    __name__,
    glass.glass,
    claims,
    figure,
    (
        choice("method"),
        number("lr", 0.001, 1.0, log=True),
        number("beta", 0.0, 0.999, step=0.001, unless=ADAM),
        number("beta1", 0.0, 0.999, step=0.001, when=ADAM),
        number("beta2", 0.0, 0.999, step=0.001, when=ADAM),
        number("kappa", 1.0, 100.0, log=True),
        number("angle", 0.0, 180.0, step=1.0),
        number("steps", 1, 60),
        hidden("x0", "y0", low=-1.9, high=1.9, step=0.01),
    ),
    statements=("OPT-13", "OPT-14", "OPT-16", "OPT-17"),
    presets={
        "first": {"kappa": 100.0, "angle": 0.0},
        "leap": {"method": "rmsprop", "lr": 0.05, "beta": 0.99, "angle": 0.0},
        "speed": {"method": "momentum", "lr": 0.02},
        "ahead": {"method": "nesterov", "lr": 0.08, "x0": -1.6, "y0": 0.4},
        "printed": {"method": "adam_printed", "angle": 0.0, "steps": 50},
    },
    carries=(hessian(),),
)
