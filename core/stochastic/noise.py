r"""Mini-batches: what the mean of B of N gradients is worth.

With C the covariance of the N gradients (divided by N) a batch drawn with replacement has the
covariance C / B, one without replacement C / B · (N − B) / (N − 1). Sources: OPT-09, E-40.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from core.check import require

MOST = 20_000_000  # numbers drawn by one call


class Epoch(NamedTuple):
    """The batches of one pass over all rows; a last one may be smaller."""

    means: Tensor  # mean gradient of each batch, (⌈N/B⌉, d)
    sizes: Tensor  # rows in each batch, (⌈N/B⌉,), int64
    left: Tensor  # mean of the rows not used before each batch, (⌈N/B⌉, d): what its mean is drawn
    # around, given the batches before


def sample_gradients(X: Tensor, y: Tensor, theta: Tensor) -> Tensor:
    """Slopes of ½ (xᵢᵀθ − yᵢ)² for each row, (N, d) for X (N, d), y (N,), theta (d,)."""
    X, y, theta = (torch.as_tensor(each, dtype=torch.float64) for each in (X, y, theta))
    if X.ndim != 2 or y.shape != X.shape[:1] or theta.shape != X.shape[1:]:
        shapes = ", ".join(str(tuple(each.shape)) for each in (X, y, theta))
        raise ValueError(f"expected X (N, d), y (N,), theta (d,), got {shapes}")
    return (X @ theta - y)[:, None] * X


def minibatch_variance(gradients: Tensor, B: int, replacement: bool) -> Tensor:
    """The exact variance of the mean of B gradients drawn at random, per coordinate, (d,).

    Args:
        gradients: one row for each sample, (N, d), finite.
        B: in [1, N].
        replacement: whether a row may be drawn twice.

    Raises:
        ValueError: B outside its range, another shape, an entry that is not finite.
    """
    gradients, N, B = _table(gradients, B)
    variance = gradients.var(0, correction=0) / B
    return variance if replacement else variance * ((N - B) / max(N - 1, 1))


def batch_means(
    gradients: Tensor, B: int, replacement: bool, count: int, generator: torch.Generator
) -> Tensor:
    """Means of `count` independent batches, (count, d).

    Args:
        gradients, B, replacement: as in `minibatch_variance`.
        count: at least 1, and count × N at most 20 million.
    """
    gradients, N, B = _table(gradients, B)
    require("count", count, 1, MOST // N, integer=True)
    if replacement:
        rows = torch.randint(N, (int(count), B), generator=generator)
    else:
        chance = torch.rand(int(count), N, generator=generator, dtype=torch.float64)
        rows = chance.argsort(1)[:, :B]
    times = torch.zeros(int(count), N, dtype=torch.float64)
    times.scatter_add_(1, rows, torch.ones(1, dtype=torch.float64).expand(rows.shape))
    return times @ gradients / B


def epoch(gradients: Tensor, B: int, generator: torch.Generator | None = None) -> Epoch:
    """One pass over all rows in batches of B, shuffled; in their own order without a generator.

    Steps of one length would count the rows of a small last batch more than the others: the mean
    of all rows is that of the batches weighed by their sizes.
    """
    gradients, N, B = _table(gradients, B)
    order = torch.arange(N) if generator is None else torch.randperm(N, generator=generator)
    parts = gradients[order].split(B)
    rest = [torch.cat(parts[i:]).mean(0) for i in range(len(parts))]
    sizes = torch.tensor([len(part) for part in parts])
    return Epoch(torch.stack([part.mean(0) for part in parts]), sizes, torch.stack(rest))


def _table(gradients: Tensor, B: int) -> tuple[Tensor, int, int]:
    gradients = torch.as_tensor(gradients, dtype=torch.float64)
    if gradients.ndim != 2 or not gradients.numel():
        raise ValueError(f"expected gradients of shape (N, d), got {tuple(gradients.shape)}")
    if not bool(gradients.isfinite().all()):
        raise ValueError("expected gradients in (-inf, inf), got an infinite entry or NaN")
    require("B", B, 1, len(gradients), integer=True)
    return gradients, len(gradients), int(B)
