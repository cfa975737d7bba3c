"""One step of D and one of G, 2 × 64 units each, batch 256, against a plain PyTorch loop."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from benchmarks.row import Row, cpu_ms
from core.gan import sample, train
from core.gan.training import SHOWN
from core.rng import generator

STEPS, BATCH, LR, BETAS = 200, 256, 1e-3, (0.5, 0.999)


def network(theta: Tensor, outputs: int) -> nn.Sequential:
    """2 -> 64 -> 64 -> outputs with these weights."""
    parts = [nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2)]
    net = nn.Sequential(*parts, nn.Linear(64, outputs)).to(theta.dtype)
    nn.utils.vector_to_parameters(theta.clone(), net.parameters())
    return net


def plain(start, steps: int) -> Tensor:
    """The same training as its text-books write it, on the same draws; the weights of G."""
    G, D = network(start.generator, 2), network(start.discriminator, 1)
    play = [torch.optim.Adam(net.parameters(), lr=LR, betas=BETAS) for net in (G, D)]
    draw = {"generator": generator(0), "dtype": start.generator.dtype}
    for rows, columns in ((64, 2), (64, 64), (2, 64), (64, 2), (64, 64), (1, 64)):
        torch.empty(rows, columns, dtype=draw["dtype"]).uniform_(generator=draw["generator"])
    torch.randn(SHOWN, 2, **draw)
    for _ in range(steps):
        real = sample("ring", BATCH, generator=draw["generator"]).to(draw["dtype"])
        fake = G(torch.randn(BATCH, 2, **draw)).detach()
        loss = softplus(-D(real)).mean() + softplus(D(fake)).mean()
        play[1].zero_grad()
        loss.backward()
        play[1].step()
        loss = softplus(-D(G(torch.randn(BATCH, 2, **draw)))).mean()
        play[0].zero_grad()
        loss.backward()
        play[0].step()
    return nn.utils.parameters_to_vector(G.parameters()).detach()


def ours(steps: int, dtype: torch.dtype = torch.float32) -> list:
    """First and last snapshot."""
    return list(train("ring", steps=steps, every=steps, batch=BATCH, betas=BETAS, dtype=dtype))


def rows() -> Iterator[Row]:
    """One row, of so many steps."""
    start, end = ours(50, torch.float64)
    begin = ours(1)[0]
    yield Row(
        what=f"GAN, {STEPS} steps of both players, 2 × 64, batch {BATCH}",
        ours_ms=cpu_ms(lambda: ours(STEPS)),
        peer="plain PyTorch loop, autograd and torch.optim.Adam; agreement after 50 steps, float64",
        peer_ms=cpu_ms(lambda: plain(begin, STEPS)),
        budget=2.0,
        agreement=float((end.generator - plain(start, 50)).abs().max()),
    )
