r"""A network wider than its data, trained by gradient descent: the PL inequality along the run.

.. math:: f(x) = \frac1{\sqrt m} \sum_{j=1}^m a_j \operatorname{erf}(w_j^\top x), \quad
          \ell = \tfrac12 \|r\|^2, \quad r_i = f(x_i) - y_i

with a from N(0, 1) and w from N(0, 5²); erf is smooth, as the theorem asks. With J the Jacobian of
the outputs by all 4m weights and K = JJᵀ the tangent kernel, ½‖∇ℓ‖² = ½‖Jᵀr‖² ≥ λ_min(K) ℓ: a PL
inequality with a constant of this place only. With fewer weights than points λ_min is 0; in a wide
net it hardly moves during the training.

Points lie on the unit circle with a third coordinate 1 for the bias, divided by √2; labels are ±1
by chance. Sources: OPT-06; Jacot, Gabriel and Hongler 2018; Liu, Zhu and Belkin 2022.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import require
from core.convexity.jets import places
from core.rng import generator

WIDEST, MOST_POINTS = 4096, 64
SPREAD = 5.0  # of the incoming weights: with smaller ones neighbours are hard to tell apart
ANGLES = 181  # at which the function is drawn
NARROWEST = 1e-9  # of the first step: rounding, not curvature, stops the descent
DONE = 1e-26  # of the first loss


class Net(NamedTuple):
    """Weights of a network of width m."""

    w: Tensor  # incoming, (m, 3)
    a: Tensor  # outgoing, (m,)

    def __call__(self, x: Tensor) -> Tensor:
        """f at inputs (n, 3), (n,)."""
        return torch.erf(x @ self.w.T) @ self.a / math.sqrt(len(self.a))


@dataclass(frozen=True, eq=False)
class NetStep:
    """The network after some steps of gradient descent."""

    step: int
    progress: float  # of all steps; 1 at the end, which comes sooner when the loss is 0
    loss: float  # ℓ
    half_slope: float  # ½‖∇ℓ‖²
    least: float  # λ_min(K), the PL constant of this place
    most: float  # λ_max(K)
    lr: float  # η of the next step; halved until ℓ falls by η‖∇ℓ‖²/2
    bound: float  # ℓ₀ Π (1 − η λ_min(K)) over all steps so far: never below ℓ
    moved: float  # ‖θ − θ₀‖/‖θ₀‖
    fit: Tensor  # f around the circle, at `circle()`, (181,)


def wide_net(
    width: int, seed: int, *, steps: int = 1000, points: int = 10, every: int = 20
) -> Iterator[NetStep]:
    """Gradient descent with η at most 1/λ_max(K) of the start, as snapshots from the start on.

    Args:
        width: m in [1, 4096]; seed: of points, labels and weights.
        steps: in [1, 100 000]; points: in [2, 64]; every: steps between snapshots, ≥ 1.

    Raises:
        ValueError: at the call: a value outside its range.
    """
    require("steps", steps, 1, 100_000, integer=True)
    require("every", every, 1, 100_000, integer=True)
    angles, y = labelled(points, seed)
    return _train(start(width, seed), raised(angles), y, int(steps), int(every))


def labelled(points: int, seed: int) -> tuple[Tensor, Tensor]:
    """Angles, one in each of n equal sectors, apart by a tenth of a sector at least; labels ±1."""
    require("points", points, 2, MOST_POINTS, integer=True)
    random, n = generator(seed), int(points)
    jitter = torch.rand(n, generator=random, dtype=torch.float64)
    labels = torch.randint(2, (n,), generator=random) * 2.0 - 1
    sector = 2 * math.pi / n
    return sector * (torch.arange(n) + 0.9 * jitter), labels.double()


def start(width: int, seed: int) -> Net:
    """Weights of that seed."""
    require("width", width, 1, WIDEST, integer=True)
    random = generator(seed)
    draw = torch.randn(int(width), 4, generator=random, dtype=torch.float64)
    return Net(SPREAD * draw[:, :3], draw[:, 3].clone())


def raised(angles: Tensor) -> Tensor:
    """(cos φ, sin φ, 1)/√2, of length 1, (..., 3)."""
    angles = places("angles", angles)
    return torch.stack([angles.cos(), angles.sin(), torch.ones_like(angles)], -1) / math.sqrt(2)


def circle() -> Tensor:
    """The angles at which `NetStep.fit` is given."""
    return torch.linspace(0, 2 * math.pi, ANGLES, dtype=torch.float64)


def tangent_kernel(net: Net, x: Tensor) -> Tensor:
    """K = JJᵀ at inputs (n, 3), (n, n): what a step of descent does to output i for residual j."""
    before = x @ net.w.T
    h, gate = torch.erf(before), _slope(before) * net.a
    return (h @ h.T + (gate @ gate.T) * (x @ x.T)) / len(net.a)


def _slope(u: Tensor) -> Tensor:
    """erf′."""
    return torch.exp(-u * u) * (2 / math.sqrt(math.pi))


def wide_limit(x: Tensor) -> Tensor:
    """The kernel of infinite width for inputs (n, 3), (n, n), in closed form (Williams 1997)."""
    S = SPREAD**2 * (x @ x.T)
    size = 1 + 2 * S.diagonal()
    size = size[:, None] * size
    outer = 2 / math.pi * torch.asin(2 * S / size.sqrt())
    return outer + 4 / math.pi / (size - 4 * S * S).sqrt() * (x @ x.T)


def least_eigenvalues(widths: list[int], seeds: int, points: int = 10) -> Tensor:
    """λ_min(K) at the start for every width and seeds 0, 1, …, (len(widths), seeds)."""
    require("seeds", seeds, 1, 1000, integer=True)
    rows = []
    for width in widths:
        for seed in range(int(seeds)):
            K = tangent_kernel(start(width, seed), raised(labelled(points, seed)[0]))
            rows.append(torch.linalg.eigvalsh(K)[0].clamp_min(0.0))
    return torch.stack(rows).view(len(widths), int(seeds))


def _train(net: Net, x: Tensor, y: Tensor, steps: int, every: int) -> Iterator[NetStep]:
    root, dots, around = math.sqrt(len(net.a)), x @ x.T, raised(circle())
    first = torch.cat([net.w.flatten(), net.a])
    at = _tried(net, x, y)
    bound, begun, lr = at.loss, 0.0, math.inf
    end = DONE * at.loss
    for step in range(steps + 1):
        gate = _slope(at.before)
        by_a = at.r @ at.h / root
        by_w = (gate * at.r[:, None]).T @ x * (at.net.a[:, None] / root)
        slope = float(by_a @ by_a) + float(by_w.square().sum())
        gate = gate * at.net.a
        values = torch.linalg.eigvalsh((at.h @ at.h.T + (gate @ gate.T) * dots) / len(net.a))
        least, most = max(float(values[0]), 0.0), float(values[-1])
        begun = begun or 1 / most
        lr, after = min(2 * lr, begun), None
        while slope > 0 and lr > NARROWEST * begun and at.loss > end:
            after = _tried(Net(at.net.w - lr * by_w, at.net.a - lr * by_a), x, y)
            if after.loss <= at.loss - lr / 2 * slope:
                break
            lr, after = lr / 2, None
        last = step == steps or after is None
        if step % every == 0 or last:
            theta = torch.cat([at.net.w.flatten(), at.net.a])
            yield NetStep(
                step, 1.0 if last else step / steps, at.loss, slope / 2, least, most, lr, bound,
                float((theta - first).norm() / first.norm()), at.net(around),
            )  # fmt: skip
        if last:
            return
        at, bound = after, bound * (1 - lr * least)


class _Tried(NamedTuple):
    """A network on the data."""

    net: Net
    before: Tensor  # what enters the neurons, (n, m)
    h: Tensor  # what leaves them
    r: Tensor  # residuals, (n,)
    loss: float


def _tried(net: Net, x: Tensor, y: Tensor) -> _Tried:
    before = x @ net.w.T
    h = torch.erf(before)
    r = h @ net.a / math.sqrt(len(net.a)) - y
    return _Tried(net, before, h, r, float(r @ r) / 2)
