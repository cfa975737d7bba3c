"""How much noise each step adds: schedules, the noised state at any step, and its posterior."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require

KINDS = ("linear", "cosine")
PREDICTIONS = ("eps", "x0", "v")
OFFSET = 0.008  # of the cosine, so that its first steps are not too small
LARGEST_BETA = 0.999  # of the cosine, whose last step would leave nothing of the data
MOST_STEPS = 100_000


class Schedule(NamedTuple):
    """The noise of every step; entry t belongs to step t, entry 0 to the data."""

    betas: Tensor  # variance added by step t, shape (T + 1,), float64; betas[0] = 0
    alphas: Tensor  # 1 − betas
    alpha_bar: Tensor  # products of the alphas up to t, falling from alpha_bar[0] = 1

    @property
    def T(self) -> int:
        """Number of steps."""
        return len(self.betas) - 1

    @property
    def posterior_variances(self) -> Tensor:
        """β̃ₜ = (1 − ᾱₜ₋₁) / (1 − ᾱₜ) βₜ, shape (T + 1,); 0 at t = 0 and t = 1 (DDPM-06)."""
        left = (1 - self.alpha_bar[:-1]) / (1 - self.alpha_bar[1:])
        return torch.cat([self.betas[:1], left * self.betas[1:]])

    @property
    def snr(self) -> Tensor:
        """Signal to noise ᾱₜ / (1 − ᾱₜ), shape (T + 1,); infinite at t = 0 (DDPM-09)."""
        return self.alpha_bar / (1 - self.alpha_bar)


class Posterior(NamedTuple):
    """The Gaussian q(xₜ₋₁ | xₜ, x₀)."""

    mean: Tensor  # shape of xt
    variance: Tensor  # of each coordinate, 0 at t = 1; shape of t, with ones to fit xt


def schedule(kind: str, T: int, beta_1: float = 1e-4, beta_T: float = 0.02) -> Schedule:
    """The schedule of a name with steps 1, …, T (DDPM-09).

    Args:
        kind: linear, βₜ in equal steps from beta_1 to beta_T (Ho et al. 2020; constant where the
            two agree); or cosine, ᾱₜ = f(t) / f(0) with f(t) = cos²((t/T + .008) / 1.008 · π/2)
            and every βₜ at most .999 (Nichol and Dhariwal 2021).
        T: number of steps in [1, 100 000].
        beta_1, beta_T: first and last variance of linear, in (0, 1); cosine needs neither. A
            schedule of 1000 steps has to grow by 1000 / T to end as noisy with T steps.

    Raises:
        ValueError: an unknown kind or a value outside its range.
    """
    choose("kind", kind, KINDS)
    T = int(require("T", T, 1, MOST_STEPS, integer=True))
    require("beta_1", beta_1, 0, 1, above=True, below=True)
    require("beta_T", beta_T, 0, 1, above=True, below=True)
    if kind == "linear":
        return from_betas(torch.linspace(beta_1, beta_T, T, dtype=torch.float64))
    t = torch.arange(T + 1, dtype=torch.float64) / T
    f = torch.cos((t + OFFSET) / (1 + OFFSET) * math.pi / 2) ** 2
    return from_betas((1 - f[1:] / f[:-1]).clamp(max=LARGEST_BETA))


def from_betas(betas: Tensor) -> Schedule:
    """The schedule whose steps 1, …, T add the given variances, shape (T,), each in (0, 1)."""
    betas = torch.as_tensor(betas, dtype=torch.float64)
    if betas.ndim != 1 or not len(betas):
        raise ValueError(f"expected betas of shape (T,), got {tuple(betas.shape)}")
    wrong = betas[~((betas > 0) & (betas < 1))]
    if len(wrong):
        raise ValueError(f"expected betas in (0, 1), got {float(wrong[0]):g}")
    betas = torch.cat([betas.new_zeros(1), betas])
    return Schedule(betas, 1 - betas, (1 - betas).cumprod(0))


def q_sample(x0: Tensor, t: int | Tensor, eps: Tensor, alpha_bar: Tensor) -> Tensor:
    """xₜ = √ᾱₜ x₀ + √(1 − ᾱₜ) ε, the state at step t in one jump (DDPM-03).

    Args:
        x0: data, any shape, such as (n,) or (n, d).
        t: a step in [0, T], or whole numbers that broadcast with x0 from the left: one step per
            row has shape (n,).
        eps: standard normal noise that broadcasts with x0.
        alpha_bar: of a schedule, shape (T + 1,); its alphas instead give the formula as printed,
            without the bar (E-73).
    """
    level = at_step(alpha_bar, t, x0)
    return level.sqrt() * x0 + (1 - level).sqrt() * eps


def chain(x0: Tensor, plan: Schedule, generator: torch.Generator) -> Iterator[Tensor]:
    """x₀, x₁, …, x_T of the forward process, xₜ = √(1 − βₜ) xₜ₋₁ + √βₜ z (DDPM-02)."""
    x = x0
    yield x
    for beta in plan.betas[1:].tolist():
        x = math.sqrt(1 - beta) * x + math.sqrt(beta) * noise_like(x, generator)
        yield x


def posterior(x0: Tensor, xt: Tensor, t: int | Tensor, schedule: Schedule) -> Posterior:
    """Mean and variance of xₜ₋₁ where both xₜ and the data x₀ are known (DDPM-06).

    μ̃ = (√ᾱₜ₋₁ βₜ x₀ + √αₜ (1 − ᾱₜ₋₁) xₜ) / (1 − ᾱₜ) and β̃ = (1 − ᾱₜ₋₁) / (1 − ᾱₜ) βₜ.

    Args:
        x0, xt: shapes that broadcast.
        t: a step in [1, T], or whole numbers as in `q_sample`.
    """
    before = at_step(schedule.alpha_bar, _whole("t", t, 1, schedule.T) - 1, xt)
    level, beta = (at_step(part, t, xt) for part in (schedule.alpha_bar, schedule.betas))
    mean = before.sqrt() * beta * x0 + (1 - beta).sqrt() * (1 - before) * xt
    return Posterior(mean / (1 - level), (1 - before) / (1 - level) * beta)


def convert(
    value: Tensor, xt: Tensor, t: int | Tensor, alpha_bar: Tensor, given: str, wanted: str
) -> Tensor:
    """The same prediction of a model in other words: noise, data or velocity.

    With xₜ = √ᾱₜ x₀ + √(1 − ᾱₜ) ε the velocity is v = √ᾱₜ ε − √(1 − ᾱₜ) x₀ (Salimans and Ho
    2022). Data cannot be turned into noise at t = 0, where xₜ holds none.

    Args:
        value: what the model predicts, shape of xt.
        xt, t, alpha_bar: as in `q_sample`.
        given, wanted: each one of eps, x0, v.
    """
    choose("given", given, PREDICTIONS)
    choose("wanted", wanted, PREDICTIONS)
    if given == wanted:
        return value
    level = at_step(alpha_bar, t, xt)
    signal, noise = level.sqrt(), (1 - level).sqrt()
    if given == "x0" and not bool((noise > 0).all()):
        raise ValueError("expected t in [1, T] where given is x0, got 0")
    if given == "v":
        return signal * xt - noise * value if wanted == "x0" else noise * xt + signal * value
    x0 = value if given == "x0" else (xt - noise * value) / signal
    eps = value if given == "eps" else (xt - signal * value) / noise
    return {"x0": x0, "eps": eps, "v": signal * eps - noise * x0}[wanted]


def at_step(table: Tensor, t: int | Tensor, like: Tensor) -> Tensor:
    """Entries t of a table of shape (T + 1,), with the type of `like` and ones to fit its shape."""
    if table.ndim != 1 or len(table) < 2:
        raise ValueError(f"expected alpha_bar of shape (T + 1,), got {tuple(table.shape)}")
    entries = table[_whole("t", t, 0, len(table) - 1)]
    ones = max(0, like.ndim - entries.ndim) if entries.ndim else 0
    entries = entries.reshape(entries.shape + (1,) * ones)
    return entries.to(like.device, like.dtype)


def noise_like(x: Tensor, generator: torch.Generator) -> Tensor:
    """Standard normal numbers of the shape and type of x."""
    return torch.randn(x.shape, generator=generator, dtype=x.dtype, device=generator.device).to(x)


def _whole(name: str, value: int | Tensor, low: int, high: int) -> Tensor:
    """The steps as int64, refused by name where one is no whole number in [low, high]."""
    if not isinstance(value, Tensor):
        return torch.tensor(int(require(name, value, low, high, integer=True)))
    if value.is_floating_point() or value.is_complex() or value.dtype == torch.bool:
        raise ValueError(f"expected {name} to hold whole numbers, got {value.dtype}")
    if value.numel():
        for end in (value.min(), value.max()):
            require(name, int(end), low, high, integer=True)
    return value.long().cpu()
