"""Laws of one number that a map of the line starts from: density, mass, quantiles, samples."""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require

LAWS = ("normal", "uniform", "exponential", "two")
CENTRE, WIDTH = 2.0, 0.5  # of the two bells
HALF = 2.0  # the uniform law lives on [-HALF, HALF]
Function = Callable[[Tensor], Tensor]


class Law(NamedTuple):
    """A law with a density; functions of tensors of any shape, float64."""

    log_prob: Function  # ln p(z), −∞ where there is no mass
    cdf: Function  # P(Z ≤ z)
    quantile: Function  # its inverse, of numbers in (0, 1)
    low: float  # outside [low, high] there is less than 1e-15 of the mass
    high: float
    edges: tuple[float, ...] = ()  # places where the density jumps


def law(name: str) -> Law:
    """A law of `LAWS`.

    normal: N(0, 1); uniform: on [-2, 2]; exponential: e^−z on z ≥ 0; two: ½ N(−2, ½²) + ½ N(2, ½²).

    Raises:
        ValueError: unknown name.
    """
    choose("base", name, LAWS)
    return _KNOWN[name]


def strips(of: Law, count: int) -> Tensor:
    """The count + 1 borders of strips of equal mass, from `low` to `high`, float64.

    Raises:
        ValueError: count outside [1, 1000].
    """
    require("count", count, 1, 1000, integer=True)
    inner = torch.arange(1, int(count), dtype=torch.float64) / count
    ends = torch.tensor([of.low, of.high], dtype=torch.float64)
    return torch.cat([ends[:1], of.quantile(inner), ends[1:]])


def draw(of: Law, n: int, *, generator: torch.Generator) -> Tensor:
    """n independent numbers, shape (n,), float64: quantiles of uniform ones."""
    require("n", n, 1, 10_000_000, integer=True)
    u = torch.rand(int(n), generator=generator, dtype=torch.float64)
    return of.quantile(u.clamp(2.0**-54, 1 - 2.0**-53))


def _normal() -> Law:
    constant = 0.5 * math.log(2 * math.pi)
    return Law(
        lambda z: -0.5 * z.square() - constant, torch.special.ndtr, torch.special.ndtri, -8.5, 8.5
    )


def _uniform() -> Law:
    inside = -math.log(2 * HALF)
    return Law(
        lambda z: torch.full_like(z, inside).where(z.abs() <= HALF, -math.inf),
        lambda z: (z / (2 * HALF) + 0.5).clamp(0, 1),
        lambda u: 2 * HALF * (u - 0.5),
        -HALF,
        HALF,
        (-HALF, HALF),
    )


def _exponential() -> Law:
    return Law(
        lambda z: torch.where(z >= 0, -z, -math.inf),
        lambda z: -torch.expm1(-z.clamp(min=0)),
        lambda u: -torch.log1p(-u),
        0.0,
        36.0,
        (0.0,),
    )


def _two() -> Law:
    constant = math.log(2 * WIDTH * math.sqrt(2 * math.pi))
    end = CENTRE + 8.5 * WIDTH

    def log_prob(z: Tensor) -> Tensor:
        left, right = (-0.5 * ((z - c) / WIDTH).square() for c in (-CENTRE, CENTRE))
        return torch.logaddexp(left, right) - constant

    def cdf(z: Tensor) -> Tensor:
        ndtr = torch.special.ndtr
        return 0.5 * (ndtr((z + CENTRE) / WIDTH) + ndtr((z - CENTRE) / WIDTH))

    def quantile(u: Tensor) -> Tensor:
        low, high = torch.full_like(u, -end), torch.full_like(u, end)
        for _ in range(55):
            middle = (low + high) / 2
            left = cdf(middle) < u
            low, high = torch.where(left, middle, low), torch.where(left, high, middle)
        return (low + high) / 2

    return Law(log_prob, cdf, quantile, -end, end)


_KNOWN = {
    "normal": _normal(), "uniform": _uniform(), "exponential": _exponential(), "two": _two()
}  # fmt: skip
