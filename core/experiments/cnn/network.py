"""A small trained network on one image: every number of every layer, and where it came from.

Levels 0 to 5 are the image, conv₁, pool₁, conv₂, pool₂ and the logits; a conv level holds the
numbers after ReLU. A unit is one number of a level. Weights and their making: `core.cnn.training`.
"""

from functools import lru_cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core import table
from core.check import choose, require
from core.cnn.layer import decimal, layer, layer_gradient
from core.cnn.plan import CELLS, SIZES, Unit, unit_at
from core.cnn.training import GREY, Digits, Net, accuracy, digits, load
from core.convolution import pool
from core.rng import generator

SOURCES = ("digit", "drawing")
KERNELS = ("trained", "turned")
HELD_OUT = 360


class Terms(NamedTuple):
    """What one unit is made of.

    Attributes:
        window: the numbers it reads in the level below, (channels, rows, columns), 0 outside it.
        inside: which of them lie in the level, same shape.
        weights, products: same shape; None for an image and for a maximum.
        corner: row and column of the window's first place in the level below.
        best: (channel, row, column) in the window of the largest product or of the maximum.
        bias, total: total is the bias and the sum of the products, the maximum, or the pixel.
        value: total after ReLU where the layer has one.
    """

    window: Tensor
    inside: Tensor
    weights: Tensor | None
    products: Tensor | None
    corner: tuple[int, int]
    best: tuple[int, int, int]
    bias: float
    total: float
    value: float


class Reading(NamedTuple):
    """One image in the network.

    Attributes:
        net: the weights as they meet the window, turned by 180° or not.
        label: what the image shows, −1 for a drawing.
        levels: the six levels as (channels, rows, columns).
        sums: conv₁ and conv₂ before ReLU.
        p: the ten probabilities exp(z) / Σ exp(z) of the logits z.
        guess: digit of the largest logit.
        right: share of all held-out digits that are read right when treated like this one.
        chosen: the unit pointed at.
        path: from `chosen` down to a pixel, each time through the largest product or the maximum.
        opened: the unit of the path whose terms are shown.
        terms: of `opened`.
        slope: ∂ opened / ∂ pixel, (8, 8).
        field: (top, left, bottom, right) of the pixels that can change `opened`, both included.
    """

    net: Net
    label: int
    levels: tuple[Tensor, ...]
    sums: tuple[Tensor, Tensor]
    p: Tensor
    guess: int
    right: float
    chosen: Unit
    path: tuple[Unit, ...]
    opened: Unit
    terms: Terms
    slope: Tensor
    field: tuple[int, int, int, int]


def read(
    *,
    source: str,
    digit: int,
    drawing: str,
    dx: int,
    dy: int,
    noise: float,
    seed: int,
    kernels: str,
    cell: int,
    level: int,
) -> Reading:
    """The network of `core.cnn.training` on one image, layer by layer with `core.convolution`.

    Args:
        source: "digit", one of the 360 held out, or "drawing".
        digit: number of the held-out digit, in [0, 359].
        drawing: 8 × 8 grey levels 0 to 16, see `core.table`.
        dx, dy: columns to the right and rows down by which the image is moved, each in [−8, 8];
            what leaves is lost, zeros come in.
        noise: σ in grey levels of a sensor that reads whole levels from 0 to 16, in [0, 16].
        seed: of the noise.
        kernels: "trained", or "turned" by 180°: convolution where the training had correlation.
        cell: the unit pointed at, as a place in `core.cnn.plan`.
        level: how far up the path from pixel to unit `opened` lies; the unit itself if beyond it.

    Raises:
        ValueError: a parameter outside its range, a drawing of another shape.
    """
    choose("source", source, SOURCES)
    choose("kernels", kernels, KERNELS)
    require("digit", digit, 0, HELD_OUT - 1, integer=True)
    require("dx", dx, -8, 8, integer=True)
    require("dy", dy, -8, 8, integer=True)
    require("noise", noise, 0, GREY)
    require("seed", seed, 0, 2**31, integer=True)
    require("cell", cell, 0, CELLS - 1, integer=True)
    require("level", level, 0, 5, integer=True)
    treatment = (int(dx), int(dy), float(noise), int(seed))
    turned = kernels == "turned"
    if source == "digit":
        image, label = _treated(*treatment)[int(digit)], int(digits()[1].labels[int(digit)])
    else:
        drawn = table.read(drawing, "drawing", shapes=((8, 8),))
        require("drawing", drawn.min().item(), 0, GREY)
        require("drawing", drawn.max().item(), 0, GREY)
        image, label = _treat(drawn[None], *treatment)[0], -1
    levels, sums = _forward(tuple(image.flatten().tolist()), turned)
    net = _net(turned)
    chosen = unit_at(int(cell))
    path = [chosen]
    while path[-1].level:
        path.append(_below(net, levels, path[-1]))
    opened = path[max(chosen.level - int(level), 0)]
    z = levels[5].flatten()
    return Reading(
        net=net,
        label=label,
        levels=levels,
        sums=sums,
        p=z.softmax(0),
        guess=int(z.argmax()),
        right=_share(*treatment, turned),
        chosen=chosen,
        path=tuple(path),
        opened=opened,
        terms=terms(net, levels, opened),
        slope=_descend(net, levels, sums, opened).image,
        field=_field(opened),
    )


