r"""Densities: of a scaled variable, as the slope of the c.d.f., and a law its moments do not know.

Sources: PROB-18, PROB-19, PROB-20 (Heyde 1963).
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from core.check import require
from core.probability.laws import Law
from core.probability.read import numbers

STEP = 1e-5  # of the central difference, in units of max(1, |t|)
TRITS = 33  # digits to base 3 that float64 holds
WAVE = 12.0  # standard deviations of ln x between which Heyde's moments are summed


def scaled_density(
    log_prob: Callable[[Tensor], Tensor], alpha: float, z: float | Tensor, printed: bool = False
) -> Tensor:
    """The density of αY at z, f_Y(z/α)/|α|, of the shape of z.

    Args:
        log_prob: ln f_Y, such as the method of a `torch.distributions` law; −∞ where f_Y is 0.
        alpha: α ≠ 0.
        printed: the sheet's 1/α instead of 1/|α| (E-08): negative for α < 0, of area −1.

    Raises:
        ValueError: α = 0: then αY is 0, a point mass that has no density.
    """
    require("alpha", alpha)
    if alpha == 0:
        raise ValueError("expected alpha not 0 (0 · Y is a point mass, no density), got 0")
    density = log_prob(numbers("z", z) / alpha).exp()
    return density / (alpha if printed else abs(alpha))


def cdf_slope(of: Law, t: float | Tensor) -> Tensor:
    """The central difference (F(t + h) − F(t − h))/(2h), of the shape of t.

    It is f(t) where F is smooth (PROB-18), also of a law with jumps: 0 beside them, huge on them.
    """
    t = numbers("t", t)
    h = STEP * t.abs().clamp_min(1.0)
    left, right = of.cdf(t + h) - of.cdf(t - h), of.survival(t - h) - of.survival(t + h)
    return torch.where(of.cdf(t) <= 0.5, left, right) / (2 * h)  # the small tail has all digits


def log_prob(of: Law) -> Callable[[Tensor], Tensor]:
    """ln f of a law with a density, −∞ outside of its support: for `scaled_density`."""
    return lambda x: of.density(x).log()


def cantor_cdf(x: float | Tensor) -> Tensor:
    """The devil's staircase at x, of its shape: continuous, its slope 0 almost everywhere.

    A c.d.f. without jumps and without a density (PROB-18): the digits of x to base 3 up to its
    first 1, each 2 read as a 1, to base 2.
    """
    x = numbers("x", x).clamp(0.0, 1.0)
    found, scale, open_ = torch.zeros_like(x), 0.5, torch.ones_like(x, dtype=torch.bool)
    for _ in range(TRITS):
        digit = (3 * x).floor().clamp(0, 2)
        x = 3 * x - digit
        found = found + torch.where(open_ & (digit > 0), scale, 0.0)
        open_, scale = open_ & (digit != 1), scale / 2
    return found


def heyde_density(x: Tensor, eps: float) -> Tensor:
    """f(x) (1 + ε sin(2π ln x)), f the log-normal density with μ = 0, σ = 1; of the shape of x.

    A density for every ε in [−1, 1], 0 for x ≤ 0; all its moments E X^k, k = 0, 1, 2, …, are those
    of the log-normal law, e^{k²/2}.
    """
    require("eps", eps, -1, 1)
    x = numbers("x", x)
    log = x.clamp_min(1e-300).log()
    bell = torch.exp(-0.5 * log**2) / math.sqrt(2 * math.pi)
    wave = 1 + eps * torch.sin(2 * math.pi * log)
    return torch.where(x > 0, bell * wave / x.clamp_min(1e-300), 0.0)


def heyde_moments(order: int, eps: float) -> Tensor:
    """E X^k of Heyde's density for k = 0, …, order by the trapezium rule, (order + 1,).

    With s = ln x the integrand is e^{k²/2} times a bell around s = k, where the rule is exact to
    rounding; `order` lies in [0, 12].
    """
    require("order", order, 0, 12, integer=True)
    require("eps", eps, -1, 1)
    u, h = torch.linspace(-WAVE, WAVE, 4001, dtype=torch.float64), 2 * WAVE / 4000
    k = torch.arange(int(order) + 1, dtype=torch.float64)[:, None]
    bell = torch.exp(-0.5 * u**2) / math.sqrt(2 * math.pi)
    wave = 1 + eps * torch.sin(2 * math.pi * (u + k))
    return torch.exp(0.5 * k[:, 0] ** 2) * (bell * wave).sum(1) * h
