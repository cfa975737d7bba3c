"""A perfect net and a few points: with n training points and nothing else, it gives those back."""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core import plane
from core.check import require
from core.diffusion import ddim, from_betas, schedule
from core.rng import generator
from core.signature import Own, between, declared
from core.toy import cloud

SOURCES = ("moons", "ring", "blobs", "drawn")
PLACES = ("data", "mine")
SAMPLES = 150
STEPS = 24
COPY = 0.05  # a sample nearer to a training point than this is called a copy of it
FEWEST, MOST = 3, 60
REACH = 3.0
PLAN = schedule("linear", 1000)
# DDIM on some of the 1000 steps, closer together towards the data
TIMES = [0, *(max(i, round(1000 * (i / STEPS) ** 2)) for i in range(1, STEPS + 1))]
LEVELS = PLAN.alpha_bar[TIMES]
SHORT = from_betas(1 - LEVELS[1:] / LEVELS[:-1])
WIDTHS = torch.logspace(-2, 0, 25, dtype=torch.float64)
INSIDE = range(2, plane.SIDE - 2)
DRAWING = ",".join(  # an X, in the cells of core.plane
    " ".join(
        str(int(i in INSIDE and j in INSIDE and min(abs(i - j), abs(i + j - 15)) < 2))
        for j in range(plane.SIDE)
    )
    for i in range(plane.SIDE)
)


class Memory(NamedTuple):
    """Samples of the best net for the training points, on their way from noise."""

    points: Tensor  # training points, shape (n, 2)
    fresh: Tensor  # new points of the same law, none in training, shape (m, 2); m may be 0
    h: float  # width of the smoothing
    path: Tensor  # samples at TIMES from noise down to 0, shape (STEPS + 1, samples, 2)

    samples = property(lambda self: self.path[-1])  # shape (samples, 2)
    near = property(lambda self: nearest(self.samples, self.points))  # shape (samples,)
    fresh_near = property(lambda self: nearest(self.fresh, self.points))  # shape (m,)
    copies = property(lambda self: share(self.near))  # share of the samples that are copies

    def given(self, i: int) -> int:
        """Number of samples to which training point i is the nearest."""
        return int((torch.cdist(self.samples, self.points).argmin(1) == i).sum())

    @property
    def best(self) -> float:
        """The width among WIDTHS for which new points are likeliest; 0 without new points."""
        _, new = likelihoods(self.points, self.fresh)
        return float(WIDTHS[new.argmax()]) if len(self.fresh) else 0.0


@declared
def memory(
    data: Annotated[Literal[SOURCES], Own("table")] = "moons",
    n: Annotated[int, between(FEWEST, MOST)] = 12,
    h: Annotated[float, between(0, 1)] = 0.0,
    seed: Annotated[int, between(0, 2**63 - 1)] = 1,
    place: Literal[PLACES] = "data",
    x: Annotated[float, between(-REACH, REACH)] = 0.0,
    y: Annotated[float, between(-REACH, REACH)] = 0.0,
    drawing: str = DRAWING,
) -> Memory:
    """The best prediction for n training points, exactly, and what DDIM makes of noise with it.

    Args:
        data: where the points come from; a table of two columns gives n of its rows, the others
            are the new points.
        n: number of training points; all rows of a table that has fewer.
        h: every training point stands for N(point, h² I), as a net that is less sure has it.
        seed: of points and starting noise.
        place: of the first training point, as the data have it or at (x, y).
        drawing: painted cells, see `core.plane`; points are uniform on them where data is drawn.

    Sources: DDPM-05, DDPM-08.
    """
    points, fresh = _drawn(data, n, seed, drawing)
    if place == "mine":
        points = torch.cat([torch.tensor([[x, y]], dtype=torch.float64), points[1:]])
    noise = torch.randn(SAMPLES, 2, generator=generator(_other(seed)), dtype=torch.float64)
    states = ddim(predictor(points, h), noise, SHORT, STEPS)
    return Memory(points, fresh, h, torch.stack([state.x for state in states]))


def predictor(points: Tensor, h: float) -> Callable[[Tensor, int], Tensor]:
    """`exact_eps` of equal Gaussians of width h on the points, at the steps of SHORT."""
    half = points.square().sum(1) / 2

    def eps(x: Tensor, t: int) -> Tensor:
        level = float(LEVELS[t])
        root, kept = math.sqrt(level), level * h * h + 1 - level
        shares = (torch.addmm(-level * half, x, points.T, alpha=root) / kept).softmax(1)
        return math.sqrt(1 - level) / kept * torch.addmm(x, shares, points, alpha=-root)

    return eps


def nearest(x: Tensor, points: Tensor) -> Tensor:
    """Distance of every x to the nearest of the points, shape (len(x),)."""
    return torch.cdist(x, points, compute_mode="donot_use_mm_for_euclid_dist").amin(1)


def share(near: Tensor) -> float:
    """Of distances that make a copy; 0 of none."""
    return float((near <= COPY).double().mean()) if len(near) else 0.0


def likelihoods(points: Tensor, fresh: Tensor) -> tuple[Tensor, Tensor]:
    """Mean log density of training and of new points for each of WIDTHS, shapes (widths,)."""
    return _likelihoods(points.numpy().tobytes(), fresh.numpy().tobytes())


@lru_cache(maxsize=64)
def _likelihoods(points: bytes, fresh: bytes) -> tuple[Tensor, Tensor]:
    points, fresh = (torch.tensor(np.frombuffer(b).reshape(-1, 2)) for b in (points, fresh))
    spread, n = WIDTHS[:, None].square(), len(points)
    found = []
    for at in (points, fresh):
        far = torch.cdist(at, points).square()
        log = (far / (-2 * spread[..., None])).logsumexp(-1) - (2 * math.pi * n * spread).log()
        found.append(log.mean(1) if len(at) else torch.zeros(len(WIDTHS), dtype=torch.float64))
    return found[0], found[1]


@lru_cache(maxsize=64)
def _drawn(data: str, n: int, seed: int, drawing: str) -> tuple[Tensor, Tensor]:
    """Training points and new ones, the first n the same for every n."""
    require("n", n, FEWEST, MOST, integer=True)
    random = generator(seed)
    if data not in SOURCES:
        rows = plane.read(data)
        rows = rows[torch.randperm(len(rows), generator=random)]
        return rows[:n], rows[n : n + SAMPLES]
    total = MOST + SAMPLES
    if data == "drawn":
        rows = plane.drawn(drawing, total, generator=random)
    else:
        rows = cloud(data, total, generator=random)
    return rows[:n], rows[MOST:]


def _other(seed: int) -> int:
    """A seed of its own for the noise."""
    return seed ^ 1 << 62
