"""Channels and groups: a kernel is a block p × q × c, unless groups keep some channels away.

The numbers are small and whole, so that every sum can be checked by hand; they follow a fixed rule.
A cell is written row · 64 + column. In the plane of the maps the columns are counted from the left
edge of the outputs, which is column 32, so that an output stays where it is while n changes.
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.check import require
from core.cnn.layer import divisors, layer
from core.signature import between, declared

STACK = 4  # maps below each other
GAP = 5  # columns between inputs and outputs
WIDTH, ORIGIN = 64, 32

Rectangle = tuple[int, int, int, int, int]  # map, top, left, bottom, right, both ends included
Count = Annotated[int, between(1, 8)]
Window = Annotated[int, between(1, 5)]


class Looked(NamedTuple):
    """An input x_c[i, j] or an output y_k[i, j], and what it meets."""

    kind: str  # "input" or "output"
    unit: tuple[int, int, int]  # map, row and column
    output: tuple[int, int, int]  # (k, u, v) of the sum shown: itself or the first it goes into
    term: tuple[int, int, int] | None  # (channel in the group, a, b) of an input in that sum
    inputs: tuple[Rectangle, ...]  # that light up
    outputs: tuple[Rectangle, ...]


class Layer(NamedTuple):
    """A layer of K kernels on c channels."""

    x: Tensor  # (c, m, n)
    y: Tensor  # (K, rows, columns)
    weight: Tensor  # (K, c / g, p, q)
    bias: Tensor  # (K,)
    parameters: int  # counted in torch's layer, like the multiplications
    multiplications: int

    @property
    def own(self) -> int:
        """How many channels a kernel reads, c / g."""
        return self.weight.shape[1]

    @property
    def groups(self) -> int:
        """The number g of groups."""
        return len(self.x) // self.own

    @property
    def flat(self) -> int:
        """Parameters of kernels without channels, K (pq + 1), as the sheet prints it (E-65)."""
        return len(self.weight) * (self.weight[0, 0].numel() + 1)

    def reads(self, k: int) -> range:
        """The channels that kernel k reads."""
        first = k // (len(self.weight) // self.groups) * self.own
        return range(first, first + self.own)

    def products(self, output: tuple[int, int, int]) -> tuple[Tensor, Tensor]:
        """The window (c / g, p, q) of the output y_k[u, v] and its products with the weights."""
        (k, u, v), (p, q), read = output, self.weight.shape[2:], self.reads(output[0])
        window = self.x[read.start : read.stop, u : u + p, v : v + q]
        return window, window * self.weight[k]

    def looked(self, cell: int) -> Looked:
        """The number nearest to a cell in the plane of the maps, and what it meets."""
        (K, own, p, q), (_, rows, columns) = self.weight.shape, self.y.shape
        kind, map, i, j = _nearest(self, cell)
        unit = (map, i, j)
        if kind == "output":
            reads = tuple((c, i, j, i + p - 1, j + q - 1) for c in self.reads(map))
            return Looked(kind, unit, unit, None, reads, ((*unit, i, j),))
        top, left = max(i - p + 1, 0), max(j - q + 1, 0)
        bottom, right = min(i, rows - 1), min(j, columns - 1)
        goes = tuple((k, top, left, bottom, right) for k in range(K) if map in self.reads(k))
        term = map % own, i - top, j - left
        return Looked(kind, unit, goes[0][:3], term, ((*unit, i, j),), goes)


@declared
def channels(
    m: Count = 6,
    n: Count = 6,
    c: Count = 4,
    p: Window = 3,
    q: Window = 3,
    K: Count = 4,
    groups: Count = 2,
    kernel: Literal["deep", "flat"] = "deep",
) -> Layer:
    """K kernels p × q × (c / g) on m × n × c, valid, stride 1: (m − p + 1)(n − q + 1) K outputs.

    Args:
        m, n, c: rows, at least p, columns, at least q, and channels; p, q, K: those of the kernels.
        groups: g is the largest common divisor of c and K up to it.
        kernel: "deep", weights for every channel, or "flat", the same for all of them.
    """
    require("m", m, p, 8, integer=True)
    require("n", n, q, 8, integer=True)
    g = max(g for g in divisors(c, K) if g <= groups)
    x, weight, bias = _numbers(m, n, c, p, q, K, g)
    if kernel == "flat":
        weight = weight[:, :1].expand(K, c // g, p, q)
    counted = _parameters(c, p, q, K, g), multiplications(m, n, c, p, q, K, g)
    return Layer(x, layer(x, weight, bias, groups=g), weight, bias, *counted)


def _numbers(m: int, n: int, c: int, p: int, q: int, K: int, g: int):
    """Inputs 0 to 4, weights −2 to 2, biases −1 to 1."""

    def grid(*sizes: int) -> list[Tensor]:
        return torch.meshgrid(*(torch.arange(s, dtype=torch.float64) for s in sizes), indexing="ij")

    channel, i, j = grid(c, m, n)
    x = ((17 * i + 29 * j + 41 * channel + 5) ** 2 // 7) % 5
    k, own, a, b = grid(K, c // g, p, q)
    weight = ((23 * a + 31 * b + 43 * own + 59 * k + 3) ** 2 // 13) % 5 - 2
    return x, weight, torch.arange(K, dtype=torch.float64) % 3 - 1


@lru_cache(maxsize=256)
def _parameters(c: int, p: int, q: int, K: int, g: int) -> int:
    module = nn.Conv2d(c, K, (p, q), groups=g, device="meta")
    return sum(part.numel() for part in module.parameters())


@lru_cache(maxsize=256)
def multiplications(m: int, n: int, c: int, p: int, q: int, K: int, g: int) -> int:
    """With ones everywhere every product is 1, so torch's outputs add up to their number."""
    return int(F.conv2d(torch.ones(1, c, m, n), torch.ones(K, c // g, p, q), groups=g).sum())


def edge(c: int, n: int) -> int:
    """The column of the plane in which the outputs begin; the inputs begin in column 0."""
    return math.ceil(c / STACK) * (n + 1) - 1 + GAP


def corners(count: int, m: int, n: int, left: int = 0) -> list[tuple[int, int]]:
    """Where so many maps begin: at most four below each other, m + 1 rows apart."""
    return [(index % STACK * (m + 1), left + index // STACK * (n + 1)) for index in range(count)]


def _nearest(run: Layer, cell: int) -> tuple[str, int, int, int]:
    (c, m, n), found = run.x.shape, []
    row, column = cell // WIDTH, cell % WIDTH - ORIGIN + edge(c, n)
    for kind, maps, left in (("output", run.y, edge(c, n)), ("input", run.x, 0)):
        count, rows, columns = maps.shape
        for index, (top, first) in enumerate(corners(count, m, columns, left)):
            i, j = min(max(row - top, 0), rows - 1), min(max(column - first, 0), columns - 1)
            found.append((math.hypot(row - top - i, column - first - j), (kind, index, i, j)))
    return min(found, key=lambda one: one[0])[1]
