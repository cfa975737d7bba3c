r"""Where xₜ₋₁ was: the posterior q(xₜ₋₁ | xₜ, x₀), and the reverse kernel without x₀ (DDPM-04, 06).

Bayes multiplies what the start says, q(xₜ₋₁ | x₀), with how likely the step to xₜ is,
q(xₜ | xₜ₋₁). Where x₀ is known both are Gaussian in xₜ₋₁, and so is the product. Where only the law
of the data is known, here two Gaussians, the product is a mixture of two.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.check import require
from core.diffusion import KINDS, Mixture, posterior, schedule
from core.signature import between, declared

KNOWN = ("x0", "data", "printed")
DATA = Mixture([0.3, 0.7], [-2.0, 2.0], 0.3)
LARGEST = 0.999  # β of a schedule with few steps
ASKED = 32  # steps at which the distance to a Gaussian is computed
Z = torch.linspace(-6, 6, 101, dtype=torch.float64)  # deviations


class Kernel(NamedTuple):
    """Two Gaussians, at one step or at many."""

    weights: Tensor  # shape (..., 2), of sum 1
    means: Tensor  # shape (..., 2)
    stds: Tensor  # shape (..., 2)

    @property
    def mean(self) -> Tensor:
        """Shape (...)."""
        return (self.weights * self.means).sum(-1)

    @property
    def variance(self) -> Tensor:
        """Shape (...)."""
        away = self.means - self.mean[..., None]
        return (self.weights * (self.stds.square() + away.square())).sum(-1)

    def density(self, x: Tensor) -> Tensor:
        """At x of shape (..., n), that shape."""
        z = (x[..., None] - self.means[..., None, :]) / self.stds[..., None, :]
        share = self.weights / self.stds / (2 * torch.pi) ** 0.5
        return (share[..., None, :] * torch.exp(-0.5 * z.square())).sum(-1)

    def profile(self) -> tuple[Tensor, Tensor, Tensor]:
        """Places, the density there and the Gaussian of the same mean and variance, (..., n).

        The places are close wherever one of the two humps or that Gaussian is.
        """
        mean, spread = self.mean[..., None], self.variance.sqrt()[..., None]
        middles, widths = torch.cat([self.means, mean], -1), torch.cat([self.stds, spread], -1)
        x = (middles[..., None] + widths[..., None] * Z).flatten(-2).sort().values
        bell = torch.exp(-0.5 * ((x - mean) / spread).square()) / (2 * torch.pi) ** 0.5 / spread
        return x, self.density(x), bell

    @property
    def apart(self) -> Tensor:
        """Share of the probability that the Gaussian puts in other places, shape (...)."""
        x, p, bell = self.profile()
        return 0.5 * torch.trapezoid((p - bell).abs(), x)

    @property
    def humps(self) -> int:
        """Maxima of the density of one step that are a hundredth of the largest or more."""
        _, p, _ = self.profile()
        p = p[torch.cat([p.diff() != 0, torch.tensor([True])])]  # a place may be there twice
        top = (p[1:-1] > p[:-2]) & (p[1:-1] > p[2:]) & (p[1:-1] > p.max() / 100)
        return int(top.sum())


@dataclass(frozen=True)
class Triangle:
    """The posterior with x₀ and the reverse kernel without it; steps are entries 1, …, T."""

    betas: Tensor  # shape (T + 1,), betas[0] = 0
    weights: Tensor  # of x₀ and of xₜ in the mean, at every step, shape (T, 2)
    mean: float  # μ̃ at this step
    variance: float  # β̃ at this step, 0 at the first
    kernel: Kernel  # of xₜ₋₁ for data from two Gaussians, at this step
    apart: Tensor  # distance of the kernel from a Gaussian at `asked` steps, for this xₜ

    T = property(lambda self: len(self.betas) - 1)
    # ᾱₜ, shape (T + 1,)
    alpha_bar = cached_property(lambda self: (1 - self.betas).cumprod(0))
    # β̃ₜ of every step, shape (T,)
    variances = cached_property(
        lambda self: (1 - self.alpha_bar[:-1]) / (1 - self.alpha_bar[1:]) * self.betas[1:]
    )
    asked = property(lambda self: asked(self.T))

    def likelihood(self, t: int, xt: float) -> tuple[float, float]:
        """Centre and deviation of q(xₜ | xₜ₋₁) as a function of xₜ₋₁."""
        beta = float(self.betas[t])
        return xt / (1 - beta) ** 0.5, (beta / (1 - beta)) ** 0.5

    def printed(self, t: int, xt: float) -> tuple[float, float]:
        """Mean and deviation of a step from xₜ in the direction of p(xₜ | xₜ₋₁) (E-74)."""
        beta = float(self.betas[t])
        return (1 - beta) ** 0.5 * xt, beta**0.5

    def prior(self, t: int, x0: float) -> tuple[float, float]:
        """Mean and deviation of q(xₜ₋₁ | x₀)."""
        level = float(self.alpha_bar[t - 1])
        return level**0.5 * x0, max(0.0, 1 - level) ** 0.5


@declared
def triangle(
    known: Literal[KNOWN] = "x0",
    x0: Annotated[float, between(-3, 3)] = -2.0,
    xt: Annotated[float, between(-3, 3)] = 2.0,
    T: Annotated[int, between(1, 1000)] = 50,
    t: Annotated[int, between(1, 1000)] = 25,
    kind: Literal[KINDS] = "linear",
) -> Triangle:
    """The state before xₜ, with the data point known or only the law of the data.

    Args:
        known: what is shown: "x0", the posterior of a known x₀; "data", the reverse kernel of data
            0.3 N(−2, .3²) + 0.7 N(2, .3²); "printed", a step in the direction of p(xₜ | xₜ₋₁)
            (E-74), which adds noise once more.
        x0: the data point.
        xt: the state after t steps.
        T: number of steps.
        t: the step, at most T.
        kind: linear, β from .1/T to 20/T but at most .999; or cosine.
    """
    t = int(require("t", t, 1, T, integer=True))
    plan = schedule(kind, T, min(0.1 / T, LARGEST), min(20 / T, LARGEST))
    every, units = torch.arange(1, T + 1), torch.eye(2, dtype=torch.float64)
    # the mean is linear in (x₀, xₜ), so its weights are the means of the unit vectors
    parts = [posterior(*unit.expand(T, 2).T, every, plan).mean for unit in units]
    here = posterior(*torch.tensor([x0, xt], dtype=torch.float64), t, plan)
    kernel = Kernel(*(part[0] for part in reverse(plan.betas, xt, torch.tensor([t]))))
    apart = reverse(plan.betas, xt, asked(T)).apart
    mean, variance = float(here.mean), float(here.variance)
    return Triangle(plan.betas, torch.stack(parts, -1), mean, variance, kernel, apart)


def asked(T: int) -> Tensor:
    """At most 32 steps from 1 to T."""
    return torch.linspace(1, T, min(T, ASKED), dtype=torch.float64).round().long()


def reverse(betas: Tensor, xt: float, t: Tensor) -> Kernel:
    """The true q(xₜ₋₁ | xₜ) of `DATA` at steps t of shape (n,); a product of Gaussians for each."""
    level = (1 - betas).cumprod(0)[t - 1, None]
    beta = betas[t, None]
    v = level * DATA.stds.square() + 1 - level
    m = level.sqrt() * DATA.means
    variance = 1 / (1 / v + (1 - beta) / beta)
    mean = variance * (m / v + (1 - beta).sqrt() * xt / beta)
    total = (1 - beta) * v + beta
    far = (xt - (1 - beta).sqrt() * m).square() / total
    weights = (DATA.weights.log() - 0.5 * (total.log() + far)).softmax(-1)
    return Kernel(weights, mean, variance.sqrt())
