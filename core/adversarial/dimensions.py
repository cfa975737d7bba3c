r"""Why a small step in every pixel is a large step: one hyperplane in 2 to 3072 dimensions.

The score wᵀx + b is m > 0. In L∞ the least ε that brings it to 0 is m / ‖w‖₁, while its distance
in L₂ stays m / ‖w‖₂. Noise of the same size ε moves the score by about ε‖w‖₂ only. Attack against
noise is thus ‖w‖₁ / ‖w‖₂, between 1 (one feature counts) and √d (all count alike), and √(2d/π) for
Gaussian weights: the reach of an attack grows with d, that of noise does not.

Sources: ROB-06, ROB-07; Goodfellow et al. 2015, section 3.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from core.adversarial.balls import dual_exponent, exponent
from core.check import choose, require

WEIGHTS = ("ones", "gauss", "sparse")
NOISES = ("signs", "uniform", "gauss")
SPARSE = 4  # features that count among sparse weights
MOST = 10_000  # dimensions


def weights(kind: str, d: int, *, generator: torch.Generator | None = None) -> Tensor:
    """w with ‖w‖₂ = 1, (d,), float64.

    ones: all alike; gauss: a uniform direction; sparse: `SPARSE` weights of ±1/√`SPARSE` at random
    places, the others 0 (all where d is smaller).

    Raises:
        ValueError: unknown kind, d outside [1, 10 000], no generator where there is luck.
    """
    choose("kind", kind, WEIGHTS)
    require("d", d, 1, MOST, integer=True)
    if kind == "ones":
        return torch.full((int(d),), 1 / math.sqrt(d), dtype=torch.float64)
    if generator is None:
        raise ValueError(f"expected a generator for {kind} weights, got none")
    w = torch.randn(int(d), generator=generator, dtype=torch.float64)
    if kind == "sparse":
        places = torch.randperm(int(d), generator=generator)[:SPARSE]
        w = torch.zeros_like(w).index_put((places,), w[places].sign())
    return w / w.norm()


def norm_ratio(w: Tensor) -> Tensor:
    """‖w‖₁ / ‖w‖₂, (..., d) -> (...); at least 1, at most √d.

    Raises:
        ValueError: w = 0.
    """
    size = w.norm(dim=-1)
    if not (size > 0).all():
        raise ValueError("expected w other than 0, got a weight vector of norm 0")
    return w.abs().sum(-1) / size


def expected_ratio(d: int) -> float:
    r"""E ‖w‖₁/‖w‖₂ of Gaussian w: :math:`d\,\Gamma(d/2) / (\sqrt\pi\,\Gamma((d+1)/2))` ≈ √(2d/π).

    The direction of w is independent of its length, so the mean of the quotient is the quotient of
    the means.
    """
    require("d", d, 1, MOST, integer=True)
    return d * math.exp(math.lgamma(d / 2) - math.lgamma((d + 1) / 2)) / math.sqrt(math.pi)


def ratio_spread(d: int) -> float:
    """Standard deviation of ‖w‖₁/‖w‖₂ of Gaussian w; its mean square is 1 + (d − 1) 2/π."""
    return math.sqrt(max(0.0, 1 + (d - 1) * 2 / math.pi - expected_ratio(d) ** 2))


def attack_size(w: Tensor, margin: float, norm: float = math.inf) -> Tensor:
    """The least ‖δ‖ₚ that brings a score of `margin` to 0: margin / ‖w‖_q, (..., d) -> (...).

    Raises:
        ValueError: w = 0, a margin below 0, or p < 1.
    """
    require("margin", margin, 0)
    norm_ratio(w)
    dual = dual_exponent(exponent(norm, 1, name="norm"))
    return margin / torch.linalg.vector_norm(w, dual, dim=-1)


def noise_flips(w: Tensor, margin: float, eps: float, noise: str = "gauss") -> float:
    """How often noise of size ε alone brings the score to 0 or below.

    gauss: independent normal numbers of standard deviation ε, exactly Φ(−m / (ε‖w‖₂)). signs: ±ε by
    the toss of a coin; uniform: in [−ε, ε]. For those two the normal law with the same variance,
    near where no single weight counts for much; `noise_bound` holds always.

    Raises:
        ValueError: w = 0, a margin or ε below 0.
    """
    choose("noise", noise, NOISES)
    require("margin", margin, 0)
    require("eps", eps, 0)
    norm_ratio(w)
    spread = eps * float(w.norm()) / (math.sqrt(3) if noise == "uniform" else 1.0)
    if not spread:
        return float(margin == 0)
    return float(torch.special.ndtr(torch.tensor(-margin / spread, dtype=torch.float64)))


def noise_bound(w: Tensor, margin: float, eps: float) -> float:
    """exp(−m² / (2ε²‖w‖₂²)): at most so often do independent numbers in [−ε, ε] of mean 0 flip it.

    Hoeffding 1963. Where ε is what the attack needs, this is exp(−(‖w‖₁/‖w‖₂)² / 2).
    """
    require("margin", margin, 0)
    require("eps", eps, 0, above=True)
    norm_ratio(w)
    return math.exp(-0.5 * (margin / (eps * float(w.norm()))) ** 2)


class Dimensions(NamedTuple):
    """The same score m and the same ‖w‖₂ = 1 in several dimensions, float64 (D,)."""

    d: Tensor  # int64
    ratio: Tensor  # ‖w‖₁/‖w‖₂
    needed: Tensor  # ε in L∞ that brings the score to 0
    drop: Tensor  # what an attack of size ε takes from the score: ε‖w‖₁
    shake: Tensor  # standard deviation of what noise ±ε takes from it: ε‖w‖₂
    flips: Tensor  # how often noise of the size `needed` flips; see `noise_flips`
    bound: Tensor  # and at most


def across_dimensions(
    dims: Sequence[int],
    *,
    kind: str = "gauss",
    margin: float = 1.0,
    eps: float = 0.05,
    generator: torch.Generator | None = None,
) -> Dimensions:
    """The attack and the noise in each dimension; weights are drawn in the order of `dims`.

    Raises:
        ValueError: as `weights`; a margin not above 0; ε below 0; no dimension.
    """
    require("margin", margin, 0, above=True)
    require("eps", eps, 0)
    if not len(dims):
        raise ValueError("expected at least one dimension, got none")
    rows = []
    for d in dims:
        w = weights(kind, d, generator=generator)
        ratio, needed = float(norm_ratio(w)), float(attack_size(w, margin))
        size = float(w.norm())
        flips, bound = noise_flips(w, margin, needed, "signs"), noise_bound(w, margin, needed)
        rows.append((ratio, needed, eps * ratio * size, eps * size, flips, bound))
    columns = torch.tensor(rows, dtype=torch.float64).T
    return Dimensions(torch.tensor([int(d) for d in dims]), *columns)
