"""A generator and a discriminator of 2 × 64 units that learn a cloud of points in the plane."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import leaky_relu

from core.check import choose, require
from core.gan.data import plane, sample
from core.gan.losses import (
    LOSSES,
    between,
    discriminator_loss,
    discriminator_slopes,
    generator_loss,
    generator_slope,
)
from core.gan.perceptron import LEAK, Adam, Perceptron
from core.rng import generator as generator_of

WIDTH = 64
ALONE = ("both", "D", "G")
SHOWN = 512  # fakes in a snapshot, always from the same noise


class Snapshot(NamedTuple):
    """One moment of a training, a copy that later steps leave alone."""

    step: int  # generator steps done
    fakes: Tensor  # G at the same 512 noise vectors in every snapshot, shape (512, 2), float64
    d_loss: float  # what D lowered in its last step, before it and without penalties; at 0 NaN
    g_loss: float  # the same for G
    discriminator: Tensor  # flat weights of D: 2 -> 64 -> 64 -> 1; see `judge`
    generator: Tensor  # flat weights of G: z_dim -> 64 -> 64 -> 2; see `imitate`


def train(
    data: str | Tensor,
    loss: str = "non_saturating",
    steps: int = 1000,
    seed: int = 0,
    *,
    every: int = 50,
    d_steps: int = 1,
    batch: int = 256,
    z_dim: int = 2,
    lr_g: float = 1e-3,
    lr_d: float = 1e-3,
    betas: tuple[float, float] = (0.5, 0.9),
    r1: float = 0.0,
    penalty: float = 10.0,
    alone: str = "both",
    alone_from: int = 0,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> Iterator[Snapshot]:
    """Trains both players with Adam and yields at step 0, at every `every` steps, and at the end.

    Each step draws for each of `d_steps` steps of D a batch of data, noise and, for wasserstein,
    one place per pair of points, then fresh noise for the one step of G. Everything comes from one
    generator with the seed, after the weights of G, of D, and the noise that is shown.

    Args:
        data: a name of `DATA`, or own points, shape (n, 2), drawn with replacement.
        loss: one of `LOSSES`.
        steps: in [1, 100 000].
        seed: whole number ≥ 0; the same seed gives the same run on the same machine.
        every: steps between snapshots, in [1, 100 000].
        d_steps: steps of D per step of G, in [1, 100].
        batch: points per step, in [1, 100 000].
        z_dim: dimension of the Gaussian noise, in [1, 64].
        lr_g, lr_d: step sizes of Adam, in (0, 1].
        betas: Adam's (b₁, b₂), each in [0, 1).
        r1: weight of ½ E ‖∇D(data)‖², in [0, 1000].
        penalty: weight of E (‖∇D‖ − 1)² between data and fakes, in [0, 1000]; wasserstein only.
        alone: one of `ALONE`: from step `alone_from` on, the steps of the other player are left
            out, with what they would draw; its last loss stays in the snapshots.
        alone_from: steps that both players have done by then, in [0, 100 000].
        device: where both networks are. All numbers are drawn on the CPU, so that a seed is the
            same run everywhere, up to rounding, and snapshots are there too. Networks of this
            size train faster on the CPU than on a GPU.
        dtype: float32 or float64.

    Raises:
        ValueError: at the call, not at the first snapshot: a value outside its range.
    """
    if not isinstance(data, str):
        data = plane("data", data)
    else:
        sample(data, 1, generator=generator_of(0))
    choose("loss", loss, LOSSES)
    for name, number, most in (
        ("steps", steps, 100_000),
        ("every", every, 100_000),
        ("d_steps", d_steps, 100),
        ("batch", batch, 100_000),
        ("z_dim", z_dim, 64),
    ):
        require(name, number, 1, most, integer=True)
    for name, rate in (("lr_g", lr_g), ("lr_d", lr_d)):
        require(name, rate, 0, 1, above=True)
    if len(betas) != 2:
        raise ValueError(f"expected betas to be two numbers, got {len(betas)}")
    for beta in betas:
        require("betas", beta, 0, 1, below=True)
    require("r1", r1, 0, 1000)
    require("penalty", penalty, 0, 1000)
    choose("alone", alone, ALONE)
    require("alone_from", alone_from, 0, 100_000, integer=True)
    if dtype not in (torch.float32, torch.float64):
        raise ValueError(f"expected dtype to be torch.float32 or torch.float64, got {dtype}")
    draws = generator_of(seed)
    G = Perceptron(z_dim, WIDTH, 2, generator=draws, dtype=dtype, device=device)
    D = Perceptron(2, WIDTH, 1, generator=draws, dtype=dtype, device=device)
    game = _Game(data, loss, G, D, draws, d_steps, batch, z_dim, r1, penalty)
    game.adam_g, game.adam_d = Adam(G.theta, lr_g, betas), Adam(D.theta, lr_d, betas)
    return _snapshots(game, int(steps), int(every), alone, int(alone_from))


def imitate(theta: Tensor, z: Tensor) -> Tensor:
    """Fakes (n, 2) of a generator's flat weights at noise z (n, z_dim)."""
    return _apply(theta, z, 2)


