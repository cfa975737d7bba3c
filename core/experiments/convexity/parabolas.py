r"""Two parabolas that touch f at x, of curvature μ and of curvature L, and a step of descent.

The lowest place of the upper one is x − f′(x)/L, where it promises
f(x⁺) ≤ f(x) − η(1 − Lη/2) f′(x)². "Everywhere" is [−10, 10] here.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.convexity import curvatures, derivatives, minimum, own, shape
from core.signature import between, declared

FAR = 10.0
GRID = np.linspace(-FAR, FAR, 2001)
CLOSE = 0.02  # nearer to x the quotient has few digits, and is f″(x) but for a little
LOST = 1e6  # a run further out than this has left
TYPED = 12  # steps of a typed formula
PLAIN = {
    "log_cosh": (
        lambda x: np.logaddexp(x, -x) - math.log(2),
        np.tanh,
        lambda x: 1 - np.tanh(x) ** 2,
    ),
    "bowl": (lambda x: x * x + np.cos(x), lambda x: 2 * x - np.sin(x), lambda x: 2 - np.cos(x)),
    "waves": (
        lambda x: np.cos(x) + 0.05 * x * x,
        lambda x: 0.1 * x - np.sin(x),
        lambda x: 0.1 - np.cos(x),
    ),
    "quartic": (lambda x: x**4, lambda x: 4 * x**3, lambda x: 12 * x * x),
}


class Known(NamedTuple):
    """A function of places (k,) or of one place, with its slope and curvature."""

    value: Callable
    slope: Callable
    bend: Callable
    mu: float  # the largest μ that will do at every x; negative where f bends down
    L: float  # the least L; ∞ where there is none
    least: float  # inf f; −∞ where there is none or nobody knows
    at: float  # where it is reached, at x ≥ 0 if it is there twice


class Parabolas(NamedTuple):
    """The run from x, and the parabolas at its start."""

    x: Tensor  # places, (n + 1,)
    f: Tensor  # (n + 1,)
    slope: Tensor  # f′, (n + 1,)
    mu: float  # the steepest parabola that touches at x₀ and stays below f
    L: float  # the flattest one that stays above


@declared
def parabolas(
    f: Literal[(*PLAIN, "own")] = "log_cosh",
    formula: str = "-x",
    x: Annotated[float, between(-FAR, FAR)] = 0.5,
    mu: Annotated[float, between(-2, 5)] = 0.0,
    L: Annotated[float, between(0.1, 50)] = 0.4,
    lr_L: Annotated[float, between(0, 2.2, above=True)] = 1.0,
    steps: Annotated[int, between(1, 60)] = 20,
) -> Parabolas:
    """Descent with η = lr_L/L from x, and which parabolas at x hold f between them.

    Args:
        f: "own" is the formula, in x; it is followed for 12 steps at most.
        mu: curvature of the lower parabola.
        L: curvature of the upper one, right or wrong.
        lr_L: the step η in units of 1/L.

    Sources: ANA-15 to ANA-17, OPT-01.
    """
    known, place = function(f, formula), float(x)
    value, slope = float(known.value(place)), float(known.slope(place))
    if not (math.isfinite(value) and math.isfinite(slope)):
        raise ValueError(f"expected x where formula is finite, got {x:g}")
    path = [(place, value, slope)]
    for _ in range(wanted(f, steps)):
        place = place - lr_L / L * slope
        if abs(place) > LOST:
            break
        value, slope = float(known.value(place)), float(known.slope(place))
        if not (math.isfinite(value) and math.isfinite(slope)):
            break
        path.append((place, value, slope))
    least, most = sandwich(known, *path[0])
    return Parabolas(*torch.tensor(path, dtype=torch.float64).T, least, most)


def wanted(f: str, steps: int) -> int:
    """Steps of a run that does not leave."""
    return min(steps, TYPED) if f == "own" else steps


def sandwich(known: Known, x: float, value: float, slope: float) -> tuple[float, float]:
    """The least and the largest 2(f(y) − f(x) − f′(x)(y − x))/(y − x)² over a grid of y."""
    way = GRID - x
    far = np.abs(way) > CLOSE
    way, height = way[far], known.value(GRID)[far]
    with np.errstate(all="ignore"):
        quotient = 2 * (height - value - slope * way) / (way * way)
    quotient = np.append(quotient, known.bend(x))
    quotient = quotient[np.isfinite(quotient)]
    return float(quotient.min()), float(quotient.max())


@lru_cache(maxsize=64)
def function(f: str, formula: str) -> Known:
    """One of `PLAIN`, or a typed formula of which the constants are those of [−10, 10].

    Raises:
        ValueError: a formula that cannot be read, or is not finite where it is wanted.
    """
    if f == "own":
        return _typed(formula)
    if f == "bowl":
        return Known(*PLAIN[f], 1.0, 3.0, 1.0, 0.0)
    known = shape("waves" if f == "waves" else f)
    return Known(*PLAIN[f], known.mu, known.L, known.least, known.minimisers[-1][1])


def _typed(formula: str) -> Known:
    plain = own(formula).f

    def part(order: int) -> Callable:
        def of(x: float | np.ndarray) -> np.ndarray:
            return derivatives(plain, torch.as_tensor(x, dtype=torch.float64), order)[order].numpy()

        return of

    try:
        mu, L = curvatures(plain, -FAR, FAR)
        at, least = minimum(plain, -FAR, FAR)
    except ValueError as refusal:
        raise ValueError(str(refusal).replace("expected f ", "expected formula ")) from None
    with np.errstate(all="ignore"):
        height, turn = part(0)(GRID), np.diff(part(1)(GRID)) / (GRID[1] - GRID[0])
    turn = turn[np.isfinite(turn)]
    mu, L = min(mu, turn.min(initial=mu)), max(L, np.abs(turn).max(initial=L))
    inside = np.isfinite(height).all() and abs(at) < FAR - 1e-6
    return Known(part(0), part(1), part(2), float(mu), float(L), least if inside else -math.inf, at)
