r"""Densities of clouds in the plane, all seen through the same blur, so that they can be compared.

A cloud of fakes has no density, only points. Laid under a Gaussian of width h each, it gets one:
the kernel estimate. The data's density is known, but to be fair it is blurred by the same h:

    p_h = p ∗ N(0, h²),   q_h = mean of N(fake, h²),   D*_h = p_h / (p_h + q_h).

D*_h is the exact answer of GAN-03 for a discriminator that sees every point moved by a Gaussian of
width h, and tends to D* for many fakes and small h.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from core import table
from core.check import choose, require
from core.gan.data import DATA, modes, plane, spiral
from core.plane import REACH as DRAWN
from core.plane import SIDE

BLUR = 0.15  # h
FINE = 128  # Gaussians that stand for a curve
INSIDE = 3  # of them on each side of a painted cell


class Known(NamedTuple):
    """Equally heavy Gaussians in the plane."""

    centres: Tensor  # shape (n, 2), float64
    width: float  # standard deviation of each


def known(name: str) -> Known:
    """The law behind `core.gan.sample`; of a curve, at places that are equally likely.

    Raises:
        ValueError: unknown name.
    """
    choose("data", name, DATA)
    if name in ("ring", "grid"):
        return Known(modes(name), 0.05)
    share = (torch.arange(FINE, dtype=torch.float64) + 0.5) / FINE
    if name == "spiral":
        return Known(spiral(share.sqrt()), 0.05)
    angle = math.pi * share
    upper = torch.stack([angle.cos() - 0.5, angle.sin() - 0.25], 1)
    lower = torch.stack([0.5 - angle.cos(), 0.25 - angle.sin()], 1)
    return Known(1.5 * torch.cat([upper, lower]), 0.08)


def painted(drawing: str) -> Known:
    """The law behind `core.plane.drawn`: each cell as 3 × 3 Gaussians with its mean and variance.

    Raises:
        ValueError: a drawing that `core.table` cannot read.
    """
    cells = table.read(drawing, "drawing", shapes=((SIDE, SIDE),)) > 0
    row, column = cells.nonzero(as_tuple=True)
    side = 2 * DRAWN / SIDE
    part = (torch.arange(INSIDE, dtype=torch.float64) + 0.5) / INSIDE
    dy, dx = torch.meshgrid(part, part, indexing="ij")
    x = (column[:, None] + dx.reshape(1, -1)) * side - DRAWN
    y = DRAWN - (row[:, None] + dy.reshape(1, -1)) * side
    return Known(torch.stack([x, y], -1).reshape(-1, 2), side / INSIDE / math.sqrt(12))


def axis(count: int, reach: float) -> Tensor:
    """Middles of `count` equal cells of [−reach, reach]."""
    require("count", count, 1, 10_000, integer=True)
    return (torch.arange(count, dtype=torch.float64) + 0.5) * (2 * reach / count) - reach


def density(cloud: Tensor | Known, at: Tensor, *, blur: float = BLUR) -> Tensor:
    """The blurred density on a square grid.

    Args:
        cloud: points (n, 2), or a known law.
        at: places on each axis, shape (m,).
        blur: h > 0.

    Returns:
        Shape (m, m), float64, row i at y = at[i], column j at x = at[j].
    """
    require("blur", blur, 0, above=True)
    centres, width = cloud if isinstance(cloud, Known) else (plane("points", cloud), 0.0)
    s = math.hypot(width, blur)
    # a round Gaussian is a product: two thin factors instead of one exponential for each pair
    kx, ky = (torch.exp(-0.5 * ((at[:, None] - c) / s) ** 2) for c in centres.T)
    return ky @ kx.T / (2 * math.pi * s * s * len(centres))
