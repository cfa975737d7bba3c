"""Two blobs learned by flows that start from one bell, and by one that starts from two.

A flow is continuous and has an inverse: what is in one piece stays in one piece. Between two blobs
a bridge of density is left. Its mass is that of the gap, the strip |x₁| < a/4 between blobs at ±a.
"""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, NamedTuple

import torch
from numpy.polynomial.legendre import leggauss
from torch import Tensor

from core.diffusion import Mixture
from core.flows import Flow, train
from core.rng import generator
from core.signature import between, declared

FLOWS = {"1": ("normal", 1), "2": ("normal", 2), "4": ("normal", 4), "8": ("normal", 8),
         "pair": ("two", 2)}  # base and layers  # fmt: skip
NAMES = tuple(FLOWS)
SPREAD = 0.4  # of each blob
POINTS, WIDTH, FRAMES = 2500, 32, 10
APART = 1 << 61  # between the seed of the training and that of the points
INSIDE, OUTSIDE = 16, 28  # columns in the gap, and on each side of it
ROWS, HIGH = 72, 3.5  # of the rule for x₂, on [−3.5, 3.5]


class Bridge(NamedTuple):
    """All trainings so far, in the order of `FLOWS`, judged at F moments."""

    progress: float  # share of the steps done, in [0, 1]
    theta: tuple[Tensor, ...]  # weights of each flow, (layers, weights of a layer), float32
    profile: Tensor  # density of x₁ in the columns of `columns`, (5, columns)
    gaps: Tensor  # mass of the gap, (5, F)

    @property
    def doing(self) -> str:
        """How far the trainings are, while they go on."""
        return f"{self.progress:.0%} of the steps of all five flows"

    def flow(self, name: str) -> Flow:
        """One of `FLOWS`."""
        return flow_of(self.theta[NAMES.index(name)], name)

    def gap(self, name: str) -> float:
        """The mass that one of them has in the gap now."""
        return float(self.gaps[NAMES.index(name), -1])


@declared
def bridge(
    a: Annotated[float, between(1, 3)] = 2.0,
    steps: Annotated[int, between(1, 600)] = 300,
    seed: Annotated[int, between(0, 2**31)] = 0,
) -> Iterator[Bridge]:
    """Trains all flows on the same points, and yields the record so far at 11 moments at most.

    Args:
        a: the blobs are N((±a, 0), 0.4² I), half of the points each.
        steps: of each training.

    Sources: FLOW-01, FLOW-06; Cornish et al. (2020).
    """
    points, every = points_of(a, seed), -(-steps // FRAMES)
    runs = [
        train(points, layers, steps, seed, width=WIDTH, base=base, every=every)
        for base, layers in FLOWS.values()
    ]
    gaps: list[list[float]] = [[] for _ in runs]
    for shots in zip(*runs):
        found = [profile(shot.flow, a) for shot in shots]
        for kept, new in zip(gaps, found):
            kept.append(in_gap(new, a))
        theta = tuple(shot.flow.theta.float() for shot in shots)
        masses = torch.tensor(gaps, dtype=torch.float64)
        yield Bridge(shots[0].step / steps, theta, torch.stack(found), masses)


def flow_of(theta: Tensor, name: str) -> Flow:
    """The flow of these weights, in the place of one of `FLOWS`."""
    return Flow(theta.double(), WIDTH, True, FLOWS[name][0])


def moments(steps: int) -> list[int]:
    """The steps at which the flows are judged."""
    every = -(-steps // FRAMES)
    return [*range(0, steps, every), steps]


# --- the blobs -----------------------------------------------------------------------------------


def blobs(a: float) -> Mixture:
    """The law of the points."""
    return Mixture([0.5, 0.5], [[-a, 0.0], [a, 0.0]], SPREAD)


@lru_cache(maxsize=8)
def points_of(a: float, seed: int) -> Tensor:
    """What is learned, and a fifth of it held out, (2500, 2)."""
    return blobs(a).sample(POINTS, generator(seed ^ APART))


def half_gap(a: float) -> float:
    """The gap is |x₁| < a/4."""
    return a / 4


def gap_of_data(a: float) -> float:
    """The mass that the blobs themselves have in the gap."""
    near, far = ((a + sign * half_gap(a)) / (SPREAD * math.sqrt(2)) for sign in (-1, 1))
    return 0.5 * (math.erfc(near) - math.erfc(far))


def exact_slope(a: float) -> float:
    """Slope at 0 of the rising map of the line that takes N(0, 1) to the law of x₁: φ(0) / p(0)."""
    return SPREAD * math.exp(min((a / SPREAD) ** 2 / 2, 700.0))


# --- mass ----------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def columns(a: float) -> tuple[Tensor, Tensor]:
    """Places of x₁ and their weights, (columns,): Gauss's rule in the gap and on both sides."""
    g, end = half_gap(a), max(a, 2.0) + 2.5
    parts = []
    for low, high, n in ((-end, -g, OUTSIDE), (-g, g, INSIDE), (g, end, OUTSIDE)):
        nodes, weights = (torch.as_tensor(part) for part in leggauss(n))
        parts.append(((low + high) / 2 + (high - low) / 2 * nodes, (high - low) / 2 * weights))
    return tuple(torch.cat(each) for each in zip(*parts))


def profile(flow: Flow, a: float, *, rows: int = ROWS, dtype=torch.float32) -> Tensor:
    """The density of x₁ in `columns`, (columns,), float64: that of the plane, summed over x₂."""
    x1, x2 = columns(a)[0], torch.linspace(-HIGH, HIGH, rows, dtype=torch.float64)
    p = flow.log_prob(torch.cartesian_prod(x1, x2).to(dtype)).double().exp()
    return p.view(len(x1), rows).sum(1) * (2 * HIGH / (rows - 1))


def in_gap(density: Tensor, a: float) -> float:
    """The mass of the gap under a density of x₁ in `columns`."""
    part = slice(OUTSIDE, OUTSIDE + INSIDE)
    return float(density[part] @ columns(a)[1][part])
