r"""A density is the slope of F, and a factor α stretches it: the area stays, so the height goes.

A law with jumps has masses instead: they move to α times their place and keep their height.
Sources: PROB-18, PROB-19.
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.probability import Law, cdf_slope, log_prob, scaled_density
from core.probability import law as named
from core.signature import between, declared

LAWS = ("exponential", "uniform", "normal", "gamma", "poisson")
VIEWS = {
    "exponential": (-1.0, 6.0),
    "uniform": (-1.0, 4.0),
    "normal": (-6.0, 6.0),
    "gamma": (-1.0, 8.0),
    "poisson": (-1.0, 12.0),
}
FINE, BESIDE = 240, 1e-6


class Density(NamedTuple):
    """A law at t, and the law of α times its variable."""

    t: float
    below: float  # F(t) = P(Y ≤ t)
    slope: float  # of F at t; ∞ on a jump
    height: float  # f(t), or P(Y = t)
    y: Tensor  # places of the view, or the points of a law with jumps, (k,)
    f: Tensor  # density there, or masses, (k,)
    F: Tensor  # P(Y ≤ y), (k,)
    z: Tensor  # αy, (k,)
    scaled: Tensor  # density of αY there, or masses, (k,); 0 where α = 0 and there is none
    discrete: bool


@declared
def density(
    law: Literal[LAWS] = "exponential",
    rate: Annotated[float, between(0.25, 4)] = 1.0,
    width: Annotated[float, between(0.2, 3)] = 1.0,
    mu: Annotated[float, between(-2, 2)] = 0.0,
    sigma: Annotated[float, between(0.2, 3)] = 1.0,
    shape: Annotated[float, between(1, 6)] = 3.0,
    scale: Annotated[float, between(0.2, 2)] = 0.5,
    t: Annotated[float, between(-6, 12)] = 1.0,
    alpha: Annotated[float, between(-3, 3)] = -2.0,
) -> Density:
    """The c.d.f. of Y at t with its slope, and the density of αY.

    Args:
        law: of Y.
        rate: of the exponential law, and the mean of Poisson's.
        width: Y is uniform on [0, width].
        mu, sigma: of the normal law; sigma is the standard deviation.
        shape, scale: of the gamma law.
        t: a place; one outside of the view is moved to its edge.
        alpha: the factor α.

    Sources: PROB-18, PROB-19.
    """
    of = the(law, rate, width, mu, sigma, shape, scale)
    low, high = VIEWS[law]
    t = min(max(t, low), high)
    y, f, F = _seen(of, low, high)
    height = float(of.mass(t) if of.discrete else of.density(t))
    jump = of.discrete and height > 0
    slope = math.inf if jump else float(cdf_slope(of, t))
    z = alpha * y
    scaled = f if of.discrete else torch.zeros_like(f)
    if alpha and not of.discrete:
        scaled = scaled_density(log_prob(of), alpha, z)
    return Density(t, float(of.cdf(t)), slope, height, y, f, F, z, scaled, of.discrete)


@lru_cache(maxsize=64)
def the(
    law: str, rate: float, width: float, mu: float, sigma: float, shape: float, scale: float
) -> Law:
    """The law that the parameters say."""
    given = {
        "exponential": {"rate": rate},
        "uniform": {"low": 0.0, "high": width},
        "normal": {"mu": mu, "sigma": sigma},
        "gamma": {"alpha": shape, "beta": scale},
        "poisson": {"rate": rate},
    }
    return named(law, **given[law])


def kinks(law: str, width: float) -> tuple[float, ...]:
    """Where F has a corner; of a law with jumps not said."""
    return {"exponential": (0.0,), "uniform": (0.0, width), "gamma": (0.0,)}.get(law, ())


def view(law: str) -> tuple[float, float]:
    """The part of the line where t can be."""
    return VIEWS.get(law, (-6.0, 12.0))


@lru_cache(maxsize=64)
def _seen(of: Law, low: float, high: float) -> tuple[Tensor, Tensor, Tensor]:
    """Places with both sides of every corner, what f is there, and F."""
    if of.discrete:
        keep = of.points <= high
        return of.points[keep], of.masses[keep], of.cdf(of.points[keep])
    y = torch.linspace(low, high, FINE + 1, dtype=torch.float64)
    for end in of.support:
        if math.isfinite(end):
            y = y[(y - end).abs() > BESIDE]
            y = torch.cat([y, torch.tensor([end - BESIDE, end + BESIDE], dtype=torch.float64)])
    y = y.sort().values
    return y, of.density(y), of.cdf(y)
