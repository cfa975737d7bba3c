r"""Estimates of a centre while a share ε of the law lies: P_ε = (1 − ε) P + ε Q, Q arbitrary.

==============  =============================================================  ================
estimate        what it is                                                     breakdown point
==============  =============================================================  ================
mean            moves by ε (mean of Q − mean)                                  0
median          at most Φ⁻¹(1/(2(1 − ε))) away for a normal P, whatever Q is   ½
trimmed_mean    the mean without the mass α at each end                        α
huber           mean in the middle, median outside of ± k scales               ½
==============  =============================================================  ================

Every estimate takes a sample (n,) and masses (n,) of sum 1, 1/n each by default. Sources: DRO-02;
Huber 1964; the finite-sample breakdown point: Donoho and Huber 1983.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require
from core.dro.laws import masses, sample

ESTIMATES = ("mean", "median", "trimmed_mean", "huber")
TRIM, TUNING = 0.2, 1.345  # share at each end; Huber's k, 95 % efficient for a normal law
CONSISTENT = 1.482602218505602  # 1/Φ⁻¹(¾): the MAD of a normal law times this is its σ
EVEN = 1e-12  # cumulated masses that are this near to ½ are taken for ½
FAR = 1e12  # where liars are put to see whether an estimate follows them


class Law(NamedTuple):
    """Points with their masses."""

    points: Tensor  # (n,)
    weights: Tensor  # (n,), of sum 1


class Huber(NamedTuple):
    """Huber's estimate, and the scale that says what is far."""

    location: float  # θ with Σ w ψ((x − θ)/scale) = 0, ψ(u) = u cut off at ± k
    scale: float  # the MAD times 1.4826 unless it was given; 0 where half the mass is on one point
    weights: Tensor  # ψ(u)/u of each point, (n,): 1 in the middle, falling outside


def contaminate(
    x: Tensor, eps: float, outlier: float | Tensor, weights: Tensor | None = None
) -> Law:
    """(1 − ε) P + ε Q exactly, as points with masses: nothing is rounded to whole points.

    Args:
        x: a sample of P, (n,), with masses `weights`.
        eps: share ε in [0, 1]; at 1 nothing but Q is left.
        outlier: where Q sits: a number, or a sample (m,) of it.

    Returns:
        n + m points, those of Q at the end, and their masses.

    Raises:
        ValueError: ε outside [0, 1], a point that is not finite, masses that do not sum to 1.
    """
    require("eps", eps, 0, 1)
    x, q = (
        sample("x", x),
        sample("outlier", torch.as_tensor(outlier, dtype=torch.float64).reshape(-1)),
    )
    clean, liars = masses("weights", weights, len(x)), masses("outlier", None, len(q))
    return Law(torch.cat([x, q]), torch.cat([(1 - eps) * clean, eps * liars]))


def mean(x: Tensor, weights: Tensor | None = None) -> float:
    """Σ w x."""
    x, w = _law(x, weights)
    return float(w @ x)


def median(x: Tensor, weights: Tensor | None = None) -> float:
    """The point with half of the mass on either side; the middle of two where both are such."""
    x, w = _law(x, weights)
    return _median(*_sorted(x, w))


def trimmed_mean(x: Tensor, share: float = TRIM, weights: Tensor | None = None) -> float:
    """The mean of what is left without the mass `share` at each end, in [0, ½).

    A point on the border loses a part of its mass; where share · n is whole, whole points go.
    """
    require("share", share, 0, 0.5, below=True)
    x, w = _sorted(*_law(x, weights))
    upto = w.cumsum(0)
    kept = upto.clamp(share, 1 - share) - (upto - w).clamp(share, 1 - share)
    return float(kept @ x / kept.sum())


