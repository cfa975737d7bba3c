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
from core.cnn.layer import divisors, first_channel, layer
from core.signature import between, declared

LARGEST = 8  # m, n, c and K
STACK = 4  # maps below each other
GAP = 5  # columns between inputs and outputs
WIDTH, ORIGIN = 64, 32
CELLS = WIDTH * 48

Rectangle = tuple[int, int, int, int, int]  # map, top, left, bottom, right, both ends included
Count = Annotated[int, between(1, LARGEST)]
Window = Annotated[int, between(1, 5)]


class Unit(NamedTuple):
    """An input x_c[i, j] (kind "input"), an output y_k[i, j] or a weight w_kc[i, j].

    `channel` is 0 for an output; `kernel` is −1 for an input.
    """

    kind: str
    kernel: int
    channel: int
    i: int
    j: int


class Looked(NamedTuple):
    """One number of the layer and what it meets.

    Attributes:
        unit: the number looked at.
        output: (k, u, v) of the output whose sum is shown: the one looked at, or the first that
            the input or the weight goes into.
        term: (channel in the group, a, b) of the term that is looked at, or None.
        inputs, outputs: those that light up.
    """

    unit: Unit
    output: tuple[int, int, int]
    term: tuple[int, int, int] | None
    inputs: tuple[Rectangle, ...]
    outputs: tuple[Rectangle, ...]


class Layer(NamedTuple):
    """A layer of K kernels on c channels.

    Attributes:
        x, y: inputs (c, m, n) and outputs (K, rows, columns).
        weight, bias: (K, c / g, p, q) and (K,).
        parameters, multiplications: counted in torch's layer.
    """

    x: Tensor
    y: Tensor
    weight: Tensor
    bias: Tensor
    parameters: int
    multiplications: int

    @property
    def own(self) -> int:
        """How many channels a kernel reads, c / g."""
        return self.weight.shape[1]

    @property
    def groups(self) -> int:
        """The number g of groups."""
        return len(self.x) // self.own

    def reads(self, k: int) -> range:
        """The channels that kernel k reads."""
        first = first_channel(k, len(self.weight), self.own, self.groups)
        return range(first, first + self.own)

    def products(self, output: tuple[int, int, int]) -> tuple[Tensor, Tensor]:
        """The window (c / g, p, q) of the output y_k[u, v] and its products with the weights."""
        (k, u, v), (p, q) = output, self.weight.shape[2:]
        read = self.reads(k)
        window = self.x[read.start : read.stop, u : u + p, v : v + q]
        return window, window * self.weight[k]

    def looked(self, look: str, cell: int) -> Looked:
        """The number nearest to a cell in the plane of the maps or of the kernels."""
        unit = _map_unit(self, cell) if look == "maps" else _weight_unit(self, cell)
        return Looked(unit, *_met(self, unit))


@declared
def channels(
    m: Count = 6,
    n: Count = 6,
    c: Count = 4,
    p: Window = 3,
    q: Window = 3,
    K: Count = 4,
    groups: Count = 2,
    kernel: Literal["deep", "printed"] = "deep",
) -> Layer:
    """K kernels p × q × (c / g) on m × n × c, valid, stride 1: (m − p + 1)(n − q + 1) K outputs.

    Args:
        m, n: rows and columns of the input, at least p and q.
        c, K: channels and kernels.
        p, q: rows and columns of a kernel.
        groups: g is the largest common divisor of c and K up to it.
        kernel: "deep", a block of weights for every channel, or "printed", p × q weights for all
            channels, as the sheet counts them (E-65).
    """
    require("m", m, p, integer=True)
    require("n", n, q, integer=True)
    g = max(g for g in divisors(c, K) if g <= groups)
    x, weight, bias = _numbers(m, n, c, p, q, K, g)
    if kernel == "printed":
        weight = weight[:, :1].expand(K, c // g, p, q)
    return Layer(
        x=x,
        y=layer(x, weight, bias, groups=g),
        weight=weight,
        bias=bias,
        parameters=_parameters(c, p, q, K, g),
        multiplications=multiplications(m, n, c, p, q, K, g),
    )


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
    torchs = nn.Conv2d(c, K, (p, q), groups=g, device="meta")
    return sum(part.numel() for part in torchs.parameters())


@lru_cache(maxsize=256)
def multiplications(m: int, n: int, c: int, p: int, q: int, K: int, g: int) -> int:
    """With ones everywhere every product is 1, so torch's outputs add up to their number."""
    return int(F.conv2d(torch.ones(1, c, m, n), torch.ones(K, c // g, p, q), groups=g).sum())


# --- which number is looked at, and what it meets ------------------------------------------------


def edge(c: int, n: int) -> int:
    """The column of the plane in which the outputs begin; the inputs begin in column 0."""
    return math.ceil(c / STACK) * (n + 1) - 1 + GAP


def corner(index: int, m: int, n: int, left: int) -> tuple[int, int]:
    """Where map number `index` begins: at most four below each other, m + 1 rows apart."""
    return index % STACK * (m + 1), left + index // STACK * (n + 1)


def _map_unit(run: Layer, cell: int) -> Unit:
    (c, m, n), found = run.x.shape, []
    left = edge(c, n)
    row, column = cell // WIDTH, cell % WIDTH - ORIGIN + left
    for kind, maps, start in (("output", run.y, left), ("input", run.x, 0)):
        count, rows, columns = maps.shape
        for index in range(count):
            top, first = corner(index, m, columns, start)
            i, j = min(max(row - top, 0), rows - 1), min(max(column - first, 0), columns - 1)
            far = (row - top - i) ** 2 + (column - first - j) ** 2
            place = (index, 0, i, j) if kind == "output" else (-1, index, i, j)
            found.append((far, Unit(kind, *place)))
    return min(found, key=lambda one: one[0])[1]


def _weight_unit(run: Layer, cell: int) -> Unit:
    """The weight on the cell or the nearest in its row; blocks are p + 1 and q + 1 cells apart."""
    K, _, p, q = run.weight.shape
    row, column = divmod(cell, WIDTH)
    k = min(row // (p + 1), K - 1)
    read = run.reads(k)
    channel = min(max(column // (q + 1), read.start), read.stop - 1)
    a, b = row - k * (p + 1), column - channel * (q + 1)
    return Unit("weight", k, channel, min(a, p - 1), min(max(b, 0), q - 1))


def _met(run: Layer, unit: Unit) -> tuple:
    """The output whose sum is shown, the term in it, and the inputs and outputs that light up."""
    (K, own, p, q), (_, rows, columns) = run.weight.shape, run.y.shape
    kind, k, channel, i, j = unit
    if kind == "output":
        reads = tuple((ch, i, j, i + p - 1, j + q - 1) for ch in run.reads(k))
        return (k, i, j), None, reads, ((k, i, j, i, j),)
    if kind == "weight":
        slid = (channel, i, j, i + rows - 1, j + columns - 1)
        goes = (k, 0, 0, rows - 1, columns - 1)
        return (k, 0, 0), (channel - run.reads(k).start, i, j), (slid,), (goes,)
    top, left = max(i - p + 1, 0), max(j - q + 1, 0)
    bottom, right = min(i, rows - 1), min(j, columns - 1)
    size = K // run.groups
    k = channel // own * size
    goes = tuple((each, top, left, bottom, right) for each in range(k, k + size))
    return (k, top, left), (channel % own, i - top, j - left), ((channel, i, j, i, j),), goes
