r"""Points in the plane as a law of 1/n each: rectangles, a linear map, weighted sums.

The clouds are placed, not left to chance: mean 0 and, but for the three points and those of one's
own, variances σ₁² and σ₂² with the correlation 0 or, on the normal cloud, ρ, all exactly.
"""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core import plane
from core.probability import cloud, covariance, rectangles, weighted_variance
from core.rng import generator
from core.signature import Own, between, declared

VIEWS = ("areas", "map", "weights")
SHAPES = ("gauss", "grid", "ring", "three", "cross", "signs", "drawn")
N, SIDE, MOST = 60, 8, 400
CUT = 0.5  # a coordinate is low or high from so many standard deviations beside its mean on
TIE = 1e-12  # of the largest coordinate: nearer to the cut is no farther than the cut
DRAWING = plane.sketch(
    *["." * 16] * 3,
    *["." * 9 + "####..."] * 2,
    "..........###...",
    "........####....",
    ".......####.....",
    "......####......",
    ".....####.......",
    "....####........",
    "...###..........",
    *["...####........."] * 2,
    *["." * 16] * 2,
)


class Moments(NamedTuple):
    """What n points of probability 1/n each have for moments, before and after the map."""

    points: Tensor  # the first can be moved, (n, 2)
    mean: Tensor  # (2,)
    sigma: Tensor  # covariance matrix, (2, 2)
    areas: Tensor  # signed rectangle of each point, (n,)
    cells: Tensor  # probability of x low, middle, high (rows) and y (columns), (3, 3)
    image: Tensor  # Ax + b of each point, (n, 2)
    spread: Tensor  # covariance matrix of these, (2, 2)
    own: float  # Σ aᵢ² Var Xᵢ
    shared: float  # 2 a₁ a₂ Cov

    covariance = property(lambda self: float(self.sigma[0, 1]))
    sds = property(lambda self: self.sigma.diagonal().clamp(min=0).sqrt())
    most = property(lambda self: float(self.sds.prod()))  # Cauchy and Schwarz's bound
    correlation = property(lambda self: self.covariance / self.most if self.most > 1e-12 else 0.0)
    variance = property(lambda self: self.own + self.shared)

    @property
    def excess(self) -> Tensor:
        """P(cell) − P(row) P(column), (3, 3): 0 where X and Y are independent."""
        return self.cells - self.cells.sum(1, keepdim=True) * self.cells.sum(0)


@declared
def moments(
    view: Literal[VIEWS] = "areas",
    shape: Annotated[Literal[SHAPES], Own("table")] = "gauss",
    rho: Annotated[float, between(-1, 1)] = 0.6,
    s1: Annotated[float, between(0.1, 3)] = 1.0,
    s2: Annotated[float, between(0.1, 3)] = 1.0,
    dx: Annotated[float, between(-20, 20)] = 0.0,
    dy: Annotated[float, between(-20, 20)] = 0.0,
    a11: Annotated[float, between(-2, 2)] = 1.0,
    a12: Annotated[float, between(-2, 2)] = 0.0,
    a21: Annotated[float, between(-2, 2)] = 0.0,
    a22: Annotated[float, between(-2, 2)] = 1.0,
    b1: Annotated[float, between(-3, 3)] = 0.0,
    b2: Annotated[float, between(-3, 3)] = 0.0,
    w1: Annotated[float, between(-2, 2)] = 0.5,
    w2: Annotated[float, between(-2, 2)] = 0.5,
    seed: Annotated[int, between(0, 2**63 - 1)] = 1,
    drawing: str = DRAWING,
) -> Moments:
    """Moments of a cloud, of its image under Ax + b and of a weighted sum of its coordinates.

    Args:
        view: which of the three is looked at.
        shape: of the cloud; a table of two columns gives its rows, of more than 400
            every second, third, …
        rho: correlation of the normal cloud.
        s1, s2: both coordinates are multiplied by them.
        dx, dy: how far the first point is moved from its place.
        a11, a12, a21, a22: of A.
        b1, b2: of b.
        w1, w2: weights of the sum.
        seed: of the normal cloud and of the points in a drawing.
        drawing: painted cells, see `core.plane`.

    Sources: PROB-09 to PROB-12, PROB-14, PROB-17, ANA-04.
    """
    points = placed(shape, rho, s1, s2, seed, drawing).clone()
    points[0] += torch.tensor([dx, dy], dtype=torch.float64)
    A = torch.tensor([[a11, a12], [a21, a22]], dtype=torch.float64)
    image = points @ A.T + torch.tensor([b1, b2], dtype=torch.float64)
    sigma = covariance(points)
    weights = torch.tensor([w1, w2], dtype=torch.float64)
    sum_ = weighted_variance(weights, sigma)
    return Moments(
        points, points.mean(0), sigma, rectangles(points), counted(points, sigma), image,
        covariance(image), *sum_,
    )  # fmt: skip


