"""Averages along a noisy descent."""

from core.experiments.stochastic import averaging
from core.experiments.stochastic import averaging_claims as claims
from pages.figures.stochastic.averaging import figure
from pages.ui import choice, declare, number

BOWL = {"f": "parabola"}

EXPERIMENT = declare(
    __name__,
    averaging.averaging,
    claims,
    figure,
    (
        choice("f"),
        number("alpha", 0.01, 1.9, log=True, when=BOWL),
        number("p", step=0.01, when=BOWL, ticks=lambda: {"½": 0.5, "1": 1.0}),
        number("eta", 0.02, 0.5, log=True, live=False, when={"f": "curve"}),
        number("sigma", step=0.01, when=BOWL),
        number("x0", -50.0, 50.0, step=0.01, when=BOWL),
        number("beta", log=True, when=BOWL),
        number("share", step=0.01, when=BOWL),
        number("seed"),
    ),
    statements=("OPT-11",),
    presets={
        "harmonic": {"alpha": 1.0, "p": 1.0},
        "constant": {"x0": 0.0},
        "slower": {"alpha": 1.0, "p": 0.6, "x0": 5.0},
        "far": {"alpha": 0.01, "x0": 50.0},
        "curve": {"f": "curve"},
    },
)
