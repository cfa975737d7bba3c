r"""W_p(P, Q) = min over plans of (Σ mass · distance^p)^{1/p}, exact; W_∞ is the longest way.

On the line the plan sorts: the lowest mass of P goes to the lowest of Q, for every p at once. In
more dimensions n points of mass 1/n are assigned to n others. Sources: DRO-04, DRO-05, GAN-09.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.adversarial.balls import exponent
from core.dro.laws import cloud, masses, sample

DUST = 1e-14  # mass that only rounding has left over


class Plan(NamedTuple):
    """What goes where, arrow by arrow, in the order of the line."""

    source: Tensor  # where each arrow begins, (k,)
    target: Tensor  # where it ends, (k,)
    mass: Tensor  # > 0, of sum 1, (k,)
    i: Tensor  # the number of its point in a, (k,) int64
    j: Tensor  # the number of its point in b, (k,) int64


class Assigned(NamedTuple):
    """A distance, and the way every point goes."""

    distance: float
    plan: Tensor  # a[i] goes to b[plan[i]], (n,) int64


def wasserstein_1d(
    a: Tensor,
    b: Tensor,
    p: float = 1,
    a_weights: Tensor | None = None,
    b_weights: Tensor | None = None,
) -> float:
    r"""W_p on the line: (∫₀¹ |F⁻¹ − G⁻¹|^p)^{1/p}, and the largest |F⁻¹ − G⁻¹| for p = ∞.

    Args:
        a, b: samples, (n,) and (m,).
        p: in [1, ∞].
        a_weights, b_weights: masses of sum 1; 1/n and 1/m by default.

    Returns:
        A length, in the unit of the samples.

    Raises:
        ValueError: p < 1, a point that is not finite, masses that are negative or of another sum.
    """
    p = exponent(p, 1)
    a, b = torch.as_tensor(a), torch.as_tensor(b)
    if a_weights is None and b_weights is None and a.ndim == 1 and a.shape == b.shape and len(a):
        x, y = _ascending("a", a), _ascending("b", b)
        far = np.abs(np.subtract(x, y, out=x), out=x)
        return float(far.mean()) if p == 1 else _mean(far, None, p)
    x, y, *_, mass = _matched(a, b, a_weights, b_weights)
    return _mean(np.abs(x - y), mass, p)


def sorted_plan(
    a: Tensor, b: Tensor, a_weights: Tensor | None = None, b_weights: Tensor | None = None
) -> Plan:
    """The plan that `wasserstein_1d` pays for, the same for every p; arguments as there."""
    x, y, i, j, mass = _matched(a, b, a_weights, b_weights)
    return Plan(*(torch.from_numpy(part) for part in (x, y, mass, i, j)))


def wasserstein(a: Tensor, b: Tensor, p: float = 1) -> Assigned:
    """W_p of n points of mass 1/n each, and a best assignment; distances are Euclidean.

    For p = ∞ the longest way is as short as it can be, and among such plans the sum is least.

    Args:
        a, b: points, (n, d) each; (n,) is read as (n, 1).
        p: in [1, ∞].

    Raises:
        ValueError: clouds of different sizes (their masses would not match), p < 1, a point that
            is not finite.
    """
    from scipy.optimize import linear_sum_assignment  # slow to import

    p = exponent(p, 1)
    a, b = cloud("a", a), cloud("b", b)
    if a.shape != b.shape:
        got = f"{tuple(a.shape)} and {tuple(b.shape)}"
        raise ValueError(f"expected a and b to have equal masses, as many points each, got {got}")
    far = distances(a, b).numpy()
    longest = far.max()
    if math.isinf(p):
        allowed = far <= _bottleneck(far)
        plan = linear_sum_assignment(np.where(allowed, far, (len(far) + 1.0) * longest + 1))[1]
    else:
        plan = linear_sum_assignment((far / (longest or 1.0)) ** p)[1]
    return Assigned(_mean(far[np.arange(len(far)), plan], None, p), torch.from_numpy(plan))


def distances(a: Tensor, b: Tensor) -> Tensor:
    """Euclidean distances, (n, d), (m, d) -> (n, m), without the cancellation of squares."""
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")


def _mean(far: np.ndarray, mass: np.ndarray | None, p: float) -> float:
    """(Σ mass far^p)^{1/p}, scaled by the longest, so that no power is lost."""
    longest = far.max()
    if math.isinf(p) or longest == 0:
        return float(longest)
    each = (far / longest) ** p
    return float(longest * (each.mean() if mass is None else mass @ each) ** (1 / p))


def _ascending(name: str, x: Tensor) -> np.ndarray:
    x = np.array(x.detach().cpu().numpy(), dtype=np.float64)  # a copy
    x.sort()
    if not (math.isfinite(x[0]) and math.isfinite(x[-1])):  # where infinity and NaN end up
        sample(name, torch.from_numpy(x))
    return x


def _matched(a, b, a_weights, b_weights) -> tuple[np.ndarray, ...]:
    """Ends, numbers and mass of every arrow between two laws on the line."""
    a, b = sample("a", a), sample("b", b)
    v = masses("a_weights", a_weights, len(a)).numpy()
    w = masses("b_weights", b_weights, len(b)).numpy()
    a, b = a.numpy(), b.numpy()
    i, j = a.argsort(kind="stable"), b.argsort(kind="stable")
    if len(a) == len(b) and a_weights is None and b_weights is None:
        return a[i], b[j], i, j, v
    up, to = v[i].cumsum(), w[j].cumsum()
    cuts = np.concatenate([[0.0], up, to])
    cuts.sort()
    mass = np.diff(cuts)
    middle = (cuts[1:] + cuts[:-1]) / 2
    kept = mass > DUST
    last = [np.flatnonzero(each)[-1] for each in (v[i], w[j])]  # rounding may leave a rest
    at_a = np.searchsorted(up, middle[kept], side="right").clip(max=last[0])
    at_b = np.searchsorted(to, middle[kept], side="right").clip(max=last[1])
    i, j = i[at_a], j[at_b]
    return a[i], b[j], i, j, mass[kept]


def _bottleneck(far: np.ndarray) -> float:
    """The least t for which the pairs at most t apart hold a perfect matching."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    least = max(far.min(0).max(), far.min(1).max())
    steps = np.unique(far[far >= least])
    low, high = 0, len(steps) - 1
    while low < high:
        at = (low + high) // 2
        found = maximum_bipartite_matching(csr_array(far <= steps[at]), perm_type="column")
        low, high = (low, at) if (found >= 0).all() else (at + 1, high)
    return float(steps[low])
