"""The two bases."""

from core.carry import cells
from core.convolution.signals import SMALLEST
from core.experiments.recurrence import bases
from core.experiments.recurrence import bases_claims as claims
from pages.figures.recurrence.bases import figure
from pages.ui import choice, declare, number, table

MOST = 6.0  # of an entry that is dragged


def named() -> tuple[str, ...]:
    return "a₁₁", "a₁₂", "a₂₁", "a₂₂"


EXPERIMENT = declare(
    __name__,
    bases.bases,
    claims,
    figure,
    (
        table("A", -MOST, MOST, 0.1, ((2, 2),), cells=named),
        number("b1", step=0.05),
        number("b2", step=0.05),
        number("K"),
        choice("form"),
    ),
    statements=("RNN-02", "RNN-03", "RNN-04"),
    presets={
        "spiral": {},
        "quarter": {"A": "0 -1,1 0", "K": 20},
        "long": {"A": "0.99 0.3,0 0.5", "K": 100},
        "shrink": {"A": "0.9 5,0 0.9", "K": 80},
        "shear": {"A": "1 1,0 1", "K": 100},
        "printed": {"K": 20, "form": "printed"},
    },
    carries=(cells("A", "matrix of a step", bases.LARGEST, SMALLEST),),
)