def chance(shape: str) -> bool:
    """Whether the seed has a say in the cloud."""
    return shape in ("gauss", "drawn")


def counted(points: Tensor, sigma: Tensor) -> Tensor:
    """Share of the points in nine cells, (3, 3): each coordinate low, near its mean or high."""
    off = points - points.mean(0)
    edge = CUT * sigma.diagonal().sqrt() + TIE * points.abs().amax(0)
    third = (off > edge).long() - (off < -edge).long() + 1
    counts = torch.bincount(third[:, 0] * 3 + third[:, 1], minlength=9)
    return counts.reshape(3, 3).double() / len(points)


@lru_cache(maxsize=64)
def placed(shape: str, rho: float, s1: float, s2: float, seed: int, drawing: str) -> Tensor:
    """The points before one is moved, the one farthest to the upper right first, (n, 2)."""
    points = _unit(shape, rho, seed, drawing) * torch.tensor([s1, s2], dtype=torch.float64)
    first = int((points / points.std(0).clamp(min=1e-12)).sum(1).argmax())
    return torch.cat([points[first:], points[:first]])


def _unit(shape: str, rho: float, seed: int, drawing: str) -> Tensor:
    if shape == "gauss":
        x, y = _white(cloud("gauss", N, generator(seed))).T
        return torch.stack([x, rho * x + (1 - rho * rho) ** 0.5 * y], 1)
    if shape == "grid":
        q = _quantiles(SIDE)
        return _scaled(torch.cartesian_prod(q, q))
    if shape == "ring":
        turn = 2 * torch.pi * (torch.arange(N, dtype=torch.float64) + 0.5) / N
        return 2**0.5 * torch.stack([turn.cos(), turn.sin()], 1)
    if shape == "three":
        return torch.tensor([[1.0, 1.0], [0.0, 0.0], [-1.0, 1.0]], dtype=torch.float64)
    if shape == "cross":
        along = torch.linspace(-1, 1, N // 2, dtype=torch.float64)
        other = torch.zeros_like(along)
        pairs = torch.stack([along, other], 1), torch.stack([other, along], 1)
        return _scaled(torch.cat(pairs))
    if shape == "signs":
        x = _quantiles(N // 2)
        return _scaled(torch.cat([torch.stack([x, x], 1), torch.stack([x, -x], 1)]))
    if shape == "drawn":
        return plane.drawn(drawing, N, generator=generator(seed))
    rows = plane.read(shape)
    return rows[:: -(-len(rows) // MOST)]


def _quantiles(n: int) -> Tensor:
    """Of the normal law, (n,)."""
    return torch.special.ndtri((torch.arange(n, dtype=torch.float64) + 0.5) / n)


def _scaled(points: Tensor) -> Tensor:
    """Mean 0 and variances 1."""
    points = points - points.mean(0)
    return points / points.square().mean(0).sqrt()


def _white(points: Tensor) -> Tensor:
    """Mean 0 and the covariance matrix of the identity."""
    points = points - points.mean(0)
    root = torch.linalg.cholesky(covariance(points))
    return torch.linalg.solve_triangular(root, points.T, upper=False).T
