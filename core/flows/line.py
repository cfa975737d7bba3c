r"""Monotone maps x = f(z) of the line, and the density that a law of z becomes (FLOW-01 … 03).

    p_x(x) = p_z(f⁻¹(x)) |(f⁻¹)′(x)|,     ln p_x(x) = ln p_z(z) − ln |f′(z)|,  z = f⁻¹(x)

Without the second factor the integral over x is E |f′(Z)| in place of 1: 2 for x = 2 z, and
e^{1/8} = 1.1331 for x = 2 sinh(z/2) + 1 and a normal z. A map that folds has no inverse: it is
refused with the place where f′ changes its sign.

>>> f, base = sinh(2.0, 1.0), law("normal")
>>> total(f, base), total(f, base, forget=True)  # 1.0000, 1.1331
"""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import NamedTuple

import torch
from numpy.polynomial.legendre import leggauss
from torch import Tensor

from core.check import require
from core.flows.laws import Function, Law

MOST = 1e6  # size of a parameter
CELLS, NODES = 240, 8  # of the quadrature: cells in all, nodes in each
SEARCH = 1000  # cells in which a change of sign is looked for
KNOTS = 64
TRIES = 40  # steps of Newton
GAUSS = tuple(torch.as_tensor(part) for part in leggauss(NODES))


class LineMap(NamedTuple):
    """A strictly monotone map of the line; its functions take tensors of any shape, float64."""

    forward: Function  # f(z)
    inverse: Function  # f⁻¹(x)
    derivative: Function  # f′(z), of one sign everywhere
    breaks: tuple[float, ...] = ()  # places z where f′ jumps or bends

    def inverse_derivative(self, x: Tensor) -> Tensor:
        """(f⁻¹)′(x) = 1 / f′(f⁻¹(x))."""
        return 1 / self.derivative(self.inverse(x))

    def log_det(self, z: Tensor) -> Tensor:
        """ln |f′(z)|."""
        return self.derivative(z).abs().log()


# --- maps ----------------------------------------------------------------------------------------


def affine(a: float = 1.0, b: float = 0.0) -> LineMap:
    """x = a z + b, in both directions of the line: a may be negative (PROB-19).

    Raises:
        ValueError: a = 0, which puts the whole mass on one point, or a number beyond ±1e6.
    """
    a, b = require("a", a, -MOST, MOST), require("b", b, -MOST, MOST)
    if a == 0:
        raise ValueError("expected a other than 0, where all mass is on one point, got 0")
    return LineMap(lambda z: a * z + b, lambda x: (x - b) / a, lambda z: torch.full_like(z, a))


def sinh(a: float = 2.0, b: float = 0.0) -> LineMap:
    """x = a sinh(z / a) + b: slope 1 at z = 0, steeper the further out; a in [0.1, 1e6]."""
    require("a", a, 0.1, MOST)
    require("b", b, -MOST, MOST)
    return LineMap(
        lambda z: a * (z / a).sinh() + b,
        lambda x: a * ((x - b) / a).asinh(),
        lambda z: (z / a).cosh(),
    )


def knots(z: Sequence[float], x: Sequence[float], smooth: bool = False) -> LineMap:
    """The map through the points (zᵢ, xᵢ), straight beyond the first and the last.

    Piecewise linear, or a cubic on each piece whose slopes at the inner knots are the weighted
    harmonic means of their neighbours' (Fritsch and Butland 1984, as scipy's PCHIP): it is monotone
    where the knots are, and its slope is continuous. At the ends it has the slope of the end piece.

    Args:
        z: places of the knots, increasing, 2 to 64 of them.
        x: where they go, all increasing or all decreasing.
        smooth: whether the slope is to be continuous.

    Raises:
        ValueError: knots that fold ("f′ changes sign at z = …") or are flat, z that does not
            increase, lists of different lengths, a number beyond ±1e6.
    """
    at, to = _knots("z", z), _knots("x", x)
    if len(at) != len(to):
        raise ValueError(f"expected x to have {len(at)} knots as z has, got {len(to)}")
    step = at.diff()
    if not bool((step > 0).all()):
        i = int((step <= 0).nonzero()[0])
        raise ValueError(f"expected z to increase, got {at[i]:g} before {at[i + 1]:g}")
    slope = to.diff() / step
    _require_one_sign(at, slope)
    ends = _slopes(step, slope) if smooth else None
    return LineMap(*_pieces(at, to, step, slope, ends), breaks=tuple(at.tolist()))


