r"""A model along one feature: lines of single rows, their mean, slopes, and where data end.

With x = (x_j, x_{-j}) the individual conditional expectation (ICE) is x_j' ↦ f(x_j', x_{-j}), and
the partial dependence its mean over rows (XAI-02; Friedman 2001, Goldstein et al. 2015). Both ask f
at places (x_j', x_{-j}) where there may be no data at all, which `Support` measures.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

Predict = Callable[[Tensor], Tensor]

FLOOR = 1e-6  # least variance of a direction, of the largest possible 1 of a single feature
BASES = ("none", "wave", "plateau")


def ice(predict: Predict, X: Tensor, j: int, grid: Tensor) -> Tensor:
    """f(x_j', x_{-j}) for each row of X and each x_j' of the grid.

    Args:
        predict: f, rows (N, p) to (N,).
        X: rows, (n, p).
        j: the feature that moves, from 0.
        grid: its values, (m,), in the unit of X.

    Returns:
        One line for each row, (n, m).

    Raises:
        ValueError: no column j.
    """
    if not 0 <= j < X.shape[1]:
        raise ValueError(f"expected j in [0, {X.shape[1] - 1}], got {j}")
    rows = X.repeat_interleave(len(grid), 0)
    rows[:, j] = grid.repeat(len(X))
    return predict(rows).view(len(X), len(grid))


def pdp(predict: Predict, X: Tensor, j: int, grid: Tensor) -> Tensor:
    """The partial dependence, the mean of the lines of `ice`, (m,)."""
    return ice(predict, X, j, grid).mean(0)


def sensitivity(predict: Predict, X: Tensor) -> Tensor:
    """∂f/∂x_j of each row, by automatic differentiation: (n, p) -> (n, p) (XAI-06).

    Per unit of x_j: in a unit c times smaller it is c times smaller. 0 for a model of steps.
    """
    X = X.detach().requires_grad_()
    f = predict(X)
    return torch.autograd.grad(f.sum(), X)[0] if f.requires_grad else torch.zeros_like(X)


def interaction(lines: Tensor, least: float = 0.0) -> float:
    """Which share of the variance along lines (n, m) is not that of their mean, in [0, 1].

    Each line is centred on its own mean; of the variance left, the mean line takes one part and
    what differs from row to row the rest: 0 for parallel lines, 1 where lines move and their mean
    does not. 0 too where no line moves by more than `least`.
    """
    moved = lines - lines.mean(1, keepdim=True)
    apart = moved - moved.mean(0)
    return float(apart.square().sum() / moved.square().sum()) if moved.abs().max() > least else 0.0


def nearby(x: Tensor, y: Tensor, grid: Tensor, width: float) -> Tensor:
    """The mean of y over rows whose x is near a place, for each place of the grid, (m,).

    What can be learned of y from this one feature (XAI-01); weights exp(−d²/(2 width²)).
    """
    weights = torch.softmax(-((grid[:, None] - x) ** 2) / (2 * width**2), dim=1)
    return weights @ y


class Support(NamedTuple):
    """Where rows are, measured by the nearest one; made by `support`."""

    turn: Tensor  # (p, p): distances of rows @ turn are Mahalanobis distances
    rows: Tensor  # the data so turned, (n, p)
    limit: float  # as near as this is the nearest other row of most rows

    def distance(self, X: Tensor) -> Tensor:
        """The distance of each of the places (m, p) to the row nearest to it, (m,)."""
        return torch.cdist(X @ self.turn, self.rows, compute_mode=DIRECT).amin(1)


DIRECT = "donot_use_mm_for_euclid_dist"  # differences, so that a row is 0 away from itself


def support(X: Tensor, most: float = 0.99) -> Support:
    """The support of standardised rows (n, p), n ≥ 3.

    Distances count in standard deviations of each principal direction, so that a place may be far
    off although each of its values is usual: large where the rest says small. A place is off the
    support where no row is as near as `most` of all rows have their own nearest neighbour.
    """
    size, axes = np.linalg.eigh(np.cov(X.numpy().T).reshape(X.shape[1], -1))
    turn = torch.from_numpy(axes / np.sqrt(np.maximum(size, FLOOR)))
    rows = X @ turn
    apart = torch.cdist(rows, rows, compute_mode=DIRECT).fill_diagonal_(torch.inf)
    return Support(turn, rows, float(apart.amin(1).quantile(most)))


class Toy(NamedTuple):
    """f(x₁, x₂) = g(x₁) + x₂ + s x₁x₂ of rows (N, 2); without g and with E X₂ = 0 the mean line
    over x₁ is flat for every s.
    """

    base: str = "none"  # of `BASES`: g = 0, sin 2x₁, or tanh 4x₁
    strength: float = 1.0  # s

    def __call__(self, X: Tensor) -> Tensor:
        a, b = X[:, 0], X[:, 1]
        f = b + self.strength * a * b
        if self.base == "wave":
            return f + torch.sin(2 * a)
        return f + torch.tanh(4 * a) if self.base == "plateau" else f
