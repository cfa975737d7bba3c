"""A small trained network on one image, a held-out digit or a drawing, moved and noisy."""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core import table
from core.check import require
from core.cnn.anatomy import Numbers, Terms, forward, path, turned
from core.cnn.plan import Unit, unit_at
from core.cnn.training import GREY, Digits, accuracy, digits, load
from core.rng import generator
from core.signature import between, declared

HELD_OUT = 360
OPEN_FOUR = (
    "0 0 0 0 0 0 0 0,0 0 16 0 0 16 0 0,0 0 16 0 0 16 0 0,0 0 16 0 0 16 0 0,"
    "0 0 16 16 16 16 0 0,0 0 0 0 0 16 0 0,0 0 0 0 0 16 0 0,0 0 0 0 0 16 0 0"
)
Moved = Annotated[int, between(-8, 8)]


class Looked(NamedTuple):
    """What is looked at."""

    path: tuple[Unit, ...]  # from the unit pointed at to a pixel, through the strongest terms
    unit: Unit  # of the path, whose terms are shown
    terms: Terms  # of that unit


@declared
def read(
    source: Literal["digit", "drawing"] = "digit",
    digit: Annotated[int, between(0, HELD_OUT - 1)] = 197,
    drawing: str = OPEN_FOUR,
    dx: Moved = 0,
    dy: Moved = 0,
    noise: Annotated[float, between(0, GREY)] = 0.0,
    seed: Annotated[int, between(0, 2**31)] = 0,
    kernels: Literal["trained", "turned"] = "trained",
) -> Numbers:
    """The network of `core.cnn.training` on one image, layer by layer.

    Args:
        source: one of the 360 digits held out, of this number, or a drawing.
        drawing: 8 × 8 grey levels 0 to 16, see `core.table`.
        dx, dy: columns to the right and rows down by which the image is moved; what leaves is
            lost, zeros come in.
        noise: σ in grey levels of a sensor that reads whole levels from 0 to 16, with its seed.
        kernels: "trained", or "turned" by 180°: convolution where the training had correlation.
    """
    if source == "digit":
        images, number = digits()[1].images, digit
    else:
        images, number = table.read(drawing, "drawing", shapes=((8, 8),))[None], 0
        for level in images.aminmax():
            require("drawing", level.item(), 0, GREY)
    image = treat(images[number][None], dx, dy, noise, seed, number)
    return forward(image, load(), flip=kernels == "turned")


def label(source: str, digit: int) -> int:
    """What the image shows, −1 for a drawing."""
    return int(digits()[1].labels[digit]) if source == "digit" else -1


def look(run: Numbers, cell: int, level: int) -> Looked:
    """The unit at a place of `core.cnn.plan`, opened so far up its path, itself if beyond it."""
    way = path(run, unit_at(cell))
    return Looked(tuple(unit for unit, _ in way), *way[max(len(way) - 1 - level, 0)])


def treat(images: Tensor, dx: int, dy: int, noise: float, seed: int, first: int = 0) -> Tensor:
    """(n, 8, 8) moved and noisy; image i gets the noise number first + i of the seed."""
    top, left = max(dy, 0), max(dx, 0)
    moved = F.pad(images, (left, max(-dx, 0), top, max(-dy, 0)))
    moved = moved[:, top - dy :, left - dx :][:, :8, :8]
    if not noise:
        return moved
    grain = _grain(seed)[first : first + len(images)]
    return (moved + noise * grain).round().clamp(0, GREY)


@lru_cache(maxsize=16)
def _grain(seed: int) -> Tensor:
    return torch.randn(HELD_OUT, 8, 8, dtype=torch.float64, generator=generator(seed))


@lru_cache(maxsize=64)
def share(dx: int, dy: int, noise: float, seed: int, kernels: str) -> float:
    """Share of all held-out digits that are read right when they are treated like this."""
    images, labels = digits()[1]
    net = turned(load()) if kernels == "turned" else load()
    return accuracy(net, Digits(treat(images, dx, dy, noise, seed), labels))
