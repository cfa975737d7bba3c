r"""Moment generating functions ψ(t) = E e^{tX}: closed forms, where they are finite, their moments.

Outside of its domain ψ is ∞; `domain` says where that is. Sources: PROB-20 to PROB-26.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.check import require
from core.convexity import derivatives
from core.probability.laws import law, read
from core.probability.read import numbers, points, vector

ORDER = 8  # of the moments that are read off at 0
NODES = 2001  # of the quadrature of the log-normal law
LEGENDRE = 200  # nodes for the law of Pareto
REACH = 12.0  # standard deviations of its logarithm


def mgf(law: str, t: float | Tensor, **parameters: float) -> Tensor:
    """ψ(t) = E e^{tX} of a law by name, of the shape of t; differentiable in t.

    ============  ============================  ======================
    bernoulli     p e^t + 1 − p                 p
    binomial      (p e^t + 1 − p)^n             n, p
    poisson       exp(λ(e^t − 1))               rate λ
    normal        exp(μt + σ²t²/2)              mu, sigma (the standard deviation)
    exponential   λ/(λ − t), t < λ              rate λ
    gamma         (1 − βt)^−α, t < 1/β          alpha, beta (the scale)
    ============  ============================  ======================

    and every other law of `core.probability.LAWS`; the log-normal one by quadrature for t < 0.

    Returns:
        float64; ∞ where t lies outside of `domain`, and where ψ(t) exceeds the largest float.

    Raises:
        ValueError: an unknown law, a parameter missing or out of range, t not finite.
    """
    values, t = read(law, parameters), numbers("t", t)
    low, high = domain(law, **parameters)
    inside = (t > low) & (t < high) | (t == 0)
    safe = torch.where(inside, t, 0.0)  # no NaN enters a gradient
    return torch.where(inside, FORMS[law](safe, **values), math.inf)


def domain(law: str, **parameters: float) -> tuple[float, float]:
    """The ends of {t : ψ(t) < ∞}.

    (−∞, 1/β) for gamma and (−∞, λ) for exponential, the right end excluded; (−∞, 0] with 0 for
    lognormal and pareto; {0} for cauchy, where only ψ(0) = 1 is left.
    """
    values = read(law, parameters)
    if law == "exponential":
        return -math.inf, float(values["rate"])
    if law == "gamma":
        return -math.inf, 1 / values["beta"]
    if law == "cauchy":
        return 0.0, 0.0
    return -math.inf, 0.0 if law in ("lognormal", "pareto") else math.inf


def around_zero(law: str, **parameters: float) -> bool:
    """Whether ψ is finite on both sides of 0: only then does it determine the law (PROB-20)."""
    low, high = domain(law, **parameters)
    return low < 0 < high


def moments_of(law: str, order: int, **parameters: float) -> Tensor:
    """E X^k for k = 0, …, order as the derivatives ψ^(k)(0), (order + 1,), by Taylor arithmetic.

    Raises:
        ValueError: ψ is not finite around 0; order outside [0, 8].
    """
    require("order", order, 0, ORDER, integer=True)
    if not around_zero(law, **parameters):
        raise ValueError(f"expected an MGF finite around 0, got {law}: ψ has no derivatives there")
    values = read(law, parameters)
    if law == "uniform":
        low, high = float(values["low"]), float(values["high"])
        k = range(int(order) + 1)
        found = [sum(low**j * high ** (i - j) for j in range(i + 1)) / (i + 1) for i in k]
        return torch.tensor(found, dtype=torch.float64)
    form = FORMS[law]
    return derivatives(lambda t: form(t, **values), 0.0, int(order)).reshape(-1)


def integrand(name: str, t: float, x: Tensor, **parameters: float) -> Tensor:
    """e^{tx} f(x), of the shape of x, whose area is ψ(t); of a discrete law e^{tx} P(X = x)."""
    require("t", t)
    of, x = law(name, **parameters), numbers("x", x)
    height = of.mass(x) if of.discrete else of.density(x)
    return torch.where(height > 0, torch.exp(t * x + height.log()), 0.0)


def combination(
    laws: Sequence[tuple[str, dict[str, float]]], a: Tensor, t: float | Tensor
) -> Tensor:
    """ψ of Y = Σ aᵢ Xᵢ with independent Xᵢ: Π ψᵢ(aᵢ t), of the shape of t; ∞ if any factor is.

    Args:
        laws: name and parameters of each Xᵢ, such as ("gamma", {"alpha": 2, "beta": 0.5}).
        a: weights, (number of laws,).
    """
    require("number of laws", len(laws), 1)
    a, t = vector("a", a, len(laws)), numbers("t", t)
    factors = [mgf(name, a[i] * t, **each) for i, (name, each) in enumerate(laws)]
    endless = torch.stack([factor == math.inf for factor in factors]).any(0)
    return torch.where(endless, math.inf, torch.stack(factors).prod(0))  # not 0 · ∞


class Sampled(NamedTuple):
    """A mean over samples, with its standard error."""

    value: float
    error: float


def sample_mgf(x: Tensor, t: float) -> Sampled:
    """The mean of e^{tx} over values x (n,), n ≥ 2, which estimates ψ(t).

    The error means little where ψ(2t) = ∞: then e^{tX} has no variance.
    """
    require("t", t)
    x = points("x", x)[:, 0]
    powers = torch.exp(t * x)
    return Sampled(float(powers.mean()), float(powers.std() / math.sqrt(len(x))))


def printed_gamma(t: float | Tensor, a: float, beta: float) -> Tensor:
    """The sheet's ψ of the gamma law, 1/(a − βt), literally (E-11); not even 1 at t = 0.

    Infinite at t = a/β.
    """
    require("a", a, 0, above=True)
    require("beta", beta, 0, above=True)
    return 1 / (a - beta * numbers("t", t))


# --- the forms, made of operations that Taylor arithmetic knows -----------------------------------


def _bernoulli(t, p):
    return 1 + p * torch.expm1(t) if p else torch.exp(0.0 * t)  # not 0 · ∞


def _three_points(t, a, sigma):
    s = (sigma / a) ** 2
    return 1 - s + s * torch.cosh(a * t)


def _uniform(t, low, high):
    middle, half = (low + high) / 2, t * ((high - low) / 2)
    small = half.abs() < 1e-4
    safe = torch.where(small, 1.0, half)
    return torch.exp(t * middle) * torch.where(small, 1 + half**2 / 6, torch.sinh(safe) / safe)


def _lognormal(t, mu, sigma):
    """The trapezium rule over the logarithm, whose error falls faster than any power."""
    z = torch.linspace(-REACH, REACH, NODES, dtype=torch.float64)
    p = torch.exp(-0.5 * z * z)
    return (torch.exp(t[..., None] * torch.exp(mu + sigma * z)) * (p / p.sum())).sum(-1)


def _pareto(t, alpha):
    """X = U^(−1/α) with U uniform on (0, 1), by Gauss's rule."""
    nodes, mass = np.polynomial.legendre.leggauss(LEGENDRE)
    x = torch.as_tensor((nodes + 1) / 2) ** (-1 / alpha)
    return (torch.exp(t[..., None] * x) * torch.as_tensor(mass / 2)).sum(-1)


FORMS = {
    "bernoulli": _bernoulli,
    "binomial": lambda t, n, p: _bernoulli(t, p) ** int(n),
    "poisson": lambda t, rate: torch.exp(rate * torch.expm1(t)),
    "three_points": _three_points,
    "die": lambda t, sides: sum(torch.exp(k * t) for k in range(1, int(sides) + 1)) / int(sides),
    "uniform": _uniform,
    "normal": lambda t, mu, sigma: torch.exp(mu * t + 0.5 * (sigma * t) ** 2),
    "exponential": lambda t, rate: 1 / (1 - t / rate),
    "gamma": lambda t, alpha, beta: (1 - beta * t) ** -alpha,
    "lognormal": _lognormal,
    "pareto": _pareto,
    "cauchy": lambda t, loc, scale: torch.ones_like(t),
}