def by_formula(
    forward: Function, derivative: Function, low: float = -10.0, high: float = 10.0
) -> LineMap:
    """Any map on [low, high] that is monotone there; the inverse by bisection.

    Raises:
        ValueError: f′ changes its sign or f is flat, with the place; low not below high.
    """
    require("low", low, -MOST, MOST)
    require("high", high, low, MOST, above=True)
    turn = turning_point(derivative, low, high)
    if turn is not None:
        place = round(turn, 9) + 0.0
        raise ValueError(f"expected f to be monotone, got f′ that changes sign at z = {place:g}")
    ends = forward(torch.tensor([low, high], dtype=torch.float64))
    if not bool(ends.isfinite().all()) or ends[0] == ends[1]:
        raise ValueError(f"expected f to be monotone and finite, got f = {ends[0]:g} at both ends")
    rising = bool(ends[1] > ends[0])

    def inverse(x: Tensor) -> Tensor:
        a, b = torch.full_like(x, low), torch.full_like(x, high)
        for _ in range(60):
            middle = (a + b) / 2
            left = (forward(middle) < x) == rising
            a, b = torch.where(left, middle, a), torch.where(left, b, middle)
        return (a + b) / 2

    return LineMap(forward, inverse, derivative, (low, high))


def compose(*maps: LineMap) -> LineMap:
    """The maps one after another, the first first; ln |f′| of the whole is the sum of theirs.

    `breaks` are those of the first, and those of the others where they are in z.
    """
    if not maps:
        raise ValueError("expected maps, at least one, got none")
    return reduce(_after, maps)


def _after(first: LineMap, second: LineMap) -> LineMap:
    bends = torch.tensor(second.breaks, dtype=torch.float64)
    breaks = sorted({*first.breaks, *first.inverse(bends).tolist()})
    return LineMap(
        lambda z: second.forward(first.forward(z)),
        lambda x: first.inverse(second.inverse(x)),
        lambda z: second.derivative(first.forward(z)) * first.derivative(z),
        tuple(breaks),
    )


def turning_point(derivative: Function, low: float, high: float) -> float | None:
    """The first place in [low, high] where f′ changes sign, by bisection, or None.

    Changes that are closer together than a thousandth of the interval can be missed.
    """
    z = torch.linspace(low, high, SEARCH + 1, dtype=torch.float64)
    z = z[derivative(z) != 0]  # a zero at a place that is looked at hides no change around it
    sign = derivative(z).sign()
    found = (sign[1:] * sign[:-1] < 0).nonzero()
    if not len(found):
        return None
    i = int(found[0])
    a, b, start = z[i], z[i + 1], sign[i]
    for _ in range(60):
        middle = (a + b) / 2
        a, b = (middle, b) if derivative(middle) * start > 0 else (a, middle)
    return float((a + b) / 2)


# --- densities -----------------------------------------------------------------------------------


def pushforward_density(
    x: Tensor, inverse: Function, inverse_derivative: Function, base_log_prob: Function
) -> Tensor:
    """p_z(f⁻¹(x)) |(f⁻¹)′(x)|: the density of f(Z) at x, of the shape of x (FLOW-02)."""
    return (base_log_prob(inverse(x)) + inverse_derivative(x).abs().log()).exp()


def forgotten_density(x: Tensor, inverse: Function, base_log_prob: Function) -> Tensor:
    """p_z(f⁻¹(x)) alone, the determinant forgotten: no density, its integral is E |f′(Z)|."""
    return base_log_prob(inverse(x)).exp()


