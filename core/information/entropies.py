r"""Entropy, cross-entropy and divergences of laws of finitely many outcomes.

Each takes masses (k,) of sum 1, or many laws (..., k), and answers with float64 (...), which has a
slope in every argument that asks for one. 0 log 0 = 0 everywhere; ∞ is exact and never NaN. In nats
but for `entropy` with a base. Sources: INFO-01 to INFO-05.
"""

import math

import torch
from torch import Tensor

from core.check import require
from core.information.laws import law, log, pair


def entropy(p: Tensor, base: float = math.e) -> Tensor:
    """H = −Σ p log p, in [0, log k]; base 2 for bits.

    Raises:
        ValueError: a negative mass, a sum other than 1, a base outside (1, ∞).
    """
    require("base", base, 1, above=True)
    p = law("p", p)
    return (-(p * log(p)).sum(-1) / math.log(base)).clamp(min=0) + 0.0


def surprise(p: Tensor) -> Tensor:
    """The information content −log p of every outcome, (..., k): ∞ where p is 0."""
    p = law("p", p)
    return torch.where(p > 0, 0.0 - log(p), math.inf)


def cross_entropy(p: Tensor, q: Tensor) -> Tensor:
    """H(p, q) = −Σ p log q: what outcomes of p cost in the code of q; ∞ where q misses one."""
    p, q = pair(p, q)
    return _finite_or_infinite(p, q, -p * log(q))


def kl(p: Tensor, q: Tensor) -> Tensor:
    """KL(p ‖ q) = Σ p log(p/q) ≥ 0, what the wrong code costs more; ∞ where q misses an outcome."""
    p, q = pair(p, q)
    return _finite_or_infinite(p, q, p * (log(p) - log(q)))


def js(p: Tensor, q: Tensor) -> Tensor:
    """½ KL(p ‖ m) + ½ KL(q ‖ m), m = (p + q)/2: in [0, log 2], which disjoint supports reach."""
    p, q = pair(p, q)
    total = torch.where(p + q > 0, p + q, 1.0)
    halves = p * log(2 * p / total) + q * log(2 * q / total)
    return (halves.sum(-1) / 2).clamp(0, math.log(2))


def _finite_or_infinite(p: Tensor, q: Tensor, terms: Tensor) -> Tensor:
    missed = ((p > 0) & (q == 0)).any(-1)
    return torch.where(missed, math.inf, terms.sum(-1).clamp(min=0) + 0.0)


def simplex(side: int) -> Tensor:
    """All laws of three outcomes with masses in multiples of 1/side, (m, 3): first mass slowest."""
    require("side", side, 1, 1000, integer=True)
    i, j = torch.meshgrid(torch.arange(side + 1), torch.arange(side + 1), indexing="ij")
    i, j = i[i + j <= side], j[i + j <= side]
    return torch.stack([i, j, side - i - j], 1).double() / side
