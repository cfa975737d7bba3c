"""Worlds of two bits and a label with log loss: XOR, and a copied bit (XAI-19)."""

import math
from functools import lru_cache
from itertools import product

import torch
from torch import Tensor

from core.rng import generator
from core.shapley.risk import information_game

WORLDS = ("xor", "copy")


def joint(world: str, flip: float) -> Tensor:
    """P(X₁, X₂, Y), (2, 2, 2): fair bits, Y = X₁ xor X₂ or X₂ = X₁ = Y, flipped with a chance."""
    P = torch.zeros(2, 2, 2, dtype=torch.float64)
    pairs = tuple(product((0, 1), repeat=2)) if world == "xor" else ((0, 0), (1, 1))
    for a, b in pairs:
        y = a ^ b if world == "xor" else a
        P[a, b, y], P[a, b, 1 - y] = (1 - flip) / len(pairs), flip / len(pairs)
    return P


def law(world: str, flip: float) -> tuple[Tensor, Tensor]:
    """v(S) = −H(Y | X_S), (4,), and permutation and resampling importance, (2, 2).

    The model is P(y | x), and ½ for a pair of bits that never comes. Its log loss is infinite
    where it is sure and wrong.
    """
    P = joint(world, flip)
    loss = _losses(P, 0.0)[-1]
    games = ("shuffled", "resampled")
    risen = [[_mean(_mixed(P, j, game), loss) - _mean(P, loss) for j in (0, 1)] for game in games]
    v = information_game(P) - math.log(2)  # Y is fair
    return v, torch.tensor(risen, dtype=torch.float64)


def lines(world: str, flip: Tensor) -> Tensor:
    """The five importances by hand, (5, K, 2) for K chances of a flip."""
    h = -torch.xlogy(flip, flip) - torch.xlogy(1 - flip, 1 - flip)
    whole, none = math.log(2) - h, torch.zeros_like(flip)
    if world == "xor":  # half of the rows get the other bit, and the model is sure of the contrary
        sure = torch.where(flip < 0.5, (1 - 2 * flip) * torch.log((1 - flip) / flip) / 2, 0.0)
        one = (whole / 2, whole, sure, sure, none)
    else:  # half of the rows become a pair that never comes, and the model says ½
        one = (whole / 2, none, whole / 2, none, whole)
    return torch.stack(one)[..., None].expand(-1, -1, 2)


@lru_cache(maxsize=2)
def drawn(n: int, seed: int, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """Chances of 2n rows, (count, 2n, 3), and orders to shuffle, chances to resample by, (…, n, 2).

    For the seeds seed, seed + 1, …; shared, do not write.
    """
    generators = [generator(seed + k) for k in range(count)]

    def chances(*size: int) -> Tensor:
        return torch.stack([torch.rand(size, generator=each) for each in generators])

    return chances(2 * n, 3), chances(n, 2).argsort(1), chances(n, 2)


def judged(
    world: str, flip: float, draws: Tensor, order: Tensor, chance: Tensor
) -> tuple[Tensor, Tensor]:
    """Losses (R, 4, n) of the f_S learned, and rises (2, R, 2, n) by shuffling and resampling.

    The draws are those of `drawn` for R seeds. The first n rows are learned from, the others
    judged: f_S is the share of labels among the n rows with these bits, half a row added to each.
    """
    n = order.shape[1]
    x = (draws[..., :2] < 0.5).long()
    if world == "copy":
        x[..., 1] = x[..., 0]
    label = x[..., 0] ^ x[..., 1] if world == "xor" else x[..., 0]
    y = label ^ (draws[..., 2] < flip).long()
    cells = 4 * x[..., 0] + 2 * x[..., 1] + y
    counts = torch.zeros(len(x), 8, dtype=torch.float64)
    counts.scatter_add_(1, cells[:, :n], torch.ones_like(cells[:, :n], dtype=torch.float64))
    counts = counts.view(-1, 2, 2, 2)
    loss = _losses(counts, 0.5).flatten(2)  # (4, R, 8)
    x, y = x[:, n:], y[:, n:]
    seen = torch.stack([each.gather(1, cells[:, n:]) for each in loss], dim=-1)
    rises = []
    for new in (x.gather(1, order), (chance < _guessed(counts, x)).long()):
        swapped = (4 * new[..., 0] + 2 * x[..., 1] + y, 4 * x[..., 0] + 2 * new[..., 1] + y)
        risen = torch.stack([loss[-1].gather(1, cell) for cell in swapped], dim=-1)
        rises.append(risen - seen[..., -1:])
    return seen.mT, torch.stack(rises).mT


def _losses(counts: Tensor, added: float) -> Tensor:
    """−log of the share of the label given the bits in S, (4, …, 2, 2, 2); ½ where nothing is."""
    found = []
    for absent in ((-3, -2), (-2,), (-3,), ()):
        seen = counts.sum(absent, keepdim=True) if absent else counts
        whole = seen.sum(-1, keepdim=True) + 2 * added
        share = torch.where(whole > 0, (seen + added) / whole, 0.5)
        found.append(-share.log().expand_as(counts))
    return torch.stack(found)


def _guessed(counts: Tensor, x: Tensor) -> Tensor:
    """The share of rows with bit j = 1 among those with the other bit of this row, (R, n, 2)."""
    pairs, both = counts.sum(-1), []  # (R, 2, 2)
    for j, table in enumerate((pairs, pairs.mT)):  # bit j, other bit
        whole = table.sum(1)
        share = torch.where(whole > 0, table[:, 1] / whole, 0.5)
        both.append(share.gather(1, x[..., 1 - j]))
    return torch.stack(both, dim=-1)


def _mixed(P: Tensor, j: int, game: str) -> Tensor:
    """The law of (x̃_j, x_−j, y) with x̃_j from P(X_j), or from P(X_j | X_−j)."""
    rest = P.sum(j, keepdim=True)
    if game == "shuffled":
        return P.sum([axis for axis in range(3) if axis != j], keepdim=True) * rest
    pairs = P.sum(2, keepdim=True)
    return pairs / pairs.sum(j, keepdim=True) * rest


def _mean(weight: Tensor, loss: Tensor) -> float:
    return torch.where(weight > 0, weight * loss, 0.0).sum().item()
