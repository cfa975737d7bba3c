"""Two Gaussian modes at ±mean: the mixture whose best prediction is a hyperbolic tangent.

It is `Mixture([1 − weight, weight], [−mean, mean], std)` in closed form, some times faster, with
the c.d.f. and the quantiles of its diffusion, which give the exact flow from noise to data in one
dimension: the flow keeps the order of points, so it takes quantiles to quantiles.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from scipy.special import ndtr
from torch import Tensor

from core.diffusion.mixture import Mixture

HALVINGS = 50  # of an interval that holds a quantile
FAR = 9.0  # standard deviations of the farther mode within which quantiles are looked for


class Pair(NamedTuple):
    """Weights (1 − weight, weight) at (−mean, mean), both of the same standard deviation > 0."""

    weight: float  # in (0, 1)
    mean: float
    std: float

    @property
    def mixture(self) -> Mixture:
        """The same law as a `Mixture`."""
        weights, means = [1 - self.weight, self.weight], [-self.mean, self.mean]
        return Mixture(weights, means, self.std)

    @property
    def odds(self) -> float:
        """Half the logarithm of the odds of the right mode."""
        return 0.5 * math.log(self.weight / (1 - self.weight))

    def x0(self, x: Tensor, level: Tensor | float) -> Tensor:
        """E[x₀ | xₜ = x] where √level x₀ + √(1 − level) ε is seen, for levels that broadcast."""
        level = torch.as_tensor(level, dtype=torch.float64)
        v, shrink = level * self.std**2 + (1 - level), level.sqrt()
        mode = self.mean * torch.tanh(shrink * self.mean / v * x + self.odds)
        return mode + shrink * self.std**2 / v * (x - shrink * mode)

    def model(self, alpha_bar: Tensor) -> Callable[[Tensor, int], Tensor]:
        """`exact_model` of this mixture: E[ε | xₜ] as a function of (x, t)."""
        levels, odds = alpha_bar.tolist(), self.odds

        def eps(x: Tensor, t: int) -> Tensor:
            level = levels[t]
            v, mode = level * self.std**2 + (1 - level), math.sqrt(level) * self.mean
            side = torch.tanh(mode / v * x + odds)
            return (x - mode * side) * (math.sqrt(1 - level) / v)

        return eps

    def cdf(self, x: Tensor, level: Tensor | float = 1.0) -> Tensor:
        """P(√level x₀ + √(1 − level) ε ≤ x), for levels that broadcast with x."""
        level = torch.as_tensor(level, dtype=torch.float64)
        scale, mode = 1 / (level * self.std**2 + 1 - level).sqrt(), level.sqrt() * self.mean
        left, right = (torch.special.ndtr((x + sign * mode) * scale) for sign in (1, -1))
        return torch.lerp(left, right, self.weight)

    def quantile(self, p: Tensor, level: Tensor | float = 1.0) -> Tensor:
        """The x with `cdf(x, level)` = p in (0, 1), for levels that broadcast with p."""
        # numpy is several times quicker on a few points
        p, level = np.broadcast_arrays(np.asarray(p), np.asarray(level, dtype=float))
        scale, mode = 1 / np.sqrt(level * self.std**2 + 1 - level), np.sqrt(level) * self.mean
        high = abs(mode) + FAR / scale
        low = -high
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            left, right = ndtr((middle + mode) * scale), ndtr((middle - mode) * scale)
            below = left + self.weight * (right - left) < p
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return torch.from_numpy((low + high) / 2)
