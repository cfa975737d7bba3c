"""A net in the plane and its tangent at one point: two boundaries, and the error between them."""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.adversarial.distance import nearest_boundary
from core.adversarial.linearise import jacobian
from core.adversarial.nets import CLOUDS, Net
from core.adversarial.plane import cut, learned
from core.signature import between, declared

FAR = 2.0  # the largest distance of the error curve
THIRDS = 33  # its distances, three for each halving
WAYS = 16  # directions in which every distance is tried
SPOTS = 300  # places in the disc
BOX = 20.0  # half side of the square in which a linear piece is kept


class Tangent(NamedTuple):
    """f(x + δ) against f(x) + J(x)δ."""

    x: Tensor  # the point, (2,)
    scores: Tensor  # f(x), (2,)
    J: Tensor  # (2, 2), rows ∇f_k
    step: Tensor  # the shortest δ to the tangent's boundary, (2,); 0 where J says nothing
    landing: Tensor  # f(x + step), (2,)
    near: Tensor  # the nearest place of the true boundary, (2,)
    size: Tensor  # distances of the curve, rising, (THIRDS,)
    error: Tensor  # largest ‖f(x + δ) − f(x) − Jδ‖ over the directions, (THIRDS,)
    at_radius: float  # the same at the radius of the disc
    bend: float  # ½ max ‖D²f(x)[u, u]‖ over the directions u: error / ‖δ‖² for small δ
    piece: Tensor  # corners of the linear piece around x, (n, 2); none for tanh
    spots: Tensor  # places in the disc, (SPOTS, 2)
    misread: Tensor  # where the tangent reads another class than the net, (SPOTS,) bool

    read = property(lambda self: int(self.scores.argmax()))  # the class that the net sees at x
    margin = property(lambda self: float(self.scores[self.read] - self.scores[1 - self.read]))
    slope = property(lambda self: self.J[self.read] - self.J[1 - self.read])  # of the margin, (2,)
    true = property(lambda self: float((self.near - self.x).norm()))

    @property
    def reach(self) -> float:
        """The distance by the tangent, ∞ where it is level."""
        size = float(self.slope.norm())
        return self.margin / size if size else math.inf

    @property
    def crossed(self) -> bool:
        """Whether the net reads another class where the tangent's step lands."""
        return int(self.landing.argmax()) != self.read

    @property
    def edge(self) -> float:
        """How far x is from the rim of its linear piece; 0 for a net without pieces."""
        if not len(self.piece):
            return 0.0
        along = self.piece.roll(-1, 0) - self.piece
        off = self.x - self.piece
        across = along[:, 0] * off[:, 1] - along[:, 1] * off[:, 0]
        length = along.norm(dim=1)
        return float((across.abs() / length.clamp(min=1e-300))[length > 1e-12].min())


@declared
def tangent(
    cloud: Literal[CLOUDS] = "moons",
    activation: Literal["tanh", "relu"] = "tanh",
    x1: Annotated[float, between(-2.5, 2.5)] = 0.5,
    x2: Annotated[float, between(-2.5, 2.5)] = 0.45,
    radius: Annotated[float, between(0.01, 2)] = 1.0,
) -> Tangent:
    """f and its first order at x = (x1, x2).

    Args:
        cloud: what the net has learned.
        activation: of its 2 × 24 hidden units.
        x1, x2: the point.
        radius: of the disc in which the tangent's classes are compared with the net's.

    Sources: ROB-11, ROB-10.
    """
    net = learned(cloud, activation).net
    x = torch.tensor([x1, x2], dtype=torch.float64)
    scores, J = net(x), net.jacobian(x)
    read = int(scores.argmax())
    margin, slope = scores[read] - scores[1 - read], J[read] - J[1 - read]
    steep = slope @ slope
    step = -margin / steep * slope if steep else torch.zeros_like(x)
    spots = x + radius * _disc()
    by_tangent = (spots - x) @ (J[1] - J[0]) + scores[1] - scores[0] > 0
    size, ways = _sizes(), directions()
    sizes = torch.cat([size, size.new_tensor([radius])])
    delta = (sizes[:, None, None] * ways).view(-1, 2)
    there = net(torch.cat([x + delta, spots, (x + step)[None]]))
    off = there[: len(delta)] - scores - delta @ J.T
    errors = off.square().sum(1).view(len(sizes), WAYS).amax(1).sqrt()
    now = there[len(delta) : -1]
    return Tangent(
        x,
        scores,
        J,
        step,
        there[-1],
        nearest_boundary(net, x[None]).point[0],
        size,
        errors[:-1],
        float(errors[-1]),
        0.5 * float(second(net, x, ways).norm(dim=1).max()),
        piece_of(net, x) if activation == "relu" else torch.zeros(0, 2, dtype=torch.float64),
        spots,
        by_tangent != (now[:, 1] > now[:, 0]),
    )


