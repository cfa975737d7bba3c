"""The wrong code: cross-entropy and KL."""

from core.experiments.information import code
from core.experiments.information import code_claims as claims
from pages.figures.information.code import figure
from pages.ui import choice, declare, number, switch, table


def _stands(laws: str, held: str) -> bool:
    return held in code.NAMES[: len(laws.split(",")[0].split())]


EXPERIMENT = declare(
    __name__,
    code.code,
    claims,
    figure,
    (
        table("laws", 0, 16, 1, code.SIZES),
        choice("held"),
        number("share", step=0.005, when=_stands),
        switch("back"),
        choice("unit"),
    ),
    statements=("INFO-02", "INFO-03"),
    presets={
        "uniform": {},
        "own": {"laws": "4 2 1 1,4 2 1 1"},
        "zero": {"laws": "4 2 1 1,1 1 2 0"},
        "swapped": {"laws": "9 1,1 1"},
    },
)
