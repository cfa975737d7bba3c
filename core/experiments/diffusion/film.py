r"""Noise, step by step: a cloud of points on its way to pure noise (DDPM-01, 02, 03, 09).

A step shrinks the cloud and adds noise, xₜ = √(1 − βₜ) xₜ₋₁ + √βₜ z. All of them together are one
jump, xₜ = √ᾱₜ x₀ + √(1 − ᾱₜ) ε, with the law that the chain has.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Annotated, Literal

import torch
from torch import Tensor

from core.diffusion import Schedule, chain, from_betas, schedule
from core.diffusion.schedules import LARGEST_BETA
from core.gan.data import sample
from core.rng import generator
from core.signature import between, declared
from core.toy import cloud

SHAPES = ("moons", "ring", "blobs", "spiral")
KINDS = ("linear", "cosine", "constant")
RULES = ("chain", "jump", "adds", "printed")
ENDS = {"linear": (1e-4, 0.02), "constant": (0.01005, 0.01005)}  # β₁ and β_T of 1000 steps
N = 400  # points


@dataclass(frozen=True)
class Film:
    """A cloud at every step; what the law says of it follows from the schedule."""

    x: Tensor  # points after t steps, shape (T + 1, N, 2)
    betas: Tensor  # shape (T + 1,), betas[0] = 0

    T = property(lambda self: len(self.betas) - 1)
    # ᾱₜ, shape (T + 1,)
    alpha_bar = cached_property(lambda self: (1 - self.betas).cumprod(0))
    # mean of the points, shape (T + 1, 2)
    mean = cached_property(lambda self: self.x.mean(1))

    @cached_property
    def variance(self) -> Tensor:
        """Variance of a coordinate, the mean over both, shape (T + 1,)."""
        return self.x.var(1, correction=0).mean(-1)

    def law(self, variance: float) -> Tensor:
        """The variance after t steps of data with this one, ᾱₜ · variance + 1 − ᾱₜ."""
        return self.alpha_bar * variance + 1 - self.alpha_bar


@declared
def film(
    data: Literal[SHAPES] = "moons",
    variance: Annotated[float, between(0, 4)] = 1.0,
    x0: Annotated[float, between(-3, 3)] = 1.0,
    kind: Literal[KINDS] = "linear",
    T: Annotated[int, between(1, 1000)] = 200,
    rule: Literal[RULES] = "chain",
    seed: Annotated[int, between(0, 999)] = 0,
) -> Film:
    """A cloud of 400 points after 0, 1, …, T steps.

    Args:
        data: shape of the cloud at the start.
        variance: of each of its coordinates; 0 puts all points on one place.
        x0: where its middle is, (x0, 0).
        kind: linear, βₜ rising from 10⁻⁴ to .02, or constant in between, both for 1000 steps and
            1000/T times as large for T, below 1; or cosine.
        T: number of steps.
        rule: chain, one step after the other; jump, from the start to t at once, with one ε for
            all t; adds, a common belief, that noise is added and nothing shrinks; printed, the jump
            with αₜ in the place of ᾱₜ (E-73).
        seed: of points and noise.
    """
    steps = plan(kind, T)
    start = shape(data, seed) * variance**0.5 + torch.tensor([x0, 0.0], dtype=torch.float64)
    kept, noise = _moved(kind, T, rule, seed)
    return Film(kept[:, None, None] * start + noise, steps.betas)


def plan(kind: str, T: int) -> Schedule:
    """The schedule of a name, as noisy at the end with T steps as with 1000."""
    if kind == "cosine":
        return schedule(kind, T)
    betas = torch.linspace(*ENDS[kind], T, dtype=torch.float64) * (1000 / T)
    return from_betas(betas.clamp(max=LARGEST_BETA))


@lru_cache(maxsize=16)
def shape(data: str, seed: int) -> Tensor:
    """N points of a shape with mean 0 and variance 1 in both coordinates, shape (N, 2)."""
    drawn = sample if data == "spiral" else cloud
    points = drawn(data, N, generator=generator(seed))
    return (points - points.mean(0)) / points.std(0, correction=0)


@lru_cache(maxsize=2)
def _moved(kind: str, T: int, rule: str, seed: int) -> tuple[Tensor, Tensor]:
    """What is left of the start after t steps, shape (T + 1,), and what is added, (T + 1, N, 2).

    A step is linear in x, so the chain from a start is the chain from 0 and √ᾱₜ times the start.
    """
    steps, g = plan(kind, T), generator(seed + 1000)
    zero = torch.zeros(N, 2, dtype=torch.float64)
    if rule in ("jump", "printed"):
        level = steps.alpha_bar if rule == "jump" else steps.alphas
        eps = torch.randn(N, 2, generator=g, dtype=torch.float64)
        return level.sqrt(), (1 - level).sqrt()[:, None, None] * eps
    noise = torch.stack([*chain(zero, steps, g)])
    if rule == "chain":
        return steps.alpha_bar.sqrt(), noise
    added = noise[1:] - steps.alphas[1:, None, None].sqrt() * noise[:-1]
    return torch.ones_like(steps.betas), torch.cat([zero[None], added.cumsum(0)])
