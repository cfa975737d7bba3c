"""Wiggle one entry."""

from core.carry import cells
from core.experiments.matrix_calculus import wiggle
from core.experiments.matrix_calculus import wiggle_claims as claims
from pages.figures.matrix_calculus.wiggle import figure
from pages.ui import choice, declare, number, switch, table, text


def entries(X: str) -> tuple[int, int]:
    """The rows, or columns, that X has."""
    return 1, max(2, min(4, X.count(",") + 1))


EXPERIMENT = declare(
    __name__,
    wiggle.wiggle,
    claims,
    figure,
    (
        choice("f"),
        text("formula", when={"f": "own"}),
        table("X", -5.0, 5.0, 0.1, wiggle.SIZES),
        number("d", step=0.01),
        number("i", reach=entries),
        number("j", reach=entries),
        switch("kept"),
        number("h", log=True),
    ),
    statements=("MC-20", "MC-21", "MC-22", "MC-23"),
    presets={
        "log": {},
        "kept": {"j": 2, "kept": True, "d": 0.5},
        "singular": {"f": "det", "X": "1 2,2 4", "d": -1.0},
        "inverse": {"f": "inverse", "X": "2 1,0 1", "i": 2, "d": 0.5, "h": 1e-6},
        "quadratic": {"f": "quadratic", "X": "1 0 2,-1 1 0,0 1 1", "i": 2, "j": 3},
        "linear": {"f": "bilinear", "X": "1 0 2,-1 1 0,0 1 1", "i": 2, "d": -1.5},
    },
    carries=(cells("X", "variable of f", wiggle.LARGEST, wiggle.LEAST),),
)