# --- the image and the layers ------------------------------------------------------------------


def _treat(images: Tensor, dx: int, dy: int, noise: float, seed: int) -> Tensor:
    """(n, 8, 8) moved and noisy; image i gets the i-th noise of the seed."""
    top, left = max(dy, 0), max(dx, 0)
    moved = F.pad(images, (left, max(-dx, 0), top, max(-dy, 0)))
    moved = moved[:, top - dy :, left - dx :][:, :8, :8]
    if not noise:
        return moved
    grain = torch.randn(moved.shape, dtype=torch.float64, generator=generator(seed))
    return (moved + noise * grain).round().clamp(0, GREY)


@lru_cache(maxsize=16)
def _treated(dx: int, dy: int, noise: float, seed: int) -> Tensor:
    return _treat(digits()[1].images, dx, dy, noise, seed)


@lru_cache(maxsize=64)
def _share(dx: int, dy: int, noise: float, seed: int, turned: bool) -> float:
    treated = Digits(_treated(dx, dy, noise, seed), digits()[1].labels)
    return accuracy(_net(turned), treated)


@lru_cache(maxsize=2)
def _net(turned: bool) -> Net:
    net = load()
    if not turned:
        return net
    return net._replace(conv1=net.conv1.flip(-2, -1), conv2=net.conv2.flip(-2, -1))


@lru_cache(maxsize=64)
def _forward(pixels: tuple[float, ...], turned: bool):
    """The six levels and the two sums before ReLU; kernels turned by `convolve` itself."""
    net = load()
    image = torch.tensor(pixels, dtype=torch.float64).view(1, 8, 8)
    z1 = decimal(layer(image, net.conv1, net.bias1, mode="same", flip=turned))
    pool1 = pool(z1.relu(), (2, 2))
    z2 = decimal(layer(pool1, net.conv2, net.bias2, mode="same", flip=turned))
    pool2 = pool(z2.relu(), (2, 2))
    z3 = (net.linear @ pool2.flatten() + net.bias3).view(10, 1, 1)
    return (image, z1.relu(), pool1, z2.relu(), pool2, z3), (z1, z2)


# --- one unit ----------------------------------------------------------------------------------


