"""Identities for the derivative of a vector by a vector, each beside autograd in both layouts."""

from typing import Annotated, Literal

from core.matrix_calculus import Comparison, compare, other
from core.signature import between, declared

IDS = {
    "row": "MC-16",
    "linear": "MC-15",
    "scaled": "MC-11",
    "hadamard": "MC-12",
    "gram": "MC-17",
    "mapped": "MC-18",
    "constant": "MC-13",
    "same": "MC-14",
}


@declared
def check(
    identity: Literal[
        "row", "linear", "scaled", "hadamard", "gram", "mapped", "constant", "same"
    ] = "row",
    layout: Literal["denominator", "numerator"] = "denominator",
    written: Literal["right", "other", "guess", "printed"] = "right",
    n: Annotated[int, between(1, 6)] = 3,
    m: Annotated[int, between(1, 6)] = 4,
    seed: Annotated[int, between(0, 999)] = 1,
) -> Comparison:
    """An identity with whole numbers, beside autograd.

    Args:
        identity: what is differentiated.
        layout: in which ∂y/∂x and every derivative of the formula are read.
        written: the formula for this layout, for the other one, a common guess, or the printed one.
        n: entries of x.
        m: entries of f and of the result where it is not n.
        seed: of the numbers; 0 for those to do by hand.

    Sources: MC-11 to MC-18.
    """
    asked = other(layout) if written == "other" else written
    return compare(IDS[identity], layout, n, m, seed, written=asked)
