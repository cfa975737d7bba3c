r"""How far two clouds of points are from each other, measured on samples of them.

==============  ==========================================================  =================
jsd             of histograms on a fixed grid, in nats; biased upwards      0 … log 2
sliced_w1       W₁ of the shadows on lines, averaged over directions        ≥ 0, a length
mmd             E k(x, x′) + E k(y, y′) − 2 E k(x, y), unbiased estimate    may be below 0
==============  ==========================================================  =================

None is 0 for two samples of one law. What such a pair gives is the floor: nothing below it can be
told from perfect. Sources: Lin 1991 (JSD), Bonneel et al. 2015 (sliced), Gretton et al. 2012 (MMD).
"""

import math

import torch
from torch import Tensor

from core.check import require
from core.gan.data import plane
from core.gan.values import jensen_shannon

REACH = 3.0  # half the side of the square that histograms and fields cover
BINS = 24  # of a histogram on each side
DIRECTIONS = 32
BANDWIDTH = 0.5  # σ of the Gaussian kernel


def histogram(points: Tensor, *, bins: int = BINS, reach: float = REACH) -> Tensor:
    """Shares of the points in bins × bins cells of [−reach, reach]², and outside of it.

    Returns:
        Shape (bins² + 1,), float64, of sum 1; cell (i, j), row i from below, is number i bins + j,
        and the last one is everything outside.
    """
    require("bins", bins, 1, 1000, integer=True)
    require("reach", reach, 0, above=True)
    points = plane("points", points)
    at = ((points + reach) * (bins / (2 * reach))).floor().clamp(-1, bins).long()
    inside = ((at >= 0) & (at < bins)).all(1)
    number = torch.where(inside, at[:, 1] * bins + at[:, 0], bins * bins)
    return torch.bincount(number, minlength=bins * bins + 1).double() / len(points)


def jsd(x: Tensor, y: Tensor, *, bins: int = BINS, reach: float = REACH) -> float:
    """Jensen–Shannon divergence of the two histograms, in [0, log 2].

    Few points for many cells make it too large: two samples of one law differ in most cells.
    """
    one, other = (histogram(each, bins=bins, reach=reach) for each in (x, y))
    return float(jensen_shannon(one, other, 1.0))


def directions(count: int) -> Tensor:
    """Unit vectors at the angles 0, π/count, 2π/count, …, shape (count, 2)."""
    angle = torch.arange(count, dtype=torch.float64) * (math.pi / count)
    return torch.stack([angle.cos(), angle.sin()], 1)


def sliced_w1(x: Tensor, y: Tensor, *, count: int = DIRECTIONS) -> float:
    """The mean over evenly spread directions of W₁ of the points' shadows on them.

    Args:
        x, y: equally many points, shape (n, 2).

    Raises:
        ValueError: clouds of different sizes.
    """
    require("count", count, 1, 10_000, integer=True)
    x, y = plane("x", x), plane("y", y)
    if len(x) != len(y):
        raise ValueError(f"expected equally many points, got {len(x)} and {len(y)}")
    lines = directions(int(count)).T
    return float(((x @ lines).sort(0).values - (y @ lines).sort(0).values).abs().mean())


def mmd(x: Tensor, y: Tensor, *, bandwidth: float = BANDWIDTH) -> float:
    """MMD² with k(a, b) = exp(−‖a − b‖² / 2σ²): the unbiased estimate, no point paired with itself.

    Args:
        x, y: at least two points each, shape (n, 2).
        bandwidth: σ > 0.
    """
    require("bandwidth", bandwidth, 0, above=True)
    x, y = plane("x", x), plane("y", y)
    if min(len(x), len(y)) < 2:
        raise ValueError(f"expected at least two points, got {min(len(x), len(y))}")
    own = (_alike(x, bandwidth), len(x)), (_alike(y, bandwidth), len(y))
    both = _kernel(x, y, bandwidth).mean()
    return float(sum((total - n) / (n * (n - 1)) for total, n in own) - 2 * both)


def _kernel(x: Tensor, y: Tensor, bandwidth: float) -> Tensor:
    return torch.cdist(x, y).square_().div_(-2 * bandwidth * bandwidth).exp_()


def _alike(x: Tensor, bandwidth: float) -> Tensor:
    """Σ k(xᵢ, xⱼ) over all pairs; the n of a point with itself are 1 each."""
    return _kernel(x, x, bandwidth).sum()
