"""Basins."""

from core.experiments.landscapes import basins
from core.experiments.landscapes import basins_claims as claims
from core.landscapes.terrain import WITH_MEMORY
from pages.figures.landscapes.basins import figure
from pages.ui import choice, declare, number, text

EXPERIMENT = declare(
    __name__,
    basins.basins,
    claims,
    figure,
    (
        choice("landscape"),
        text("formula", when={"landscape": "own"}),
        choice("method"),
        number("lr", log=True),
        number("beta", step=0.001, when={"method": WITH_MEMORY}),
        number("steps"),
    ),
    statements=("OPT-08",),
    presets={
        "shares": {},
        "long": {"lr": 0.03},
        "momentum": {"method": "momentum"},
        "pits": {"landscape": "rastrigin", "lr": 0.002},
        "watershed": {"landscape": "saddle", "lr": 0.1},
        "crawl": {"landscape": "rosenbrock", "lr": 1e-3},
    },
)