def judge(theta: Tensor, x: Tensor) -> Tensor:
    """Outputs (n,) of a discriminator's flat weights at points x (n, 2): logits, or scores."""
    return _apply(theta, x, 1)[:, 0]


class _Game:
    """Two players, their optimizers and their luck, between two steps."""

    adam_g: Adam
    adam_d: Adam

    def __init__(self, data, loss, G, D, draws, d_steps, batch, z_dim, r1, penalty):
        self.data, self.loss, self.G, self.D, self.draws = data, loss, G, D, draws
        self.d_steps, self.batch, self.z_dim = int(d_steps), int(batch), int(z_dim)
        self.r1, self.penalty = r1, penalty if loss == "wasserstein" else 0.0
        self.dtype, self.device = G.theta.dtype, G.theta.device
        self.d_loss = self.g_loss = torch.tensor(torch.nan)

    def noise(self, n: int) -> Tensor:
        noise = torch.randn(n, self.z_dim, generator=self.draws, dtype=self.dtype)
        return noise.to(self.device)

    def real(self) -> Tensor:
        if isinstance(self.data, str):
            points = sample(self.data, self.batch, generator=self.draws)
            return points.to(self.device, self.dtype)
        rows = torch.randint(len(self.data), (self.batch,), generator=self.draws)
        return self.data[rows].to(self.device, self.dtype)

    def step_d(self) -> None:
        D, n = self.D, self.batch
        real = self.real()
        fake, _ = self.G.forward(self.noise(n))
        D.grad.zero_()
        out, kept = D.forward(torch.cat([real, fake]))
        self.d_loss = discriminator_loss(out[:n], out[n:], self.loss)
        slopes = discriminator_slopes(out[:n], out[n:], self.loss)
        D.backward(torch.cat(slopes).div_(n), kept)
        if self.penalty:
            share = torch.rand(n, 1, generator=self.draws, dtype=self.dtype).to(self.device)
            g, inside = D.slopes(D.forward(between(real, fake, share))[1])
            size = g.norm(dim=1, keepdim=True)
            away = g / size.where(size > 0, 1.0)
            D.bend(2 * self.penalty / n * (size - 1) * away, inside)
        if self.r1:
            g, inside = D.slopes((real, kept[1][:n], kept[2][:n]))
            D.bend(self.r1 / n * g, inside)
        self.adam_d.step(D.grad)

    def step_g(self) -> None:
        G, D, n = self.G, self.D, self.batch
        G.grad.zero_()
        fake, inside = G.forward(self.noise(n))
        out, kept = D.forward(fake)
        self.g_loss = generator_loss(out, self.loss)
        G.backward(D.pull(generator_slope(out, self.loss) / n, kept), inside)
        self.adam_g.step(G.grad)


@torch.no_grad()
def _snapshots(
    game: _Game, steps: int, every: int, alone: str, alone_from: int
) -> Iterator[Snapshot]:
    shown = game.noise(SHOWN)
    for step in range(steps + 1):
        going = alone if step > alone_from else "both"
        if step and going != "G":
            for _ in range(game.d_steps):
                game.step_d()
        if step and going != "D":
            game.step_g()
        if step % every == 0 or step == steps:
            yield Snapshot(
                step,
                game.G.forward(shown)[0].double().cpu(),
                game.d_loss.item(),
                game.g_loss.item(),
                game.D.theta.cpu().clone(),
                game.G.theta.cpu().clone(),
            )


def _apply(theta: Tensor, x: Tensor, outputs: int) -> Tensor:
    inputs = x.shape[1] if x.ndim == 2 else -1
    sizes = (inputs, WIDTH, WIDTH, outputs)
    shapes = [s for i, o in pairwise(sizes) for s in ((o, i), (o,))]
    counts = [torch.Size(shape).numel() for shape in shapes]
    if x.ndim != 2 or theta.shape != (sum(counts),):
        raise ValueError(
            f"expected points (n, d) and weights of a network from d to {outputs}, got shapes "
            f"{tuple(x.shape)} and {tuple(theta.shape)}"
        )
    W1, b1, W2, b2, W3, b3 = (v.view(s) for v, s in zip(theta.split(counts), shapes))
    h = leaky_relu(x.to(theta.dtype) @ W1.T + b1, LEAK)
    return leaky_relu(h @ W2.T + b2, LEAK) @ W3.T + b3
