"""The least loss: what no prediction of noise, data or velocity gets below."""

import math

import torch
from torch import Tensor

from core.check import choose, require
from core.diffusion.mixture import Mixture
from core.diffusion.schedules import PREDICTIONS, at_step
from core.rng import generator as generator_of

NODES = 4001  # of the quadrature on a line
REACH = 8.0  # standard deviations beyond the outermost means
DRAWS = 1000  # points of each step in more than one dimension


def least_loss(
    mixture: Mixture,
    t: int | Tensor,
    alpha_bar: Tensor,
    predict: str = "eps",
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> Tensor:
    """E Var(target | xₜ), the loss that no network gets below (DDPM-05), shape of t.

    For numbers by quadrature, with a relative error below 1e-6 where every std is above 0; for
    vectors the mean of the exact conditional variance over `draws` points xₜ.

    Args:
        t: a step in [1, T], or whole numbers of shape (m,).
        alpha_bar: shape (T + 1,).
        predict: eps, x0 or v: with the least loss F of eps, that of x0 is F (1 − ᾱₜ)/ᾱₜ and that of
            v is F/ᾱₜ, since given xₜ each is a multiple of ε plus what is known.
        draws, seed: for vectors.
    """
    choose("predict", predict, PREDICTIONS)
    require("draws", draws, 1, 1_000_000, integer=True)
    steps = torch.as_tensor(t)
    levels = at_step(alpha_bar, steps.reshape(-1), alpha_bar.double())
    random = generator_of(seed)
    floors = torch.stack(
        [
            _sampled(mixture, level, draws, random)
            if mixture.vectors
            else _integrated(mixture, level)
            for level in levels.tolist()
        ]
    )
    return (floors * unit(levels, predict)).reshape(steps.shape)


def unit(level: Tensor, predict: str) -> Tensor:
    """What a squared error of ε amounts to in squared errors of a prediction at levels ᾱₜ."""
    scale = {"eps": torch.ones_like(level), "x0": (1 - level) / level, "v": 1 / level}
    return scale[choose("predict", predict, PREDICTIONS)]


def _conditional(mixture: Mixture, x: Tensor, level: float) -> Tensor:
    """Var(ε | xₜ = x), summed over the coordinates, shape (n,)."""
    d = mixture.means.shape[1] if mixture.vectors else 1
    v = level * mixture.stds.square() + (1 - level)
    share = mixture.noised(level).responsibilities(x)
    rows = x.unbind(-1) if mixture.vectors else (x,)
    means = mixture.means.unbind(-1) if mixture.vectors else (mixture.means,)
    pull, left = math.sqrt(1 - level) / v, math.sqrt(level)
    variance = share @ (d * level * mixture.stds.square() / v)
    for row, mean in zip(rows, means):
        shift = (row[:, None] - left * mean) * pull  # E[ε | x, component]
        middle = (share * shift).sum(1, keepdim=True)
        variance += (share * (shift - middle).square()).sum(1)
    return variance


def _integrated(mixture: Mixture, level: float) -> Tensor:
    now = mixture.noised(level)
    reach = REACH * now.stds
    low, high = float((now.means - reach).min()), float((now.means + reach).max())
    x = torch.linspace(low, high, NODES, dtype=torch.float64)
    return torch.trapezoid(now.density(x) * _conditional(mixture, x, level), x)


def _sampled(mixture: Mixture, level: float, draws: int, random: torch.Generator) -> Tensor:
    x = mixture.noised(level).sample(draws, random)
    rows = max(1, 2_000_000 // len(mixture.weights))
    return torch.cat([_conditional(mixture, part, level) for part in x.split(rows)]).mean()
