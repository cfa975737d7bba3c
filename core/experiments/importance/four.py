r"""Four importances of one feature: shuffled, redrawn, left out and trained again, told.

Two worlds. Twins: Y = X₁ + X₂ + ε of normal features with correlation ρ, closed forms and n rows.
Bits: a table between XOR and a duplicate, exact. Feature 2 has the same numbers as feature 1.
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.importance import Losses, normal_losses, normal_told, table_losses
from core.importance.losses import LOSSES
from core.information import features, xor_copy
from core.rng import generator
from core.signature import between, declared

WORLDS = ("twins", "bits")
CLOSEST, LEAST, MOST = 0.99, 0.2, 2.0  # of ρ; of the noise σ
RHOS = torch.sin(torch.linspace(0, math.asin(CLOSEST), 61, dtype=torch.float64))
SHARES = torch.linspace(0, 1, 61, dtype=torch.float64)


class Rows(NamedTuple):
    """n rows judged, their first column shuffled and redrawn, and what that costs each row."""

    x: Tensor  # (n, 2)
    y: Tensor  # (n,)
    shuffled: Tensor  # x₁ of another row, (n,)
    redrawn: Tensor  # x₁ drawn again, given x₂, (n,)
    fit: Tensor  # slope of y on x₂ learned from n other rows, and the variance left, (2,)
    rises: Tensor  # of the loss, (4, n), as in `Losses`

    found = property(lambda self: self.rises.mean(1))  # (4,)
    errors = property(lambda self: self.rises.std(1) / self.rises.shape[1] ** 0.5)


class Four(NamedTuple):
    """What f loses without X₁ over the whole law, and what X₁ tells."""

    exact: Tensor  # (4,) as in `Losses`; ∞ where f is sure and wrong
    told: Tensor  # I(X₁;Y) and I(X₁;Y|X₂) in nats, (2,)
    table: Tensor  # masses [x₁, x₂, y] of the bits, (2, 2, 2); (0,) for twins
    rows: Rows | None


@declared
def four(
    world: Literal[WORLDS] = "twins",
    rho: Annotated[float, between(0, CLOSEST)] = 0.99,
    t: Annotated[float, between(0, 1)] = 0.0,
    noise: Annotated[float, between(LEAST, MOST)] = 0.5,
    loss: Literal[LOSSES] = "squared",
    n: Annotated[int, between(20, 2000)] = 400,
    seed: Annotated[int, between(0, 2**31)] = 0,
) -> Four:
    """Permutation importance, conditional resampling, LOFO and information of feature 1.

    Args:
        world: "twins" is Y = X₁ + X₂ + ε, f(x) = x₁ + x₂; "bits" a table, f the best predictor.
        rho: correlation of the twins.
        t: share of the duplicate X₁ = X₂ = Y; the rest is Y = X₁ xor X₂ of fair coins.
        noise: standard deviation σ of ε.
        loss: "squared" error, or "log": −log of what f gives to Y (for twins N(f(x), σ²)).
        n: rows judged; the model without X₁ learns from as many others.
        seed: of the rows.

    Sources: XAI-07 to XAI-13.
    """
    if world == "bits":
        table = xor_copy(t)
        told = features(table)
        exact = torch.stack(table_losses(table, loss, sure(t)))
        return Four(exact, torch.stack([told.first, told.first_given]), table, None)
    exact = torch.stack(normal_losses(rho, noise, loss))
    told = torch.stack(normal_told(rho, noise))
    return Four(exact, told, exact[:0], _rows(rho, noise, loss, n, seed))


def sure(t: float | Tensor) -> Tensor:
    """P(y | x) of the bits, also for pairs that never come at t = 1: there it stays XOR."""
    t = torch.as_tensor(t, dtype=torch.float64)
    one = torch.zeros(*t.shape, 2, 2, dtype=torch.float64)
    one[..., 0, 1] = one[..., 1, 0] = 1.0
    one[..., 1, 1] = 2 * t / (1 + t)
    return torch.stack([1 - one, one], -1)


@lru_cache(maxsize=8)
def drawn(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Normal numbers (2n, 4) of rows learned from and judged, and an order (n,); do not write."""
    random = generator(seed)
    z = torch.randn(2 * n, 4, generator=random, dtype=torch.float64)
    return z, torch.randperm(n, generator=random)


def _rows(rho: float, noise: float, loss: str, n: int, seed: int) -> Rows:
    z, order = drawn(n, seed)
    left = math.sqrt((1 - rho) * (1 + rho))
    x2, x1 = z[:, 1], rho * z[:, 1] + left * z[:, 0]
    y = x1 + x2 + noise * z[:, 2]
    slope = (x2[:n] @ y[:n]) / (x2[:n] @ x2[:n])
    rest = (y[:n] - slope * x2[:n]).square().mean()
    x1, x2, y = x1[n:], x2[n:], y[n:]
    shuffled, redrawn = x1[order], rho * x2 + left * z[n:, 3]
    means = torch.stack([x1 + x2, shuffled + x2, redrawn + x2, (1 + rho) * x2, slope * x2])
    losses = (y - means).square()
    if loss == "log":
        s = noise * noise
        spread = torch.tensor([s, s, s, s + left * left, float(rest)], dtype=torch.float64)
        losses = 0.5 * (losses / spread[:, None] + (math.tau * spread).log()[:, None])
    rises = losses[1:] - losses[0]
    return Rows(torch.stack([x1, x2], 1), y, shuffled, redrawn, torch.stack([slope, rest]), rises)


@lru_cache(maxsize=64)
def curves(world: str, noise: float, loss: str) -> tuple[Tensor, Tensor, Tensor]:
    """ρ or t, the four losses (4, 61) and both informations (2, 61) over it, exactly."""
    if world == "bits":
        table = xor_copy(SHARES)
        told = features(table)
        losses = torch.stack(table_losses(table, loss, sure(SHARES)))
        return SHARES, losses, torch.stack([told.first, told.first_given])
    return RHOS, torch.stack(normal_losses(RHOS, noise, loss)), torch.stack(
        normal_told(RHOS, noise)
    )  # fmt: skip


NAMES = Losses("shuffled", "redrawn", "averaged", "left out")  # of the four, as the page says
