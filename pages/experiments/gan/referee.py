"""The best referee."""

from core.experiments.gan import referee
from core.experiments.gan import referee_claims as claims
from pages.figures.gan.referee import figure
from pages.ui import choice, declare, number, switch, text

COPY = {"mu": 2.0, "sigma": 0.5}

EXPERIMENT = declare(
    __name__,
    referee.referee,
    claims,
    figure,
    (
        choice("referee"),
        text("own", when={"referee": "own"}),
        number("sure", log=True, when={"referee": "sure"}, ticks=lambda: {"99.9 %": 6.9068}),
        switch("best"),
        number("mu", step=0.01),
        number("sigma", step=0.01),
        number("second", step=0.01),
        choice("data"),
        switch("printed"),
    ),
    statements=("GAN-02", "GAN-03", "GAN-04", "INFO-05"),
    presets={
        "sure": {},
        "own": {"referee": "own"},
        "forger": {**COPY, "second": 0.5, "referee": "coin"},
        "half": {**COPY, "referee": "coin"},
        "apart": {"mu": 6.0, "sigma": 0.3, "referee": "sure", "sure": 1000.0},
        "printed": {**COPY, "second": 0.5, "referee": "best", "printed": True},
    },
)
