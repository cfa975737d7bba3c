"""A small trained network on one image, a held-out digit or a drawing, moved."""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch.nn.functional as F
from torch import Tensor

from core import table
from core.check import require
from core.cnn.anatomy import Numbers, Terms, forward, path, turned
from core.cnn.plan import Unit, unit_at
from core.cnn.training import GREY, Digits, accuracy, digits, load
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
    kernels: Literal["trained", "turned"] = "trained",
) -> Numbers:
    """The network of `core.cnn.training` on one image, layer by layer.

    Args:
        source: one of the 360 digits held out, of this number, or a drawing.
        drawing: 8 × 8 grey levels 0 to 16, see `core.table`.
        dx, dy: columns to the right and rows down by which the image is moved; what leaves is
            lost, zeros come in.
        kernels: "trained", or "turned" by 180°: convolution where the training had correlation.
    """
    if source == "digit":
        image = digits()[1].images[digit]
    else:
        image = table.read(drawing, "drawing", shapes=((8, 8),))
        for level in image.aminmax():
            require("drawing", level.item(), 0, GREY)
    return forward(moved(image[None], dx, dy), load(), flip=kernels == "turned")


def label(source: str, digit: int) -> int:
    """What the image shows, −1 for a drawing."""
    return int(digits()[1].labels[digit]) if source == "digit" else -1


def look(run: Numbers, cell: int, level: int) -> Looked:
    """The unit at a place of `core.cnn.plan`, opened so far up its path, itself if beyond it."""
    way = path(run, unit_at(cell))
    return Looked(tuple(unit for unit, _ in way), *way[max(len(way) - 1 - level, 0)])


def moved(images: Tensor, dx: int, dy: int) -> Tensor:
    """(n, 8, 8) moved by dx to the right and dy down, zeros following."""
    top, left = max(dy, 0), max(dx, 0)
    padded = F.pad(images, (left, max(-dx, 0), top, max(-dy, 0)))
    return padded[:, top - dy :, left - dx :][:, :8, :8]


@lru_cache(maxsize=64)
def share(dx: int, dy: int, kernels: str) -> float:
    """Share of all held-out digits that are read right when they are treated like this."""
    images, labels = digits()[1]
    net = turned(load()) if kernels == "turned" else load()
    return accuracy(net, Digits(moved(images, dx, dy), labels))
