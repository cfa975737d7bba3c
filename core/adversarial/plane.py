r"""Classifiers of two classes in the plane: learned once, read on a grid, their boundary as lines.

>>> net, X, y = learned("moons")
>>> ground = ground_of(net)
>>> tails, tips = zero_lines(ground.x, ground.y, ground.z)  # where net reads both classes alike
"""

from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from core.adversarial.nets import Net, fit, labelled_cloud
from core.check import require
from core.rng import generator

HALF = 2.75  # half the side of the square that is shown
POINTS = 160  # of a cloud that is learned


class Learned(NamedTuple):
    """A net and the points (n, 2) with classes 0 and 1 that it learned from."""

    net: Net
    X: Tensor
    y: Tensor


class Ground(NamedTuple):
    """f₁ − f₀ on a grid: positive where the net says class 1."""

    x: Tensor  # columns, (n,)
    y: Tensor  # rows, (n,)
    z: Tensor  # (rows, columns)


@lru_cache(maxsize=32)
def learned(cloud: str, activation: str = "tanh", seed: int = 0) -> Learned:
    """The net with two hidden layers of 24 that learned 160 points of the cloud; 0.15 s once.

    Raises:
        ValueError: a cloud or an activation that is not known.
    """
    X, y = labelled_cloud(cloud, POINTS, generator=generator(seed))
    return Learned(fit(X, y, activation=activation, seed=seed), X, y)


@torch.no_grad()
def ground_of(net: Net, *, half: float = HALF, n: int = 61) -> Ground:
    """The net of two classes on n × n places of [−half, half]².

    Raises:
        ValueError: half not above 0, n outside [2, 500], another number of classes.
    """
    require("half", half, 0, above=True)
    require("n", n, 2, 500, integer=True)
    if len(net.biases[-1]) != 2:
        raise ValueError(f"expected a net of two classes, got {len(net.biases[-1])}")
    along = torch.linspace(-half, half, int(n), dtype=net.weights[0].dtype)
    scores = net(torch.cartesian_prod(along, along)).unflatten(0, (int(n), int(n)))
    return Ground(along, along, (scores[..., 1] - scores[..., 0]).T)


def zero_lines(x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
    """Where z is 0, as short lines: tails and tips, (k, 2) each.

    Every square of the grid is cut into two triangles, on which z is taken as linear.

    Args:
        x: columns, (c,). y: rows, (r,). z: (r, c). A corner with z = 0 counts as above.
    """
    Y, X = torch.meshgrid(y, x, indexing="ij")
    p = torch.stack([X, Y, z], -1)
    a, b, c, d = p[:-1, :-1], p[:-1, 1:], p[1:, :-1], p[1:, 1:]
    upper, lower = torch.stack([a, b, d], -2), torch.stack([a, c, d], -2)
    corners = torch.cat([upper.reshape(-1, 3, 3), lower.reshape(-1, 3, 3)])
    above = corners[..., 2] >= 0
    alone = above == (above.sum(-1, keepdim=True) == 1)  # the corner that lies on its own side
    cut = above.any(-1) & ~above.all(-1)
    corners, tip = corners[cut], alone[cut].double().argmax(-1)
    rows = torch.arange(len(corners))
    one = corners[rows, tip]
    ends = []
    for k in (1, 2):
        other = corners[rows, (tip + k) % 3]
        share = one[:, 2] / (one[:, 2] - other[:, 2])
        ends.append(one[:, :2] + share[:, None] * (other - one)[:, :2])
    return ends[0], ends[1]


def cut(corners: list, a: float, b: float, c: float) -> list:
    """The part of a convex polygon, corners (x, y) in turn, in which a x + b y + c ≥ 0."""
    height = [a * x + b * y + c for x, y in corners]
    kept = []
    for i, (p, h) in enumerate(zip(corners, height, strict=True)):
        q, k = corners[i - 1], height[i - 1]
        if (h >= 0) != (k >= 0):
            s = k / (k - h)
            kept.append((q[0] + s * (p[0] - q[0]), q[1] + s * (p[1] - q[1])))
        if h >= 0:
            kept.append(p)
    return kept
