"""Clouds of points in the plane that share a covariance and nothing else. Sources: PROB-09, 11."""

import torch
from torch import Tensor

from core.check import choose, require
from core.probability.moments import covariance_from

CLOUDS = ("gauss", "ring", "parabola", "curve", "cross", "signs")
UNCORRELATED = CLOUDS[1:]  # Cov(X, Y) = 0 by symmetry, and yet they are bound to each other


def cloud(
    name: str, n: int, generator: torch.Generator, sigmas=(1.0, 1.0), rho: float = 0.0
) -> Tensor:
    """n independent points (x, y), (n, 2), float64, of a law by name.

    ========  ====================================================================================
    gauss     normal, correlation ρ
    ring      uniform on the circle of radius √2
    parabola  X in {−1, 0, 1} alike, Y = X²
    curve     X uniform on [−√3, √3], Y = X²
    cross     one coordinate uniform on [−√6, √6], the other 0, by a coin
    signs     X normal and Y = SX, S = ±1 by a coin: each normal, together not
    ========  ====================================================================================

    X has mean 0 and variance 1 (⅔ on the parabola), as Y has on ring, cross and signs.

    Args:
        n: 2 to 100 000.
        sigmas: both coordinates are multiplied by them, ≥ 0.
        rho: of gauss, in [−1, 1]; the others are what they are.
    """
    choose("cloud", name, CLOUDS)
    n = int(require("n", n, 2, 100_000, integer=True))
    Sigma = covariance_from(torch.as_tensor(sigmas, dtype=torch.float64), rho)
    draw = {"generator": generator, "dtype": torch.float64}
    if name in ("gauss", "signs"):
        x, e = torch.randn(2, n, **draw)
        y = rho * x + (1 - rho * rho) ** 0.5 * e if name == "gauss" else x * e.sign()
    elif name == "ring":
        turn = 2 * torch.pi * torch.rand(n, **draw)
        x, y = 2**0.5 * turn.cos(), 2**0.5 * turn.sin()
    elif name == "parabola":
        x = torch.randint(-1, 2, (n,), **draw | {"dtype": torch.int64}).double()
        y = x * x
    elif name == "curve":
        x = 3**0.5 * (2 * torch.rand(n, **draw) - 1)
        y = x * x
    else:
        along, side = 6**0.5 * (2 * torch.rand(n, **draw) - 1), torch.rand(n, **draw) < 0.5
        x, y = along * side, along * ~side
    return torch.stack([x, y], 1) * Sigma.diagonal().sqrt()


def parabola_table() -> Tensor:
    """P(x, y) of X in {−1, 0, 1} alike and Y = X² in {0, 1}, (3, 2): Cov 0, P(0, 0) = ⅓ ≠ 1/9."""
    return torch.tensor([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]], dtype=torch.float64) / 3
