"""What identities for a vector by a vector claim: MC-11 to MC-18, errata E-20, E-27 to E-32."""

from core.check import Check
from core.experiments.matrix_calculus.vectors import IDS
from core.matrix_calculus import Comparison, sentence, state, theorem, verdict


def checks(
    run: Comparison, *, identity: str, layout: str, written: str, n: int, m: int, seed: int
) -> list[Check]:
    """The identity looked at, and the others at the same sizes."""
    at = IDS[identity]
    rest = [theorem(each, layout, n, m, seed) for each in IDS.values() if each != at]
    return [verdict(run, at, layout, written, n, m, seed), *rest]


def says(
    run: Comparison, *, identity: str, layout: str, written: str, n: int, m: int, seed: int
) -> str:
    """Shape, verdict, and where the formula is true."""
    return sentence(run, IDS[identity], layout, written, n, m, seed)


def _shape(run: Comparison) -> str:
    """The shape of what the formula gives."""
    return {(3, 5): "same", (5, 3): "turned", (5, 1): "vector"}.get(tuple(run.formula.shape), "")


def _slopes(run: Comparison) -> str:
    return "vector" if run.formula.shape[1] == 1 else "diagonal"


answers = {"shape": _shape, "layouts": state, "slopes": _slopes}
