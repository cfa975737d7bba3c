"""What the shape puzzle claims: MC-04, MC-05, MC-09, MC-11, MC-18, MC-19."""

from functools import lru_cache

from core.check import Check, same
from core.experiments.matrix_calculus.puzzle import TARGETS, lay, terms
from core.matrix_calculus import (
    IDENTITIES,
    Comparison,
    factors,
    holds,
    numbers,
    recounted,
    state,
    stepped,
    theorem,
)
from core.words import number


def checks(
    run: Comparison, *, target: str, layout: str, first: int, second: int, third: int,
    n: int, m: int, seed: int,
) -> list[Check]:  # fmt: skip
    """What is laid by another route, and the six derivatives at these sizes."""
    at = TARGETS[target].id
    values = numbers(at, n, m, seed)
    theirs = stepped(at, layout, values)
    laid = terms(target, layout, first, second, third)
    told, true = recounted(run, laid, factors(values, layout, m), theirs)
    claim = "what is laid, multiplied from right to left, and the derivative by steps: distance"
    mine = same(at, claim, told, true)
    ids = [each.id for each in TARGETS.values() if each.id != at]
    return [mine, *(theorem(k, layout, n, m, seed, _claim(k)) for k in ids)]


def _claim(identity: str) -> str:
    name = IDENTITIES[identity].function
    return f"the derivative of {name} in closed form and by steps: largest distance"


@lru_cache(maxsize=512)
def solved(target: str, layout: str, places: tuple[int, int, int]) -> bool:
    """Whether what is laid is right at other sizes and with other numbers too."""
    tried = (lay(target, layout, *places, n, m, seed) for n, m, seed in ((3, 4, 1), (2, 5, 2)))
    return all(holds(each) for each in tried)


def says(run: Comparison, *, target: str, layout: str, first: int, second: int, third: int) -> str:
    """Which edge clashes, how far off a product is that fits, or that the puzzle is solved."""
    name, places = IDENTITIES[TARGETS[target].id].function, (first, second, third)
    if not any(places):
        missing = "the second term" if run.terms else "the whole product"
        return f"∂({name})/∂x in {layout} layout: {missing} is missing."
    product = " ".join(terms(target, layout, *places)[-1])
    found = state(run)
    if found == "right" and not solved(target, layout, places):
        return f"With {product} the numbers agree here, but not at other sizes or with others."
    return {
        "right": f"Solved: with {product} the formula is the derivative.",
        "value": f"{product} fits, but is not the derivative: it is off by "
        f"{number(run.difference or 0.0)}. Edges that meet are not enough.",
        "shape": f"{product} can be multiplied, but {run.error}.",
        "clash": f"{product} cannot be multiplied: {run.error}.",
    }[found]


answers = {"inner": state, "bilinear": state, "chain": state}
