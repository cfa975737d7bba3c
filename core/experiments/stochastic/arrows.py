r"""Noisy arrows: the gradient of a regression, and those of 200 mini-batches at the same place.

J(a, b) = mean of ½(a xᵢ + b − yᵢ)². Each arrow has drawn an order of all points, so that its first
B, for every B at once, are a batch: points may come twice, or not.
"""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.check import require
from core.rng import generator
from core.signature import between, declared
from core.stochastic import log_steps, minibatch_variance, sample_gradients

COUNT = 200  # arrows
SLOPE, HEIGHT, SPREAD = 1.0, 0.5, 0.8  # of the law of the points
REACH = 2.5  # of x


class Arrows(NamedTuple):
    """Gradients at (a, b), by (∂/∂a, ∂/∂b)."""

    points: Tensor  # (x, y), shape (N, 2)
    single: Tensor  # of each point, shape (N, 2)
    full: Tensor  # of all, shape (2,)
    best: Tensor  # (a, b) of the minimum, shape (2,)
    fan: Tensor  # of the batches, shape (200, 2)
    sizes: Tensor  # batch sizes at which the spread is measured, B among them, int64, shape (m,)
    measured: Tensor  # mean squared distance of the 200 from the full one, shape (m,)
    variance: Tensor  # exact, per coordinate, for B, shape (2,)
    means: Tensor  # of the batches of one pass over all points, shape (⌈N/B⌉, 2)
    left: Tensor  # mean over the points not used before each of them, shape (⌈N/B⌉, 2)

    alone = property(lambda self: float(self.single.var(0, correction=0).sum()))


@declared
def arrows(
    N: Annotated[int, between(8, 200)] = 40,
    B: Annotated[int, between(1, 200)] = 4,
    draws: Literal["with", "without"] = "with",
    a: Annotated[float, between(-10, 10)] = -1.0,
    b: Annotated[float, between(-10, 10)] = -1.0,
    px: Annotated[float, between(-10, 10)] = 1.5,
    py: Annotated[float, between(-100, 100)] = 2.0,
    seed: Annotated[int, between(0, 999)] = 0,
) -> Arrows:
    """Gradients of all points, of batches of B, and of the batches of one pass.

    Args:
        N: points.
        B: points in a batch, at most N.
        draws: with or without replacement within a batch.
        a, b: slope and height of the line, where the gradients are taken.
        px, py: the first point; the seed draws the others, and the batches.

    Raises:
        ValueError: B above N.

    Sources: OPT-09, E-40.
    """
    require("B", B, 1, N, integer=True)
    points = np.concatenate([[[px, py]], cloud(N, seed)[1:]])
    X = np.stack([points[:, 0], np.ones(N)], 1)
    theta = torch.tensor([a, b], dtype=torch.float64)
    single = sample_gradients(torch.from_numpy(X), torch.from_numpy(points[:, 1]), theta)
    G = single.numpy()
    full = G.mean(0)
    sizes = np.array(sorted({*log_steps(N, 12), B}))
    upto = np.cumsum(G[batches(N, draws, seed)], 1)[:, sizes - 1] / sizes[:, None]
    measured = ((upto - full) ** 2).sum(2).mean(0)
    best = theta.numpy() - np.linalg.solve(X.T @ X / N, full)
    variance = minibatch_variance(single, B, draws == "with")
    rest = (full, best, upto[:, sizes.tolist().index(B)], sizes, measured)
    some = (torch.from_numpy(np.ascontiguousarray(each)) for each in rest)
    passed = (torch.from_numpy(each) for each in one_pass(G, B, seed))
    return Arrows(torch.from_numpy(points), single, *some, variance, *passed)


@lru_cache(maxsize=16)
def cloud(N: int, seed: int) -> np.ndarray:
    """Points about a line, (N, 2)."""
    draw = torch.randn(N, 2, generator=generator(seed), dtype=torch.float64).numpy()
    x = draw[:, 0].clip(-REACH, REACH)
    return np.stack([x, SLOPE * x + HEIGHT + SPREAD * draw[:, 1]], 1)


@lru_cache(maxsize=16)
def batches(N: int, draws: str, seed: int) -> np.ndarray:
    """Numbers of points, (200, N): the first B of a row are a batch."""
    source = generator(seed + 1)
    if draws == "with":
        return torch.randint(N, (COUNT, N), generator=source).numpy()
    return torch.rand(COUNT, N, generator=source).argsort(1).numpy()


@lru_cache(maxsize=16)
def order(N: int, seed: int) -> np.ndarray:
    """The order of the points in the pass."""
    return torch.randperm(N, generator=generator(seed + 2)).numpy()


def one_pass(G: np.ndarray, B: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean gradient of each batch of a shuffled pass, and of the points still there before it."""
    N = len(G)
    start = np.arange(0, N, B)
    shuffled = G[order(N, seed)]
    sums = np.add.reduceat(shuffled, start)
    rest = np.cumsum(sums[::-1], 0)[::-1]
    return sums / np.diff(start, append=N)[:, None], rest / (N - start)[:, None]
