"""Channels and groups: a kernel is a block p × q × c, unless groups keep some channels away.

The numbers are small and whole, so that every sum can be checked by hand; they follow a fixed rule.
A cell is written row · 64 + column. In the plane of the maps the columns are counted from the left
edge of the outputs, which is column 32, so that an output stays where it is while n changes.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.check import choose, require
from core.cnn.layer import first_channel, layer

KERNELS = ("deep", "printed")
LOOKS = ("maps", "kernels")
LARGEST, WIDEST, MOST = 8, 5, 8  # m and n, p and q, c and K
STACK = 4  # maps below each other
GAP = 5  # columns between inputs and outputs
WIDTH, ORIGIN = 64, 32
CELLS = WIDTH * 48


class Unit(NamedTuple):
    """An input x_c[i, j] (kind "input"), an output y_k[i, j] or a weight w_kc[i, j].

    `channel` is 0 for an output; `kernel` is −1 for an input.
    """

    kind: str
    kernel: int
    channel: int
    i: int
    j: int


class Layer(NamedTuple):
    """A layer of K kernels on c channels.

    Attributes:
        x, y: inputs (c, m, n) and outputs (K, rows, columns).
        weight, bias: (K, c / g, p, q) and (K,).
        groups: g, the largest common divisor of c and K up to the one asked for.
        parameters, multiplications: counted in torch's layer.
        looked: the unit looked at.
        output: (k, u, v) of the output whose sum is shown: the one looked at, or the first that
            the input or the weight goes into.
        window, products: (c / g, p, q) of that output.
        term: (channel in the group, a, b) of the term that is looked at, or None.
        inputs: (channel, top, left, bottom, right) of the inputs that light up, both ends included.
        outputs: the same for the outputs.
        swapped: largest change of an output when the first two channels of a group change places.
    """

    x: Tensor
    y: Tensor
    weight: Tensor
    bias: Tensor
    groups: int
    parameters: int
    multiplications: int
    looked: Unit
    output: tuple[int, int, int]
    window: Tensor
    products: Tensor
    term: tuple[int, int, int] | None
    inputs: tuple[tuple[int, int, int, int, int], ...]
    outputs: tuple[tuple[int, int, int, int, int], ...]
    swapped: float

    @property
    def own(self) -> int:
        """How many channels a kernel reads, c / g."""
        return self.weight.shape[1]

    @property
    def first(self) -> int:
        """The first channel that the kernel of `output` reads."""
        return first_channel(self.output[0], len(self.weight), self.own, self.groups)


def channels(
    *,
    m: int,
    n: int,
    c: int,
    p: int,
    q: int,
    K: int,
    groups: int,
    kernel: str,
    look: str,
    cell: int,
) -> Layer:
    """K kernels p × q × (c / g) on m × n × c, valid, stride 1: (m − p + 1)(n − q + 1) K outputs.

    Args:
        m, n: rows and columns of the input, in [p, 8] and [q, 8].
        c, K: channels and kernels, in [1, 8].
        p, q: rows and columns of a kernel, in [1, 5].
        groups: in [1, 8]; g is the largest common divisor of c and K up to it.
        kernel: "deep", a block of weights for every channel, or "printed", p × q weights for all
            channels, as the sheet counts them (E-65).
        look: whether `cell` lies in the plane of the maps or in that of the kernels.
        cell: row · 64 + column, see the module; the nearest unit is taken.

    Raises:
        ValueError: a parameter outside its range, a kernel larger than the input.
    """
    for name, value in (("p", p), ("q", q)):
        require(name, value, 1, WIDEST, integer=True)
    require("m", m, p, LARGEST, integer=True)
    require("n", n, q, LARGEST, integer=True)
    for name, value in (("c", c), ("K", K), ("groups", groups)):
        require(name, value, 1, MOST, integer=True)
    choose("kernel", kernel, KERNELS)
    choose("look", look, LOOKS)
    require("cell", cell, 0, CELLS - 1, integer=True)
    m, n, c, p, q, K, cell = map(int, (m, n, c, p, q, K, cell))
    g = largest_divisor(c, K, int(groups))
    x, weight, bias = _numbers(m, n, c, p, q, K, g)
    if kernel == "printed":
        weight = weight[:, :1].expand(K, c // g, p, q)
    y = layer(x, weight, bias, groups=g)
    looked = _map_unit(cell, x.shape, y.shape) if look == "maps" else _weight_unit(cell, weight, g)
    output, term, inputs, outputs = _lit(looked, weight.shape, y.shape, g)
    k, u, v = output
    first = first_channel(k, K, c // g, g)
    window = x[first : first + c // g, u : u + p, v : v + q]
    return Layer(
        x=x,
        y=y,
        weight=weight,
        bias=bias,
        groups=g,
        parameters=_parameters(c, p, q, K, g),
        multiplications=_multiplications(m, n, c, p, q, K, g),
        looked=looked,
        output=output,
        window=window,
        products=window * weight[k],
        term=term,
        inputs=inputs,
        outputs=outputs,
        swapped=_swapped(x, weight, g),
    )


def largest_divisor(c: int, K: int, most: int) -> int:
    """The largest common divisor of c and K that is at most `most`."""
    return max(divisors(c, K), key=lambda g: g if g <= most else 0)


def divisors(c: int, K: int) -> list[int]:
    """The numbers of groups that c channels and K kernels can be split into."""
    return [g for g in range(1, math.gcd(c, K) + 1) if c % g == K % g == 0]


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
def _multiplications(m: int, n: int, c: int, p: int, q: int, K: int, g: int) -> int:
    """With ones everywhere every product is 1, so the outputs add up to their number."""
    return int(F.conv2d(torch.ones(1, c, m, n), torch.ones(K, c // g, p, q), groups=g).sum())


def _swapped(x: Tensor, weight: Tensor, g: int) -> float:
    if weight.shape[1] < 2:
        return 0.0
    change = torch.zeros_like(x)
    change[0], change[1] = x[1] - x[0], x[0] - x[1]
    return float(F.conv2d(change[None], weight, groups=g).abs().max())


# --- which number is looked at, and what it touches --------------------------------------------


def edge(c: int, n: int) -> int:
    """The column of the plane in which the outputs begin; the inputs begin in column 0."""
    return math.ceil(c / STACK) * (n + 1) - 1 + GAP


def corner(index: int, m: int, n: int, left: int) -> tuple[int, int]:
    """Where map number `index` begins: at most four below each other, m + 1 rows apart."""
    return index % STACK * (m + 1), left + index // STACK * (n + 1)


def _map_unit(cell: int, inputs: torch.Size, outputs: torch.Size) -> Unit:
    c, m, n = inputs
    row, column = cell // WIDTH, cell % WIDTH - ORIGIN + edge(c, n)
    found = []
    for kind, (maps, rows, columns), left in (
        ("output", outputs, edge(c, n)),
        ("input", inputs, 0),
    ):
        for index in range(maps):
            top, first = corner(index, m, columns, left)
            i, j = min(max(row - top, 0), rows - 1), min(max(column - first, 0), columns - 1)
            far = (row - top - i) ** 2 + (column - first - j) ** 2
            unit = Unit(kind, index, 0, i, j) if kind == "output" else Unit(kind, -1, index, i, j)
            found.append((far, unit))
    return min(found, key=lambda one: one[0])[1]


def _weight_unit(cell: int, weight: Tensor, g: int) -> Unit:
    """The weight on the cell or the nearest in its row; blocks are p + 1 and q + 1 cells apart."""
    K, own, p, q = weight.shape
    row, column = divmod(cell, WIDTH)
    k = min(row // (p + 1), K - 1)
    first = first_channel(k, K, own, g)
    channel = min(max(column // (q + 1), first), first + own - 1)
    a, b = row - k * (p + 1), column - channel * (q + 1)
    return Unit("weight", k, channel, min(a, p - 1), min(max(b, 0), q - 1))


def _lit(looked: Unit, weight: torch.Size, outputs: torch.Size, g: int):
    """The output whose sum is shown, the term in it, and the inputs and outputs that light up."""
    K, own, p, q = weight
    _, rows, columns = outputs
    kind, k, channel, i, j = looked
    if kind == "output":
        first = first_channel(k, K, own, g)
        reads = [(ch, i, j, i + p - 1, j + q - 1) for ch in range(first, first + own)]
        return (k, i, j), None, tuple(reads), ((k, i, j, i, j),)
    if kind == "weight":
        term = (channel - first_channel(k, K, own, g), i, j)
        slid = (channel, i, j, i + rows - 1, j + columns - 1)
        return (k, 0, 0), term, (slid,), ((k, 0, 0, rows - 1, columns - 1),)
    top, left = max(i - p + 1, 0), max(j - q + 1, 0)
    bottom, right = min(i, rows - 1), min(j, columns - 1)
    group, size = channel // own, K // g
    k = group * size
    goes = tuple((each, top, left, bottom, right) for each in range(k, k + size))
    return (k, top, left), (channel % own, i - top, j - left), ((channel, i, j, i, j),), goes
