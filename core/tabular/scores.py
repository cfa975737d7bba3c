"""Scores of a row: linear, a small network, a sum of trees.

`mixed` asks a score about every mixture (x_S, z) of a row x with others at once, and `guessed`
about x_S with what it lets expect, which is all that the games of `core.shapley.prediction` need.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from core.shapley.coalitions import coalitions

DEPTH, _LEAVES = 3, 8
_CHUNK = 2048  # rows whose nodes fit into the cache


class Linear(NamedTuple):
    """wᵀx + b of rows (N, p); weight (p,), bias ()."""

    weight: Tensor
    bias: Tensor

    def __call__(self, rows: Tensor) -> Tensor:
        return rows @ self.weight + self.bias

    def mixed(self, x: Tensor, z: Tensor) -> Tensor:
        """The score of (x_S, z) for every row of z and every S: (p,), (b, p) -> (b, 2**p)."""
        return self(z)[:, None] + ((x - z) * self.weight) @ coalitions(len(x)).double().T

    def guessed(self, x: Tensor, z: Tensor, told: Tensor) -> Tensor:
        """The score of z + A_S (x − z) for every row of z and every S, (b, 2**p).

        `told` (p, 2**p · p) holds the A_Sᵀ side by side; A_S (x − z) is x − z in S.
        """
        return self(z)[:, None] + (x - z) @ (told.view(len(x), -1, len(x)) @ self.weight)


def _guessed(self: Callable, x: Tensor, z: Tensor, told: Tensor) -> Tensor:
    """As `Linear.guessed`, asking about every row that is filled in."""
    rows = ((x - z) @ told).view(len(z), -1, len(x)).add_(z[:, None])
    rows = torch.where(coalitions(len(x)), x, rows)  # those in S as they are
    return self(rows.view(-1, len(x))).view(len(z), -1)


class Net(NamedTuple):
    """w₂ᵀ relu(W₁x + b₁) + b₂; weight1 (h, p), bias1 (h,), weight2 (h,), bias2 ()."""

    weight1: Tensor
    bias1: Tensor
    weight2: Tensor
    bias2: Tensor

    def __call__(self, rows: Tensor) -> Tensor:
        return torch.addmm(self.bias1, rows, self.weight1.T).relu_() @ self.weight2 + self.bias2

    def mixed(self, x: Tensor, z: Tensor) -> Tensor:
        """As `Linear.mixed`."""
        hidden = (z @ self.weight1.T + self.bias1)[:, None]  # (b, 1, h)
        steps = (x - z)[:, :, None] * self.weight1.T  # (b, p, h)
        masks = coalitions(len(x)).double().expand(len(z), -1, -1)
        return torch.baddbmm(hidden, masks, steps).relu_() @ self.weight2 + self.bias2

    guessed = _guessed


class Trees(NamedTuple):
    """The sum of T complete trees of depth 3, node k with the children 2k + 1 and 2k + 2.

    feature (T, 7) and threshold (T, 7): a row goes right where (x / scale)[feature] > threshold,
    both as float32, like in scikit-learn; value (T, 8) of the leaves, left to right; start () is
    added, and scale is (p,).
    """

    scale: Tensor
    feature: Tensor
    threshold: Tensor
    value: Tensor
    start: Tensor

    def __call__(self, rows: Tensor) -> Tensor:
        return torch.cat([self._score(part) for part in rows.split(_CHUNK)])

    def _score(self, rows: Tensor) -> Tensor:
        right = self._right(rows).view(torch.uint8)  # bits: a where on bools is ten times slower
        one = right[0]
        two = _either(one, right[1], right[2])
        three = _either(one, _either(two, right[3], right[4]), _either(two, right[5], right[6]))
        leaf = ((one << 2) | (two << 1) | three).to(torch.int32)  # (T, N)
        leaf += (torch.arange(len(self.value), dtype=torch.int32) * _LEAVES)[:, None]
        values = self.value.view(-1).index_select(0, leaf.view(-1))
        return values.view(len(leaf), -1).sum(0) + self.start

    def _right(self, rows: Tensor) -> Tensor:
        columns, places, cuts, order = _by_feature(self)
        x = (rows / self.scale).T.float().contiguous()
        parts = [x[j] > cuts[a:b, None] for j, a, b in zip(columns, places, places[1:])]
        return torch.cat(parts)[order].view(7, len(self.value), -1)  # right at each node?

    def mixed(self, x: Tensor, z: Tensor) -> Tensor:
        """As `Linear.mixed`, by Möbius coefficients.

        A mixture reaches a leaf if each of the at most three features on its path says so, those
        in S asked of x, the others of z: ∏_k (c_k + 1{k ∈ S} (a_k − c_k)) with a_k, c_k ∈ {0, 1}.
        Multiplied out, each leaf gives at most eight coefficients m(T), and one sum over T ⊆ S
        for all leaves together gives every mixture.
        """
        nodes, turns, same, index = _leaves(self)
        right = self._right(torch.cat((x[None], z))).transpose(0, 1)  # (T, 7, 1 + b)
        met = right[:, nodes] == turns[..., None]  # (T, 8, 3, 1 + b)
        # a feature asked twice answers with both conditions, and twice: 0 and 1 are their squares
        met = (met[:, :, None] | ~same[..., None]).all(3).double()
        a, c = met[..., :1], met[..., 1:]
        m = self.value[..., None, None].expand(-1, -1, 1, len(z))
        for k in range(DEPTH):
            kept, moved = c[:, :, k, None], (a - c)[:, :, k, None]
            m = torch.cat((m * kept, m * moved), dim=2)
        table = m.new_zeros(2 ** len(x), len(z)).index_add_(0, index, m.flatten(0, 2))
        for j in range(len(x)):
            halves = table.view(-1, 2, 2**j, len(z))
            halves[:, 1] += halves[:, 0]
        return table.T + self.start

    guessed = _guessed


def _either(bit: Tensor, left: Tensor, right: Tensor) -> Tensor:
    return left ^ (bit & (left ^ right))  # right where the bit is 1


@lru_cache(maxsize=16)
def _by_feature(trees: Trees) -> tuple[list[int], list[int], Tensor, Tensor]:
    """The nodes sorted by feature: features, where each begins, thresholds, and the way back."""
    feature, threshold = trees.feature.T.reshape(-1), trees.threshold.T.reshape(-1)
    order = feature.argsort(stable=True)
    columns, counts = feature.unique(return_counts=True)
    places = [0, *counts.cumsum(0).tolist()]
    return columns.tolist(), places, threshold[order], order.argsort()


@lru_cache(maxsize=16)
def _leaves(trees: Trees) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """For each leaf: nodes on its path (8, 3), turns (8, 3), equal features, coalitions.

    The third, (T, 8, 3, 3), says which conditions ask the same feature, the fourth, (T · 8 · 8,),
    is the coalition of each coefficient.
    """
    leaf = torch.arange(_LEAVES)
    turns = (leaf[:, None] >> torch.tensor([2, 1, 0]) & 1).bool()
    second = 1 + turns[:, 0].long()
    nodes = torch.stack((torch.zeros_like(leaf), second, 2 * second + 1 + turns[:, 1]), dim=1)
    asked = trees.feature[:, nodes]  # (T, 8, 3)
    same = asked[..., :, None] == asked[..., None, :]
    index = torch.zeros(*asked.shape[:2], 1, dtype=torch.long)
    for k in range(DEPTH):
        index = torch.cat((index, index | 1 << asked[:, :, k, None]), dim=2)
    return nodes, turns, same, index.flatten()


Score = Linear | Trees | Net
FORMS: dict[str, type] = {"linear": Linear, "trees": Trees, "net": Net}
