r"""Parabolas below and above a graph: strong convexity, smoothness, and the step between them.

A parabola that touches f at x is f(x) + f′(x)(y − x) + c(y − x)²/2. It lies below f for every c up
to μ(x), above from L(x) on. Its lowest place for c = L is x − f′(x)/L: a step of gradient descent
with η = 1/L walks from the top of one parabola to the bottom of the next.

>>> sandwich(shape("log_cosh"), 0.5, -3, 3)  # the best μ and L for this x
>>> minimum(own("exp(x) - x").f, -2, 2)  # (0, 1)

Sources: ANA-11, ANA-15 to ANA-17, OPT-01.
"""

import math
from typing import NamedTuple

import torch
from numpy.polynomial.legendre import leggauss
from torch import Tensor

from core.check import require
from core.convexity.jets import Function, answer, derivatives, interval, places
from core.convexity.search import GRID, lowest, root
from core.landscapes import Landscape
from core.optimizers import Trajectories, trajectories

NODES, WEIGHTS = (torch.as_tensor(part) for part in leggauss(12))
EPS = torch.finfo(torch.float64).eps
CORNER = 1e6  # a curvature above this, in units of rise and fall over width², is that of a corner


class Curvatures(NamedTuple):
    """How little and how much a function bends."""

    mu: float  # below 0 where it bends down
    L: float  # ∞ at a corner


class Lowest(NamedTuple):
    """A lowest place."""

    x: float
    value: float


def parabola(f: Function, x: float, c: float, y: Tensor) -> Tensor:
    """f(x) + f′(x)(y − x) + c(y − x)²/2 at places y, the shape of y."""
    value, slope = derivatives(f, require("x", x), 1)
    step = places("y", y) - x
    return value + slope * step + require("c", c) / 2 * step * step


def after_step(f: Function, x: float | Tensor, lr: float) -> Tensor:
    """x − η f′(x), where the parabola of curvature c = 1/η that touches at x is lowest."""
    require("lr", lr, 0, above=True)
    x = places("x", x)
    return x - lr * derivatives(f, x, 1)[1]


def curvatures(f: Function, low: float, high: float) -> Curvatures:
    """inf f″ and sup |f″| on [low, high] for a smooth f: its best μ and L there.

    By a grid of 2001 places and ever finer ones. The second derivative of a corner is 0 on both of
    its sides; `sandwich` sees it.
    """
    low, high = interval(low, high)

    def bend(x: Tensor) -> Tensor:
        return derivatives(f, x, 2)[2]

    mu, most = (lowest(g, low, high, folds=5)[1] for g in (bend, lambda x: -bend(x).abs()))
    if not len(mu):
        raise ValueError(f"expected f finite somewhere in [{low:g}, {high:g}], got none")
    return Curvatures(float(mu[0]), -float(most[0]))


def sandwich(f: Function, x: float, low: float, high: float) -> Curvatures:
    """The steepest parabola that touches at x and stays below f on [low, high], and the flattest
    one above: inf and sup over y of 2(f(y) − f(x) − f′(x)(y − x))/(y − x)².

    Where y is close to x the quotient is the mean of f″ in between, weighed, so that it keeps its
    digits. A corner at x has L = ∞.

    Raises:
        ValueError: x outside of [low, high].
    """
    low, high = interval(low, high)
    require("x", x, low, high)
    value, slope = (float(row) for row in derivatives(f, x, 1))
    width = high - low
    grid = answer(f, torch.linspace(low, high, GRID, dtype=torch.float64))
    size, unit = float(grid.abs().max()), float(grid.max() - grid.min()) / width**2

    def quotient(y: Tensor) -> Tensor:
        step = y - x
        near = step.abs() < 0.01 * width
        f_y = answer(f, y)
        raw = 2 * (f_y - value - slope * step) / (step * step)
        noise = 8 * EPS * (size + (slope * step).abs()) / (step * step)
        s = (NODES + 1) / 2
        inner = derivatives(f, x + step[near][:, None] * s, 2)[2]
        mean = (inner * (1 - s) * WEIGHTS).sum(-1)
        off = (mean - raw[near]).abs() <= noise[near] + 1e-9 * mean.abs()
        raw[near] = mean.where(off, raw[near])
        return raw.where(step.abs() >= 1e-7 * width, math.nan)  # nearer than that is rounding

    def flat(y: Tensor) -> Tensor:
        return quotient(y.reshape(-1)).view(y.shape)

    least, most = lowest(flat, low, high)[1], lowest(lambda y: -flat(y), low, high)[1]
    mu, L = float(least[0]), -float(most[0])
    limit = CORNER * unit
    return Curvatures(-math.inf if mu < -limit else mu, math.inf if limit < L else L)


def minimum(f: Function, low: float, high: float) -> Lowest:
    """The lowest place of f on [low, high]; the one furthest left if several are equally low.

    By a grid of 2001 places, ever finer ones around the twelve deepest valleys, and the root of f′
    where it changes sign there.

    Raises:
        ValueError: low ≥ high, f finite nowhere.
    """
    low, high = interval(low, high)
    found, depth = lowest(lambda x: answer(f, x.reshape(-1)).view(x.shape), low, high)
    if not len(found):
        raise ValueError(f"expected f finite somewhere in [{low:g}, {high:g}], got none")
    alike = depth <= depth[0] + 4 * EPS * depth[0].abs()
    x, reach = float(found[alike].min()), 1e-6 * (high - low)
    ends = torch.tensor([max(x - reach, low), min(x + reach, high)], dtype=torch.float64)
    before, after = derivatives(f, ends, 1)[1].tolist()
    if before < 0 < after:
        middle = root(lambda t: derivatives(f, t, 1)[1], *ends.tolist())
        here = torch.tensor([x, middle], dtype=torch.float64)
        value, slope = derivatives(f, here, 1)
        if abs(slope[1]) <= abs(slope[0]) and value[1] <= value[0] + 4 * EPS * value[0].abs():
            x = middle
    return Lowest(x, float(answer(f, torch.tensor(x, dtype=torch.float64))))


def descend(f: Function, x0: float | Tensor, lr: float | Tensor, steps: int) -> Trajectories:
    """Gradient descent x ← x − η f′(x) of `core.optimizers` on the line, from many starts at once.

    Args:
        f: a function on the line, or a `Shape`; x0: starts, (...); lr: η > 0, broadcasts with x0.
        steps: in [1, 100 000].

    Returns:
        A record whose x has the place in its first coordinate, (1, ..., steps + 1, 2); its second
        coordinate is 0. A run that leaves the domain counts as diverged.
    """
    plain = getattr(f, "f", f)

    def slope(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return derivatives_or_nan(plain, x), torch.zeros_like(y)

    land = Landscape(
        getattr(f, "name", "a function"),
        lambda x, y: answer(plain, x),
        slope,
        lambda x, y: (derivatives(plain, x, 2)[2], torch.zeros_like(x), torch.zeros_like(x)),
        torch.empty(0, 2, dtype=torch.float64),
        ((-3.0, 3.0), (-3.0, 3.0)),
    )
    x0 = places("x0", x0)
    return trajectories(land, ["gd"], torch.stack([x0, torch.zeros_like(x0)], -1), lr, steps)


def derivatives_or_nan(f: Function, x: Tensor) -> Tensor:
    """f′, NaN where x is not finite."""
    known = x.isfinite()
    return derivatives(f, x.where(known, 0.0), 1)[1].where(known, math.nan)
