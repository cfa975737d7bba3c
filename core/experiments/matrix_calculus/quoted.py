"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

from core.experiments.matrix_calculus.puzzle import lay
from core.experiments.matrix_calculus.wiggle import wiggle
from core.matrix_calculus import chain_cost, compare
from core.matrix_calculus.products import shape
from core.words import number, spaced


def _by_hand(written: str) -> str:
    """The gradient of xᵀAx with A = [[1, 2], [0, 3]] at x = (1, 1)."""
    found = compare("MC-07", "denominator", 2, 1, 0, written=written).formula.flatten()
    return f"({', '.join(map(number, found))})"


def _doubled() -> str:
    run = compare("MC-09", "denominator", 3, 4, 1, printed=True)
    return number(run.formula.abs().max() / run.autograd.abs().max())


WIDTHS = (1000, 64, 64, 1)

NUMBERS = {
    "identities_gradient": lambda: _by_hand("right"),
    "identities_double": lambda: _by_hand("guess"),
    "identities_factor": _doubled,
    "vectors_row": lambda: shape(compare("MC-16", "denominator", 3, 5, 1).autograd),
    "puzzle_off": lambda: number(lay("bilinear", first=1, second=2, third=4).difference),
    "wiggle_alone": lambda: number(wiggle(j=2).slope),
    "wiggle_tied": lambda: number(wiggle(j=2, kept=True).slope),
    "chain_forward": lambda: spaced(chain_cost(WIDTHS, mode="forward")),
    "chain_reverse": lambda: spaced(chain_cost(WIDTHS, mode="reverse")),
}
