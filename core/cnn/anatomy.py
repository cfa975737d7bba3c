"""A digit in the network: every number, what it is made of, what it reads, and the way back.

Levels 0 to 5 are the image, conv₁, pool₁, conv₂, pool₂ and the logits; a conv level holds the
numbers after ReLU. A unit is one number of a level, see `core.cnn.plan`; the weights and their
making are in `core.cnn.training`.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.cnn.layer import decimal, layer, layer_gradient
from core.cnn.plan import SIZES, Unit
from core.cnn.training import Net
from core.convolution import pool

# of each level: rows of a window, steps between windows, rows of padding
WINDOWS = ((1, 1, 0), (3, 1, 1), (2, 2, 0), (3, 1, 1), (2, 2, 0), (2, 2, 0))


class Numbers(NamedTuple):
    """One image in the network."""

    net: Net  # the weights as they meet the window
    levels: tuple[Tensor, ...]  # the six levels as (channels, rows, columns)
    sums: tuple[Tensor, Tensor]  # conv₁ and conv₂ before ReLU

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
    """What one unit is made of."""

    window: np.ndarray  # of the level below, (channels, rows, columns), NaN where padding is
    weights: np.ndarray | None  # of the same shape; None for an image and for a maximum
    best: tuple[int, int, int]  # where in the window the largest product or the maximum is
    bias: float
    total: float  # the bias and the sum of the products, the maximum, or the pixel
    value: float  # total after ReLU where the layer has one

    @property
    def products(self) -> np.ndarray:
        """Window times weights, NaN where padding is."""
        return self.window * self.weights


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


def terms(numbers: Numbers, unit: Unit) -> Terms:
    """The numbers that make the unit: window, weights, products, sum, or the four of a maximum."""
    level, k, i, j = unit
    size, step, pad = WINDOWS[level]
    below = numbers.levels[max(level - 1, 0)]
    below = (F.pad(below, (pad,) * 4, value=math.nan) if pad else below).numpy()
    window = below[:, i * step : i * step + size, j * step : j * step + size]
    value = float(numbers.levels[level][k, i, j])
    if level in (0, 2, 4):
        window = window[k : k + 1]
        return Terms(window, None, _largest(window), 0.0, value, value)
    kernels, biases = numbers.net[level - 1 : level + 1]
    weights, bias = kernels[k].view(-1, size, size).numpy(), float(biases[k])
    products = window * weights
    total = bias + float(products[products == products].sum())  # without padding
    return Terms(window, weights, _largest(products), bias, total, value)


def _largest(block: np.ndarray) -> tuple[int, ...]:
    real = np.where(np.isnan(block), -np.inf, block)
    return tuple(map(int, np.unravel_index(real.argmax(), block.shape)))


def path(numbers: Numbers, unit: Unit) -> list[tuple[Unit, Terms]]:
    """Down to a pixel, each time through the largest product or the number that won."""
    (level, k, row, column), made = unit, terms(numbers, unit)
    if not level:
        return [(unit, made)]
    (channel, i, j), (_, step, pad) = made.best, WINDOWS[level]
    channel = k if level in (2, 4) else channel
    lower = Unit(level - 1, channel, row * step - pad + i, column * step - pad + j)
    return [(unit, made), *path(numbers, lower)]


def reads(unit: Unit) -> list[tuple[Unit, Unit]]:
    """The first and the last unit that it reads in each map of the level below."""
    below, first, last = _window(unit)
    maps = [unit.channel] if unit.level in (2, 4) else range(SIZES[below][0])
    return [(Unit(below, k, *first), Unit(below, k, *last)) for k in maps if unit.level]


def read_by(unit: Unit) -> list[tuple[Unit, Unit]]:
    """The first and the last unit of each map of the next level whose window holds it."""
    level, k, *place = unit
    if level == 5:
        return []
    size, step, pad = WINDOWS[level + 1]
    maps, rows, _ = SIZES[level + 1]
    first = [max(-((size - 1 - pad - at) // step), 0) for at in place]
    last = [min((at + pad) // step, rows - 1) for at in place]
    readers = [k] if level in (1, 3) else range(maps)
    return [(Unit(level + 1, each, *first), Unit(level + 1, each, *last)) for each in readers]


def _window(unit: Unit) -> tuple[int, tuple[int, int], tuple[int, int]]:
    """The level that the unit reads, itself for a pixel, and the first and last place there."""
    size, step, pad = WINDOWS[unit.level]
    below = max(unit.level - 1, 0)
    top, left, end = unit.row * step - pad, unit.column * step - pad, SIZES[below][1] - 1
    last = min(top + size - 1, end), min(left + size - 1, end)
    return below, (max(top, 0), max(left, 0)), last


def field(unit: Unit) -> tuple[int, int, int, int]:
    """Pixels (top, left, bottom, right) under the window of the window … of the unit (CNN-21)."""
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
