r"""Which loss pushes: two Gaussian hills of one width, and the best referee between them.

Data are N(0, σ²), fakes N(s, σ²). The best referee's logit is the straight line
:math:`a(x) = (s^2/2 - s x)/\sigma^2` with the slope −s/σ². While the referee is held,
the generator's loss changes with s by

==============  ==============================  ============================
saturating      E log(1 − D), descended         (s/σ²) E D(fakes)
non-saturating  −E log D, descended             (s/σ²) E (1 − D(fakes))
Wasserstein     W₁ = s, by its own critic       1
==============  ==============================  ============================

and everything but the factors depends on u = s/σ alone. With x = s/2 + σt the mean is
:math:`E D = e^{-u^2/8} \int \varphi(t) / (2 \cosh(ut/2)) dt`, a smooth integral times a power of e
that is kept as a logarithm.
"""

import math
from functools import cache
from typing import Annotated, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import softplus

from core.signature import between, declared

LOSSES = ("saturating", "non_saturating", "wasserstein")
FAR, THIN = 10.0, 0.05  # the largest s and the smallest σ
POINTS = 240  # of a curve over s


class Push(NamedTuple):
    """The three losses at one shift s, in the order of `LOSSES`, and one fake by its logit."""

    log_D: float  # logarithm of E D(fakes)
    push: Tensor  # by how much a step in s changes each loss, shape (3,)
    loss: Tensor  # shape (3,)
    jsd: float  # Jensen–Shannon divergence of the two hills
    logit: float  # that the referee gives to one fake
    slope: Tensor  # what a step of this logit changes in each loss, in size, shape (3,)

    def log10(self, s: float, sigma: float) -> tuple[float, float, float]:
        """Powers of ten of the three pushes, also where the numbers themselves are too small."""
        steep, mean = math.log(s) - 2 * math.log(sigma), math.exp(self.log_D)
        found = steep + self.log_D, steep + math.log1p(-mean), math.log(float(self.push[2]))
        return tuple(each / math.log(10) for each in found)


@declared
def push(
    s: Annotated[float, between(0, FAR)] = 8.0,
    sigma: Annotated[float, between(THIN, 2)] = 1.0,
    logit: Annotated[float, between(-700, 700)] = -5.0,
) -> Push:
    """The generator's losses at the shift s, and how a step in s changes them.

    Args:
        s: distance of the fakes' hill from the data's.
        sigma: width of both hills; towards 0 they become points.
        logit: what the referee answers to one single fake, D = 1/(1 + e^−logit).

    Sources: GAN-05, GAN-06, GAN-09; Arjovsky and Bottou (2017).
    """
    u = torch.tensor([s / sigma], dtype=torch.float64)
    log_D, soft = (float(each) for each in (log_mean(u), mean_softplus(u)))
    steep, mean = s / sigma**2, math.exp(log_D)
    one = torch.tensor(logit, dtype=torch.float64)
    return Push(
        log_D,
        torch.tensor([steep * mean, steep * (1 - mean), float(s > 0)], dtype=torch.float64),
        torch.tensor([-soft, soft + float(u) ** 2 / 2, s], dtype=torch.float64),
        max(math.log(2) - soft, 0.0),
        logit,
        torch.stack((one.sigmoid(), (-one).sigmoid(), torch.ones_like(one))),
    )


def log_mean(u: Tensor) -> Tensor:
    """log E D(fakes) of the best referee at the distance u = s/σ, shape (n,)."""
    reach = (90 / u).clamp(max=10.0)[:, None]
    t = torch.linspace(-1, 1, 401, dtype=torch.float64) * reach
    y = (u[:, None] * t / 2).abs()
    inside = -t.square() / 2 - y - torch.log1p(torch.exp(-2 * y))
    total = inside.exp().sum(1) * reach[:, 0] / 200
    return total.log() - 0.5 * math.log(2 * math.pi) - u.square() / 8


def mean_softplus(u: Tensor) -> Tensor:
    """E log(1 + e^a) over the fakes' logits a, N(−u²/2, u²), shape (n,): −E log(1 − D)."""
    z = torch.linspace(-10, 10, 501, dtype=torch.float64)
    weight = torch.exp(-z.square() / 2) * (0.04 / math.sqrt(2 * math.pi))
    return softplus(-u[:, None].square() / 2 - u[:, None] * z, threshold=700) @ weight


class Curves(NamedTuple):
    """The losses and their pushes over all shifts, for σ = 1."""

    u: Tensor  # s/σ, from 0 to 200, shape (240,)
    log_D: Tensor  # shape (240,)
    soft: Tensor  # E log(1 + e^a), shape (240,)


@cache
def curves() -> Curves:
    u = FAR / THIN * torch.linspace(0, 1, POINTS, dtype=torch.float64) ** 2.5
    return Curves(u, log_mean(u), mean_softplus(u))
