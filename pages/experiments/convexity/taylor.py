"""The Taylor microscope."""

from core.experiments.convexity import taylor
from core.experiments.convexity import taylor_claims as claims
from pages.figures.convexity.taylor import figure
from pages.ui import choice, declare, number, text

EXPERIMENT = declare(
    __name__,
    taylor.expansion,
    claims,
    figure,
    (
        choice("f"),
        text("formula", when={"f": "own"}),
        number("order"),
        number("x", step=0.01, reach=lambda f: (taylor.EDGE if f == "log1p" else -3.0, 3.0)),
        number("a", step=0.01, reach=lambda f: (taylor.EDGE if f == "log1p" else -2.0, 2.0)),
    ),
    statements=("PROB-16",),
    presets={
        "far": {},
        "exp": {"f": "exp", "x": 1.0, "order": 8},
        "calm": {"f": "runge", "x": 1.2},
        "flat": {"f": "bump", "x": 1.0, "order": 8},
        "corner": {"f": "own", "a": -1.0, "x": 2.0, "order": 0},
    },
)
