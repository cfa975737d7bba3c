"""A normal law fitted to few points, again and again: what its variance is in the mean."""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core import plane
from core.check import require
from core.probability import covariance, rank
from core.rng import generator
from core.signature import Own, between, declared

SOURCES = ("normal", "drawn")
DIVISORS = ("ml", "unbiased")
MOST = 50  # points of one sample
DRAWN = 1000  # points that stand for a drawing
DRAWING = plane.sketch(  # two heaps
    *["." * 16] * 3,
    *["...####........."] * 4,
    *["." * 16] * 3,
    *["........######.."] * 3,
    *["." * 16] * 3,
)
TRUE = torch.tensor([[1.0, 0.5], [0.5, 1.0]], dtype=torch.float64)


class Source(NamedTuple):
    """Where the points come from."""

    points: Tensor | None  # each as likely as any other, (k, 2); None of the normal law
    mean: Tensor  # (2,)
    Sigma: Tensor  # (2, 2)
    fourth: float  # E(x − μ)⁴ of the first coordinate


class Fitting(NamedTuple):
    """The first sample, and the variance of the first coordinate by all of them."""

    n: int
    points: Tensor  # (n, 2)
    mean: Tensor  # of these, (2,)
    Sigma: Tensor  # fitted to these, (2, 2)
    rank: int  # of Σ: below 2 there is no density
    values: Tensor  # σ̂² of every sample, (repetitions,)
    average: float  # of them
    course: Tensor  # the same for 2, …, MOST points, (MOST − 1,)
    truth: float  # σ² of the source
    correction: int  # what is taken off n in the divisor

    @property
    def exact(self) -> float:
        """What the average tends to."""
        return self.truth * (self.n - 1) / (self.n - self.correction)

    @property
    def repetitions(self) -> int:
        return len(self.values)


@declared
def fitting(
    n: Annotated[int, between(2, MOST)] = 5,
    divisor: Literal[DIVISORS] = "ml",
    repetitions: Annotated[int, between(100, 10_000)] = 5000,
    data: Annotated[Literal[SOURCES], Own("table")] = "normal",
    seed: Annotated[int, between(0, 2**63 - 1)] = 1,
    drawing: str = DRAWING,
) -> Fitting:
    """Fit a normal law to n points, and its variance to n points many times.

    Args:
        n: points in a sample.
        divisor: of the sum of squares: n, the maximum of the likelihood, or n − 1.
        repetitions: number of samples.
        data: a normal law with variances 1, the painted cells, or a table of two columns, whose
            rows are drawn with replacement.

    Sources: PROB-29.
    """
    require("n", n, 2, MOST, integer=True)
    require("repetitions", repetitions, 100, 10_000, integer=True)
    correction = int(divisor == "unbiased")
    drawing = drawing if data == "drawn" else ""
    first, squares, mean = _samples(data, int(repetitions), seed, drawing)
    points, values = first[:n], squares[n - 2] / (n - correction)
    course = mean / (torch.arange(2, MOST + 1) - correction)
    truth = float(source(data, drawing).Sigma[0, 0])
    return Fitting(
        n, points, points.mean(0), covariance(points, correction), rank(points), values,
        float(values.mean()), course, truth, correction,
    )  # fmt: skip


@lru_cache(maxsize=16)
def source(data: str, drawing: str) -> Source:
    """The law that points are drawn from."""
    if data == "normal":
        return Source(None, torch.zeros(2, dtype=torch.float64), TRUE, 3.0)
    random = generator(0)
    rows = plane.drawn(drawing, DRAWN, generator=random) if data == "drawn" else plane.read(data)
    off = rows - rows.mean(0)
    return Source(rows, rows.mean(0), covariance(rows), float((off[:, 0] ** 4).mean()))


@lru_cache(maxsize=4)
def _samples(data: str, repetitions: int, seed: int, drawing: str) -> tuple[Tensor, ...]:
    """The first sample, (MOST, 2); of all, Σ (x − x̄)² of the first coordinate for 2, …, MOST
    points, (MOST − 1, repetitions), and the mean of that over the samples, (MOST − 1,).
    """
    first, x = draws(data, repetitions, seed, drawing)
    sizes = torch.arange(2, MOST + 1, dtype=torch.float64)[:, None]
    squares = (x * x).cumsum(0)[1:] - x.cumsum(0)[1:].square() / sizes
    squares.clamp_(min=0.0)
    return first, squares, squares.mean(1)


def draws(data: str, repetitions: int, seed: int, drawing: str) -> tuple[Tensor, Tensor]:
    """The first sample, (MOST, 2), and the first coordinate of all, (MOST, repetitions)."""
    of, random = source(data, drawing), generator(seed)
    if of.points is None:
        x = torch.randn(MOST, repetitions, generator=random, dtype=torch.float64)
        other = torch.randn(MOST, generator=random, dtype=torch.float64)
        rho = float(TRUE[0, 1])
        first = torch.stack([x[:, 0], rho * x[:, 0] + math.sqrt(1 - rho**2) * other], 1)
    else:
        which = torch.randint(len(of.points), (MOST, repetitions), generator=random)
        first, x = of.points[which[:, 0]], (of.points[:, 0] - of.mean[0])[which]
    return first, x
