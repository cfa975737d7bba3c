"""A mean made smaller still."""

from core.experiments.museum import warmup
from core.experiments.museum import warmup_claims as claims
from pages.figures.museum.warmup import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    warmup.warmup,
    claims,
    figure,
    (
        choice("code"),
        choice("f"),
        number("x0", step=0.05),
        number("lr", log=True),
        number("beta1", 0.0, 0.99, step=0.01),
        number("beta2", 0.0, 0.9999, step=0.0001),
    ),
    presets={
        "page": {},
        "paper": {"beta2": 0.999},
        "bowl": {"f": "bowl", "lr": 0.05, "beta2": 0.999},
        "mended": {"code": "mended"},
    },
)
