"""Distances against scipy and POT, entropic plans against POT, worst laws against a programme."""

from collections.abc import Iterator

import numpy as np
import ot
import torch
from scipy.optimize import linprog
from scipy.sparse import csr_array, kron
from scipy.stats import wasserstein_distance
from torch import Tensor

from benchmarks.row import Row, cpu_ms
from core.dro import search_range, sinkhorn_steps, wasserstein, wasserstein_1d, worst_case
from core.rng import generator

LINE, PLANE = (500, 2000, 100_000), (50, 200)
COUNT, REG, STEPS = 200, 0.5, 200
ATOMS, EPS, PLACES = torch.linspace(-2, 2, 12, dtype=torch.float64), 0.5, 2001


def points(n: int, seed: int, *d: int) -> Tensor:
    return torch.randn(n, *d, generator=generator(seed), dtype=torch.float64)


def rows() -> Iterator[Row]:
    """W₁ on the line, W₂ in the plane, the entropic plan, the worst case."""
    for n in LINE:
        a, b = points(n, 0), points(n, 1) + 1
        x, y = a.numpy(), b.numpy()
        yield Row(
            what=f"W₁ on the line, {n} points",
            ours_ms=cpu_ms(lambda: wasserstein_1d(a, b), 9),  # noqa: B023
            peer="scipy.stats.wasserstein_distance",
            peer_ms=cpu_ms(lambda: wasserstein_distance(x, y), 9),  # noqa: B023
            budget=3.0,
            agreement=abs(wasserstein_1d(a, b) - wasserstein_distance(x, y)),
        )
    for n in PLANE:
        a, b = points(n, 2, 2), points(n, 3, 2) + 1
        x, y = a.numpy(), b.numpy()
        yield Row(
            what=f"W₂ in the plane, {n} points",
            ours_ms=cpu_ms(lambda: wasserstein(a, b, 2)),  # noqa: B023
            peer="POT, ot.emd2",
            peer_ms=cpu_ms(lambda: ot.emd2([], [], ot.dist(x, y))),  # noqa: B023
            budget=0.5,
            agreement=abs(wasserstein(a, b, 2).distance ** 2 - ot.emd2([], [], ot.dist(x, y))),
        )
    yield entropic()
    yield worst()


def entropic() -> Row:
    a, b = points(COUNT, 4, 2), points(COUNT, 5, 2) + 1
    even = np.full(COUNT, 1 / COUNT)

    def ours() -> np.ndarray:
        *_, last = sinkhorn_steps(a, b, REG, 2, steps=STEPS, tol=0.0)
        return last.plan.numpy()

    def theirs() -> np.ndarray:
        how = {"method": "sinkhorn_log", "numItermax": STEPS, "stopThr": 0.0, "warn": False}
        return ot.sinkhorn(even, even, ot.dist(a.numpy(), b.numpy()), REG, **how)

    return Row(
        what=f"entropic plan, {COUNT} points, {STEPS} steps, with every 20th plan",
        ours_ms=cpu_ms(ours),
        peer="POT, ot.sinkhorn, sinkhorn_log",
        peer_ms=cpu_ms(theirs),
        budget=2.0,
        agreement=float(np.abs(ours() - theirs()).max()),
    )


def worst() -> Row:
    """Theirs is on a grid, ours on the line: the agreement is that of the grid."""
    low, high = search_range(ATOMS, 2, EPS)
    line, n = torch.linspace(low, high, PLACES, dtype=torch.float64), len(ATOMS)
    cost = (ATOMS[:, None] - line).square().reshape(1, -1).numpy()
    whole = csr_array(kron(np.eye(n), np.ones(PLACES)))

    def g(z: Tensor) -> Tensor:
        return torch.sin(3 * z) + 0.3 * z

    def theirs() -> float:
        gain = -np.tile(g(line).numpy(), n)
        return -linprog(gain, cost, [EPS**2], whole, np.full(n, 1 / n)).fun

    return Row(
        what=f"worst case in W₂, {n} atoms",
        ours_ms=cpu_ms(lambda: worst_case(ATOMS, g, 2, EPS)),
        peer=f"scipy.optimize.linprog on {PLACES} places",
        peer_ms=cpu_ms(theirs),
        budget=10.0,
        agreement=abs(worst_case(ATOMS, g, 2, EPS).value - theirs()),
    )
