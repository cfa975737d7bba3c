"""The worst case in a Wasserstein ball."""

from core.experiments.dro import worst
from core.experiments.dro import worst_claims as claims
from pages.figures.dro.worst import figure
from pages.ui import choice, declare, hidden, number, switch, text

EXPERIMENT = declare(
    __name__,
    worst.worst,
    claims,
    figure,
    (
        number("eps", step=0.01),
        number("p", step=0.1),
        choice("g"),
        text("formula", when={"g": "own"}),
        switch("split"),
        number("n"),
        number("z1", step=0.01),
        number("z2", step=0.01, when={"n": (2, 3)}),
        # with a formula of one's own the third atom is moved in the picture only
        number("z3", step=0.01, when=lambda g, n: n == 3 and g != "own"),
        hidden("shift", step=0.001),
    ),
    statements=("DRO-04", "DRO-06", "DRO-07"),
    presets={
        "step": {},
        "hill": {"g": "concave", "n": 2, "z1": -0.5, "z2": 1.0, "p": 2.0, "eps": 0.3},
        "wave": {"g": "sine", "n": 3, "p": 2.0, "eps": 0.5},
        "line": {"g": "linear", "n": 3, "eps": 0.5},
        "square": {"g": "own", "n": 2, "z2": 1.0, "eps": 0.1},
    },
)
