"""Points in the plane that a flow learns, the densities behind them, and what can be reached.

No model has a mean of −ln p on fresh points below the entropy of their law, −∫ p ln p (FLOW-06);
one Gaussian with the mean and the covariance of the points is what any flow has to beat.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import torch
from numpy.polynomial.legendre import leggauss
from torch import Tensor

from core.check import choose, require
from core.diffusion import Mixture
from core.gan.data import modes, plane
from core.toy import CLOUDS, cloud

DATA = (*CLOUDS, "two")
PAIR, SPREAD = ((-2.0, 0.0), (2.0, 0.0)), 0.4  # centres and width of "two"
FINE = 160  # bells that stand for a curve
CELLS, SIDE = 120, 4.8  # of the quadrature behind an entropy
BLOCK = 2000  # points whose distances to all bells are held at once


class Gaussian(NamedTuple):
    """A normal law in the plane."""

    mean: Tensor  # (2,)
    cov: Tensor  # (2, 2)

    def log_prob(self, x: Tensor) -> Tensor:
        """ln p(x), (..., 2) -> (...)."""
        off = (x - self.mean)[..., None]
        far = (off.mT @ torch.linalg.solve(self.cov, off))[..., 0, 0]
        return -0.5 * far - 0.5 * self.cov.logdet() - math.log(2 * math.pi)


def sample(name: str, n: int, *, generator: torch.Generator) -> Tensor:
    """n independent points, shape (n, 2), float64: a `core.toy.cloud`, or two.

    two: two round bells of width 0.4 at (−2, 0) and (2, 0).

    Raises:
        ValueError: unknown name, or n outside [1, 1e6].
    """
    choose("data", name, DATA)
    if name != "two":
        return cloud(name, n, generator=generator)
    require("n", n, 1, 1_000_000, integer=True)
    return law("two").sample(int(n), generator)


def law(name: str) -> Mixture:
    """The law behind `sample` as bells, all but exactly: of a curve, 160 of its places.

    Raises:
        ValueError: a name that is not in `DATA`, or checker, which is no mixture.
    """
    choose("data", name, tuple(each for each in DATA if each != "checker"))
    if name == "two":
        return Mixture([0.5, 0.5], PAIR, SPREAD)
    if name == "blobs":
        return Mixture([1 / 8] * 8, modes("ring"), 0.1)
    if name == "ring":
        angle = 2 * math.pi * torch.arange(FINE, dtype=torch.float64) / FINE
        return Mixture([1 / FINE] * FINE, 2 * torch.stack([angle.cos(), angle.sin()], 1), 0.1)
    nodes, weights = (torch.as_tensor(part) for part in leggauss(FINE // 2))
    angle = math.pi * (nodes + 1) / 2
    upper = torch.stack([angle.cos() - 0.5, angle.sin() - 0.25], 1)
    lower = torch.stack([0.5 - angle.cos(), 0.25 - angle.sin()], 1)
    return Mixture(torch.cat([weights, weights]) / 4, 1.5 * torch.cat([upper, lower]), 0.08)


def log_density(name: str, x: Tensor) -> Tensor:
    """ln p of the law behind `sample`, (..., 2) -> (...), float64; −∞ on a white square."""
    x = torch.as_tensor(x).double()
    if name == "ring":
        r, variance = x.norm(dim=-1), 0.1**2
        bent = torch.special.i0e(2 * r / variance).log()
        return bent - (r - 2).square() / (2 * variance) - math.log(2 * math.pi * variance)
    if name != "checker":
        of, rows = law(name), x.reshape(-1, 2)
        return torch.cat([of.log_density(part) for part in rows.split(BLOCK)]).view(x.shape[:-1])
    cell = x.floor()
    black = (cell.sum(-1) % 2 == 0) & (x >= -2).all(-1) & (x < 2).all(-1)
    return torch.full_like(x[..., 0], -math.log(8)).where(black, -math.inf)


@lru_cache(maxsize=len(DATA))
def entropy(name: str) -> float:
    """−∫ p ln p of the law behind `sample`, in nats, by quadrature: ln 8 for checker."""
    choose("data", name, DATA)
    if name == "checker":
        return math.log(8)
    x = grid(SIDE, CELLS)
    log_p = log_density(name, x)
    p = log_p.exp()
    return -float((p * log_p.where(p > 0, 0.0)).sum()) * (2 * SIDE / CELLS) ** 2


def grid(reach: float, cells: int) -> Tensor:
    """Middles of cells × cells equal cells of [−reach, reach]², row by row from below, float64."""
    require("reach", reach, 0, 1e6, above=True)
    require("cells", cells, 1, 4000, integer=True)
    at = (torch.arange(int(cells), dtype=torch.float64) + 0.5) * (2 * reach / cells) - reach
    y, x = torch.meshgrid(at, at, indexing="ij")
    return torch.stack([x, y], -1).reshape(-1, 2)


def gaussian(points: Tensor) -> Gaussian:
    """The Gaussian of greatest likelihood: mean and covariance of the points (n, 2), n ≥ 3.

    Raises:
        ValueError: points of another shape, or all on one line.
    """
    points = plane("points", points)
    require("the number of points", len(points), 3)
    mean = points.mean(0)
    cov = (points - mean).T @ (points - mean) / len(points)
    low, high = torch.linalg.eigvalsh(cov).tolist()
    if not low > 1e-12 * high:
        raise ValueError("expected points that are not all on one line, got a flat covariance")
    return Gaussian(mean, cov)


def nll(model, points: Tensor) -> float:
    """The mean of −ln p over points (n, 2), for a model with `log_prob`: nats for each point."""
    return -float(model.log_prob(plane("points", points)).mean())
