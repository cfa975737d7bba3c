"""One coupling layer."""

from core.experiments.flows import coupling
from core.experiments.flows import coupling_claims as claims
from pages.figures.flows.coupling import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    coupling.coupling,
    claims,
    figure,
    (
        number("x1", step=0.01),
        number("x2", step=0.01),
        choice("s"),
        number("size", step=0.01, unless={"s": "zero"}),
        choice("t"),
        choice("keep"),
        number("D"),
        number("seed", when=lambda s, t, D: "waves" in (s, t) or D > 2),
    ),
    statements=("FLOW-04", "FLOW-05", "FLOW-07", "MC-22"),
    presets={
        "shift": {},
        "nets": {"s": "waves", "size": 2.0, "t": "waves", "seed": 3},
        "four": {"s": "sine", "size": 0.6, "D": 4, "seed": 1},
        "additive": {"s": "zero", "x1": 0.0},
        "swapped": {"keep": "last"},
    },
)
