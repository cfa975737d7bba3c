r"""Randomised smoothing: a certificate for any classifier, from how it reads noisy copies.

The smoothed classifier g(x) says the class that f says most often of x + N(0, σ²I). If f says A
with probability at least p > ½, then g says A everywhere within σ Φ⁻¹(p) in L₂. The probability is
estimated from n noisy copies; its lower Clopper-Pearson bound makes the radius a statement that is
false with probability at most α, for each point. A linear classifier is its own smoothed one, and
the radius is at most its distance to the boundary.

Source: Cohen, Rosenfeld, Kolter 2019, theorem 1 and the procedure CERTIFY.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from scipy.special import betaincinv
from torch import Tensor

from core.check import require

ROWS = 2**17  # noisy points that are read at once
MOST = 1_000_000  # noisy copies of a point


class Smoothed(NamedTuple):
    """What g says of each of m points, and how far that is certain."""

    label: Tensor  # the class g is thought to say, (m,), int64
    count: Tensor  # noisy copies of the n that f reads so, (m,), int64
    lower: Tensor  # a bound below the probability that f reads a copy so, (m,), float64
    radius: Tensor  # σ Φ⁻¹(lower); 0 where lower ≤ ½: it abstains, (m,), float64

    @property
    def abstains(self) -> Tensor:
        """Where nothing is certified, (m,) bool."""
        return self.lower <= 0.5


@torch.no_grad()
def smoothed_radius(
    model: Callable[[Tensor], Tensor],
    x: Tensor,
    sigma: float,
    *,
    n: int = 1000,
    n0: int = 100,
    alpha: float = 0.001,
    generator: torch.Generator,
) -> Smoothed:
    """The class of the smoothed classifier at each point and a radius within which it stays.

    n0 noisy copies choose the class, n others count it. All points share the noise, so a grid of
    points costs n + n0 draws only; each certificate holds on its own.

    Args:
        model: (rows, d) -> scores (rows, K).
        x: points, (m, d).
        sigma: standard deviation of the noise, above 0.
        n, n0: noisy copies, in [1, 1 000 000].
        alpha: how often the radius of a point may be too large, in (0, 1).
        generator: of the noise, drawn on its device.

    Raises:
        ValueError: a value outside its range, or points of another shape.
    """
    require("sigma", sigma, 0, above=True)
    for name, value in (("n", n), ("n0", n0)):
        require(name, value, 1, MOST, integer=True)
    require("alpha", alpha, 0, 1, above=True, below=True)
    if x.ndim != 2 or not len(x):
        raise ValueError(f"expected x of shape (m, d), got {tuple(x.shape)}")
    label = votes(model, x, sigma, int(n0), generator=generator).argmax(-1)
    counts = votes(model, x, sigma, int(n), generator=generator)
    count = counts.gather(-1, label[:, None])[:, 0]
    lower = lower_bound(count, int(n), alpha)
    return Smoothed(label, count, lower, certificate(lower, sigma))


@torch.no_grad()
def votes(
    model: Callable[[Tensor], Tensor],
    x: Tensor,
    sigma: float,
    n: int,
    *,
    generator: torch.Generator,
) -> Tensor:
    """How often the model reads each class in n noisy copies of each point, (m, d) -> (m, K)."""
    m, d = x.shape
    counts, left = None, n
    while left:
        some = min(left, max(1, ROWS // m))
        left -= some
        noise = torch.randn(some, d, generator=generator, dtype=x.dtype, device=generator.device)
        noisy = x[:, None] + sigma * noise.to(x.device)
        scores = model(noisy.reshape(-1, d))
        K = scores.shape[-1]
        rows = torch.arange(m, device=x.device)[:, None] * K
        cells = rows + scores.argmax(-1).view(m, some)
        found = cells.flatten().bincount(minlength=m * K).view(m, K)
        counts = found if counts is None else counts + found
    return counts


def lower_bound(count: Tensor, n: int | Tensor, alpha: float) -> Tensor:
    """The lower Clopper-Pearson bound of a probability, at level 1 − α, float64.

    The p at which `count` or more of n would happen with probability α; 0 where count is 0.
    """
    require("alpha", alpha, 0, 1, above=True, below=True)
    if count.min() < 0 or (count > n).any():
        raise ValueError(f"expected count in [0, {n}], got {count.min()} to {count.max()}")
    k, rest = count.cpu().double(), (n - count).cpu().double()
    p = torch.from_numpy(betaincinv(k.clamp(min=1).numpy(), rest.numpy() + 1, alpha))
    return torch.where(count > 0, p.to(count.device), 0.0)


def certificate(lower: Tensor, sigma: float) -> Tensor:
    """σ Φ⁻¹(p) where p > ½, else 0."""
    return sigma * torch.special.ndtri(lower.clamp(min=0.5))


def largest_radius(sigma: float, n: int, alpha: float) -> float:
    """What n copies certify at most, when all are read alike: σ Φ⁻¹(α^(1/n))."""
    require("sigma", sigma, 0, above=True)
    require("n", n, 1, MOST, integer=True)
    require("alpha", alpha, 0, 1, above=True, below=True)
    lower = torch.tensor(math.exp(math.log(alpha) / n), dtype=torch.float64)
    return float(certificate(lower, sigma))
