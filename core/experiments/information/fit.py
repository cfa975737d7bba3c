r"""Two ways to fit one bell to two: forward and reverse KL, and JSD between them.

The target p has two bumps of one width, as far to the left of 0 as to the right; q = N(μ, σ²).
"""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.diffusion import Mixture
from core.information import DIRECTIONS, best_gaussian, descents, divergence
from core.signature import between, declared

SLID = 16  # steps of Newton's method at most
WIDE, NARROWEST, WIDEST = 4.0, 0.15, 4.0  # of μ, σ
X = np.linspace(-18.0, 18.0, 401)  # of the coarse integrals of the map
MU, SIGMA = np.linspace(-WIDE, WIDE, 49), np.linspace(NARROWEST, WIDEST, 36)


class Fit(NamedTuple):
    """A bell, how far it is from the target, and the best ones."""

    q: Tensor  # mean and standard deviation after the slide, (2,)
    values: Tensor  # KL(p‖q), KL(q‖p) and JSD in nats, (3,)
    optima: Tensor  # rows: mean, standard deviation, the divergence chosen; the best first, (k, 3)

    best = property(lambda self: self.optima[0].tolist())


@declared
def fit(
    mu: Annotated[float, between(-WIDE, WIDE)] = 0.8,
    sigma: Annotated[float, between(NARROWEST, WIDEST)] = 1.2,
    direction: Literal[DIRECTIONS] = "reverse",
    apart: Annotated[float, between(0, 6)] = 4.0,
    width: Annotated[float, between(0.2, 1)] = 0.5,
    weight: Annotated[float, between(0.05, 0.95)] = 0.5,
    slide: Annotated[int, between(0, SLID)] = 0,
) -> Fit:
    """One bell for two bumps.

    Args:
        mu, sigma: where the bell is put.
        direction: the divergence that is to be small.
        apart: distance between the bumps' middles.
        width: standard deviation of each.
        weight: share of the right one.
        slide: steps of Newton's method from there downhill.

    Sources: INFO-04, INFO-05.
    """
    known = apart, width, weight
    q = torch.tensor([mu, sigma], dtype=torch.float64)
    q = slid(*known, direction, mu, sigma)[slide] if slide else q
    values = [divergence(target(*known), each, *q.tolist()) for each in DIRECTIONS]
    return Fit(q, torch.stack(values), optima(*known, direction))


@lru_cache(maxsize=64)
def target(apart: float, width: float, weight: float) -> Mixture:
    """Two bumps; one where they stand on each other."""
    if apart == 0:
        return Mixture([1.0], [0.0], [width])
    return Mixture([1 - weight, weight], [-apart / 2, apart / 2], [width, width])


@lru_cache(maxsize=64)
def optima(apart: float, width: float, weight: float, direction: str) -> Tensor:
    """Bells that none near them beats, as in `Fit`."""
    found = best_gaussian(target(apart, width, weight), direction).optima
    return torch.tensor([tuple(each) for each in found], dtype=torch.float64)


@lru_cache(maxsize=64)
def slid(
    apart: float, width: float, weight: float, direction: str, mu: float, sigma: float
) -> Tensor:
    """Mean and standard deviation after 0 … `SLID` steps downhill, (SLID + 1, 2)."""
    steps = descents(target(apart, width, weight), direction, mu, sigma, steps=SLID)
    path = torch.stack([torch.cat([step.mu, step.sigma]) for step in steps])
    return torch.cat([path, path[-1:].expand(SLID + 1 - len(path), 2)])


@lru_cache(maxsize=32)
def landscape(apart: float, width: float, weight: float, direction: str) -> np.ndarray:
    """The divergence over `SIGMA` (rows) and `MU`, by coarse integrals."""
    p = target(apart, width, weight)
    log_p = p.log_density(torch.from_numpy(X)).numpy()
    mu, sigma, dx = MU[:, None], SIGMA[:, None, None], X[1] - X[0]
    if direction == "forward":
        square = (float(p.variance) + (float(p.mean) - MU) ** 2) / (2 * SIGMA[:, None] ** 2)
        entropy = -(np.exp(log_p) * log_p).sum() * dx
        return square + np.log(SIGMA * np.sqrt(2 * np.pi))[:, None] - entropy
    log_q = -0.5 * ((X - mu) / sigma) ** 2 - np.log(sigma * np.sqrt(2 * np.pi))
    q = np.exp(log_q)
    if direction == "reverse":
        return -np.log(SIGMA * np.sqrt(2 * np.pi * np.e))[:, None] - q @ log_p * dx
    middle = np.log(np.maximum(q + np.exp(log_p), 1e-300) / 2)
    halves = np.exp(log_p) * (log_p - middle) + q * (log_q - middle)
    return halves.sum(-1) * dx / 2


def integrand(log_p: np.ndarray, log_q: np.ndarray, direction: str) -> np.ndarray:
    """What each place adds to the divergence, for logarithms of densities over places."""
    p, q = np.exp(log_p), np.exp(log_q)
    if direction == "forward":
        return p * (log_p - log_q)
    if direction == "reverse":
        return q * (log_q - log_p)
    middle = np.logaddexp(log_p, log_q) - np.log(2)
    return (p * (log_p - middle) + q * (log_q - middle)) / 2
