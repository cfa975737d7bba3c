"""Convex or not."""

from core.experiments.convexity import tester
from core.experiments.convexity import tester_claims as claims
from pages.figures.convexity.tester import figure
from pages.ui import choice, declare, number, switch, text

EXPERIMENT = declare(
    __name__,
    tester.probe,
    claims,
    figure,
    (
        choice("f"),
        text("formula", when={"f": "own"}),
        choice("how"),
        choice("g", unless={"how": "alone"}),
        number("alpha", step=0.01, when={"how": "sum"}, unless={"f": "own"}),
        number("beta", step=0.01, when={"how": "sum"}),
        number("x", step=0.01, reach=tester.view),
        number("y", step=0.01, reach=tester.view),
        number("lam", step=0.01),
        switch("printed", when={"how": "alone"}, unless={"f": "own"}),
    ),
    statements=tuple(f"ANA-{n:02d}" for n in range(7, 15)),
    presets={
        "exp": {},
        "well": {"f": "well", "x": -1.5, "y": 1.5},
        "sum": {"f": "square", "how": "sum", "g": "abs", "beta": -1.0, "x": -1.5, "y": 1.0},
        "max": {"f": "square", "how": "max", "g": "shifted", "x": -1.0},
        "inside": {"f": "square", "how": "inside", "g": "shifted", "x": -1.5, "y": 1.5},
        "printed": {"f": "square", "x": -2.0, "y": 1.0, "printed": True},
    },
)
