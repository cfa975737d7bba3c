"""What rounding leaves of the shift formula: PROB-08, PROB-13."""

import math

import numpy as np

from core.check import Check, at_least, at_most, same
from core.experiments.probability.cancel import FORMATS, UNIT, Cancel, sample
from core.words import number, spaced

STEPS = 40  # roundings that meet one term of a sum, at most
DIGITS = {"single": (24, 7), "double": (53, 16)}  # binary, decimal


def checks(run: Cancel, *, c: float, sigma: float, precision: str, seed: int) -> list[Check]:
    """On paper; one pass, two passes, a shift; never negative; values and shares; the gaps."""
    x, u, kind = sigma * sample(seed), UNIT[precision], FORMATS[precision]
    n, far = len(x), abs(c) + 5 * sigma
    middle = math.fsum(x) / n
    paper = math.fsum(x * x) / n - middle * middle
    values, counts = np.unique((x + c).astype(kind), return_counts=True)
    share = counts / n
    seen = values.astype(float)
    spread = np.square(seen - run.mean) @ share
    steps = seen - float(kind(x[0] + c))
    far_off = np.square(steps) @ share
    square = kind(run.mean) * kind(run.mean)
    stored = 2 * sigma * u * far + (u * far) ** 2  # what rounding x + c does to the variance
    two = stored + (STEPS * u * far) ** 2 + STEPS * u * run.exact
    gap = 2.0 ** (math.frexp(run.squares)[1] - DIGITS[precision][0]) if run.squares > 0 else 1.0
    left = float(kind(run.squares) - square)
    size = max(abs(left), gap)
    return [
        same("PROB-13", "on paper, with sums that lose no digit: E[X²] − E[X]² = E[(X − E X)²], "
             "and E[X] likewise: difference over σ², σ", [run.exact / sigma**2, run.middle / sigma],
             [paper / sigma**2, middle / sigma]),
        at_most("PROB-13", "one pass is off by a few roundings of E[X²], however small the "
                "variance is: its error, beside that", abs(run.one_pass - run.exact),
                STEPS * u * far**2 + stored, tol=0.0),
        at_most("PROB-13", "two passes are off by little more than storing x + c costs: their "
                "error, beside what that and a rounded mean allow",
                abs(run.two_pass - run.exact), two, tol=0.0),
        at_least("PROB-13", "a mean of squares is never negative: two passes", run.two_pass, 0.0,
                 tol=0.0),
        at_most("PROB-13", "one pass over x − x₁, where x₁ is the first number, is nearly as good: "
                "its error, beside that bound with the distance of x₁",
                abs(run.shifted - run.exact), two + STEPS * u * (5 * sigma + abs(x[0])) ** 2,
                tol=0.0),
        same("PROB-08", "E[g(X)] = Σ g(t) P(X = t) for g(t) = t, t², (t − E X)² and, behind the "
             "shift, t − x₁ and (t − x₁)²: difference over their size",
             [run.mean / far, run.squares / far**2, run.two_pass / (spread or 1.0),
              run.shifted / (2 * far_off or 1.0)],
             [seen @ share / far, np.square(seen) @ share / far**2, float(spread > 0),
              (far_off - (steps @ share) ** 2) / (2 * far_off or 1.0)],
             tol=STEPS * u),
        same("", "the difference of two numbers of the format, and the gap between them: "
             "difference over their size", [run.one_pass / size, run.spacing / gap],
             [left / size, 1.0]),
    ]  # fmt: skip


def says(run: Cancel, *, c: float, precision: str) -> str:
    """Which numbers there are near E[X²], and what the formulas make of them."""
    binary, _ = DIGITS[precision]
    gap = number(run.spacing, 5 if run.spacing < 1e5 else 3)
    told = f"In {precision} precision, {binary} binary digits, numbers near E[X²] = "
    told += f"{number(run.squares, 7)} stand {gap} apart. In one pass the variance is "
    told += number(run.one_pass)
    if run.one_pass < 0:
        told += ", which no variance can be"
    told += f"; in two it is {number(run.two_pass)}. The variance is {number(run.exact)}"
    return told + (", whatever c is." if c else ".")


def _safe(run: Cancel) -> tuple[str, dict[str, object]]:
    key = "safe" if run.lost < 0.01 else "little" if run.lost < 0.3 else "lost"
    return key, {"one": number(run.one_pass), "gap": number(run.spacing), "n": spaced(10_000)}


answers = {
    "ten": lambda run: (run.one_pass, {"gap": number(run.spacing), "one": number(run.one_pass)}),
    "million": lambda run: (run.two_pass, {"two": number(run.two_pass)}),
    "double": _safe,
}
