"""Schedules of steps, and the two sums of Robbins and Monro."""

from core.experiments.stochastic import schedules
from core.experiments.stochastic import schedules_claims as claims
from core.experiments.stochastic.schedules import HIGH, KNOTS, LOW
from pages.figures.stochastic.schedules import figure
from pages.ui import choice, declare, number, table

EXPERIMENT = declare(
    __name__,
    schedules.schedules,
    claims,
    figure,
    (
        choice("rule"),
        number("p", step=0.01, when={"rule": "power"}, ticks=lambda: {"½": 0.5, "1": 1.0}),
        number("c", 0.01, 2.0, log=True, unless={"rule": "drawn"}),
        number("ratio", step=0.01, when={"rule": "halved"}),
        number("hold", log=True, when={"rule": "halved"}),
        table(
            "own", LOW, HIGH, 0.05, ((1, len(KNOTS)),), when={"rule": "drawn"},
            cells=lambda: tuple(f"k = {k}" for k in KNOTS),
        ),
        number("sigma", step=0.01),
        number("x0", -20.0, 20.0, step=0.01),
        number("n", log=True),
        number("seed"),
    ),
    statements=("OPT-12",),
    presets={
        "root": {},
        "stalled": {"c": 0.5, "p": 2.0},
        "asleep": {"c": 0.1, "p": 1.0},
        "constant": {"c": 0.1, "p": 0.0},
        "halved": {"rule": "halved", "c": 0.5},
        "drawn": {"rule": "drawn"},
    },
)  # fmt: skip
