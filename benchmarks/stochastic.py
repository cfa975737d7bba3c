"""The race on the digits and the inside of adaptive steps, against torch.optim."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.row import Line, Row, cpu_ms
from core.nets import mlp
from core.rng import generator
from core.stochastic import adaptive, average_moments, chains, moments, power
from core.stochastic.digits import BETAS, EPS, METHODS, RATES, SQUARES, parts, race

STEPS, BATCH, HIDDEN, SEEDS = 100, 32, 32, 2
PEERS = {
    "sgd": lambda p, lr: torch.optim.SGD(p, lr),
    "momentum": lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9),
    "rmsprop": lambda p, lr: torch.optim.RMSprop(p, lr, alpha=SQUARES, eps=EPS),
    "adam": lambda p, lr: torch.optim.Adam(p, lr, betas=BETAS, eps=EPS),
}
T, LONG = 2000, 20_000


def rows() -> Iterator[Row | Line]:
    """Training, one long record of Adam, and what a drag of the schedules costs."""
    yield digits()
    yield inside()
    alphas = power(1.0, 0.5).alphas(LONG)
    exact = cpu_ms(lambda: moments(alphas, 1.0, 5.0))
    averaged = cpu_ms(lambda: average_moments(alphas, 1.0, 5.0))
    fan = cpu_ms(lambda: chains(alphas[:T], 1.0, 5.0, 1000, generator(0)))
    yield Line(
        f"exact moments of {LONG} steps; with three averages; {T} steps of 1000 chains, all kept",
        f"{exact:.1f} ms; {averaged:.1f} ms; {fan:.0f} ms",
    )
    *_, last = race()
    whole = cpu_ms(lambda: list(race()), 1)
    yield Line(
        f"the race on the digits: {last.test.numel()} curves, {last.steps} steps, 17 snapshots",
        f"{whole / 1000:.1f} s",
        budget="≤ 6 s",
    )


def digits() -> Row:
    """Ours also keeps two averages of sgd; measured once, at the end, by either."""

    def ours() -> Tensor:
        *_, last = race(SEEDS, STEPS, hidden=HIDDEN, batch=BATCH, every=STEPS, dtype=torch.float64)
        return torch.stack([last.test[METHODS.index(name)] for name in PEERS])

    return Row(
        what=f"{len(PEERS) * len(RATES['sgd']) * SEEDS} networks on the digits, {STEPS} steps",
        ours_ms=cpu_ms(ours, 3),
        peer="torch.optim, one after the other",
        peer_ms=cpu_ms(theirs, 1),
        budget=4.0,
        agreement=float((ours() - theirs()).abs().max()),
    )


def theirs() -> Tensor:
    """Test losses (methods, rates, seeds)."""
    learn, _, test = parts(torch.float64)
    found = [
        [[_loss(name, lr, seed, learn, test) for seed in range(SEEDS)] for lr in RATES[name]]
        for name in PEERS
    ]
    return torch.tensor(found, dtype=torch.float64)


def _loss(name: str, lr: float, seed: int, learn, test) -> float:
    random = generator(seed)
    net = mlp((64, HIDDEN, 10), activation="relu", generator=random, dtype=torch.float64)
    optimizer, order = PEERS[name](net.parameters(), lr), []
    for _ in range(STEPS):
        if not order:
            passes = torch.randperm(len(learn.y), generator=random).split(BATCH)
            order = [rows for rows in passes if len(rows) == BATCH]
        rows = order.pop(0)
        optimizer.zero_grad()
        F.cross_entropy(net(learn.X[rows, :-1]), learn.y[rows]).backward()
        optimizer.step()
    with torch.no_grad():
        return F.cross_entropy(net(test.X[:, :-1]), test.y).item()


def inside() -> Row:
    """m, v, m̂, v̂ and moves of Adam for given gradients; the peer keeps its parameters only."""
    g = torch.randn(T, 2, generator=generator(0), dtype=torch.float64)

    def peer() -> Tensor:
        theta = torch.nn.Parameter(torch.zeros(2, dtype=torch.float64))
        optimizer, path = torch.optim.Adam([theta], 0.1, betas=BETAS, eps=EPS), []
        for row in g:
            theta.grad = row
            optimizer.step()
            path.append(theta.detach().clone())
        return torch.stack(path)

    def ours() -> Tensor:
        return adaptive(g, "adam", 0.1, betas=BETAS, eps=EPS).step.cumsum(0)

    return Row(
        what=f"inside of {T} steps of Adam, 2 coordinates",
        ours_ms=cpu_ms(ours),
        peer="torch.optim.Adam",
        peer_ms=cpu_ms(peer),
        budget=10.0,
        agreement=float((ours() - peer()).abs().max()),
    )
