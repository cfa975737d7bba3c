"""Laws of finitely many points: how they are read, and divergences that look at heights only.

A law is a sample x (n,) with masses w (n,), all 1/n where none are given. Masses that do not sum to
1 are refused, never scaled in silence: (½, ½, 0, 0) as samples and as masses are different laws.
"""

import math

import torch
from torch import Tensor

from core.check import require
from core.gan.values import jensen_shannon

OFF = 1e-6  # by which a sum of masses may miss 1: float32 ones do by rounding


def sample(name: str, x: Tensor) -> Tensor:
    """The points as float64 (n,) if they are at least one and finite; else refused by name."""
    x = torch.as_tensor(x, dtype=torch.float64)
    if x.ndim != 1 or not len(x):
        raise ValueError(f"expected {name} of shape (n,) with n ≥ 1, got {tuple(x.shape)}")
    return finite(name, x)


def cloud(name: str, x: Tensor) -> Tensor:
    """The points as float64 (n, d), where (n,) is read as (n, 1); else refused by name."""
    x = torch.as_tensor(x, dtype=torch.float64)
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or not x.numel():
        raise ValueError(f"expected {name} of shape (n, d) with n, d ≥ 1, got {tuple(x.shape)}")
    return finite(name, x)


def finite(name: str, x: Tensor) -> Tensor:
    bad = x[~x.isfinite()]
    if len(bad):
        raise ValueError(f"expected {name} in (-inf, inf), got {bad[0].item():g}")
    return x


def masses(name: str, weights: Tensor | None, n: int) -> Tensor:
    """n masses ≥ 0 of sum 1, float64; 1/n each where `weights` is None.

    Raises:
        ValueError: another shape, a negative or infinite mass, a sum other than 1 up to 1e-6.
    """
    if weights is None:
        return torch.full((n,), 1 / n, dtype=torch.float64)
    weights = torch.as_tensor(weights, dtype=torch.float64)
    if weights.shape != (n,):
        raise ValueError(f"expected {name} of shape ({n},), got {tuple(weights.shape)}")
    bad = weights[~((weights >= 0) & (weights < math.inf))]
    if len(bad):
        raise ValueError(f"expected {name} in [0, inf), got {bad[0].item():g}")
    total = float(weights.sum())
    if abs(total - 1) > OFF:
        raise ValueError(f"expected {name} to sum to 1, got {total:.8g}")
    return weights / total


def common_support(
    a: Tensor, b: Tensor, a_weights: Tensor | None = None, b_weights: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """All different points of two laws in ascending order, and the mass of either law on each.

    Args:
        a, b: samples, (n,) and (m,); equal points are one.
        a_weights, b_weights: their masses, of sum 1.

    Returns:
        Points (k,), masses of the first law (k,), of the second (k,).
    """
    a, b = sample("a", a), sample("b", b)
    p, q = masses("a_weights", a_weights, len(a)), masses("b_weights", b_weights, len(b))
    points, at = torch.cat([a, b]).unique(return_inverse=True)
    empty = torch.zeros_like(points)
    first = empty.index_add(0, at[: len(a)], p)
    return points, first, empty.index_add(0, at[len(a) :], q)


def kl(p: Tensor, q: Tensor) -> float:
    """KL(p ‖ q) = Σ p log(p/q) in nats, with 0 log 0 = 0: ∞ where q is 0 and p is not.

    Args:
        p, q: masses of two laws on the same k points, each of sum 1.

    Raises:
        ValueError: another shape, a negative mass, a sum other than 1.
    """
    p, q = _two(p, q)
    return max(0.0, float((torch.xlogy(p, p) - torch.xlogy(p, q)).sum()))


def jsd(p: Tensor, q: Tensor) -> float:
    """Jensen–Shannon divergence in nats, log 2 wherever the supports are disjoint; as `kl`."""
    return float(jensen_shannon(*_two(p, q), 1.0))


def _two(p: Tensor, q: Tensor) -> tuple[Tensor, Tensor]:
    p = torch.as_tensor(p, dtype=torch.float64)
    require("number of points", p.numel(), 1)
    return masses("p", p, p.numel()), masses("q", q, p.numel())
