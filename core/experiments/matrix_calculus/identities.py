"""Identities for the derivative of a number by a vector, each beside autograd in both layouts."""

from typing import Annotated, Literal

from core.matrix_calculus import Comparison, compare, other
from core.signature import between, declared

IDS = {
    "quadratic": "MC-07",
    "linear": "MC-06",
    "inner": "MC-04",
    "bilinear": "MC-05",
    "affine": "MC-08",
    "norm": "MC-09",
    "product": "MC-02",
    "second": "MC-03",
    "constant": "MC-10",
}


@declared
def check(
    identity: Literal[
        "quadratic", "linear", "inner", "bilinear", "affine", "norm", "product", "second",
        "constant",
    ] = "quadratic",
    layout: Literal["denominator", "numerator"] = "denominator",
    written: Literal["right", "other", "guess", "printed"] = "right",
    n: Annotated[int, between(1, 6)] = 3,
    m: Annotated[int, between(1, 6)] = 4,
    seed: Annotated[int, between(0, 999)] = 1,
) -> Comparison:  # fmt: skip
    """An identity with whole numbers, beside autograd.

    Args:
        identity: what is differentiated.
        layout: in which ∂y/∂x and every derivative of the formula are read.
        written: the formula for this layout, for the other one, a common guess, or the printed one.
        n: entries of x.
        m: entries of f and g.
        seed: of the numbers; 0 for those to do by hand.

    Sources: MC-01 to MC-10.
    """
    asked = other(layout) if written == "other" else written
    return compare(IDS[identity], layout, n, m, seed, written=asked)
