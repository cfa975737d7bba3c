"""Moving sand."""

from core.experiments.dro import sand
from core.experiments.dro import sand_claims as claims
from pages.figures.dro.sand import figure
from pages.ui import choice, declare, number, switch, table

SIZES = tuple((1, n) for n in (4, 5, 6, 8, 10, 12))
LINE = ("piles", "points")

EXPERIMENT = declare(
    __name__,
    sand.sand,
    claims,
    figure,
    (
        number("places", when={"sand": "piles"}),
        number("shift", -6.0, 6.0, step=0.05, unless={"sand": "piles"}),
        number("lift", -3.0, 3.0, step=0.05, when={"sand": "plane"}),
        number(
            "p",
            log=True,
            ticks=lambda: {"1": 1.0, "2": 2.0, "4": 4.0, "8": 8.0},
            unless={"infinite": True},
        ),
        switch("infinite"),
        choice("sand"),
        table("a", 0, 9, 0.5, SIZES, when={"sand": LINE}),
        table("b", 0, 9, 0.5, SIZES, when={"sand": LINE}),
        number("n", when={"sand": "plane"}),
        number("blur", 0.0, 0.5, step=0.005, unless={"infinite": True}),
        number("seed", 0, 999, when={"sand": "plane"}),
    ),
    statements=("DRO-04", "DRO-05", "GAN-09"),
    presets={
        "apart": {},
        "grain": {
            "sand": "points",
            "a": "0 1 2 3 4 5 6 7 8 9",
            "b": "0 1 2 3 4 5 6 7 8 18",
            "shift": 0.0,
            "infinite": True,
        },
        "read": {"a": "1 1 0 0", "b": "0 0 1 1", "places": 0},
        "plane": {"sand": "plane", "p": 2.0, "shift": 2.5},
        "blurred": {"a": "1 3 4 3 1", "b": "3 1 1 1 3", "places": 0, "p": 2.0, "blur": 0.1},
    },
)
