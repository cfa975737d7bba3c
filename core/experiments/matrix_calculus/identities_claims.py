"""What identities for a number by a vector claim: MC-01, MC-04 to MC-10, errata E-22 to E-26."""

from dataclasses import replace

import numpy as np

from core.check import Check, same
from core.experiments.matrix_calculus.identities import IDS
from core.matrix_calculus import Comparison, numbers, sentence, stepped, theorem, verdict

GROUP = ("MC-07", "MC-04", "MC-05", "MC-06", "MC-08", "MC-09", "MC-10")


def checks(
    run: Comparison, *, identity: str, layout: str, written: str, n: int, m: int, seed: int
) -> list[Check]:
    """The identity looked at, the layout, and the others at the same sizes."""
    at = IDS[identity]
    mine = verdict(run, at, layout, written, n, m, seed)
    first = [mine] if at in GROUP else []
    rest = [theorem(each, layout, n, m, seed) for each in GROUP if each != at]
    return [*first, _convention(run, mine, at, layout, written, n, m, seed), *rest]


def _convention(
    run: Comparison, mine: Check, at: str, layout: str, written: str, n: int, m: int, seed: int
) -> Check:
    """Entry (i, j) is ∂yⱼ/∂xᵢ, or its transpose; with that of an identity not in the group."""
    printed = written == "printed"
    steps = stepped(at, layout, numbers(at, n, m, seed, printed), printed)
    entry = "∂yⱼ/∂xᵢ" if layout == "denominator" else "∂yᵢ/∂xⱼ"
    claim = f"in {layout} layout entry (i, j) of the derivative is {entry}"
    told = np.append(run.autograd, run.autograd.shape)
    found = same("MC-01", f"{claim}: largest distance", told, np.append(steps, steps.shape))
    if at in GROUP or not mine.applies:
        return found
    most, holds = max(found.lhs, mine.lhs), found.holds and mine.holds
    return replace(found, claim=f"{claim}; and {mine.claim}", lhs=most, holds=holds)


def says(
    run: Comparison, *, identity: str, layout: str, written: str, n: int, m: int, seed: int
) -> str:
    """Shape, verdict, and where the formula is true."""
    return sentence(run, IDS[identity], layout, written, n, m, seed)


def _gradient(run: Comparison) -> str:
    """Which of the offered gradients the formula gives."""
    return {(4.0, 8.0): "both", (6.0, 6.0): "double"}.get(tuple(run.formula.flatten().tolist()), "")


def _shape(run: Comparison) -> str:
    rows, columns = run.autograd.shape
    return "column" if columns == 1 and rows > 1 else "row" if rows == 1 else "square"


def _factor(run: Comparison) -> float:
    return float(run.formula.abs().max() / run.autograd.abs().max())


answers = {"gradient": _gradient, "shape": _shape, "printed": _factor}
