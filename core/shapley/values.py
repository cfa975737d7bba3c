"""What each player gets: Shapley value, its relatives and interactions, from the table of a game.

Every value here is linear in v and needs only v(S) for all 2^n coalitions; sums over coalitions
are folded, never looped.
"""

import math

import torch
from torch import Tensor

from core.check import require
from core.shapley.coalitions import MOST, kept, member_sums, pair_sums, players, sizes, without


def shapley_weights(n: int) -> Tensor:
    """s! (n − s − 1)! / n! for s = 0 … n − 1, (n,): chance that exactly S precedes j (XAI-16).

    Each size has total weight 1/n, since C(n − 1, s) coalitions of that size lack j.
    """
    require("the number of players", n, 1, MOST, integer=True)
    weights = [1 / (n * math.comb(n - 1, s)) for s in range(n)]
    return torch.tensor(weights, dtype=torch.float64)


def shapley_values(v: Tensor) -> Tensor:
    """φ_j = Σ_{S∌j} |S|! (n − |S| − 1)! / n! (v(S ∪ j) − v(S)), in O(2^n) (XAI-17).

    v is (..., 2**n) float64, S at index Σ 2^i, each leading entry a game; refused as by `players`.
    φ is (..., n), its sum v(N) − v(∅) (XAI-21). Shapley (1953), A value for n-person games.
    """
    return _weighted(v, _shapley(players(v)))


def banzhaf_values(v: Tensor) -> Tensor:
    """The plain mean of v(S ∪ j) − v(S) over the 2^(n−1) coalitions S ∌ j; (..., n) (XAI-16)."""
    return _weighted(v, _banzhaf(players(v)))


def last_in(v: Tensor) -> Tensor:
    """v(N) − v(N ∖ j), (..., n): leave one feature out."""
    n = players(v)
    return v[..., -1:] - v[..., [2**n - 1 - 2**j for j in range(n)]]


lofo = last_in


def first_in(v: Tensor) -> Tensor:
    """v({j}) − v(∅), (..., n): each player alone."""
    n = players(v)
    return v[..., [2**j for j in range(n)]] - v[..., :1]


def marginal_contributions(v: Tensor) -> Tensor:
    """Δ_j(S) = v(S ∪ j) − v(S), (..., n, 2**(n − 1)), S in the order of `without(n)` (XAI-15)."""
    n = players(v)
    joined = without(n) + (1 << torch.arange(n))[:, None]
    return v[..., joined] - v[..., without(n)]


def mobius(v: Tensor) -> Tensor:
    """m(T) = Σ_{S⊆T} (−1)^(|T|−|S|) v(S), (..., 2**n): v(S) = Σ_{T⊆S} m(T).

    The coefficients of v in the unanimity games; φ_j = Σ_{T∋j} m(T)/|T|.
    """
    n = players(v)
    m = v.clone(memory_format=torch.contiguous_format)
    for i in range(n):
        halves = m.view(*v.shape[:-1], -1, 2, 2**i)
        halves[..., 1, :] -= halves[..., 0, :]
    return m


def interaction_index(v: Tensor) -> Tensor:
    """I_ij = Σ_{S∌i,j} |S|! (n − |S| − 2)! / (n − 1)! (v(S ∪ ij) − v(S ∪ i) − v(S ∪ j) + v(S)).

    (..., n, n), the Shapley values on the diagonal; = Σ_{T∋i,j} m(T)/(|T| − 1). Zero when i and j
    never matter to each other's contribution, negative for substitutes. Grabisch, Roubens (1999),
    An axiomatic approach to the concept of interaction.
    """
    n = players(v)
    phi = shapley_values(v)
    if n == 1:
        return phi[..., None]
    both, one, none = _pair_weights(n)
    v = v - v[..., :1]
    alone = member_sums(v * one)
    index = pair_sums(v * both) - alone[..., None, :] - alone[..., :, None]
    index += (v @ none)[..., None, None]
    index.diagonal(dim1=-2, dim2=-1).copy_(phi)
    return index


def _weighted(v: Tensor, weights: tuple[Tensor, Tensor]) -> Tensor:
    """Σ_{S∌j} w(|S|) Δ_j(S) = Σ_{S∋j} (w(|S| − 1) + w(|S|)) v(S) − Σ_S w(|S|) v(S)."""
    both, outside = weights
    v = v - v[..., :1]  # v(∅) cancels; a large one would cost digits
    return member_sums(v * both) - (v @ outside)[..., None]


def _by_size(weights: Tensor) -> tuple[Tensor, Tensor]:
    outside, size = torch.cat((weights, weights.new_zeros(1))), sizes(len(weights))
    return (outside.roll(1) + outside)[size], outside[size]


@kept
def _shapley(n: int) -> tuple[Tensor, Tensor]:
    return _by_size(shapley_weights(n))


@kept
def _banzhaf(n: int) -> tuple[Tensor, Tensor]:
    return _by_size(torch.full((n,), 2.0 ** (1 - n), dtype=torch.float64))


@kept
def _pair_weights(n: int) -> tuple[Tensor, Tensor, Tensor]:
    """Coefficients of 1_i 1_j, of 1_i + 1_j (negated) and of 1 in I_ij, each (2**n,)."""
    q, size = shapley_weights(n - 1), sizes(n)  # s! (n − s − 2)! / (n − 1)!
    none = torch.cat((q, q.new_zeros(2)))
    one = none.roll(1) + none
    return (none.roll(2) + one + none.roll(1))[size], one[size], none[size]
