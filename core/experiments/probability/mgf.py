r"""The moment generating function ψ(t) = E e^{tX}: an area, its wall, its moments, its products.

Y = X + aX′ is made of an independent copy X′, or of X itself; the log-normal law has Heyde's twin.
Sources: PROB-20 to PROB-26.
"""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.probability import (
    around_zero,
    combination,
    domain,
    heyde_density,
    heyde_moments,
    integrand,
    moments_of,
)
from core.probability import mgf as generating
from core.signature import between, declared

LAWS = ("gamma", "exponential", "normal", "binomial", "poisson", "lognormal")
HOW = ("alone", "copy", "same")
REACH, FINE, ORDER, TWINS = 3.0, 120, 4, 6  # of t, steps over it; orders of moments
FAR = {"gamma": 12.0, "exponential": 12.0, "normal": 8.0, "poisson": 20.0, "lognormal": 12.0}


class Sum(NamedTuple):
    """Y = X + aX′: what the product says and what is true."""

    product: float  # ψ(t) ψ(at)
    whole: float  # E e^{tY}
    products: Tensor  # both over the view of t, (k,)
    wholes: Tensor


class Mgf(NamedTuple):
    """ψ at t, what it is the area of, and ψ over the view; ∞ beyond the wall."""

    t: float
    psi: float
    x: Tensor  # places, or the points of a law with jumps, (m,)
    f: Tensor  # density or masses there
    lifted: Tensor  # e^{tx} f(x)
    ts: Tensor  # the view of t, (k,)
    psis: Tensor  # ψ there
    wall: float  # where ψ ends on the right
    moments: Tensor  # E Xᵏ, k = 0, 1, …; from ψ at 0, of the log-normal law by quadrature
    twin: Tensor  # Heyde's density over x and its moments; of other laws empty
    twins: Tensor
    sum: Sum | None


@declared
def mgf(
    law: Literal[LAWS] = "gamma",
    shape: Annotated[float, between(1, 6)] = 3.0,
    scale: Annotated[float, between(0.2, 2)] = 0.5,
    rate: Annotated[float, between(0.5, 5)] = 2.0,
    mu: Annotated[float, between(-2, 2)] = 0.0,
    sigma: Annotated[float, between(0.2, 2)] = 1.0,
    n: Annotated[int, between(1, 12)] = 5,
    p: Annotated[float, between(0, 1)] = 0.3,
    eps: Annotated[float, between(-1, 1)] = 0.9,
    t: Annotated[float, between(-3, 3)] = 1.0,
    how: Literal[HOW] = "alone",
    a: Annotated[float, between(-2, 2)] = 1.0,
) -> Mgf:
    """ψ(t) = E e^{tX} and what it tells.

    Args:
        law: of X; lognormal is e to a standard normal variable.
        shape, scale: of the gamma law.
        rate: of the exponential law; of Poisson's law the mean.
        mu, sigma: of the normal law; sigma is the standard deviation.
        n, p: of the binomial law.
        eps: how much the twin of the log-normal law waves.
        how: X alone, X + aX′ with an independent copy X′, or X + aX.

    Sources: PROB-20 to PROB-26.
    """
    given = parameters(law, shape, scale, rate, mu, sigma, n, p)
    key = law, tuple(given.items())
    x, f, ts, psis, wall, moments = _fixed(*key)
    found = generating(law, torch.tensor(t, dtype=torch.float64), **given)
    twin, twins = _twin(eps) if law == "lognormal" else (x[:0], moments[:0])
    both = None if how == "alone" else _sum(*key, t, how, a)
    lifted = integrand(law, t, x, **given)
    return Mgf(t, float(found), x, f, lifted, ts, psis, wall, moments, twin, twins, both)


def parameters(
    law: str, shape: float, scale: float, rate: float, mu: float, sigma: float, n: int, p: float
) -> dict[str, float]:
    """What `core.probability.law` wants to know of the law."""
    return {
        "gamma": {"alpha": shape, "beta": scale},
        "exponential": {"rate": rate},
        "normal": {"mu": mu, "sigma": sigma},
        "binomial": {"n": n, "p": p},
        "poisson": {"rate": rate},
        "lognormal": {"mu": 0.0, "sigma": 1.0},
    }[law]


@lru_cache(maxsize=64)
def _fixed(law: str, items: tuple) -> tuple[Tensor, Tensor, Tensor, Tensor, float, Tensor]:
    """All that does not depend on t."""
    given = dict(items)
    if law in ("binomial", "poisson"):
        x = torch.arange(int(given.get("n", FAR["poisson"])) + 1, dtype=torch.float64)
    else:
        low = -FAR[law] if law == "normal" else 0.0
        x = torch.linspace(low, FAR[law], 241, dtype=torch.float64)
        if law == "lognormal":  # its twin waves ever faster towards 0
            x = x**2 / FAR[law]
    ts = (2 * REACH / FINE) * (torch.arange(FINE + 1, dtype=torch.float64) - FINE // 2)
    moments = heyde_moments(TWINS, 0.0)
    if around_zero(law, **given):
        moments = moments_of(law, ORDER, **given)
    f, psis = integrand(law, 0.0, x, **given), generating(law, ts, **given)
    return x, f, ts, psis, domain(law, **given)[1], moments


@lru_cache(maxsize=64)
def _twin(eps: float) -> tuple[Tensor, Tensor]:
    x = _fixed("lognormal", (("mu", 0.0), ("sigma", 1.0)))[0]
    return heyde_density(x, eps), heyde_moments(TWINS, eps)


def _sum(law: str, items: tuple, t: float, how: str, a: float) -> Sum:
    given = dict(items)
    at = torch.tensor([t], dtype=torch.float64)
    products, wholes = _over(law, items, how, a)
    product = combination([(law, given)] * 2, torch.tensor([1.0, a], dtype=torch.float64), at)
    whole = product if how == "copy" else generating(law, (1 + a) * at, **given)
    return Sum(float(product), float(whole), products, wholes)


@lru_cache(maxsize=64)
def _over(law: str, items: tuple, how: str, a: float) -> tuple[Tensor, Tensor]:
    given, ts = dict(items), _fixed(law, items)[2]
    products = combination([(law, given)] * 2, torch.tensor([1.0, a], dtype=torch.float64), ts)
    return products, products if how == "copy" else generating(law, (1 + a) * ts, **given)
