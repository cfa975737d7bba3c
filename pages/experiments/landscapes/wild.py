"""Wild landscapes."""

from core.experiments.landscapes import wild
from core.experiments.landscapes import wild_claims as claims
from core.landscapes.terrain import WITH_MEMORY
from pages.figures.landscapes.wild import figure
from pages.ui import choice, declare, hidden, number, switch, text

EXPERIMENT = declare(
    __name__,
    wild.descend,
    claims,
    figure,
    (
        choice("landscape"),
        text("formula", when={"landscape": "own"}),
        choice("method"),
        number("lr", log=True, ticks=wild.marks),
        number("beta", step=0.001, when={"method": WITH_MEMORY}),
        hidden("x0", "y0", step=0.01),
        number("steps"),
        choice("view"),
        switch("printed"),
    ),
    statements=("OPT-08", "ANA-19"),
    presets={
        "ridge": {"landscape": "saddle", "x0": 1.5, "y0": 0.0, "lr": 0.1, "steps": 200},
        "banana": {},
        "memory": {"method": "momentum", "steps": 3000},
        "wall": {"lr": 0.01},
        "own": {"landscape": "own", "x0": 2.0, "y0": -2.0, "lr": 0.02, "steps": 300},
        "sheet": {
            "landscape": "saddle", "x0": 0.1, "y0": 0.05, "lr": 0.05, "steps": 100, "printed": True,
        },
    },
)  # fmt: skip
