"""Algebra."""

from core.experiments.convolution import algebra
from core.experiments.convolution import algebra_claims as claims
from pages.figures.convolution.algebra import figure
from pages.ui import choice, declare, number, switch, table

FINITE, ENDLESS, TAIL = {"world": "finite"}, {"world": "endless"}, {"world": "tail"}
SIZES = ((1, 3), (1, 5), (1, 7))

EXPERIMENT = declare(
    __name__,
    algebra.algebra,
    claims,
    figure,
    (
        choice("world"),
        choice("law", when=FINITE),
        *(table(name, -4, 4, 0.5, SIZES, when=FINITE) for name in "abc"),
        choice("mode", when=FINITE),
        switch("flip", when=FINITE),
        switch("forever", when=ENDLESS),
        number("life", log=True, when=ENDLESS | {"forever": False}),
        number("p", step=0.05, when=TAIL, ticks=lambda: {"p = 1": 1.0}),
        number("L", log=True, when=TAIL),
    ),
    statements=("CNN-07", "CNN-09", "CNN-14"),
    presets={
        "border": {},
        "two_blurs": {"mode": "full"},
        "mirrored": {"law": "commutative", "mode": "full", "flip": False},
        "brackets": {"world": "endless"},
        "never_settles": {"world": "tail", "L": 1000.0},
        "light": {"world": "tail", "p": 2.0},
    },
)