def total(f: LineMap, base: Law, *, forget: bool = False) -> float:
    """The integral over x of `pushforward_density`, or of `forgotten_density`, by quadrature.

    Gauss and Legendre, in x, over the image of [low, high] of the base; between two breaks the
    borders of the cells are the images of equal steps of z. (The forgotten one is infinite where
    the slope of f grows faster than the base falls, as that of sinh with a ≤ 1 for the exponential
    law: the value is then that of this range.)
    """

    def density(x: Tensor) -> Tensor:
        if forget:
            return forgotten_density(x, f.inverse, base.log_prob)
        z = f.inverse(x)  # once for both
        slope = 1 / f.derivative(z)
        return pushforward_density(x, lambda _: z, lambda _: slope, base.log_prob)

    inner = [z for z in (*f.breaks, *base.edges) if base.low < z < base.high]
    breaks = torch.tensor(sorted({base.low, *inner, base.high}), dtype=torch.float64)
    share = torch.linspace(0, 1, max(16, CELLS // (len(breaks) - 1)) + 1, dtype=torch.float64)
    z = torch.lerp(breaks[:-1, None], breaks[1:, None], share)
    return integral(density, f.forward(z.flatten()))


def integral(density: Callable[[Tensor], Tensor], borders: Tensor) -> float:
    """The integral of a function over the cells between borders, in any order, by quadrature."""
    borders = borders.sort().values
    nodes, weights = GAUSS
    half = (borders.diff() / 2)[:, None]
    middle = (borders[1:] + borders[:-1])[:, None] / 2
    return float((density(middle + half * nodes) * weights * half).sum())


# --- knots ---------------------------------------------------------------------------------------


def _knots(name: str, values: Sequence[float]) -> Tensor:
    values = [float(each) for each in values]
    if not 2 <= len(values) <= KNOTS:
        raise ValueError(f"expected {name} to have 2 to {KNOTS} knots, got {len(values)}")
    for each in values:
        require(name, each, -MOST, MOST)
    return torch.tensor(values, dtype=torch.float64)


def _require_one_sign(at: Tensor, slope: Tensor) -> None:
    expected = "expected x to rise or to fall throughout, got f′ that "
    for i in range(len(slope)):
        if slope[i] == 0:
            raise ValueError(expected + f"is 0 from z = {at[i]:g} to {at[i + 1]:g}")
        if slope[i] * slope[0] < 0:
            raise ValueError(expected + f"changes sign at z = {at[i]:g}")


def _slopes(step: Tensor, slope: Tensor) -> Tensor:
    """Slopes at the knots, of the sign of all secants, and less than three times each of them."""
    left, right = 2 * step[1:] + step[:-1], step[1:] + 2 * step[:-1]
    inner = (left + right) / (left / slope[:-1] + right / slope[1:])
    return torch.cat([slope[:1], inner, slope[-1:]])


def _pieces(at: Tensor, to: Tensor, step: Tensor, slope: Tensor, ends: Tensor | None):
    """forward, inverse and derivative; on a piece f = x₀ + h u (m₀ + u (c + u d)), u in [0, 1]."""
    last, rising = len(step) - 1, bool(slope[0] > 0)
    first = slope if ends is None else ends[:-1]
    c = torch.zeros_like(slope) if ends is None else 3 * slope - 2 * ends[:-1] - ends[1:]
    d = torch.zeros_like(slope) if ends is None else ends[:-1] + ends[1:] - 2 * slope
    borders = to if rising else -to

    def piece(where: Tensor, places: Tensor) -> Tensor:
        return (torch.searchsorted(places, where.contiguous()) - 1).clamp(0, last)

    def height(i: Tensor, u: Tensor) -> Tensor:
        inside = u.clamp(0, 1)
        bent = inside * (first[i] + inside * (c[i] + inside * d[i]))
        return to[i] + step[i] * (bent + (u - inside) * slope[i])  # beyond, u − inside ≠ 0

    def tilt(i: Tensor, u: Tensor) -> Tensor:
        inside = u.clamp(0, 1)
        return first[i] + inside * (2 * c[i] + 3 * inside * d[i])

    def forward(z: Tensor) -> Tensor:
        i = piece(z, at)
        return height(i, (z - at[i]) / step[i])

    def derivative(z: Tensor) -> Tensor:
        i = piece(z, at)
        return tilt(i, (z - at[i]) / step[i])

    def inverse(x: Tensor) -> Tensor:
        i = piece(x if rising else -x, borders)
        u = (x - to[i]) / (step[i] * slope[i])
        if ends is not None:
            u = _solved(u, x, lambda u: height(i, u), lambda u: tilt(i, u) * step[i], rising)
        return at[i] + step[i] * u

    return forward, inverse, derivative


def _solved(u: Tensor, x: Tensor, height: Function, tilt: Function, rising: bool) -> Tensor:
    """Newton's steps inside a bracket that every step tightens; outside [0, 1] u is right."""
    inside = (u > 0) & (u < 1)
    low, high = torch.zeros_like(u), torch.ones_like(u)
    for _ in range(TRIES):
        off = height(u) - x
        left = (off < 0) == rising
        low, high = torch.where(left, u, low), torch.where(left, high, u)
        new = u - off / tilt(u)
        new = torch.where((new >= low) & (new <= high), new, (low + high) / 2)
        new = torch.where(inside, new, u)
        if bool(((new - u).abs() <= 1e-14).all()):
            return new
        u = new
    return u