def huber(
    x: Tensor, k: float = TUNING, scale: float | None = None, weights: Tensor | None = None
) -> Huber:
    """Huber's M-estimate: the θ that minimises Σ w ρ((x − θ)/s), ρ(u) = u²/2, linear beyond k.

    Σ w ψ falls in pieces that are straight, so the root is found exactly.

    Args:
        x: sample, (n,), with masses `weights`.
        k: > 0, in scales; large k gives the mean, small k the median.
        scale: s > 0, or None for the MAD times 1.4826. Where that is 0 θ is the median.

    Raises:
        ValueError: k ≤ 0, scale ≤ 0, a point that is not finite.
    """
    require("k", k, 0, above=True)
    x, w = _law(x, weights)
    middle = _median(*_sorted(x, w))
    if scale is None:
        scale = CONSISTENT * _median(*_sorted((x - middle).abs(), w))
    else:
        require("scale", scale, 0, above=True)
    cut = k * scale
    if cut == 0:
        return Huber(middle, 0.0, (x == middle).double())

    def pull(theta: float) -> float:
        return float(w @ (x - theta).clamp(-cut, cut))

    knots = torch.cat([x - cut, x + cut]).sort().values
    low, high = 0, len(knots) - 1  # pull is ≥ 0 at the first and ≤ 0 at the last
    while high - low > 1:
        at = (low + high) // 2
        low, high = (at, high) if pull(float(knots[at])) > 0 else (low, at)
    left, right = float(knots[low]), float(knots[high])
    up, down = pull(left), pull(right)
    theta = left + (right - left) * up / (up - down) if up > down else (left + right) / 2
    far = (x - theta).abs()
    return Huber(theta, scale, torch.where(far > cut, cut / far.clamp_min(cut), 1.0))


def median_bias_bound(eps: float, sigma: float = 1.0) -> float:
    """σ Φ⁻¹(1/(2(1 − ε))): how far an ε share moves the median of N(μ, σ²) at most; ∞ from ½ on.

    Raises:
        ValueError: ε outside [0, 1], σ < 0.
    """
    require("eps", eps, 0, 1)
    require("sigma", sigma, 0)
    if eps >= 0.5:
        return math.inf
    return sigma * float(
        torch.special.ndtri(torch.tensor(1 / (2 * (1 - eps)), dtype=torch.float64))
    )


def breakdown_point(estimate: str, share: float = TRIM) -> float:
    """The least share of liars that can carry an estimate of `ESTIMATES` anywhere; table above."""
    choose("estimate", estimate, ESTIMATES)
    require("share", share, 0, 0.5, below=True)
    return {"mean": 0.0, "trimmed_mean": float(share)}.get(estimate, 0.5)


def breaks_at(estimate: Callable[[Tensor], float], x: Tensor) -> float:
    """The least k/n at which k liars, put far out, carry an estimate away: measured, not argued.

    Args:
        estimate: of a sample (n,).
        x: the sample, (n,); its last k points are replaced by FAR, k = 1 … n.
    """
    x = sample("x", x)
    reach = float(x.abs().max())
    for k in range(1, len(x) + 1):
        told = torch.cat([x[: len(x) - k], torch.full((k,), FAR, dtype=torch.float64)])
        if abs(estimate(told)) > reach + 1e-3 * FAR / len(x):
            return k / len(x)
    return math.inf


def sensitivity(estimate: Callable[[Tensor], float], x: Tensor, at: Tensor) -> Tensor:
    """(n + 1)(T(x, z) − T(x)) for one more point z at each of `at`: the influence of a liar.

    Args:
        estimate: of a sample (n,).
        x: the sample, (n,).
        at: places z, (m,).
    """
    x, at = sample("x", x), sample("at", at)
    before = estimate(x)
    moved = [estimate(torch.cat([x, z[None]])) - before for z in at]
    return (len(x) + 1) * torch.tensor(moved, dtype=torch.float64)


def _law(x: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor]:
    x = sample("x", x)
    return x, masses("weights", weights, len(x))


def _sorted(x: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
    x, order = x.sort()
    return x, w[order]


def _median(x: Tensor, w: Tensor) -> float:
    """Of points in ascending order."""
    upto = w.cumsum(0)
    first = int((upto >= 0.5 - EVEN).nonzero()[0])
    if upto[first] > 0.5 + EVEN:
        return float(x[first])
    above = (upto > 0.5 + EVEN).nonzero()
    return float(x[first] + x[int(above[0])]) / 2 if len(above) else float(x[first])
