r"""Information from samples: counts, their bias, and nearest neighbours.

Plug-in estimates put shares in the place of masses. Their entropy is too small by about (K − 1)/2n,
with K outcomes seen, so that their information is too large. Sources: Miller 1955; Kraskov,
Stögbauer and Grassberger 2004, estimator 1.
"""

import math

import numpy as np
import torch
from torch import Tensor

from core.check import require
from core.information.laws import column, law, numbers
from core.information.tables import mutual_information

MOST = 50_000  # points of `ksg`
ROOM = 20_000_000  # numbers of one call
OUTCOMES = 1000  # of one variable


def draw_counts(table: Tensor, n: int, repeats: int, generator: torch.Generator) -> Tensor:
    """How often each cell of a table comes up in n draws, (repeats, *shape), float64 of sum n.

    Args:
        table: masses of sum 1, of any number of axes.
        n: in [1, 1e6].
        repeats: independent samples of n; repeats · n and repeats · cells ≤ 2e7.
    """
    table = numbers("table", table)
    table = law("table", table, max(1, table.ndim))
    require("n", n, 1, 1_000_000, integer=True)
    require("repeats", repeats, 1, integer=True)
    require("repeats × max(n, cells)", int(repeats) * max(int(n), table.numel()), 1, ROOM)
    steps = table.flatten().cumsum(0)
    u = torch.rand(int(repeats), int(n), generator=generator, dtype=torch.float64)
    cell = torch.searchsorted(steps / steps[-1], u, right=True)
    counts = torch.zeros(int(repeats), table.numel(), dtype=torch.float64)
    counts.scatter_add_(1, cell, torch.ones_like(u))
    return counts.view(int(repeats), *table.shape)


def tally(x: Tensor, y: Tensor) -> Tensor:
    """How often each pair comes up: x, y whole numbers ≥ 0 of shape (n,), counts [x, y]."""
    x, y = _labels("x", x), _labels("y", y)
    if len(x) != len(y):
        raise ValueError(f"expected as many y as x, {len(x)}, got {len(y)}")
    rows, columns = int(x.max()) + 1, int(y.max()) + 1
    return torch.bincount(x * columns + y, minlength=rows * columns).double().view(rows, columns)


def _labels(name: str, x: Tensor) -> Tensor:
    x = numbers(name, x)
    if x.ndim != 1 or not len(x):
        raise ValueError(f"expected {name} of shape (n,) with n ≥ 1, got {tuple(x.shape)}")
    for each in x[~((x >= 0) & (x < OUTCOMES) & (x == x.floor()))].tolist():
        require(name, each, 0, OUTCOMES - 1, integer=True)
    return x.long()


def plug_in(counts: Tensor) -> Tensor:
    """I of the shares of a table of counts [x, y], (..., k, l): too large on average, in nats."""
    return mutual_information(_shares(counts))


def first_order_bias(counts: Tensor) -> Tensor:
    """(K_XY − K_X − K_Y + 1)/2n: what `plug_in` is too large by, K the numbers of what was seen.

    With a table of masses · n in place of counts it is the expected first-order bias.
    """
    shares = _shares(counts)
    seen = [
        (part > 0).double().flatten(-axes).sum(-1)
        for part, axes in ((shares, 2), (shares.sum(-1), 1), (shares.sum(-2), 1))
    ]
    n = numbers("counts", counts).sum((-2, -1))
    return (seen[0] - seen[1] - seen[2] + 1) / (2 * n)


def miller_madow(counts: Tensor) -> Tensor:
    """`plug_in` less its first-order bias; may be below 0."""
    return plug_in(counts) - first_order_bias(counts)


def _shares(counts: Tensor) -> Tensor:
    counts = numbers("counts", counts)
    if counts.ndim < 2 or not counts.numel():
        raise ValueError(f"expected counts of shape (k, l) or more, got {tuple(counts.shape)}")
    bad = counts[~((counts >= 0) & (counts < math.inf))]
    if len(bad):
        raise ValueError(f"expected counts in [0, inf), got {bad[0].item():g}")
    n = counts.sum((-2, -1), keepdim=True)
    require("least sum of counts", float(n.min()), 0, above=True)
    return counts / n


def normal_pairs(rho: float, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """n pairs of standard normal numbers of correlation ρ in [−1, 1], x (n,) and y (n,)."""
    require("rho", rho, -1, 1)
    require("n", n, 1, 1_000_000, integer=True)
    x, noise = torch.randn(2, int(n), generator=generator, dtype=torch.float64)
    return x, rho * x + math.sqrt((1 - rho) * (1 + rho)) * noise


def ksg(x: Tensor, y: Tensor, k: int) -> float:
    """I(X;Y) in nats from points alone: ψ(k) + ψ(n) − mean of ψ(n_x + 1) + ψ(n_y + 1).

    ε is the distance to the k-th neighbour in the larger of both distances; n_x counts the other
    points with |x − x′| < ε. Small k: little bias, much noise. May be below 0. Rescaling x or y
    changes it a little though it does not change I: give both a like spread.

    Args:
        x, y: n points of a law with a density, (n,) or (n, d), n in [2, 50 000].
        k: in [1, n − 1].

    Raises:
        ValueError: different n, more than k equal points: the law has no density there.
    """
    from scipy.spatial import cKDTree  # slow to import

    x, y = column("x", x).numpy(), column("y", y).numpy()
    if len(x) != len(y):
        raise ValueError(f"expected as many y as x, {len(x)}, got {len(y)}")
    n = int(require("points", len(x), 2, MOST))
    k = int(require("k", k, 1, n - 1, integer=True))
    both = np.hstack([x, y])
    far = cKDTree(both).query(both, [k + 1], p=np.inf)[0][:, 0]
    if not far.all():
        raise ValueError(f"expected x, y with at most {k} equal points, got {(far == 0).sum()}")
    psi = torch.digamma(torch.arange(1, n + 1, dtype=torch.float64)).numpy()  # ψ(1) … ψ(n)
    near = [_nearer(each, far) for each in (x, y)]
    return float(psi[k - 1] + psi[n - 1] - psi[near[0]].mean() - psi[near[1]].mean())


def _nearer(x: np.ndarray, far: np.ndarray) -> np.ndarray:
    """How many other points are nearer than `far`, strictly, in the largest coordinate."""
    if x.shape[1] > 1:
        from scipy.spatial import cKDTree

        inside = np.nextafter(far, 0)
        return cKDTree(x).query_ball_point(x, inside, p=np.inf, return_length=True) - 1
    line = np.sort(x[:, 0])
    # line ± far is rounded: a binary search on the rounded difference itself is strict
    below = _first(len(line), lambda at: x[:, 0] - line[at] < far)
    above = _first(len(line), lambda at: line[at] - x[:, 0] >= far)
    return above - below - 1


def _first(n: int, holds) -> np.ndarray:
    """For each point the first place in [0, n] from which on the rising condition holds."""
    low, high = 0, n
    for _ in range(n.bit_length()):
        middle = (np.asarray(low) + high) // 2
        inside = np.minimum(middle, n - 1)
        true = holds(inside) | (middle >= n)
        low, high = np.where(true, low, middle + 1), np.where(true, middle, high)
        low = np.minimum(low, high)
    return np.asarray(high)
