r"""Averages along a run, and their exact mean squares on a parabola.

With x_k = a_k x_{k−1} + b_k ξ_k, a = 1 − αλ and b = −ασ, the sum S_k = x₁ + … + x_k and the mean
EMA_k = (1 − β) EMA_{k−1} + β x_k are linear in what came before: the second moments of (x, S) and
of (x, EMA) go on by a recursion of three numbers. β is the weight of the *new* value. Sources:
OPT-11, E-42, E-43.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import require
from core.stochastic.chains import kept, schedule


class Averages(NamedTuple):
    """Exact mean squares after some steps, each (len(at),)."""

    at: Tensor  # the steps, int64
    last: Tensor  # E x²
    mean: Tensor  # of the mean of x₁ … x_t
    ema: Tensor
    tail: Tensor  # of the mean of the last share of x₁ … x_t


def averages(x: Tensor, beta: float | Tensor) -> tuple[Tensor, Tensor]:
    """(running mean, EMA) of the iterates x₁ … x_T along the first dimension, shaped like x.

    Args:
        x: (T, ...), without the start x₀.
        beta: weight of the new value in (0, 1]; one for each step as (T,) makes 1/t the mean. The
            EMA begins at x₁.

    Raises:
        ValueError: beta outside its range, no step.
    """
    x = _steps(x)
    weights = torch.as_tensor(beta, dtype=torch.float64)
    if weights.shape not in ((), (len(x),)):
        raise ValueError(f"expected beta a number or ({len(x)},), got {tuple(weights.shape)}")
    for end in (weights.min(), weights.max()):
        require("beta", end.item(), 0, 1, above=True)
    ema = x.clone()
    for k, weight in enumerate(weights.expand(len(x)).tolist()[1:], 1):
        torch.lerp(ema[k - 1], x[k], weight, out=ema[k])
    return x.cumsum(0) / _count(x), ema


def tail_average(x: Tensor, share: float = 0.5) -> Tensor:
    """The mean of the last ⌈share · t⌉ of x₁ … x_t for every t, shaped like x; share in (0, 1]."""
    x, t = _steps(x), torch.arange(1, len(x) + 1)
    total = torch.cat([torch.zeros_like(x[:1]), x.cumsum(0)])
    size = torch.tensor([window(k, share) for k in t.tolist()])
    mean = (total[t] - total[t - size]) / size.view(-1, *[1] * (x.ndim - 1))
    return mean


def window(t: int, share: float) -> int:
    """How many iterates the tail average of `share` has after t steps."""
    require("share", share, 0, 1, above=True)
    return max(1, math.ceil(share * t - 1e-9))


def log_steps(T: int, count: int = 60) -> list[int]:
    """At most `count` whole numbers from 1 to T, about evenly spaced on a log axis."""
    require("T", T, 1, 1_000_000, integer=True)
    require("count", count, 2, 10_000, integer=True)
    grid = torch.logspace(0, math.log10(T), int(count), dtype=torch.float64)
    return sorted({min(int(T), round(k)) for k in grid.tolist()} | {int(T)})


def slope(t: Tensor, error: Tensor) -> float:
    """The exponent r of error ≈ c tʳ: least squares on log-log paper; both positive, (n,), n ≥ 2.

    Raises:
        ValueError: another shape, an entry that is not positive and finite.
    """
    t, error = (torch.as_tensor(each, dtype=torch.float64) for each in (t, error))
    if t.shape != error.shape or t.ndim != 1 or len(t) < 2:
        raise ValueError(f"expected t, error (n,), got {tuple(t.shape)}, {tuple(error.shape)}")
    x, y = t.log(), error.log()
    if not bool(x.isfinite().all() & y.isfinite().all()):
        raise ValueError("expected t and error in (0, inf), got an entry outside")
    x = x - x.mean()
    return float(x @ y / x.square().sum())


def average_moments(
    alphas: Tensor,
    sigma: float,
    x0: float,
    *,
    curvature: float = 1.0,
    beta: float = 0.01,
    share: float = 0.5,
    at: Sequence[int] | None = None,
) -> Averages:
    """Mean squares of the last iterate and of three averages of x ← x − α(λx + σξ), exact.

    Args:
        alphas, sigma, x0, curvature: as in `core.stochastic.moments`.
        beta, share: of EMA and tail average, as in `averages` and `tail_average`.
        at: steps to report, rising, in [1, T]; by default `log_steps`. Each costs as many
            operations as its tail is long.
    """
    steps = schedule(alphas)
    require("sigma", sigma, 0)
    require("x0", x0)
    require("curvature", curvature)
    require("beta", beta, 0, 1, above=True)
    at = log_steps(len(steps)) if at is None else kept(at, len(steps))
    require("at", at[0], 1)
    a, b2 = [1 - alpha * curvature for alpha in steps], [(alpha * sigma) ** 2 for alpha in steps]
    xx, xs, ss, keep = x0 * x0, 0.0, 0.0, 1 - beta
    xy, yy = 0.0, 0.0
    squares, rows, wanted = [xx], [], set(at)
    for k, (ak, bk) in enumerate(zip(a, b2), 1):
        xx = ak * ak * xx + bk
        ss += 2 * ak * xs + xx
        xs = ak * xs + xx
        if k == 1:
            xy = yy = xx
        else:
            yy = keep * keep * yy + 2 * keep * beta * ak * xy + beta * beta * xx
            xy = ak * keep * xy + beta * xx
        squares.append(xx)
        if k in wanted:
            tail = _tail(a, b2, squares, k, window(k, share))
            rows.append((xx, ss / (k * k), yy, tail))
    columns = torch.tensor(rows, dtype=torch.float64).T
    return Averages(torch.tensor(at), *columns)


def _tail(a: list[float], b2: list[float], squares: list[float], t: int, size: int) -> float:
    """E of the squared mean of x_{t−size+1} … x_t.

    Their sum is a h x_s + Σ h_j b_j ξ_j with s = t − size and h_j = 1 + a_{j+1} h_{j+1}, h_t = 1.
    """
    h, noise = 0.0, 0.0
    for j in range(t - 1, t - size - 1, -1):  # step j + 1 has a[j], b2[j]
        h = 1.0 + (a[j + 1] * h if j + 1 < t else 0.0)
        noise += h * h * b2[j]
    first = a[t - size] * h
    return (first * first * squares[t - size] + noise) / (size * size)


def _steps(x: Tensor) -> Tensor:
    x = torch.as_tensor(x, dtype=torch.float64)
    if not x.ndim or not len(x):
        raise ValueError(f"expected x (T, ...) with T at least 1, got shape {tuple(x.shape)}")
    return x


def _count(x: Tensor) -> Tensor:
    return torch.arange(1, len(x) + 1, dtype=torch.float64).view(-1, *[1] * (x.ndim - 1))
