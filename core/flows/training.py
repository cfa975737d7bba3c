r"""A flow that learns points of the plane by maximum likelihood, its gradient written by hand.

The loss of a batch is the mean of −ln p(xᵢ) = −ln p_base(zᵢ) + Σ_k s_k (FLOW-06). Backwards
through one layer z = (x − t) e^{−s} with slopes g of the loss by what it gives:

    ∂x = g e^{−s},    ∂t = −g e^{−s},    ∂s = 1/n − g z,    ∂r = ∂s (1 − tanh² (r/3)).
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import require
from core.flows.data import nll, sample
from core.flows.nets import Pass
from core.flows.stack import BOUND, Flow, base_law, sizes
from core.gan.data import plane
from core.gan.perceptron import Adam
from core.rng import generator as generator_of

FEWEST, MOST = 10, 100.0  # own points, and how far out they may be
HELD = 5  # every fifth of own points is held out
CLIP = 5.0  # longest slope: one far point must not throw the weights away


class Snapshot(NamedTuple):
    """One moment of a training, a copy that later steps leave alone."""

    step: int  # steps done
    train: float  # mean of −ln p over the batches since the last snapshot; at 0 NaN
    validation: float  # the same over points that are never trained on, at this moment
    flow: Flow


def train(
    data: str | Tensor,
    layers: int = 4,
    steps: int = 600,
    seed: int = 0,
    *,
    n: int = 2000,
    width: int = 64,
    swap: bool = True,
    base: str = "normal",
    lr: float = 5e-3,
    batch: int = 256,
    every: int = 20,
    dtype: torch.dtype = torch.float32,
) -> Iterator[Snapshot]:
    """Trains with Adam and yields at step 0, at every `every` steps, and at the end.

    A batch is drawn with replacement; a slope longer than 5 is cut to that length; the rate falls
    to 0 along a cosine. Points, held-out points and batches come from one generator with the seed,
    the weights are those of `Flow.start` with the seed.

    Args:
        data: a name of `DATA`, or own points, shape (n, 2), of which a random fifth is held out.
        layers: in [1, 16].
        steps: in [1, 100 000].
        seed: whole number ≥ 0; the same seed gives the same run on the same machine.
        n: points to train on, and to hold out, where data is a name; in [10, 100 000].
        width, swap, base: of the `Flow`.
        lr: rate of Adam at the start, in (0, 1].
        batch: points in a step, every: steps between snapshots, both in [1, 100 000].
        dtype: float32 or float64, of the training; snapshots are float64.

    Raises:
        ValueError: at the call, not at the first snapshot: a value outside its range, own points
            of another shape, fewer than 10 of them, or one beyond ±100.
    """
    for name, number in (("steps", steps), ("batch", batch), ("every", every)):
        require(name, number, 1, 100_000, integer=True)
    require("n", n, FEWEST, 100_000, integer=True)
    require("lr", lr, 0, 1, above=True)
    if dtype not in (torch.float32, torch.float64):
        raise ValueError(f"expected dtype to be torch.float32 or torch.float64, got {dtype}")
    flow = Flow.start(layers, seed, width=width, swap=swap, base=base)
    random = generator_of(seed)
    points, held = split(data, int(n), generator=random)
    return _train(flow, points.to(dtype), held, random, int(steps), lr, int(batch), int(every))


def split(data: str | Tensor, n: int = 2000, *, generator: torch.Generator) -> tuple[Tensor, ...]:
    """Points to train on and points to hold out, as `train` takes them, float64."""
    if isinstance(data, str):
        drawn = sample(data, 2 * n, generator=generator)
        return drawn[:n], drawn[n:]
    points = plane("data", data)
    require("the number of points", len(points), FEWEST)
    for each in points[points.abs() > MOST].tolist():
        require("data", each, -MOST, MOST)
    order = torch.randperm(len(points), generator=generator)
    held = len(points) // HELD
    return points[order[held:]], points[order[:held]]


@torch.no_grad()
def _train(flow, points, held, random, steps, lr, batch, every) -> Iterator[Snapshot]:
    theta = flow.theta.to(points.dtype, copy=True)
    likelihood = Likelihood(theta, flow, batch)
    adam = Adam(theta.view(-1), lr, (0.9, 0.999))
    slope, columns = likelihood.grad.view(-1), points.T.contiguous()
    losses: list[Tensor] = []
    yield Snapshot(0, math.nan, nll(flow, held), flow)
    for step in range(1, steps + 1):
        adam.lr = lr * (1 + math.cos(math.pi * (step - 1) / steps)) / 2
        rows = torch.randint(len(points), (batch,), generator=random)
        losses.append(likelihood.step(columns[:, rows]))
        slope.mul_((CLIP / (slope.norm() + 1e-6)).clamp(max=1.0))  # as torch's clip_grad_norm_
        adam.step(slope)
        if step % every == 0 or step == steps:
            kept = theta.to(torch.float64, copy=True)
            now = Flow(kept, flow.width, flow.swap, flow.base)
            yield Snapshot(step, float(torch.stack(losses).mean()), nll(now, held), now)
            losses.clear()


class Likelihood:
    """The loss of a batch of n points and its slope by all weights, in memory of its own."""

    def __init__(self, theta: Tensor, flow: Flow, n: int):
        self.grad, self.n, self.share = torch.zeros_like(theta), n, theta.new_tensor(1 / n)
        self.kept = [flow.kept(k) for k in range(flow.layers)]
        self.passes = [Pass(w, g, sizes(flow.width), n) for w, g in zip(theta, self.grad)]
        self.law = None if flow.base == "normal" else base_law(flow.base)
        self.slopes = theta.new_empty(2, n)  # by r and t of one layer

    def step(self, x: Tensor) -> Tensor:
        """The mean of −ln p over the columns of x (2, n); writes `grad`."""
        rows, total = list(x), 0.0
        inside = []
        for net, kept in zip(self.passes[::-1], self.kept[::-1]):
            r, t = net.forward(rows[kept])
            bend = torch.tanh(r / BOUND)
            shrink = torch.exp(bend * -BOUND)
            rows[1 - kept] = (rows[1 - kept] - t) * shrink
            total = total + bend.sum() * BOUND
            inside.append((net, kept, bend, shrink, rows[1 - kept]))
        loss, g = self._base(rows)
        for net, kept, bend, shrink, z in inside[::-1]:
            by_r, by_t = self.slopes
            torch.sub(self.share, g[1 - kept] * z, out=by_r)
            by_r.addcmul_(by_r, bend.square(), value=-1)
            g[1 - kept] = g[1 - kept] * shrink
            torch.neg(g[1 - kept], out=by_t)
            g[kept] += net.backward(self.slopes)[0]
        return loss + total / self.n

    def _base(self, rows: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """The mean of −ln p_base at the points, and its slopes by their coordinates."""
        if self.law is None:
            square = sum(row.square().sum() for row in rows)
            loss = square / (2 * self.n) + math.log(2 * math.pi)
            return loss, [row / self.n for row in rows]
        z = torch.stack(rows, 1)
        slopes = -self.law.score(z).to(z) / self.n
        return -self.law.log_density(z).mean().to(z), list(slopes.T.contiguous())
