"""Points in the plane to be imitated, their modes, and what of them a generator covers."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require
from core.toy import cloud

DATA = ("ring", "grid", "moons", "spiral")


class Coverage(NamedTuple):
    """Which modes a cloud of points reaches (GAN-07)."""

    counts: Tensor  # points within reach of each mode and nearest to it, shape (modes,), int64
    covered: Tensor  # whether a mode gets more than its least share, shape (modes,), bool
    on_mode: float  # share of all points that are within reach of some mode


def sample(name: str, n: int, *, generator: torch.Generator) -> Tensor:
    """n independent points, shape (n, 2), float64, within about [-2.5, 2.5]².

    ring: eight Gaussians of width 0.05 on the circle of radius 2; grid: twenty-five of them at
    {-2, -1, 0, 1, 2}²; moons: two half circles that reach into each other, blurred by 0.08; spiral:
    two turns of the curve of radius 2 t at the angle 4 π t, t in [0, 1], blurred by 0.05 and nearly
    equally dense along its length.

    Raises:
        ValueError: unknown name, or n outside [1, 1e6].
    """
    choose("data", name, DATA)
    require("n", n, 1, 1_000_000, integer=True)
    if name == "moons":
        return cloud("moons", int(n), generator=generator)
    draw = {"generator": generator, "device": generator.device}
    noise = 0.05 * torch.randn(int(n), 2, dtype=torch.float64, **draw)
    if name == "spiral":
        t = torch.rand(int(n), dtype=torch.float64, **draw).sqrt()
        return spiral(t) + noise
    centres = modes(name).to(generator.device)
    return centres[torch.randint(len(centres), (int(n),), **draw)] + noise


def spiral(t: Tensor) -> Tensor:
    """Its curve: radius 2 t at the angle 4 π t, (n,) -> (n, 2)."""
    angle = 4 * math.pi * t
    return 2 * t[:, None] * torch.stack([angle.cos(), angle.sin()], 1)


def modes(name: str) -> Tensor:
    """Centres of the Gaussians of "ring" (8, counterclockwise from (2, 0)) and "grid" (25, row by
    row from the lower left), shape (modes, 2), float64.

    Raises:
        ValueError: a name without modes.
    """
    choose("data", name, ("ring", "grid"))
    if name == "grid":
        side = torch.arange(-2.0, 3, dtype=torch.float64)
        y, x = torch.meshgrid(side, side, indexing="ij")
        return torch.stack([x, y], -1).reshape(-1, 2)
    angle = 2 * math.pi * torch.arange(8, dtype=torch.float64) / 8
    return 2 * torch.stack([angle.cos(), angle.sin()], 1)


def coverage(
    points: Tensor, centres: Tensor, *, reach: float = 0.25, share: float = 0.02
) -> Coverage:
    """Counts the points at each mode.

    Args:
        points: shape (n, 2), finite; centres: shape (modes, 2).
        reach: largest distance to the nearest centre that counts, > 0.
        share: a mode is covered when more than this share of all points counts for it, in [0, 1).

    Raises:
        ValueError: a value outside its range, or points of another shape.
    """
    require("reach", reach, 0, above=True)
    require("share", share, 0, 1, below=True)
    points, centres = plane("points", points), plane("centres", centres)
    distance, nearest = torch.cdist(points, centres).min(1)
    close = nearest[distance <= reach]
    counts = torch.bincount(close, minlength=len(centres))
    return Coverage(counts, counts > share * len(points), len(close) / len(points))


def plane(name: str, points: Tensor) -> Tensor:
    """The points as float64 if they are finite, at least one, and of shape (n, 2)."""
    points = torch.as_tensor(points, dtype=torch.float64)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(f"expected {name} of shape (n, 2), got {tuple(points.shape)}")
    bad = points[~points.isfinite()]
    if len(bad):
        raise ValueError(f"expected {name} to be finite numbers, got {bad[0].item():g}")
    return points
