"""What a variance without its square claims: it cannot tell any two laws apart."""

import math

from core.check import Check, equal, same
from core.experiments.museum.square import Spread
from core.words import number


def checks(run: Spread, *, code: str, numbers: str, shift: float, stretch: float) -> list[Check]:
    """The identity that was not looked at, the rule for a stretch, and every number by sums."""
    given = [float(each) for each in numbers.replace(",", " ").split()]
    n, middle = len(given), math.fsum(given) / len(given)
    x = [middle + shift + stretch * (each - middle) for each in given]
    mean = math.fsum(x) / n
    off = [each - mean for each in x]
    wrong = code == "published"
    true = math.fsum(each * each for each in off) / n
    told = "the mean of deviations from the mean is 0 for every law" if wrong else (
        "Var X is E X² − (E X)²")  # fmt: skip
    square = math.fsum(each * each for each in x) / n - mean * mean
    base = math.fsum((each - middle) ** 2 for each in given) / n
    scales = [0.05 * k for k in range(41)]
    return [
        equal("", told, run.value, 0.0 if wrong else square, tol=1e-9),
        equal("", "the value is the mean of the squared deviations", run.value, true,
              needs=((not wrong or true < 1e-12, "without the square it is not: see above"),)),
        same("", "the numbers and their mean; what is averaged, by sums", [*run.x.tolist(),
             run.mean, *run.parts.tolist()],
             [*x, mean, *(off if wrong else [each * each for each in off])]),
        same("", "Var(aX) = a² Var X" if not wrong else "stretched by any a, the mean stays 0",
             run.scales, [0.0 if wrong else a * a * base for a in scales]),
    ]  # fmt: skip


def says(run: Spread, *, code: str) -> str:
    """What comes out, and of what."""
    value, true = number(run.value, 4, zero=1e-12), float((run.x - run.mean).square().mean())
    if code == "mended":
        return f"The squares of the deviations average to {value}: the variance."
    if true < 1e-12:
        return "The deviations average to 0; the numbers are all equal, so that is their variance."
    right = number(true, 4)
    told = f"The deviations average to {value}, as they do for all numbers"
    return f"{told}; the variance is {right}."


def _value(run: Spread) -> float:
    return run.value


def _doubled(run: Spread) -> tuple[float, dict[str, str]]:
    return run.value, {"value": number(run.value, 4)}


answers = {"value": _value, "doubled": _doubled}
