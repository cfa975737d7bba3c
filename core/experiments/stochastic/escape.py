r"""Escape from the shallow one of two wells by the noise of mini-batches.

A hundred chains x ← x − η(f′(x) + σξ/√B) start at the shallow minimum. Their mean stay there is
known: m(x) = 1 + ∫ k(x, y) m(y) dy over all y that have not reached the deep minimum, where k is
the law of one step.
"""

import math
from functools import lru_cache
from typing import Annotated, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.rng import generator
from core.signature import between, declared
from core.stochastic import Well, kramers_rate, temperature

SIGMA = 12.0  # standard deviation of the gradient of one sample
CHAINS, STEPS = 100, 400
LADDER = np.array([2.0, 4, 6, 8, 10])  # ΔU/D at which the stay is worked out
COLD = 12.0  # ΔU/D beyond which it is not
FINE = 1.6  # nodes of the quadrature for each standard deviation of a step, in the mean
FAR = 30.0  # times D: no chain climbs so high


class Escape(NamedTuple):
    """Chains that stop where they have left, and how long they stay."""

    x: Tensor  # every chain after 0, 1, … steps, shape (STEPS + 1, CHAINS)
    left: Tensor  # the step at which each passed the deep minimum, −1 for not yet, (CHAINS,)
    batches: Tensor  # sizes B of the batch, not rounded, at which the stay is told, (m,)
    stays: Tensor  # mean stay in steps there, (m,)
    stay: float  # mean stay in steps for the batch chosen; ∞ where the quadrature has none

    gone = property(lambda self: self.left >= 0)


@declared
def escape(
    B: Annotated[int, between(2, 64)] = 8,
    eta: Annotated[float, between(0.01, 0.03)] = 0.02,
    depth: Annotated[float, between(0.5, 1.5)] = 1.0,
    tilt: Annotated[float, between(0, 0.15)] = 0.1,
    seed: Annotated[int, between(0, 999)] = 0,
) -> Escape:
    """A hundred chains for 400 steps from the shallow minimum of a double well.

    Args:
        B: size of the batch; the noise of a gradient has the standard deviation 12/√B.
        eta: size of a step.
        depth: height ΔU of the pass above the shallow minimum.
        tilt: 0 makes both wells alike.
        seed: of the noise.

    Sources: OPT-09; Kramers (1940).
    """
    well = Well(depth, tilt)
    x, left = walk(well, B, eta, seed)
    batches, stays = ladder(depth, tilt, eta)
    return Escape(x, left, batches, stays, stay(well, eta, B))


@lru_cache(maxsize=64)
def ladder(depth: float, tilt: float, eta: float) -> tuple[Tensor, Tensor]:
    """Sizes of the batch at ΔU/D = `LADDER`, and the mean stays."""
    batches = LADDER * eta * SIGMA**2 / (2 * depth)
    stays = [stay(Well(depth, tilt), eta, B) for B in batches.tolist()]
    return torch.from_numpy(batches), torch.tensor(stays, dtype=torch.float64)


@lru_cache(maxsize=256)
def stay(well: Well, eta: float, B: float, fine: float = FINE) -> float:
    """Mean steps from the shallow to the deep minimum; ∞ where it is colder than `COLD`."""
    if well.depth / temperature(eta, B, SIGMA) > COLD + 1e-9:
        return math.inf
    kernel, start = law(well, eta, B, fine)
    system = torch.eye(len(kernel), dtype=torch.float64) - kernel
    m = torch.linalg.solve(system, torch.ones(len(kernel), dtype=torch.float64))
    return 1 + float(start @ m)


def law(well: Well, eta: float, B: float, fine: float = FINE) -> tuple[Tensor, Tensor]:
    """One step between the nodes of a quadrature, (n, n), and from the shallow minimum, (n,).

    Entry (i, j) is the chance to get from node i into what node j stands for.
    """
    low, _, deep = well.places
    D, blur, first = temperature(eta, B, SIGMA), eta * SIGMA / math.sqrt(B), low
    while well.scale * (first**4 - low**4) / 4 - well.scale * (first**2 - low**2) / 2 < FAR * D:
        first -= 0.1
    n = 8 * math.ceil(fine * (deep - first) / blur / 8)
    nodes, weights = _gauss(n)
    y = first + (deep - first) * nodes
    goals = torch.cat([y - eta * well.gradient(y), torch.tensor([low], dtype=torch.float64)])
    density = torch.exp((y - goals[:, None]).square() * (-0.5 / blur**2))
    both = density * (weights * ((deep - first) / blur / math.sqrt(2 * math.pi)))
    return both[:-1], both[-1]


@lru_cache(maxsize=256)
def _gauss(n: int) -> tuple[Tensor, Tensor]:
    """Nodes and weights of Gauss and Legendre on [0, 1]."""
    k = torch.arange(1, n, dtype=torch.float64)
    beside = k / (4 * k * k - 1).sqrt()  # of the matrix whose eigenvalues are the nodes
    nodes, vectors = torch.linalg.eigh(beside.diag(1) + beside.diag(-1))
    return (nodes + 1) / 2, vectors[0].square()


def kramers(well: Well, eta: float, B: float) -> float:
    """The stay in steps by Kramers' law, for D far below ΔU."""
    return 1 / (eta * kramers_rate(well, temperature(eta, B, SIGMA)))


def walk(well: Well, B: float, eta: float, seed: int) -> tuple[Tensor, Tensor]:
    """The chains and when they left."""
    low, _, deep = well.places
    x, c = np.empty((STEPS + 1, CHAINS)), eta * well.scale
    kick = noise(seed) * (-eta * SIGMA / math.sqrt(B)) + c * well.tilt
    x[0], bend = low, np.empty(CHAINS)
    for k in range(STEPS):  # x − ηs(x³ − x − tilt) − ησξ/√B
        now = x[k]
        np.multiply(now, now, out=bend)
        np.subtract(1 + c, c * bend, out=bend)
        bend *= now
        np.add(bend, kick[k], out=x[k + 1])
    past = x >= deep
    first = past.argmax(0)
    left = np.where(past.any(0), first, -1)
    stopped = np.arange(STEPS + 1)[:, None] >= np.where(left >= 0, first, STEPS + 1)
    x[stopped] = np.broadcast_to(x[first, np.arange(CHAINS)], x.shape)[stopped]
    return torch.from_numpy(x), torch.from_numpy(left)


@lru_cache(maxsize=8)
def noise(seed: int) -> np.ndarray:
    """Standard normal, (STEPS, CHAINS)."""
    return torch.randn(STEPS, CHAINS, generator=generator(seed), dtype=torch.float64).numpy()
