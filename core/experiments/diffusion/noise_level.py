r"""Schedules: what is left of the data after t steps, and how wrong a start from N(0, 1) is.

The signal-to-noise ratio at step t is ᾱₜ/(1 − ᾱₜ) (DDPM-09). Sampling starts from N(0, 1) although
the noised data have the law q(x_T). What that does is exact here: on a line the deterministic way
back keeps the order of points, so it takes the quantiles of q(x_T) to those of the data.
"""

import math
from dataclasses import dataclass
from typing import Annotated, Literal

import torch
from torch import Tensor

from core.diffusion import Mixture, Schedule, from_betas, schedule
from core.signature import between, declared

KINDS = ("linear", "cosine", "constant")
LEFT, RIGHT = 0.3, 0.7  # of the data at −2 and at 2
DATA = Mixture([LEFT, RIGHT], [-2.0, 2.0], 0.3)
PLACES = torch.linspace(-6, 6, 601, dtype=torch.float64)


@dataclass(frozen=True)
class Level:
    """A schedule and its end; entry t belongs to step t, entry 0 to the data."""

    betas: Tensor  # shape (T + 1,), betas[0] = 0
    alpha_bar: Tensor  # shape (T + 1,)
    apart: float  # share of the probability that q(x_T) and N(0, 1) have in different places
    share: float  # of the samples that end near 2 when the way back starts from N(0, 1)

    T = property(lambda self: len(self.betas) - 1)
    end = property(lambda self: float(self.alpha_bar[-1]))
    # ᾱₜ/(1 − ᾱₜ) at the steps 1, …, T
    snr = property(lambda self: (self.alpha_bar / (1 - self.alpha_bar))[1:])

    @property
    def half(self) -> int:
        """The first step with ᾱₜ < ½, −1 if there is none."""
        below = (self.alpha_bar < 0.5).nonzero()
        return int(below[0]) if len(below) else -1


@declared
def noise_level(
    kind: Literal[KINDS] = "linear",
    beta_1: Annotated[float, between(0, 1, above=True, below=True)] = 1e-4,
    beta_T: Annotated[float, between(0, 1, above=True, below=True)] = 0.02,
    T: Annotated[int, between(1, 1000)] = 1000,
) -> Level:
    """What is left after every step, and what is wrong with the start at the end.

    Args:
        kind: linear, βₜ in equal steps from beta_1 to beta_T; constant, beta_1 at every step; or
            cosine, which needs neither.
        beta_1, beta_T: variance that the first and the last step add.
        T: number of steps.
    """
    steps = plan(kind, beta_1, beta_T, T)
    end = float(steps.alpha_bar[-1])
    p, normal = laws(end)
    apart = 0.5 * float(torch.trapezoid((p - normal).abs(), PLACES))
    return Level(steps.betas, steps.alpha_bar, apart, share(end))


def plan(kind: str, beta_1: float, beta_T: float, T: int) -> Schedule:
    """The schedule of a name."""
    if kind == "constant":
        return from_betas(torch.full((T,), beta_1, dtype=torch.float64))
    return schedule(kind, T, beta_1, beta_T)


def laws(level: float) -> tuple[Tensor, Tensor]:
    """Densities of the noised data and of N(0, 1) at `PLACES`."""
    normal = torch.exp(-0.5 * PLACES.square()) / (2 * torch.pi) ** 0.5
    return DATA.noised(level).density(PLACES), normal


def share(level: float) -> float:
    """P(z > x) of a standard normal z where x splits the noised data as 0 splits the data."""
    law = DATA.noised(level)
    (left, right), (s, _) = law.means.tolist(), law.stds.tolist()
    low, high = -8.0, 8.0
    for _ in range(60):
        x = (low + high) / 2
        # what of the right mode lies below x against what of the left one lies above
        more = RIGHT * below((x - right) / s) > LEFT * below((left - x) / s)
        low, high = (low, x) if more else (x, high)
    return below(-high)


def below(z: float) -> float:
    """P(standard normal < z)."""
    return 0.5 * math.erfc(-z / math.sqrt(2))
