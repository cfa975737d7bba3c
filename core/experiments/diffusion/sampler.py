"""From noise to data and back to a law that is known: the samplers with the exact prediction.

The data are two modes at ±mean. Their best prediction E[ε | xₜ] is known, so what goes wrong is the
sampler's alone: too few steps, no fresh noise, a start that is not pure noise.
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.diffusion import Schedule, from_betas
from core.diffusion.pair import Pair
from core.rng import generator
from core.signature import between, declared

METHODS = ("beta", "posterior", "none", "half", "ddim")
ETA = {"half": 0.5, "ddim": 0.0}  # of the methods that are DDIM
FIRST, LAST, STEPS = 1e-4, 0.02, 1000  # the betas of a thousand steps
LARGEST = 0.999  # of a rescaled beta
DRAWN = 200  # paths
BLOCK = 200_000  # random numbers drawn at once


class Sampler(NamedTuple):
    """Samples on their way from noise to data, t = T, …, 0."""

    x: Tensor  # the first 200 paths, shape (T + 1, 200)
    x0: Tensor  # data predicted from the first of them, E[x₀ | xₜ] at t = T, …, 1, shape (T,)
    ends: Tensor  # all samples, shape (N,)


class Law(NamedTuple):
    """What is told of a law, or of samples, on the line."""

    share: float  # of what lies right of 0
    mean: float  # of what lies there, NaN where nothing does
    std: float


class Rule(NamedTuple):
    """One step of a sampler, xₜ₋₁ = p xₜ + q ε(xₜ, t) + σ z; shapes (T + 1,), entry 0 unused."""

    p: Tensor
    q: Tensor
    sigma: Tensor


@declared
def sampler(
    method: Literal[METHODS] = "beta",
    weight: Annotated[float, between(0.02, 0.98)] = 0.7,
    mean: Annotated[float, between(0, 3)] = 2.0,
    sigma: Annotated[float, between(0.05, 1)] = 0.3,
    T: Annotated[int, between(1, 1000)] = 50,
    betas: Literal["scaled", "same"] = "scaled",
    N: Annotated[int, between(100, 20_000)] = 1000,
    seed: Annotated[int, between(0, 999)] = 0,
) -> Sampler:
    """Run a sampler with the exact prediction from N standard normal numbers.

    Args:
        method: DDPM with σ² = β ("beta"), β̃ ("posterior") or 0 ("none"); DDIM with η = ½ ("half")
            or 0 ("ddim"). DDIM with η = 1 is "posterior".
        weight: of the right mode.
        mean: the modes lie at ±mean.
        sigma: standard deviation of each mode.
        T: number of steps.
        betas: from 0.0001 to 0.02, and "scaled" by 1000/T (at most 0.999), so that T steps add as
            much noise as a thousand, or the "same" for every T.
        N: number of samples.

    Sources: DDPM-04, DDPM-07, DDPM-08; Ho et al. (2020); Song et al. (2021).
    """
    pair, plan, source = Pair(weight, mean, sigma), schedule(T, betas), generator(seed)
    start = torch.randn(N, generator=source, dtype=torch.float64)
    x, ends = travel(pair, plan, rule(plan, method), start, source)
    levels = plan.alpha_bar[1:].flip(0)
    return Sampler(x, pair.x0(x[:-1, 0], levels), ends)


@lru_cache(maxsize=256)
def schedule(T: int, betas: str) -> Schedule:
    """The linear schedule of T steps, rescaled to the noise of a thousand or not."""
    plain = torch.linspace(FIRST, LAST, T, dtype=torch.float64)
    return from_betas((plain * (STEPS / T)).clamp(max=LARGEST) if betas == "scaled" else plain)


def rule(plan: Schedule, method: str) -> Rule:
    """Every sampler is xₜ₋₁ = xₜ/√αₜ + q ε + σ z: they differ in q and σ, and σ₁ = 0."""
    level, before = plan.alpha_bar[1:], plan.alpha_bar[:-1]
    p, eta = 1 / plan.alphas.sqrt(), ETA.get(method)
    if eta is None:
        q = -plan.betas[1:] / (1 - level).sqrt() * p[1:]
        variance = {"beta": plan.betas.clone(), "posterior": plan.posterior_variances}.get(
            method, torch.zeros_like(p)
        )
        variance[1] = 0
    else:
        variance = eta**2 * plan.posterior_variances
        kept = (1 - before - variance[1:]).clamp(min=0).sqrt()
        q = kept - (1 - level).sqrt() * p[1:]
    return Rule(p, torch.cat([q.new_zeros(1), q]), variance.sqrt())


def travel(
    pair: Pair, plan: Schedule, step: Rule, x: Tensor, source: torch.Generator
) -> tuple[Tensor, Tensor]:
    """The first paths at every step, (T + 1, ≤ 200), and all ends.

    With ε = g (x − k tanh(c x + h)) a step is A x + B tanh(c x + h) + σ z.
    """
    level, h = plan.alpha_bar, torch.tensor(pair.odds, dtype=torch.float64)
    v, k = level * pair.std**2 + (1 - level), level.sqrt() * pair.mean
    pull = step.q * (1 - level).sqrt() / v
    tables = [each.tolist() for each in (step.p + pull, -pull * k, k / v, step.sigma)]
    T, n = plan.T, len(x)
    paths, rows = torch.empty(T + 1, min(n, DRAWN), dtype=torch.float64), max(1, BLOCK // n)
    noise, left = None, 0
    paths[0] = x[:DRAWN]
    for i, t in enumerate(range(T, 0, -1)):
        A, B, c, sigma = (table[t] for table in tables)
        side = torch.add(h, x, alpha=c).tanh_()
        x = (x * A).add_(side, alpha=B)
        if sigma > 0:
            if not left:
                left = min(rows, t)
                noise = torch.randn(left, n, generator=source).double()
            left -= 1
            x.add_(noise[left], alpha=sigma)
        paths[i + 1] = x[:DRAWN]
    return paths, x


def measured(ends: Tensor) -> Law:
    """Of samples."""
    right = ends[ends > 0]
    if not len(right):
        return Law(0.0, math.nan, math.nan)
    mean = float(right.mean())
    return Law(len(right) / len(ends), mean, float((right - mean).square().mean().sqrt()))


def target(pair: Pair) -> Law:
    """Of the data, in closed form: moments of Gaussians cut off at 0."""
    share = first = second = 0.0
    for weight, m in ((1 - pair.weight, -pair.mean), (pair.weight, pair.mean)):
        a, s = m / pair.std, pair.std
        mass = 0.5 * math.erfc(-a / math.sqrt(2))
        edge = s * math.exp(-a * a / 2) / math.sqrt(2 * math.pi)
        share += weight * mass
        first += weight * (m * mass + edge)
        second += weight * ((m * m + s * s) * mass + m * edge)
    mean = first / share
    return Law(share, mean, math.sqrt(second / share - mean**2))
