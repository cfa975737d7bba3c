r"""A plane through the loss surface of a small network.

The loss :math:`L(\theta)` (mean cross-entropy over the whole data set) lives in a few hundred
dimensions. Two directions d₁, d₂ cut a plane out of it:
:math:`s(\alpha, \beta) = L(\theta^* + \alpha d_1 + \beta d_2)`, after Li, Xu, Taylor, Studer and
Goldstein, "Visualizing the loss landscape of neural nets", NeurIPS 2018.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from core import nets
from core.landscapes.directions import curvature, lanczos, principal, random_directions, rescaled
from core.landscapes.training import BLOCK, problem, train
from core.rng import generator


class Plane(NamedTuple):
    """Where a plane lies in the space of the weights."""

    net: nn.Module
    loss: Callable[[Tensor], Tensor]  # L as a function of θ
    origin: Tensor  # the trained weights before their neurons are rescaled, shape (P,)
    path: Tensor  # the training path after it, its end is θ*, shape (steps + 1, P)
    d: Tensor  # the two directions, shape (2, P)
    reach: tuple[float, float]  # half the sides
    accuracy: float  # share of the training data classified correctly by θ*

    @property
    def theta(self) -> Tensor:
        """θ*, shape (P,)."""
        return self.path[-1]

    def top(self, start: int = 0) -> float:
        """Largest eigenvalue of ∇²L(θ*), by Lanczos from the random start of that seed."""
        begin = torch.randn(len(self.theta), generator=generator(start), dtype=self.theta.dtype)
        return lanczos(lambda v: curvature(self.loss, self.theta, v[None])[0], begin.to(self.theta))

    @torch.no_grad()
    def losses(self, weights: Tensor) -> Tensor:
        """L of each row of weights, on the CPU."""
        return vmap(self.loss)(weights).cpu()


@lru_cache(maxsize=8)
def placed(
    data: str, activation: str, rescale: float, steps: int, seed: int, kind: str,
    direction_seed: int, radius: float,
) -> Plane:  # fmt: skip
    """The plane through the weights of `steps` steps of Adam from those of `seed`, kept.

    Args:
        rescale: c, by which the neurons of a "relu" network are rescaled, see `rescaled`.
        kind: of `random_directions` from `direction_seed`, "filter" or "raw", or "pca" for the
            principal directions of the path.
        radius: half the side for random directions; "pca" takes what holds the path.
    """
    net, X, y, loss = problem(data, activation, seed)
    blocks = [train(data, activation, seed, k + 1) for k in range(-(-steps // BLOCK))]
    path = torch.cat([*(block.path for block in blocks), blocks[-1].theta[None]])[: steps + 1]
    origin, path = path[-1], rescaled(net, path, rescale if activation == "relu" else 1.0)
    theta = path[-1]
    if kind == "pca":
        d = principal(path)
        sides = ((path - theta) @ d.T).abs().amax(0).tolist()
        reach = tuple(_round_up(1.1 * side) for side in sides)
    else:
        d, reach = random_directions(net, theta, kind, direction_seed), (radius, radius)
    with torch.no_grad():
        guessed = functional_call(net, nets.unflatten(net, theta), (X,)).argmax(1)
    return Plane(net, loss, origin, path, d, reach, float((guessed == y).double().mean()))


def _round_up(value: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least `value`."""
    power = 10.0 ** math.floor(math.log10(max(value, 1e-9)))
    return next(k * power for k in (1.0, 2.0, 5.0, 10.0) if k * power >= value)
