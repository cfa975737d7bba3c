r"""Taylor's formula with the remainder of Lagrange, and the place ξ that makes it exact.

.. math:: f(x) = \sum_{k \le n} \frac{f^{(k)}(a)}{k!} (x - a)^k
          + \frac{f^{(n+1)}(\xi)}{(n+1)!} (x - a)^{n+1}, \quad \xi \text{ between } a \text{ and } x

>>> taylor(torch.exp, 0.0, 2, 1.0).xi  # 0.2698

Source: PROB-16.
"""

import math
from typing import NamedTuple

import torch
from numpy.polynomial.legendre import leggauss
from torch import Tensor

from core.check import require
from core.convexity.jets import Function, derivatives
from core.convexity.search import lowest, root

GRID, NODES = 401, 40
ORDER = 8
NEAR = 256 * torch.finfo(torch.float64).eps  # of the terms: the difference knows no more


class Taylor(NamedTuple):
    """The formula at one place."""

    value: float  # of the polynomial at x
    remainder: float  # f(x) − value
    bound: float  # max |f⁽ⁿ⁺¹⁾| between a and x, times |x − a|ⁿ⁺¹/(n + 1)!; ∞ across a pole
    xi: float | None  # strictly between; a if x = a, where any will do; None if there is none


def taylor(f: Function, a: float, order: int, x: float) -> Taylor:
    """The polynomial of f around a, what is left at x, its Lagrange bound and ξ.

    The remainder is the integral of f⁽ⁿ⁺¹⁾(t)(x − t)ⁿ/n! where that agrees with the difference
    f(x) − value up to its rounding, since it keeps its digits when x is close to a; else the
    difference. Of several ξ it is the one nearest to a; if every place will do, the middle. There
    is none where f has no n + 1 continuous derivatives in between, as |x| across 0.

    Args:
        f: built of torch operations, entry by entry, or a `Shape`.
        a, x: finite, where f is finite; order: n in [0, 8].

    Raises:
        ValueError: a value outside its range, f or a derivative at a or at x not finite.
    """
    a, x = (require(name, value) for name, value in (("a", a), ("x", x)))
    n = int(require("order", order, 0, ORDER, integer=True))
    s, weights = leggauss(NODES)
    s, weights = torch.as_tensor(s + 1) / 2, torch.as_tensor(weights) / 2
    at = torch.lerp(*torch.tensor([[a], [x]], dtype=torch.float64), torch.cat([ENDS, s]))
    rows = derivatives(f, at, n + 1)
    for name, end, known in (("a", a, rows[:, 0]), ("x", x, rows[:1, 1])):
        if not known.isfinite().all():
            raise ValueError(f"expected {name} where f and its derivatives are finite, got {end:g}")
    h = x - a
    terms = [float(rows[k, 0]) * h**k / math.factorial(k) for k in range(n + 1)]
    value = math.fsum(terms)
    if h == 0:
        return Taylor(value, 0.0, 0.0, a)
    power = h ** (n + 1) / math.factorial(n + 1)
    mean = (n + 1) * float((weights * (1 - s) ** n * rows[-1, 2:]).sum())
    remainder, size = float(rows[0, 1]) - value, sum(map(abs, terms)) + abs(float(rows[0, 1]))
    if abs(mean * power - remainder) <= NEAR * size:
        remainder = mean * power
    else:
        mean = remainder / power if power else math.inf
    return Taylor(value, remainder, *_lagrange(f, a, h, n, mean, power))


ENDS = torch.tensor([0.0, 1.0], dtype=torch.float64)


def _lagrange(
    f: Function, a: float, h: float, n: int, mean: float, power: float
) -> tuple[float, float | None]:
    """The bound, and ξ with f⁽ⁿ⁺¹⁾(ξ) = mean."""

    def last(s: Tensor) -> Tensor:
        return derivatives(f, a + s * h, n + 1)[-1]

    s = torch.linspace(0, 1, GRID, dtype=torch.float64)
    off = last(s) - mean
    if not off.isfinite().all():
        return math.inf, None
    _, depth = lowest(lambda s: -last(s).abs(), 0.0, 1.0, GRID, 4)
    top = -float(depth[0])
    if bool(off.abs().amax() <= 1e-13 * top):
        return top * abs(power), a + h / 2
    turns = ((off[:-1] * off[1:] < 0) | (off[1:] == 0))[: GRID - 1].nonzero()
    turns = turns[turns < GRID - 2] if off[-1] == 0 else turns
    if not len(turns):
        return top * abs(power), None
    i = int(turns.flatten()[0])
    at = root(lambda s: last(s) - mean, float(s[i]), float(s[i + 1]))
    # a jump has a change of sign and no root
    reached = abs(float(last(torch.tensor(at, dtype=torch.float64))) - mean)
    return top * abs(power), (a + at * h if reached <= 1e-6 * (top + abs(mean)) else None)
