"""Gradient flow ẋ = −∇f(x) and the two Euler methods that follow it with steps of length lr.

Gradient descent is explicit Euler for this equation; the flow is what it discretises, not the
other way round (E-41). On f(x) = ½(λ₁x₁² + λ₂x₂²) all three are exact powers:
flow e^(−λt), explicit (1 − ηλ)ᵏ, implicit (1 + ηλ)⁻ᵏ, with η written `lr`.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

import torch
from torch import Tensor

from core.landscapes import quadratic
from core.optimizers import trajectories
from core.signature import between, declared

BOUND = 1e12
HALVES = 2.0 ** torch.arange(12, dtype=torch.float64)  # by which the step is divided
CURVE = 241  # points of the smooth line


@dataclass(frozen=True)
class Flow:
    """A run of explicit Euler; flow and implicit Euler from its start follow from it."""

    lam: Tensor  # curvatures (λ₁, λ₂)
    lr: float  # the step η
    explicit: Tensor  # iterates of explicit Euler, shape (n + 1, 2), held at the last below 1e12
    diverged_at: int  # first step of explicit Euler beyond 1e12, or -1

    start = property(lambda self: self.explicit[0])  # x₀
    steps = property(lambda self: len(self.explicit) - 1)  # n
    # index of the last iterate of explicit Euler that was really computed
    last = property(
        lambda self: self.steps if self.diverged_at < 0 else max(self.diverged_at - 1, 0)
    )
    # 2/L, the step at which explicit Euler stops converging
    limit = property(lambda self: 2 / float(self.lam.max()))
    # times kη of the steps, shape (n + 1,)
    t = cached_property(lambda self: self.lr * torch.arange(self.steps + 1, dtype=torch.float64))
    # the flow at the times of the steps, shape (n + 1, 2)
    exact = cached_property(lambda self: self.at(self.t))

    @property
    def curve_t(self) -> Tensor:
        """Times of a smooth line over the same time."""
        return torch.linspace(0, float(self.t[-1]), CURVE, dtype=torch.float64)

    # the flow along the smooth line, shape (CURVE, 2)
    curve = cached_property(lambda self: self.at(self.curve_t))

    @cached_property
    def implicit(self) -> Tensor:
        """Iterates of implicit Euler, shape (n + 1, 2)."""
        k = torch.arange(self.steps + 1, dtype=torch.float64)[:, None]
        return self.start * (1 + self.lr * self.lam) ** -k

    @cached_property
    def errors(self) -> Tensor:
        """Distances of explicit and implicit Euler to the flow at the last time, shape (2, 12).

        With steps η, η/2, η/4, … and as many more of them.
        """
        small, many = self.lr * self.lam / HALVES[:, None], self.steps * HALVES[:, None]
        # a coordinate of 0 times an overflow would be NaN
        powers = (((1 - small) ** many).clamp(-BOUND, BOUND), (1 + small) ** -many)
        away = self.start * torch.stack(powers) - self.exact[-1]
        return away.norm(dim=-1).clamp(max=BOUND)

    # how often explicit Euler changed the sign of the steeper coordinate
    crossings = property(lambda self: self.crossed(self.explicit))

    def at(self, t: Tensor) -> Tensor:
        """The flow x(t) = exp(−Ht) x₀, shape (*t.shape, 2)."""
        return self.start * torch.exp(-self.lam * t[..., None])

    def f(self, x: Tensor) -> Tensor:
        """f(x) = ½ Σ λᵢxᵢ² for x of shape (..., 2), shape (...)."""
        return 0.5 * (self.lam * x * x).sum(dim=-1)

    def crossed(self, path: Tensor) -> int:
        """How often a path changed the sign of the steeper coordinate."""
        signs = path[:, int(self.lam.argmax())].sign()
        return int((signs[1:] * signs[:-1] < 0).sum())


@declared
def flow(
    lam1: Annotated[float, between(0.01, 100)] = 0.5,
    lam2: Annotated[float, between(0.01, 100)] = 8.0,
    lr: Annotated[float, between(0.001, 10)] = 0.22,
    T: Annotated[float, between(0.01, 100)] = 4.0,
    x0: Annotated[float, between(-10, 10)] = 1.4,
    y0: Annotated[float, between(-10, 10)] = 1.0,
) -> Flow:
    """Flow, explicit and implicit Euler on ½(lam1 x² + lam2 y²) from (x0, y0).

    Args:
        lam1, lam2: curvatures.
        lr: the step η.
        T: time to follow; the methods make the largest whole number of steps that fits, at least
            one, and the flow is compared with them at the time they reach.
        x0, y0: start.
    """
    mu, L = sorted((lam1, lam2))
    # f is μ times `quadratic(κ)`, so its step η is the step ημ there
    bowl = quadratic(L / mu, 0.0 if lam1 <= lam2 else 90.0)
    start = torch.tensor([x0, y0], dtype=torch.float64)
    run = trajectories(bowl, ("gd",), start, lr * mu, max(1, math.floor(T / lr + 1e-9)))
    lam = torch.tensor([lam1, lam2], dtype=torch.float64)
    return Flow(lam, lr, run.x[0], int(run.diverged_at[0]))