@lru_cache
def directions() -> Tensor:
    """Directions all round, (WAYS, 2)."""
    angle = torch.arange(WAYS, dtype=torch.float64) * (2 * math.pi / WAYS)
    return torch.stack([angle.cos(), angle.sin()], 1)


@lru_cache
def _sizes() -> Tensor:
    """From FAR / 2^((THIRDS − 1) / 3) to FAR."""
    return FAR * 2.0 ** ((torch.arange(THIRDS, dtype=torch.float64) - THIRDS + 1) / 3)


@lru_cache
def _disc() -> Tensor:
    """Places spread evenly over the unit disc, on a sunflower's spiral, (SPOTS, 2)."""
    k = torch.arange(SPOTS, dtype=torch.float64) + 0.5
    angle = k * math.pi * (3 - math.sqrt(5))
    return (k / SPOTS).sqrt()[:, None] * torch.stack([angle.cos(), angle.sin()], 1)


def second(net: Net, x: Tensor, ways: Tensor) -> Tensor:
    """D²f(x)[u, u] for directions u, (n, 2) -> (n, K): the chain rule to second order."""
    first, twice = ways @ net.weights[0].T, torch.zeros(len(ways), len(net.weights[0])).to(x)
    _, kept = net.forward(x)
    for W, h in zip(net.weights[1:], kept[1:], strict=True):
        if net.activation == "tanh":
            slope = 1 - h * h
            first, twice = slope * first, slope * twice - 2 * h * slope * first * first
        else:
            first = first * (h > 0)
        first, twice = first @ W.T, twice @ W.T
    return twice


def piece_of(net: Net, x: Tensor) -> Tensor:
    """The corners of the region around x in which a ReLU net of the plane is linear, (n, 2).

    Every hidden unit keeps its side there: one half-plane each, cut out of a large square.
    """
    A, z = torch.eye(2, dtype=x.dtype), x
    rows, values = [], []
    for W, b in zip(net.weights[:-1], net.biases[:-1], strict=True):
        A, z = W @ A, W @ z + b
        sign = (z > 0).to(x.dtype) * 2 - 1
        rows.append(sign[:, None] * A)
        values.append(sign * z)
        A, z = A * (z > 0)[:, None], z.relu()
    g, v = torch.cat(rows), torch.cat(values).clamp(min=0)
    nearest = (v / g.norm(dim=1).clamp(min=1e-300)).argsort()
    corners = [(-BOX, -BOX), (BOX, -BOX), (BOX, BOX), (-BOX, BOX)]
    px, py = x.tolist()
    for (a, b), c in zip(g[nearest].tolist(), v[nearest].tolist(), strict=True):
        part = cut(corners, a, b, c - a * px - b * py)
        corners = part if len(part) > 2 else corners  # x lies on the rim: rounding
    return torch.tensor(corners, dtype=x.dtype)


@lru_cache(maxsize=32)
@torch.no_grad()
def everyone(cloud: str, activation: str) -> Tensor:
    """The distances by the tangent and in truth of all points that the net learned, (n, 2)."""
    net, X, _ = learned(cloud, activation)
    scores, J = net(X), jacobian(net, X)
    slope = (J[:, 1] - J[:, 0]).norm(dim=1)
    reach = (scores[:, 1] - scores[:, 0]).abs() / slope.clamp(min=1e-300)
    return torch.stack([reach, nearest_boundary(net, X).distance], 1)
