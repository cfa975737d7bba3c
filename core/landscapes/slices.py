"""A plane cut through the loss of a trained network, and the derivatives in its middle."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, jvp, vmap

from core import nets
from core.landscapes.directions import (
    curvature,
    lanczos,
    principal,
    random_directions,
    rescaled,
)
from core.landscapes.surfaces import condition_number
from core.landscapes.training import BLOCK, WIDTH, problem, train
from core.rng import generator

REROLLS = 32  # direction seeds 0..31
SIDES = (11, 21, 41)  # the plane, coarse to fine; odd, so that θ* is on the grid


class Slice(NamedTuple):
    """The plane through the trained weights θ*, and what Hessian-vector products say about it.

    The fields of the plane are empty until the training is over.

    Attributes:
        progress: share of the work done, in [0, 1].
        sizes: widths of the layers.
        losses: training loss before each step and at the end, shape (steps + 1,).
        accuracy: share of the training data classified correctly by θ*.
        plain: L(θ*) by an ordinary forward pass of the network.
        alpha, beta: coordinates of the grid, shape (m,); the middle one is 0.
        surface: s(α, β), shape (m, m), rows follow beta.
        unscaled: s(α, 0) of the network whose neurons were not rescaled, shape (m,).
        lengths: ‖d₁‖, ‖d₂‖, shape (2,).
        slope: ∇s(0, 0), shape (2,).
        hessian: ∇²s(0, 0), entries dᵢᵀ∇²L(θ*)dⱼ by Hessian-vector products, shape (2, 2).
        differences: ∂²s/∂α² and ∂²s/∂β² from differences of the gradient, shape (2,).
        top: largest eigenvalue of ∇²L(θ*), by Lanczos.
        kappa: condition number of `hessian`.
        path: the training path projected on the plane, shape (steps + 1, 2).
        share: share of the path's squared distance to θ* that lies in the plane.
        rerolls: d₁ᵀ∇²L d₁ for the direction seeds 0..31, shape (32,); empty for "pca".
    """

    progress: float
    sizes: tuple[int, ...]
    losses: Tensor
    accuracy: float = 0.0
    plain: float = 0.0
    alpha: Tensor = torch.zeros(0)
    beta: Tensor = torch.zeros(0)
    surface: Tensor = torch.zeros(0, 0)
    unscaled: Tensor = torch.zeros(0)
    lengths: Tensor = torch.zeros(2)
    slope: Tensor = torch.zeros(2)
    hessian: Tensor = torch.zeros(2, 2)
    differences: Tensor = torch.zeros(2)
    top: float = 0.0
    kappa: float = 1.0
    path: Tensor = torch.zeros(0, 2)
    share: float = 0.0
    rerolls: Tensor = torch.zeros(0)


def cut(
    data: str,
    activation: str,
    c: float,
    steps: int,
    seed: int,
    kind: str,
    direction_seed: int,
    radius: float,
) -> Iterator[Slice]:
    """Train, differentiate, evaluate: snapshots of `core.landscapes.network.plane`."""
    yield Slice(0.0, (), torch.zeros(0))
    net, X, y, loss = problem(data, activation, seed)
    sizes = (X.shape[1], WIDTH, int(y.max()) + 1)
    path, losses = [], []
    blocks = -(-steps // BLOCK)
    for block in range(1, blocks + 1):
        state = train(data, activation, seed, block)
        path.append(state.path)
        losses.append(state.losses)
        yield Slice(0.4 * block / blocks, sizes, torch.cat(losses).cpu())

    path = torch.cat([*path, state.theta[None]])[: steps + 1]
    origin, path = path[-1], rescaled(net, path, c)
    theta = path[-1]
    losses = torch.cat([torch.cat(losses)[:steps], loss(origin)[None]]).cpu()
    with torch.no_grad():
        parameters = nets.unflatten(net, theta)
        scores = functional_call(net, parameters, (X,))
        plain = float(nn.functional.cross_entropy(scores, y))
        accuracy = float((scores.argmax(1) == y).double().mean())

    if kind == "pca":
        d, share = principal(path)
        walk = (path - theta) @ d.T
        reach = [_round_up(1.1 * float(side.abs().max())) for side in walk.T]
    else:
        d, reach = random_directions(net, theta, kind, direction_seed), [radius, radius]
        walk = torch.linalg.lstsq(d.T, (path - theta).T).solution.T
        total = (path - theta).square().sum()
        share = float((walk @ d).square().sum() / total)
    slope = d @ grad(loss)(theta)
    Hd = curvature(loss, theta, d)
    H = (Hd @ d.T).cpu()
    H = (H + H.T) / 2
    h = 1e-4 / d.norm(dim=1, keepdim=True)
    ahead, back = vmap(grad(loss))(theta + h * d), vmap(grad(loss))(theta - h * d)
    differences = ((ahead - back) * d).sum(1) / (2 * h[:, 0])
    top = lanczos(
        lambda v: jvp(grad(loss), (theta,), (v,))[1],
        torch.randn(len(theta), generator=generator(0), dtype=theta.dtype).to(theta),
    )
    result = Slice(
        0.5,
        sizes,
        losses,
        accuracy,
        plain,
        lengths=d.norm(dim=1).cpu(),
        slope=slope.cpu(),
        hessian=H,
        differences=differences.cpu(),
        top=top,
        kappa=float(condition_number(H)),
        path=walk.cpu(),
        share=share,
    )
    yield result

    if kind != "pca":
        bent = []
        for s in range(0, REROLLS, 8):
            some = torch.stack([random_directions(net, theta, kind, s + i)[0] for i in range(8)])
            bent.append((curvature(loss, theta, some) * some).sum(1).cpu())
            yield result._replace(progress=0.5 + 0.1 * (s + 8) / REROLLS)
        result = result._replace(rerolls=torch.cat(bent))

    done, total = 0, sum(side * side for side in SIDES)
    for side in SIDES:
        alpha = torch.linspace(-1, 1, side, dtype=torch.float64)
        rows = []
        for b in alpha.tolist():
            offsets = torch.stack([reach[0] * alpha, torch.full_like(alpha, reach[1] * b)], 1)
            rows.append(_losses(loss, theta, offsets.to(theta) @ d))
            done += side
            if len(rows) % 6 == 0:
                yield result._replace(progress=0.6 + 0.4 * done / total)
        result = result._replace(
            progress=0.6 + 0.4 * done / total,
            alpha=reach[0] * alpha,
            beta=reach[1] * alpha,
            surface=torch.stack(rows),
        )
        if side < SIDES[-1]:
            yield result
    if kind != "pca":
        d = random_directions(net, origin, kind, direction_seed)
        along = (result.alpha.to(theta)[:, None]) * d[0]
        result = result._replace(unscaled=_losses(loss, origin, along))
    yield result._replace(progress=1.0)


@torch.no_grad()
def _losses(loss: Callable[[Tensor], Tensor], theta: Tensor, offsets: Tensor) -> Tensor:
    return vmap(loss)(theta + offsets).cpu()


def _round_up(value: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least `value`."""
    power = 10.0 ** torch.tensor(max(value, 1e-9)).log10().floor().item()
    return next(k * power for k in (1.0, 2.0, 5.0, 10.0) if k * power >= value)