def terms(net: Net, levels: tuple[Tensor, ...], unit: Unit) -> Terms:
    """The numbers that make the unit: window, weights, products, sum, or the four of a maximum."""
    level, k, i, j = unit
    value = levels[level][k, i, j].item()
    if level == 0:
        pixel = levels[0][:, i : i + 1, j : j + 1]
        return Terms(pixel, pixel == pixel, None, None, (i, j), (0, 0, 0), 0.0, value, value)
    below = levels[level - 1]
    if level in (2, 4):
        window = below[k : k + 1, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        best = _first_largest(window)
        return Terms(window, window == window, None, None, (2 * i, 2 * j), best, 0.0, value, value)
    if level == 5:
        corner, window, inside = (0, 0), below, torch.ones_like(below, dtype=torch.bool)
        weights, bias = net.linear[k].view_as(below), net.bias3[k].item()
    else:
        corner = (i - 1, j - 1)
        padded = F.pad(below, (1, 1, 1, 1), value=torch.nan)[:, i : i + 3, j : j + 3]
        inside, window = ~padded.isnan(), padded.nan_to_num()
        weight, biases = ((net.conv1, net.bias1), (net.conv2, net.bias2))[level == 3]
        weights, bias = weight[k], biases[k].item()
    products = window * weights
    best = _first_largest(products.masked_fill(~inside, -torch.inf))
    total = bias + products.sum().item()
    return Terms(window, inside, weights, products, corner, best, bias, total, value)


def _first_largest(block: Tensor) -> tuple[int, int, int]:
    _, rows, columns = block.shape
    at = int(block.flatten().argmax())
    return at // (rows * columns), at // columns % rows, at % columns


def _below(net: Net, levels: tuple[Tensor, ...], unit: Unit) -> Unit:
    """The unit behind the largest product, or the one that won the maximum."""
    made = terms(net, levels, unit)
    channel, i, j = made.best
    if unit.level in (2, 4):
        channel = unit.channel
    return Unit(unit.level - 1, channel, made.corner[0] + i, made.corner[1] + j)


def _field(unit: Unit) -> tuple[int, int, int, int]:
    """Pixels under the window of the window … of the unit (CNN-21), whatever the weights are."""
    _, _, i, j = unit
    top, left, bottom, right = i, j, i, j
    for level in range(unit.level, 0, -1):
        if level == 5:
            top, left, bottom, right = 0, 0, 1, 1
        elif level in (2, 4):
            top, left, bottom, right = 2 * top, 2 * left, 2 * bottom + 1, 2 * right + 1
        else:
            last = SIZES[level][1] - 1
            top, left = max(top - 1, 0), max(left - 1, 0)
            bottom, right = min(bottom + 1, last), min(right + 1, last)
    return top, left, bottom, right


# --- the way back ------------------------------------------------------------------------------


class Slopes(NamedTuple):
    """∂R/∂pixel, (8, 8), and δ = ∂R/∂sum of conv₁ and conv₂; zeros above where R was taken."""

    image: Tensor
    first: Tensor
    second: Tensor


def slopes(run: Reading, unit: Unit) -> Slopes:
    """∂ unit by backpropagation through the layers below it."""
    return _descend(run.net, run.levels, run.sums, unit)


def _descend(net: Net, levels: tuple[Tensor, ...], sums: tuple[Tensor, ...], unit: Unit) -> Slopes:
    """Down through the matrix, the winners, ReLU and the kernels, one level after the other."""
    level = unit.level
    delta = torch.zeros(SIZES[level], dtype=torch.float64)
    delta[unit.channel, unit.row, unit.column] = 1.0
    first, second = torch.zeros_like(sums[0]), torch.zeros_like(sums[1])
    if level == 5:
        level, delta = 4, (net.linear.T @ delta.flatten()).view(SIZES[4])
    if level == 4:
        level, delta = 3, _to_winners(delta, levels[3])
    if level == 3:
        second = delta * (sums[1] > 0)
        level, delta = 2, layer_gradient(second, net.conv2, mode="same")
    if level == 2:
        level, delta = 1, _to_winners(delta, levels[1])
    if level == 1:
        first = delta * (sums[0] > 0)
        delta = layer_gradient(first, net.conv1, mode="same")
    return Slopes(delta[0], first, second)


def _to_winners(delta: Tensor, below: Tensor) -> Tensor:
    """Each δ of a 2 × 2 maximum goes to the first of the largest of its four numbers (CNN-31)."""
    windows = below.unfold(1, 2, 2).unfold(2, 2, 2).flatten(3)
    routed = torch.zeros_like(windows).scatter(3, windows.argmax(3)[..., None], delta[..., None])
    return routed.unflatten(3, (2, 2)).transpose(2, 3).reshape(below.shape)
