"""An absent feature."""

from core.experiments.shapley import absent
from core.experiments.shapley import absent_claims as claims
from pages.figures.shapley.absent import figure
from pages.ui import choice, declare, number, table

AWAY = {"x1": 2.0, "x2": 1.5}

EXPERIMENT = declare(
    __name__,
    absent.absent,
    claims,
    figure,
    (
        choice("model"),
        table("beta", -3, 3, 0.05, [(1, 2)], cells=lambda: ("β₁", "β₂"), when={"model": "linear"}),
        choice("game"),
        number("rho", -0.99, 0.99, step=0.01, ticks=lambda: {"independent": 0.0}),
        number("x1", -4, 4, step=0.05),
        number("x2", -4, 4, step=0.05),
        number("z1", -4, 4, step=0.05, when={"game": "baseline"}),
        number("z2", -4, 4, step=0.05, when={"game": "baseline"}),
        number("bandwidth", 0.02, 5, log=True, when={"game": "empirical"}),
        number("n", 20, 1000, unless={"game": "baseline"}),
    ),
    statements=("XAI-18", "XAI-20", "XAI-21"),
    presets={
        "nobody": {},
        "unpaid": {"game": "interventional"},
        "rows": AWAY | {"model": "linear", "game": "interventional"},
        "independent": {"model": "net", "rho": 0.0, "x1": 0.5, "x2": -1.5},
        "twins": {"model": "product", "game": "interventional"},
        "reference": AWAY | {"model": "net", "game": "baseline", "z1": -1.0, "z2": -0.5},
    },
)
