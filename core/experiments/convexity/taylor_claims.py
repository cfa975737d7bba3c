"""What Taylor's formula claims: PROB-16, with derivatives in closed form as the second route."""

import math

import torch
from numpy.polynomial import Polynomial
from torch import Tensor

from core.check import Check, at_most, equal, same
from core.convexity import derivatives
from core.experiments.convexity.taylor import EMPTY, FACTORIALS, ORDER, ORDERS, Expansion, function
from core.words import number

SCAN = 4001
K = torch.arange(ORDER + 2, dtype=torch.float64)[:, None]
RAISED = ("′", "″", "‴", "⁗", "⁽⁵⁾", "⁽⁶⁾", "⁽⁷⁾", "⁽⁸⁾", "⁽⁹⁾")
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def checks(run: Expansion, *, f: str, formula: str, a: float, x: float, order: int) -> list[Check]:
    """The bound, ξ at this order and at all of them, the numbers themselves."""
    h, n = x - a, order
    smooth = run.xi.isfinite() if f == "own" else torch.ones_like(run.xi, dtype=torch.bool)
    apart = (h != 0, "x = a: nothing is left, and any ξ will do")
    here = (bool(smooth[n]), _rough(n))
    powers = h ** K[1:, 0] / FACTORIALS[1:]
    at = exact(f, formula, run.xi.nan_to_num(a))[1:][ORDERS, ORDERS]
    rest, bound = float(run.rests[n]), float(run.bounds[n])
    loose = 1e-8 * max(1.0, bound / max(1.0, abs(rest))) if math.isfinite(bound) else 1e-8
    scan = exact(f, formula, a + h * torch.linspace(0, 1, SCAN, dtype=torch.float64))
    tops = scan[1:].abs().amax(1)
    scale = torch.where(tops > EMPTY, tops, 1.0)
    slopes = exact(f, formula, torch.tensor([a], dtype=torch.float64))[:, 0]
    value = float(scan[0, -1])
    terms = slopes[:-1] * h ** K[:-1, 0] / FACTORIALS[:-1]
    size = 1 + terms.abs().cumsum(0) + abs(value)
    far = (2 * run.xi - a - x).abs()[smooth].amax() if smooth.any() else 0.0
    return [
        at_most("PROB-16", "what is left is within the bound of Lagrange: |f(x) − Pₙ(x)| ≤ "
                "max |f⁽ⁿ⁺¹⁾| |x − a|ⁿ⁺¹/(n + 1)!", abs(rest), bound, needs=(here,)),
        equal("PROB-16", "at ξ the formula is exact: f⁽ⁿ⁺¹⁾(ξ)(x − a)ⁿ⁺¹/(n + 1)! = f(x) − Pₙ(x)",
              at[n] * powers[n], rest, tol=loose, needs=(apart, here)),
        at_most("PROB-16", "ξ lies between a and x at every order: largest |2ξ − a − x| ≤ |x − a|",
                far, abs(h), tol=0.0, needs=((bool(smooth.any()), _rough(0)),)),
        same("PROB-16", "at every order f⁽ⁿ⁺¹⁾(ξ) is what the remainder wants, as a share of the "
             "largest |f⁽ⁿ⁺¹⁾|: difference", torch.where(smooth, at / scale, 0.0),
             torch.where(smooth, run.wanted / scale, 0.0), tol=1e-6, needs=(apart,)),
        same("PROB-16", "f(a), …, f⁽⁹⁾(a), f(x), Pₙ(x) and remainders from derivatives in closed "
             "form: difference by size",
             torch.cat([run.slopes / (1 + slopes.abs()), run.values / size, run.rests / size,
                        run.value / size[:1]]),
             torch.cat([slopes / (1 + slopes.abs()), terms.cumsum(0) / size,
                        (value - terms.cumsum(0)) / size, value / size[:1]])),
        same("PROB-16", "bounds, from a scan of f⁽ⁿ⁺¹⁾ in closed form: largest relative difference",
             torch.where(smooth, run.bounds, 0.0) / (scale * powers.abs() + (h == 0)),
             torch.where(smooth & (h != 0), tops / scale, 0.0), tol=2e-3),
    ]  # fmt: skip


