"""A digit in the network: every number, what it is made of, what it reads, and the way back.

Levels 0 to 5 are the image, conv₁, pool₁, conv₂, pool₂ and the logits; a conv level holds the
numbers after ReLU. A unit is one number of a level, see `core.cnn.plan`; the weights and their
making are in `core.cnn.training`.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.cnn.layer import decimal, layer, layer_gradient
from core.cnn.plan import SIZES, Unit
from core.cnn.training import Net
from core.convolution import pool


class Numbers(NamedTuple):
    """One image in the network.

    Attributes:
        net: the weights as they meet the window.
        levels: the six levels as (channels, rows, columns).
        sums: conv₁ and conv₂ before ReLU.
    """

    net: Net
    levels: tuple[Tensor, ...]
    sums: tuple[Tensor, Tensor]

    @property
    def z(self) -> Tensor:
        """The ten logits."""
        return self.levels[5].flatten()

    @property
    def p(self) -> Tensor:
        """The ten probabilities exp(z) / Σ exp(z)."""
        return self.z.softmax(0)

    @property
    def guess(self) -> int:
        """Digit of the largest logit."""
        return int(self.z.argmax())


class Terms(NamedTuple):
    """What one unit is made of.

    Attributes:
        window: the numbers it reads in the level below, (channels, rows, columns), without those
            that padding adds.
        weights: of all its places, with padding; None for an image and for a maximum.
        corner: row and column of the window's first place in the level below.
        padding: (above, below) and (left, right), how many places of it padding fills.
        best: (channel, row, column) in the window of the largest product or of the maximum.
        bias, total: total is the bias and the sum of the products, the maximum, or the pixel.
        value: total after ReLU where the layer has one.
    """

    window: np.ndarray
    weights: np.ndarray | None
    corner: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]
    best: tuple[int, int, int]
    bias: float
    total: float
    value: float

    @property
    def products(self) -> np.ndarray:
        """Window times weights, shape of the window."""
        (above, _), (left, _) = self.padding
        _, rows, columns = self.window.shape
        return self.window * self.weights[:, above : above + rows, left : left + columns]

    def framed(self, block: np.ndarray) -> np.ndarray:
        """A block of the window's shape with NaN where padding is."""
        return np.pad(block, ((0, 0), *self.padding), constant_values=np.nan)


class Slopes(NamedTuple):
    """∂R/∂pixel, (8, 8), and δ = ∂R/∂sum of conv₁ and conv₂; zeros above where R was taken."""

    image: Tensor
    first: Tensor
    second: Tensor


def turned(net: Net) -> Net:
    """Every kernel turned by 180°: convolution where the training had correlation."""
    return net._replace(conv1=net.conv1.flip(-2, -1), conv2=net.conv2.flip(-2, -1))


def forward(image: Tensor, net: Net, *, flip: bool = False) -> Numbers:
    """All numbers of an image (1, 8, 8), layer by layer; `flip` convolves instead."""
    z1 = decimal(layer(image, net.conv1, net.bias1, mode="same", flip=flip))
    pool1 = pool(z1.relu(), (2, 2))
    z2 = decimal(layer(pool1, net.conv2, net.bias2, mode="same", flip=flip))
    pool2 = pool(z2.relu(), (2, 2))
    z3 = (net.linear @ pool2.flatten() + net.bias3).view(10, 1, 1)
    levels = (image, z1.relu(), pool1, z2.relu(), pool2, z3)
    return Numbers(turned(net) if flip else net, levels, (z1, z2))


# --- one unit ----------------------------------------------------------------------------------


def terms(numbers: Numbers, unit: Unit) -> Terms:
    """The numbers that make the unit: window, weights, products, sum, or the four of a maximum."""
    level, k, i, j = unit
    value, (below, corner, last) = float(numbers.levels[level][k, i, j]), _window(unit)
    (top, left), (bottom, right) = corner, last
    window, none = numbers.levels[below].numpy()[:, top : bottom + 1, left : right + 1], (0, 0)
    if level in (0, 2, 4):
        window = window[k : k + 1]
        return Terms(window, None, corner, (none, none), _largest(window), 0.0, value, value)
    net, padding = numbers.net, (none, none)
    if level == 5:
        weights, bias = net.linear[k].view(window.shape), float(net.bias3[k])
    else:
        kernels, biases = (net.conv1, net.bias1) if level == 1 else (net.conv2, net.bias2)
        weights, bias = kernels[k], float(biases[k])
        padding = (top - i + 1, i + 1 - bottom), (left - j + 1, j + 1 - right)
    made = Terms(window, weights.numpy(), corner, padding, (0, 0, 0), bias, 0.0, value)
    products = made.products
    return made._replace(best=_largest(products), total=bias + float(products.sum()))


