r"""Many dimensions: a linear classifier reads a picture of d pixels, each moved by ε at most.

The score is wᵀx + b = m with ‖w‖₂ = 1, so the boundary lies m away whatever d is. The attack
−ε sign(w) takes ε‖w‖₁ from it, a coin toss of ±ε in every pixel about ε‖w‖₂.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

import torch
from torch import Tensor

from core.adversarial import expected_ratio, norm_ratio, worst_corner
from core.adversarial.dimensions import SPARSE, WEIGHTS, noise_bound, weights
from core.rng import generator
from core.signature import between, declared

MOST = 3072  # pixels
DIMS = tuple(sorted({round(2 * (MOST / 2) ** (k / 40)) for k in range(41)}))  # of the curve


@dataclass(frozen=True)
class Many:
    """The picture, the classifier that reads it, and the picture with two small changes."""

    kind: str
    eps: float
    margin: float  # the score m of x
    x: Tensor  # pixels in [0.2, 0.8], (d,)
    w: Tensor  # weights, ‖w‖₂ = 1, (d,)
    b: float
    attacked: Tensor  # x + δ, (d,)
    noised: Tensor  # x with ±ε by the toss of a coin, (d,)

    d = property(lambda self: len(self.w))
    ratio = property(lambda self: float(norm_ratio(self.w)))  # ‖w‖₁, as ‖w‖₂ = 1
    drop = property(lambda self: self.margin - self.score(self.attacked))
    shift = property(lambda self: self.score(self.noised) - self.margin)
    length = property(lambda self: float((self.attacked - self.x).norm()))  # ‖δ‖₂
    needed = property(lambda self: self.margin / self.ratio)  # ε that brings the score to 0

    def score(self, x: Tensor) -> float:
        return float(self.w @ x) + self.b

    @property
    def chance(self) -> float:
        """At most so often does a coin toss of ±ε in every pixel bring the score to 0."""
        return noise_bound(self.w, self.margin, self.eps) if self.eps else 0.0


@declared
def dimensions(
    d: Annotated[int, between(2, MOST)] = 784,
    eps: Annotated[float, between(0, 0.2)] = 0.05,
    kind: Literal[WEIGHTS] = "ones",
    margin: Annotated[float, between(0.1, 5)] = 1.0,
    seed: Annotated[int, between(0, 10_000)] = 0,
) -> Many:
    """Move every pixel of a picture by ε: all against the classifier, or each at random.

    Args:
        d: number of pixels.
        eps: largest change of a pixel, black is 0 and white 1.
        kind: weights all alike ("ones"), a random direction ("gauss") or four of ±½ ("sparse").
        margin: score of the picture, positive on its own side.
        seed: of the weights and of the noise.

    Sources: ROB-07; Goodfellow et al. 2015.
    """
    x, w = pattern(d), direction(kind, d, seed)
    b = margin - float(w @ x)
    delta = worst_corner(w, b, x, 1, eps).delta
    coins = torch.randint(0, 2, (d,), generator=generator(seed + 1), dtype=torch.float64)
    return Many(kind, eps, margin, x, w, b, x + delta, x + eps * (2 * coins - 1))


def grid(d: int) -> tuple[int, int]:
    """Rows and columns of a picture of d pixels; the last row may be short."""
    columns = math.ceil(math.sqrt(d))
    return math.ceil(d / columns), columns


@lru_cache(maxsize=64)
def pattern(d: int) -> Tensor:
    """A bright ring on dark grey, (d,): no change of 0.2 leaves [0, 1]."""
    rows, columns = grid(d)
    v = 2 * (torch.arange(rows, dtype=torch.float64) + 0.5)[:, None] / rows - 1
    u = 2 * (torch.arange(columns, dtype=torch.float64) + 0.5) / columns - 1
    ring = (-(((u / 0.8).square() + v.square()).sqrt() - 0.6).div(0.2).square()).exp()
    return (0.2 + 0.6 * ring).flatten()[:d]


@lru_cache(maxsize=64)
def direction(kind: str, d: int, seed: int) -> Tensor:
    """w of `weights`; a random direction in d pixels begins the one in `MOST`, made ‖w‖₂ = 1."""
    if kind == "gauss":
        w = _long(seed)[:d]
        return w / w.norm()
    return weights(kind, d, generator=generator(seed))


@lru_cache(maxsize=16)
def _long(seed: int) -> Tensor:
    return weights("gauss", MOST, generator=generator(seed))


@lru_cache(maxsize=64)
def ratios(kind: str, seed: int) -> Tensor:
    """‖w‖₁/‖w‖₂ of `direction` in each of `DIMS`."""
    if kind != "gauss":
        return torch.tensor([law(kind, d) for d in DIMS], dtype=torch.float64)
    w, at = _long(seed), torch.tensor(DIMS) - 1
    return (w.abs().cumsum(0) / w.square().cumsum(0).sqrt())[at]


def law(kind: str, d: int) -> float:
    """‖w‖₁/‖w‖₂ of these weights: √d, 2 where only four count, of random ones the mean."""
    if kind == "gauss":
        return expected_ratio(d)
    return math.sqrt(d if kind == "ones" else min(d, SPARSE))