def _rough(n: int) -> str:
    return f"no ξ was found: {derivative(n + 1)} is not continuous between a and x"


def exact(f: str, formula: str, x: Tensor) -> Tensor:
    """f, f′, …, f⁽⁹⁾ at places (m,), in closed form where there is one, (10, m)."""
    if f == "exp":
        return x.exp().expand(ORDER + 2, -1)
    if f in ("sine", "cosine"):
        return torch.sin(x + (K + (f == "cosine")) * math.pi / 2)
    if f == "log1p":
        rows = -FACTORIALS[:-1, None] * (-1 / (1 + x)) ** K[1:]
        return torch.cat([torch.log1p(x)[None], rows])
    if f == "runge":  # the imaginary part of 1/(x − i)
        return (-1) ** K * FACTORIALS[:, None] * ((x - 1j) ** -(K + 1)).imag
    if f == "own":
        return derivatives(function(f, formula), x, ORDER + 1)
    u = torch.where(x.abs() > 0.04, 1 / x, 30.0).numpy()
    p, rows = Polynomial([1.0]), []
    for _ in range(ORDER + 2):  # f⁽ᵏ⁾ = p(1/x) f
        rows.append(torch.from_numpy(p(u) * math.e ** -(u * u)))
        p = 2 * Polynomial([0, 0, 0, 1]) * p - Polynomial([0, 0, 1]) * p.deriv()
    return torch.stack(rows)


def radius(f: str, a: float) -> float | None:
    """How far from a the series of f goes on converging; None where nothing is known."""
    known = {"log1p": 1 + a, "runge": math.hypot(1, a), "bump": abs(a) or math.inf}
    return known.get(f, None if f == "own" else math.inf)


def derivative(k: int) -> str:
    return "f" + RAISED[k - 1]


def polynomial(order: int) -> str:
    return "P" + str(order).translate(LOWERED)


def says(run: Expansion, *, f: str, a: float, x: float, order: int) -> str:
    """How near the polynomial comes, where ξ is, and what more terms do."""
    if x == a:
        return "x = a: every polynomial meets f here, and nothing is left."
    rest, xi = float(run.rests[order]), float(run.xi[order])
    place = f"{polynomial(order)} at x = {number(x)} is {number(run.values[order], 4, 1e-12)}"
    if abs(rest) <= 1e-14 * (1 + abs(run.value)):
        told = f"{place}: it meets f"
    else:
        side = "below" if rest > 0 else "above"
        told = f"{place}, {number(abs(rest))} {side} f = {number(run.value, 4, 1e-12)}"
    if not math.isfinite(xi):
        silent = f"as {derivative(order + 1)} is not continuous between a and x"
        return f"{told}. No ξ is found, {silent}."
    told += f"; the remainder is exact at ξ = {number(xi, 4, 1e-12)}"
    return f"{told}. {_trend(run, f, a, x, order)}."


def _trend(run: Expansion, f: str, a: float, x: float, order: int) -> str:
    """What the orders do from 0 to 8."""
    size = run.rests.abs()
    best = int(size.argmin())
    if f == "bump" and a == 0:
        return "Every derivative at 0 is 0: no order knows anything of f"
    reach = radius(f, a)
    if reach is not None and abs(x - a) > reach:
        return (
            f"x is {number(abs(x - a))} away and the series converges within {number(reach)} only:"
            f" {polynomial(best)} is the nearest of the nine"
        )
    if best == ORDER and order != ORDER:
        return f"{polynomial(ORDER)} is the nearest of the nine, {number(size[ORDER], 2)} away"
    return f"{polynomial(best)} is the nearest of the nine"


def _worse(run: Expansion) -> tuple[str, dict[str, object]]:
    four, eight = run.rests[4].abs(), run.rests[8].abs()
    key = "half" if eight < 0.8 * four else "more" if eight > 1.25 * four else "same"
    return key, {"four": four, "eight": eight}


answers = {
    "worse": _worse,
    "place": lambda run, order: float(run.xi[order]),
    "flat": lambda run: abs(float(run.rests[8])),
}
