r"""Taylor's formula at one place, for every order at once.

f(x) = Pₙ(x) + f⁽ⁿ⁺¹⁾(ξ)(x − a)ⁿ⁺¹/(n + 1)!, with a ξ between a and x that is found here for each n:
where f⁽ⁿ⁺¹⁾ is as large as the remainder wants it to be.
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from numpy.polynomial.legendre import leggauss
from torch import Tensor

from core.check import require
from core.convexity import Shape, derivatives, own, shape
from core.convexity.jets import Jet
from core.signature import between, declared

ORDER = 8
LOW, HIGH = -3.0, 3.0  # of the line that is drawn
EDGE = -0.95  # where ln(1 + x) begins there
PLACES, CLOSER, NODES = 257, 17, 40
NEAR = 256 * torch.finfo(torch.float64).eps  # of the terms: the difference knows no more
EMPTY = 1e-150  # a derivative below it everywhere is 0
SMALL = 0.04  # below it exp(−1/x²) and all its derivatives are 0 in float64
FACTORIALS = torch.tensor([math.factorial(k) for k in range(ORDER + 2)], dtype=torch.float64)
WAY = torch.linspace(0, 1, PLACES, dtype=torch.float64)
AT, WEIGHTS = (torch.from_numpy(each) / 2 for each in leggauss(NODES))
AT = AT + 0.5
ORDERS = torch.arange(ORDER + 1)


class Expansion(NamedTuple):
    """f at x and its polynomials around a, all tensors by order n = 0, …, 8."""

    slopes: Tensor  # f(a), f′(a), …, f⁽⁹⁾(a), (10,)
    value: float  # f(x)
    values: Tensor  # Pₙ(x), (9,)
    rests: Tensor  # f(x) − Pₙ(x), (9,)
    bounds: Tensor  # max |f⁽ⁿ⁺¹⁾| in between times |x − a|ⁿ⁺¹/(n + 1)!, ∞ across a pole, (9,)
    wanted: Tensor  # what f⁽ⁿ⁺¹⁾(ξ) has to be, (9,)
    xi: Tensor  # the ξ nearest to a; the middle where any will do; NaN for none, (9,)


@declared
def expansion(
    f: Literal["log1p", "exp", "sine", "cosine", "runge", "bump", "own"] = "log1p",
    formula: str = "abs(x)",
    a: Annotated[float, between(-2, 2)] = 0.0,
    x: Annotated[float, between(LOW, HIGH)] = 1.5,
) -> Expansion:
    """The polynomials of f around a up to order 8, what is left of f at x, and each ξ.

    Args:
        f: ln(1 + x), eˣ, sin x, cos x, 1/(1 + x²), exp(−1/x²), or the formula.
        formula: in x, see `core.landscapes.from_formula`.
        a: centre, where f and its derivatives are finite.
        x: place, where f is finite.

    Source: PROB-16.
    """
    g, h = function(f, formula), x - a
    for name, place in (("a", a), ("x", x)):
        if not g.domain[0] < place < g.domain[1]:
            require(name, place, *g.domain, above=True)
    rows = derivatives(g, a + h * torch.cat([WAY, AT]), ORDER + 1)
    slopes, value, way = rows[:, 0], rows[0, PLACES - 1], rows[1:, :PLACES]
    if not slopes.isfinite().all():
        raise ValueError(f"expected a where f and its derivatives are finite, got {a:g}")
    if not value.isfinite():
        raise ValueError(f"expected x where f is finite, got {x:g}")
    powers = h ** torch.arange(ORDER + 2, dtype=torch.float64) / FACTORIALS
    terms = (slopes * powers)[:-1]
    values = terms.cumsum(0)
    rests, wanted = _rests(rows[1:, PLACES:], terms, value - values, powers[1:])
    bounds = (_highest(g, a, h, way.abs()) * powers[1:].abs()).nan_to_num(torch.inf)
    bounds = bounds if h else torch.zeros_like(bounds)
    xi = _places(g, a, h, way, wanted) if h else torch.full_like(wanted, a)
    return Expansion(slopes, float(value), values, rests, bounds, wanted, xi)


def _rests(nodes: Tensor, terms: Tensor, plain: Tensor, powers: Tensor) -> tuple[Tensor, Tensor]:
    """The remainders and the means of f⁽ⁿ⁺¹⁾ that they are made of.

    The integral of f⁽ⁿ⁺¹⁾(t)(x − t)ⁿ/n! where it agrees with the difference up to its rounding.
    """
    weights = (ORDERS[:, None] + 1) * (1 - AT) ** ORDERS[:, None] * WEIGHTS
    mean = (weights * nodes).sum(1)
    size = terms.abs().cumsum(0) + (plain + terms.cumsum(0)).abs()
    good = (mean * powers - plain).abs() <= NEAR * size
    wanted = torch.where(good, mean, torch.where(powers != 0, plain / powers, torch.inf))
    return torch.where(good, mean * powers, plain), wanted


def _highest(g: Shape, a: float, h: float, rows: Tensor) -> Tensor:
    """The largest value of row n of the |derivatives|, known along the way, (9,)."""
    best = _peaks(rows).nan_to_num(torch.inf).argmax(1) + 1
    s = WAY[best][:, None] + WAY[1] * torch.linspace(-1, 1, CLOSER, dtype=torch.float64)
    finer = derivatives(g, a + h * s.clamp(0, 1), ORDER + 1)[1:]
    finer = _peaks(finer[ORDERS, ORDERS].abs(), 0.99).amax(1)
    return torch.maximum(rows.amax(1), finer)


def _peaks(rows: Tensor, flat: float = 0.0) -> Tensor:
    """The top of a parabola through each three values, if it lies between them; else the middle.

    Where f jumps there is no parabola: neighbours of a peak are nearly as high.
    """
    left, top, right = rows[:, :-2], rows[:, 1:-1], rows[:, 2:]
    bend = 2 * top - left - right
    inside = (top >= left) & (top >= right) & (bend > 0)
    inside &= torch.minimum(left, right) >= flat * top
    return torch.where(inside, top + (right - left) ** 2 / (8 * bend), top)


def _places(g: Shape, a: float, h: float, known: Tensor, wanted: Tensor) -> Tensor:
    """Where row n of the derivatives, known along the way, first takes the wanted value, (9,)."""
    off, top = known - wanted[:, None], known.abs().amax(1)
    usable = off.isfinite().all(1)
    anywhere = usable & (off.abs().amax(1) <= 1e-13 * top + EMPTY)
    turns = (off[:, :-1] * off[:, 1:] < 0) | (off[:, 1:] == 0)
    turns[:, -1] &= off[:, -1] != 0  # x itself is no place in between
    first = turns.to(torch.uint8).argmax(1)
    left, width = WAY[first], WAY[1]
    steps = torch.linspace(0, 1, CLOSER, dtype=torch.float64)
    for _ in range(3):
        s = left[:, None] + width * steps
        rows = derivatives(g, a + h * s, ORDER + 1)[1:]
        off = rows[ORDERS, ORDERS] - wanted[:, None]
        change = (off[:, :-1] * off[:, 1:] < 0) | (off[:, 1:] == 0)
        cell = change.to(torch.uint8).argmax(1)
        left, width = s[ORDERS, cell], width / (CLOSER - 1)
    low, high = off[ORDERS, cell], off[ORDERS, cell + 1]
    at = left + width * torch.where(low == high, 0.5, low / (low - high))
    # a jump has a change of sign and no root: the last cell is steep there
    found = usable & turns.any(1) & ((high - low).abs() <= 1e-3 * (top + wanted.abs()))
    at = torch.where(anywhere, 0.5, torch.where(found, at, torch.nan))
    return a + h * at


@lru_cache(maxsize=64)
def function(f: str, formula: str) -> Shape:
    """f as a Shape.

    Raises:
        ValueError: a formula that cannot be read.
    """
    if f == "own":
        return own(formula)
    return BUMP if f == "bump" else shape(f)


def _bump(x):
    """exp(−1/x²), 0 with all derivatives at 0."""
    at = x.parts[0] if isinstance(x, Jet) else x
    flat = at.abs() < SMALL
    if not isinstance(x, Jet):
        return torch.where(flat, 0.0, (-1 / torch.where(flat, 1.0, at) ** 2).exp())
    moved = Jet(torch.cat([torch.where(flat, 1.0, at)[None], x.parts[1:]]))
    return Jet(torch.where(flat, 0.0, torch.exp(-1.0 / (moved * moved)).parts))


BUMP = Shape("exp(−1/x²)", _bump)


@lru_cache(maxsize=32)
def drawn(f: str, formula: str, count: int = 241) -> tuple[Tensor, Tensor]:
    """Places of the line and f, f′, …, f⁽⁹⁾ there, (count,) and (10, count)."""
    x = torch.linspace(EDGE if f == "log1p" else LOW, HIGH, count, dtype=torch.float64)
    return x, derivatives(function(f, formula), x, ORDER + 1)
