r"""Differential entropy h = −∫ f log f: below zero for narrow laws, and moved by a change of units.

==============  ==============  =======================
normal          mu, sigma       ½ log(2πe σ²)
uniform         low, high       log(high − low)
exponential     rate            1 − log rate
==============  ==============  =======================

The divergence of two normal laws and what correlated ones tell. Sources: INFO-01 (E-37), 04, 07.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from core.check import choose, require
from core.information.laws import numbers

LAWS = {"normal": ("mu", "sigma"), "uniform": ("low", "high"), "exponential": ("rate",)}
BINS = 100_000


def differential_entropy(law: str, base: float = math.e, **parameters: float) -> float:
    """h of a law of the table above; base 2 for bits.

    Raises:
        ValueError: another law, a parameter that is missing or outside its range.
    """
    require("base", base, 1, above=True)
    a, b = _read(law, parameters)
    if law == "normal":
        nats = 0.5 * math.log(2 * math.pi * math.e) + math.log(b)
    else:
        nats = math.log(b - a) if law == "uniform" else 1 - math.log(a)
    return nats / math.log(base)


def density(law: str, x: Tensor, **parameters: float) -> Tensor:
    """f(x) of a law of the table above, float64, shape of x."""
    a, b = _read(law, parameters)
    x = numbers("x", x)
    if law == "normal":
        return (-0.5 * ((x - a) / b) ** 2).exp() / (b * math.sqrt(2 * math.pi))
    if law == "uniform":
        return ((x >= a) & (x <= b)).double() / (b - a)
    return torch.where(x >= 0, a * (-a * x.clamp(min=0)).exp(), 0.0)


def binned(law: str, width: float, **parameters: float) -> Tensor:
    """Masses of bins [i width, (i + 1) width) that hold all but 1e-15 of the law, (k,) of sum 1.

    Their entropy is ≥ 0 and near h − log width: h itself compares with bins of width 1.

    Raises:
        ValueError: more than 100 000 bins, or as `differential_entropy`.
    """
    require("width", width, 0, above=True)
    a, b = _read(law, parameters)
    if law == "exponential":
        low, high = 0.0, 35 / a
    else:
        low, high = (a - 8 * b, a + 8 * b) if law == "normal" else (a, b)
    first, last = math.floor(low / width), math.ceil(high / width)
    require("bins, the law's reach over width,", last - first, 1, BINS)
    edges = torch.arange(first, last + 1, dtype=torch.float64) * width
    mass = _cdf(law, a, b, edges).diff()
    return mass / mass.sum()


def _cdf(law: str, a: float, b: float, x: Tensor) -> Tensor:
    if law == "normal":
        return torch.special.ndtr((x - a) / b)
    if law == "uniform":
        return ((x - a) / (b - a)).clamp(0, 1)
    return -torch.expm1(-a * x.clamp(min=0))


def _read(law: str, parameters: dict[str, float]) -> tuple[float, float]:
    """The parameters in order, after their ranges; the second is 0 where there is one only."""
    wanted = LAWS[choose("law", law, tuple(LAWS))]
    if set(parameters) != set(wanted):
        got = ", ".join(sorted(parameters)) or "none"
        raise ValueError(f"expected {law} with {', '.join(wanted)}, got {got}")
    a, b = (*(parameters[name] for name in wanted), 0.0)[:2]
    require(wanted[0], a, 0 if law == "exponential" else -math.inf, above=law == "exponential")
    if law == "normal":
        require("sigma", b, 0, above=True)
    elif law == "uniform":
        require("high", b, a, above=True)
    return a, b


def normal_kl(mu1: float, sigma1: float, mu2: float, sigma2: float) -> float:
    """KL(N(μ₁, σ₁²) ‖ N(μ₂, σ₂²)) = log(σ₂/σ₁) + (σ₁² + (μ₁ − μ₂)²)/2σ₂² − ½."""
    for name, value in (("mu1", mu1), ("mu2", mu2)):
        require(name, value)
    for name, value in (("sigma1", sigma1), ("sigma2", sigma2)):
        require(name, value, 0, above=True)
    ratio, far = sigma1 / sigma2, (mu1 - mu2) / sigma2
    return max(0.0, -math.log(ratio) + 0.5 * (ratio * ratio + far * far - 1))


def normal_information(rho: float) -> float:
    """I(X;Y) = −½ log(1 − ρ²) of two normal variables of correlation ρ in [−1, 1]; ∞ at ±1."""
    require("rho", rho, -1, 1)
    if abs(rho) == 1:
        return math.inf
    return -0.5 * (math.log1p(-rho) + math.log1p(rho))


def normal_vector_information(
    Sigma: Tensor, x: Sequence[int], y: Sequence[int], given: Sequence[int] = ()
) -> float:
    """I(X;Y|Z) of coordinates of one normal vector with covariance Σ, from determinants, in nats.

    Args:
        Sigma: symmetric, positive definite, (d, d).
        x, y, given: numbers of different coordinates; `given` may be empty.

    Raises:
        ValueError: a matrix that is not so, coordinates that do not exist or come twice.
    """
    Sigma = numbers("Sigma", Sigma)
    if Sigma.ndim != 2 or Sigma.shape[0] != Sigma.shape[1] or not Sigma.numel():
        raise ValueError(f"expected Sigma of shape (d, d), got {tuple(Sigma.shape)}")
    whole = bool(Sigma.isfinite().all())
    if not whole or not bool((Sigma == Sigma.T).all()) or torch.linalg.cholesky_ex(Sigma).info:
        raise ValueError(f"expected Sigma symmetric, positive definite, got {Sigma.tolist()!r:.80}")
    x, y, z = ([int(i) for i in part] for part in (x, y, given))
    wanted = [*x, *y, *z]
    if (
        not x
        or not y
        or len(set(wanted)) < len(wanted)
        or not set(wanted) <= set(range(len(Sigma)))
    ):
        raise ValueError(
            f"expected x, y, given different numbers in [0, {len(Sigma) - 1}], got {x}, {y}, {z}"
        )

    def volume(*parts: list[int]) -> float:
        at = [i for part in parts for i in part]
        return float(torch.linalg.slogdet(Sigma[at][:, at])[1]) if at else 0.0

    return max(0.0, 0.5 * (volume(x, z) + volume(y, z) - volume(z) - volume(x, y, z)))
