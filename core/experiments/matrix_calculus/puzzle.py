"""A derivative with a product missing, to be laid from cards in the right order."""

from typing import Annotated, Literal, NamedTuple

from core.matrix_calculus import Comparison, differentiated, factors, judged, numbers
from core.signature import between, declared


class Target(NamedTuple):
    """What is to be laid."""

    id: str
    given: tuple[str, str]  # the term that stands already, in denominator and numerator layout
    cards: tuple[str, ...]


TARGETS = {
    "inner": Target(
        "MC-04", ("∂f/∂x g", "gᵀ ∂f/∂x"), ("∂f/∂x", "∂g/∂x", "f", "fᵀ", "g", "gᵀ")
    ),
    "bilinear": Target(
        "MC-05", ("∂f/∂x A g", "gᵀ Aᵀ ∂f/∂x"), ("∂g/∂x", "A", "Aᵀ", "f", "fᵀ", "g")
    ),
    "norm": Target("MC-09", ("", ""), ("2", "∂f/∂x", "(∂f/∂x)ᵀ", "f", "fᵀ", "I")),
    "scaled": Target(
        "MC-11", ("u ∂f/∂x", "u ∂f/∂x"), ("u", "∂u/∂x", "(∂u/∂x)ᵀ", "f", "fᵀ", "∂f/∂x")
    ),
    "mapped": Target("MC-18", ("", ""), ("∂f/∂x", "(∂f/∂x)ᵀ", "A", "Aᵀ", "f", "fᵀ")),
    "chain": Target(
        "MC-19", ("", ""), ("∂f/∂x", "(∂f/∂x)ᵀ", "∂h/∂f", "(∂h/∂f)ᵀ", "f", "fᵀ")
    ),
}  # fmt: skip
Card = Annotated[int, between(0, 6)]


@declared
def lay(
    target: Literal["inner", "bilinear", "norm", "scaled", "mapped", "chain"] = "inner",
    layout: Literal["denominator", "numerator"] = "denominator",
    first: Card = 3,
    second: Card = 2,
    third: Card = 0,
    n: Annotated[int, between(1, 6)] = 3,
    m: Annotated[int, between(1, 6)] = 4,
    seed: Annotated[int, between(0, 999)] = 1,
) -> Comparison:
    """The term that is given and the product that is laid, beside autograd.

    Args:
        target: what is differentiated.
        layout: in which every derivative is read.
        first, second, third: the number of the card in that place, 0 for none.
        n: entries of x.
        m: entries of f, g, h.
        seed: of the numbers; 0 for those to do by hand.

    Sources: MC-04, MC-05, MC-09, MC-11, MC-18, MC-19.
    """
    values = numbers(TARGETS[target].id, n, m, seed)
    goal = differentiated(TARGETS[target].id, layout, values)
    return judged(terms(target, layout, first, second, third), factors(values, layout, m), goal)


def terms(target: str, layout: str, first: int, second: int, third: int) -> list[list[str]]:
    """The given term, and the cards laid from left to right."""
    _, given, cards = TARGETS[target]
    laid = [cards[k - 1] for k in (first, second, third) if k]
    return [each for each in (given[layout == "numerator"].split(), laid) if each]