def _largest(block: np.ndarray) -> tuple[int, ...]:
    return tuple(map(int, np.unravel_index(block.argmax(), block.shape)))


def path(numbers: Numbers, unit: Unit) -> list[tuple[Unit, Terms]]:
    """Down to a pixel, each time through the largest product or the number that won."""
    found = [(unit, terms(numbers, unit))]
    while unit.level:
        made = found[-1][1]
        (row, column), (channel, i, j) = made.corner, made.best
        if unit.level in (2, 4):
            channel = unit.channel
        unit = Unit(unit.level - 1, channel, row + i, column + j)
        found.append((unit, terms(numbers, unit)))
    return found


def reads(unit: Unit) -> list[tuple[Unit, Unit]]:
    """The first and the last unit that it reads in each map of the level below."""
    if unit.level == 0:
        return []
    level, first, last = _window(unit)
    maps = [unit.channel] if unit.level in (2, 4) else range(SIZES[level][0])
    return [(Unit(level, k, *first), Unit(level, k, *last)) for k in maps]


def read_by(unit: Unit) -> list[tuple[Unit, Unit]]:
    """The first and the last unit of each map of the next level whose window holds it."""
    level, k, i, j = unit
    if level == 5:
        return []
    maps = [k] if level in (1, 3) else range(SIZES[level + 1][0])
    first, last = (i - 1, j - 1), (i + 1, j + 1)
    if level in (1, 3, 4):
        first = last = (0, 0) if level == 4 else (i // 2, j // 2)
    first, last = _cut(level + 1, first, last)
    return [(Unit(level + 1, k, *first), Unit(level + 1, k, *last)) for k in maps]


def _window(unit: Unit) -> tuple[int, tuple[int, int], tuple[int, int]]:
    """The level that the unit reads, itself for a pixel, and the first and last place there."""
    level, _, i, j = unit
    if level == 0:
        return 0, (i, j), (i, j)
    if level == 5:
        return 4, (0, 0), (1, 1)
    if level in (2, 4):
        return level - 1, (2 * i, 2 * j), (2 * i + 1, 2 * j + 1)
    return level - 1, *_cut(level - 1, (i - 1, j - 1), (i + 1, j + 1))


def _cut(level: int, first: tuple, last: tuple) -> tuple[tuple[int, int], tuple[int, int]]:
    """Places `first` to `last` of a map, cut to its size."""
    _, rows, columns = SIZES[level]
    (top, left), (bottom, right) = first, last
    return (max(top, 0), max(left, 0)), (min(bottom, rows - 1), min(right, columns - 1))


def field(unit: Unit) -> tuple[int, int, int, int]:
    """Pixels under the window of the window … of the unit (CNN-21), whatever the weights are.

    Returns:
        (top, left, bottom, right), both ends included.
    """
    first = last = unit
    while first.level:
        level, (top, left), _ = _window(first)
        _, _, (bottom, right) = _window(last)
        first, last = Unit(level, 0, top, left), Unit(level, 0, bottom, right)
    return first.row, first.column, last.row, last.column


def pixels(unit: Unit) -> int:
    """How many pixels can change the unit."""
    top, left, bottom, right = field(unit)
    return (bottom - top + 1) * (right - left + 1)


# --- the way back ------------------------------------------------------------------------------


def slopes(numbers: Numbers, unit: Unit) -> Slopes:
    """∂ unit: down through the matrix, the winners, ReLU and the kernels, level after level."""
    net, levels, sums = numbers
    level = unit.level
    delta = torch.zeros(SIZES[level], dtype=torch.float64)
    delta[unit.channel, unit.row, unit.column] = 1.0
    first, second = torch.zeros_like(sums[0]), torch.zeros_like(sums[1])
    if level == 5:
        level, delta = 4, (net.linear.T @ delta.flatten()).view(SIZES[4])
    if level == 4:
        level, delta = 3, to_winners(delta, levels[3])
    if level == 3:
        second = delta * (sums[1] > 0)
        level, delta = 2, layer_gradient(second, net.conv2, mode="same")
    if level == 2:
        level, delta = 1, to_winners(delta, levels[1])
    if level == 1:
        first = delta * (sums[0] > 0)
        delta = layer_gradient(first, net.conv1, mode="same")
    return Slopes(delta[0], first, second)


def to_winners(delta: Tensor, below: Tensor) -> Tensor:
    """Each δ of a 2 × 2 maximum goes to the first of the largest of its four numbers (CNN-31)."""
    windows = below.unfold(1, 2, 2).unfold(2, 2, 2).flatten(3)
    routed = torch.zeros_like(windows).scatter(3, windows.argmax(3)[..., None], delta[..., None])
    return routed.unflatten(3, (2, 2)).transpose(2, 3).reshape(below.shape)
