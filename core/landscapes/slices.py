r"""A plane through the loss surface of a small network, and the derivatives in its middle.

The loss :math:`L(\theta)` (mean cross-entropy over the whole data set) lives in a few hundred
dimensions. Two directions d₁, d₂ cut a plane out of it:
:math:`s(\alpha, \beta) = L(\theta^* + \alpha d_1 + \beta d_2)`, after Li, Xu, Taylor, Studer and
Goldstein, "Visualizing the loss landscape of neural nets", NeurIPS 2018.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, jvp, vmap

from core import nets
from core.landscapes.directions import curvature, lanczos, principal, random_directions, rescaled
from core.landscapes.matrices import condition_number
from core.landscapes.training import BLOCK, problem, train
from core.rng import generator

REROLLS = 32  # direction seeds 0..31
SIDES = (11, 21, 41)  # the plane, coarse to fine; odd, so that θ* is on the grid


class Slice(NamedTuple):
    """The plane through the trained weights θ*, and what Hessian-vector products say about it.

    The fields of the plane are empty until the training is over.

    Attributes:
        progress: share of the work done, in [0, 1].
        losses: training loss before each step and at the end, shape (steps + 1,).
        accuracy: share of the training data classified correctly by θ*.
        reach: half the sides of the plane.
        surface: s(α, β) on an even grid, shape (m, m), rows follow beta; m is odd.
        unscaled: s(α, 0) of the network whose neurons were not rescaled, shape (m,).
        slope: ∇s(0, 0), shape (2,).
        hessian: ∇²s(0, 0), entries dᵢᵀ∇²L(θ*)dⱼ by Hessian-vector products, shape (2, 2).
        top: largest eigenvalue of ∇²L(θ*).
        path: the training path projected on the plane, shape (steps + 1, 2).
        share: share of the path's squared distance to θ* that lies in the plane.
        rerolls: d₁ᵀ∇²L d₁ for the direction seeds 0..31, shape (32,); empty for "pca".
    """

    progress: float
    losses: Tensor
    accuracy: float = 0.0
    reach: tuple[float, float] = (0.0, 0.0)
    surface: Tensor = torch.zeros(0, 0)
    unscaled: Tensor = torch.zeros(0)
    slope: Tensor = torch.zeros(2)
    hessian: Tensor = torch.zeros(2, 2)
    top: float = 0.0
    path: Tensor = torch.zeros(0, 2)
    share: float = 0.0
    rerolls: Tensor = torch.zeros(0)

    @property
    def loss(self) -> float:
        """L at the end of the training."""
        return float(self.losses[-1])

    @property
    def alpha(self) -> Tensor:
        """Coordinates of the columns, shape (m,); the middle one is 0."""
        return self.reach[0] * _side(len(self.surface))

    @property
    def beta(self) -> Tensor:
        """Coordinates of the rows, shape (m,); the middle one is 0."""
        return self.reach[1] * _side(len(self.surface))

    @property
    def cuts(self) -> Tensor:
        """s(α, 0) and s(0, β), shape (2, m)."""
        middle = len(self.surface) // 2
        return torch.stack([self.surface[middle], self.surface[:, middle]])

    @property
    def kappa(self) -> float:
        """Condition number of `hessian`."""
        return float(condition_number(self.hessian))


class Plane(NamedTuple):
    """Where a plane lies in the space of the weights.

    Attributes:
        net: the network.
        loss: L as a function of θ, shape (P,).
        origin: the trained weights before their neurons are rescaled, shape (P,).
        path: the training path after it, its end is θ*, shape (steps + 1, P).
        d: the two directions, shape (2, P).
        reach: half the sides of the plane.
        accuracy: share of the training data classified correctly by θ*.
    """

    net: nn.Module
    loss: Callable[[Tensor], Tensor]
    origin: Tensor
    path: Tensor
    d: Tensor
    reach: tuple[float, float]
    accuracy: float

    @property
    def theta(self) -> Tensor:
        """θ*, shape (P,)."""
        return self.path[-1]

    def top(self, start: int = 0) -> float:
        """Largest eigenvalue of ∇²L(θ*), by Lanczos from the random start of that seed."""
        begin = torch.randn(len(self.theta), generator=generator(start), dtype=self.theta.dtype)
        times = lambda v: jvp(grad(self.loss), (self.theta,), (v,))[1]  # noqa: E731
        return lanczos(times, begin.to(self.theta))


@lru_cache(maxsize=8)
def placed(
    data: str,
    activation: str,
    rescale: float,
    steps: int,
    seed: int,
    kind: str,
    direction_seed: int,
    radius: float,
) -> Plane:
    """The plane of these settings, see `core.experiments.landscapes.network.plane`."""
    net, X, y, loss = problem(data, activation, seed)
    blocks = [train(data, activation, seed, k + 1) for k in range(-(-steps // BLOCK))]
    path = torch.cat([*(block.path for block in blocks), blocks[-1].theta[None]])[: steps + 1]
    origin, path = path[-1], rescaled(net, path, rescale if activation == "relu" else 1.0)
    theta = path[-1]
    if kind == "pca":
        d = principal(path)
        reach = ((path - theta) @ d.T).abs().amax(0).tolist()
        reach = tuple(_round_up(1.1 * side) for side in reach)
    else:
        d, reach = random_directions(net, theta, kind, direction_seed), (radius, radius)
    with torch.no_grad():
        guessed = functional_call(net, nets.unflatten(net, theta), (X,)).argmax(1)
    return Plane(net, loss, origin, path, d, reach, float((guessed == y).double().mean()))


def cut(
    data: str,
    activation: str,
    rescale: float,
    steps: int,
    seed: int,
    kind: str,
    direction_seed: int,
    radius: float,
) -> Iterator[Slice]:
    """Train, differentiate, evaluate: snapshots of `core.experiments.landscapes.network.plane`."""
    yield Slice(0.0, torch.zeros(0))
    losses, blocks = [], -(-steps // BLOCK)
    for block in range(1, blocks + 1):
        losses.append(train(data, activation, seed, block).losses)
        yield Slice(0.4 * block / blocks, torch.cat(losses).cpu())
    where = placed(data, activation, rescale, steps, seed, kind, direction_seed, radius)
    net, loss, theta, d = where.net, where.loss, where.theta, where.d
    H = (curvature(loss, theta, d) @ d.T).cpu()
    away = where.path - theta
    shadow = torch.linalg.lstsq(d.T, away.T).solution.T
    result = Slice(
        0.5,
        torch.cat([torch.cat(losses)[:steps], loss(where.origin)[None]]).cpu(),
        where.accuracy,
        where.reach,
        slope=(d @ grad(loss)(theta)).cpu(),
        hessian=(H + H.T) / 2,
        top=where.top(),
        path=shadow.cpu(),
        share=float((shadow @ d).square().sum() / away.square().sum()),
    )
    yield result

    if kind != "pca":
        bent = []
        for s in range(0, REROLLS, 8):
            some = torch.stack([random_directions(net, theta, kind, s + i)[0] for i in range(8)])
            bent.append((curvature(loss, theta, some) * some).sum(1).cpu())
            yield result._replace(progress=0.5 + 0.1 * (s + 8) / REROLLS)
        result = result._replace(rerolls=torch.cat(bent))

    done, total, reach = 0, sum(side * side for side in SIDES), d.new_tensor(where.reach)
    for side in SIDES:
        alpha, rows = _side(side), []
        for b in alpha.tolist():
            offsets = torch.stack([alpha, torch.full_like(alpha, b)], 1).to(d) * reach
            rows.append(_losses(loss, theta, offsets @ d))
            done += side
            if len(rows) % 6 == 0:
                yield result._replace(progress=0.6 + 0.4 * done / total)
        result = result._replace(progress=0.6 + 0.4 * done / total, surface=torch.stack(rows))
        if side < SIDES[-1]:
            yield result
    if kind != "pca":
        d = random_directions(net, where.origin, kind, direction_seed)
        along = result.alpha.to(theta)[:, None] * d[0]
        result = result._replace(unscaled=_losses(loss, where.origin, along))
    yield result._replace(progress=1.0)


def _side(points: int) -> Tensor:
    return torch.linspace(-1, 1, points, dtype=torch.float64)


@torch.no_grad()
def _losses(loss: Callable[[Tensor], Tensor], theta: Tensor, offsets: Tensor) -> Tensor:
    return vmap(loss)(theta + offsets).cpu()


def _round_up(value: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least `value`."""
    power = 10.0 ** torch.tensor(max(value, 1e-9)).log10().floor().item()
    return next(k * power for k in (1.0, 2.0, 5.0, 10.0) if k * power >= value)
