"""A plane through the loss surface of a small network, and the derivatives in its middle."""

from collections.abc import Iterator
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor
from torch.func import grad

from core.landscapes.directions import curvature, random_directions
from core.landscapes.slices import placed
from core.landscapes.training import BLOCK, train
from core.signature import between, declared

REROLLS = 32  # direction seeds 0..31
SIDES = {11: 0.7, 21: 0.8, 41: 1.0}  # of the plane, odd, so that θ* is on it -> work done then


class Slice(NamedTuple):
    """The plane through the trained weights θ*; what is not there before them is empty."""

    progress: float  # share of the work done, in [0, 1]
    losses: Tensor  # training loss before each step and at the end, shape (steps + 1,)
    accuracy: float = 0.0  # share of the training data classified correctly by θ*
    reach: tuple[float, float] = (0.0, 0.0)  # half the sides of the plane
    surface: Tensor = torch.zeros(0, 0)  # s(α, β), shape (m, m), rows follow β; m is odd
    unscaled: Tensor = torch.zeros(0)  # s(α, 0) before neurons were rescaled, shape (m,); not "pca"
    slope: Tensor = torch.zeros(2)  # ∇s(0, 0)
    hessian: Tensor = torch.zeros(2, 2)  # ∇²s(0, 0) = dᵢᵀ∇²f(θ*)dⱼ by Hessian-vector products
    top: float = 0.0  # largest eigenvalue of ∇²f(θ*)
    path: Tensor = torch.zeros(0, 2)  # the training path projected on the plane, (steps + 1, 2)
    share: float = 0.0  # of the path's squared distance to θ*, what lies in the plane
    rerolls: Tensor = torch.zeros(0)  # d₁ᵀ∇²f d₁ for every direction seed, shape (32,); not "pca"

    @property
    def doing(self) -> str:
        """What is under way, in words."""
        if self.progress < 0.5:
            return f"step {len(self.losses)}, loss {self.loss:.3g}" if len(self.losses) else ""
        side = len(self.surface)
        return f"the plane, {side} × {side} points" if side else "the curvature at θ*"

    loss = property(lambda self: float(self.losses[-1]))  # f at the end of the training

    @property
    def sides(self) -> Tensor:
        """Coordinates α of the columns and β of the rows, shape (2, m); the middle ones are 0."""
        even = torch.linspace(-1, 1, len(self.surface), dtype=torch.float64)
        return even.new_tensor(self.reach)[:, None] * even

    @property
    def cuts(self) -> Tensor:
        """s(α, 0) and s(0, β), shape (2, m)."""
        middle = len(self.surface) // 2
        return torch.stack([self.surface[middle], self.surface[:, middle]])


@declared
def plane(
    data: Literal["breast_cancer", "wine", "digits"] = "breast_cancer",
    activation: Literal["tanh", "relu"] = "tanh",
    rescale: Annotated[float, between(0.1, 10)] = 1.0,
    steps: Annotated[int, between(BLOCK, 400)] = 200,
    seed: Annotated[int, between(0, 2**31)] = 0,
    directions: Literal["filter", "raw", "pca"] = "filter",
    direction_seed: Annotated[int, between(0, REROLLS - 1)] = 0,
    radius: Annotated[float, between(0.01, 2)] = 1.0,
) -> Iterator[Slice]:
    r"""Train 16 neurons, then :math:`f(\theta^* + \alpha d_1 + \beta d_2)` on a grid; snapshots.

    Args:
        rescale: with "relu", incoming weights of every hidden neuron times c, outgoing ones by c,
            which leaves the function as it is. Without meaning for "tanh".
        steps: of full-batch Adam with lr 0.02 from the weights of `seed`.
        directions: "filter" or "raw" (see `core.landscapes.directions`), drawn from
            `direction_seed`, or "pca", the principal directions of the training path.
        radius: half the side of the plane for random directions.
    """
    losses, blocks = torch.zeros(0, dtype=torch.float64), -(-steps // BLOCK)
    yield Slice(0.0, losses)
    for block in range(1, blocks + 1):
        losses = torch.cat([losses, train(data, activation, seed, block).losses.cpu()])
        yield Slice(0.4 * block / blocks, losses)
    where = placed(data, activation, rescale, steps, seed, directions, direction_seed, radius)
    net, loss, theta, d = where.net, where.loss, where.theta, where.d
    H = (curvature(loss, theta, d) @ d.T).cpu()
    away = where.path - theta
    shadow = torch.linalg.lstsq(d.T, away.T).solution.T
    result = Slice(
        0.5,
        torch.cat([losses[:steps], loss(where.origin)[None].cpu()]),
        where.accuracy,
        where.reach,
        slope=(d @ grad(loss)(theta)).cpu(),
        hessian=(H + H.T) / 2,
        top=where.top(),
        path=shadow.cpu(),
        share=float((shadow @ d).square().sum() / away.square().sum()),
    )
    yield result

    random = directions != "pca"
    if random:
        rolls = [random_directions(net, theta, directions, s)[0] for s in range(REROLLS)]
        bent = (curvature(loss, theta, torch.stack(rolls)) * torch.stack(rolls)).sum(1)
        result = result._replace(progress=0.6, rerolls=bent.cpu())
        yield result
        before = random_directions(net, where.origin, directions, direction_seed)[0]

    for side, progress in SIDES.items():
        even = torch.linspace(-1, 1, side, dtype=torch.float64).to(d)[:, None]
        a, b = (reach * even for reach in where.reach)
        rows = [where.losses(theta + a * d[0] + t * d[1]) for t in b]
        result = result._replace(progress=progress, surface=torch.stack(rows))
        if random:
            result = result._replace(unscaled=where.losses(where.origin + a * before))
        yield result
