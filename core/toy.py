"""Data to play with: small real data sets and clouds of points in the plane."""

import math
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.check import choose, require

FILES = {
    "breast_cancer": "breast_cancer.csv",
    "wine": "wine_data.csv",
    "iris": "iris.csv",
    "digits": "digits.csv.gz",
}
REAL = tuple(FILES)
CLOUDS = ("moons", "ring", "blobs", "checker")


class Labelled(NamedTuple):
    """Points with their class.

    Attributes:
        X: features, shape (n, d).
        y: classes 0..k-1, shape (n,), int64.
    """

    X: Tensor
    y: Tensor


def real(name: str) -> Labelled:
    """A data set bundled with scikit-learn, each feature shifted to mean 0 and scaled to std 1.

    breast_cancer (569, 30) two classes, wine (178, 13) three, iris (150, 4) three, digits
    (1797, 64) ten. Features that never change (pixels at the border of the digits) become 0. X is
    float64; the tensors are fresh at every call.

    Raises:
        ValueError: unknown name.
    """
    choose("data", name, REAL)
    X, y = _standardised(name)
    return Labelled(X.clone(), y.clone())


@lru_cache(maxsize=len(REAL))
def _standardised(name: str) -> tuple[Tensor, Tensor]:
    (package,) = find_spec("sklearn").submodule_search_locations
    path = Path(package, "datasets", "data", FILES[name])  # importing scikit-learn costs 130 MB
    headings = 0 if name == "digits" else 1
    table = np.loadtxt(path, delimiter=",", skiprows=headings)
    X, y = torch.as_tensor(table[:, :-1]), table[:, -1]
    spread = X.std(0, correction=0)
    X = (X - X.mean(0)) / torch.where(spread > 0, spread, 1.0)
    return X, torch.as_tensor(y, dtype=torch.int64)


def cloud(name: str, n: int, *, generator: torch.Generator) -> Tensor:
    """n independent points in the plane, shape (n, 2), float64, within about [-2.5, 2.5]².

    moons: two half circles that reach into each other, blurred by 0.08; ring: the circle of radius
    2, blurred by 0.1; blobs: eight Gaussians of width 0.1 on the circle of radius 2; checker: the
    black squares of a 4 by 4 board on [-2, 2]².

    Raises:
        ValueError: unknown name, or n outside [1, 1e6].
    """
    choose("cloud", name, CLOUDS)
    require("n", n, 1, 1_000_000, integer=True)
    draw = {"generator": generator, "device": generator.device, "dtype": torch.float64}
    noise = torch.randn(n, 2, **draw)
    u = torch.rand(n, **draw)
    if name == "checker":
        v, side = torch.rand(n, **draw), torch.randint(2, (n,), **draw | {"dtype": torch.int64})
        x = 4 * u - 2
        row = 2 * side + x.floor().to(torch.int64) % 2  # 0..3, same parity as the column
        return torch.stack([x, row - 2 + v], dim=1)
    if name == "moons":
        lower = torch.rand(n, **draw) < 0.5
        arc = math.pi * u
        x = torch.where(lower, 0.5 - arc.cos(), arc.cos() - 0.5)
        y = torch.where(lower, 0.25 - arc.sin(), arc.sin() - 0.25)
        return 1.5 * torch.stack([x, y], dim=1) + 0.08 * noise
    angle = 2 * math.pi * (u if name == "ring" else (8 * u).floor() / 8)
    circle = 2 * torch.stack([angle.cos(), angle.sin()], dim=1)
    return circle + 0.1 * noise
