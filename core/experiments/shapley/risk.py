r"""SAGE and its rivals: five importances of the same features, each answer to another question.

Three worlds where all five are known in closed form, and their estimates from n rows learned from
and n rows judged, for twenty draws at once (XAI-19).
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core import table
from core.check import require
from core.rng import generator
from core.shapley import bits
from core.shapley.coalitions import coalitions
from core.shapley.prediction import inverse_blocks
from core.shapley.risk import MEASURES
from core.shapley.values import first_in, lofo, shapley_values
from core.signature import between, declared

WORLDS = ("gauss", *bits.WORLDS)
DRAWS = 20
STEEP = 10.0  # largest |β| and noise
WITHOUT = [6, 5, 3]  # the coalitions of all but one of three features


class Risk(NamedTuple):
    """Five importances of p features; index m runs over `MEASURES`."""

    beta: Tensor  # (3,) slopes; empty in a world of bits
    v: Tensor  # (2**p,) −R(f_S) of the best predictor from X_S
    exact: Tensor  # (5, p) the importances for the whole law; ∞ where a sure model is wrong
    losses: Tensor  # (2**p, n) of the f_S learned from n rows, on each of n other rows
    rises: Tensor  # (2, p, n) of the loss of f there, a feature shuffled and resampled
    draws: Tensor  # (20, 5, p) the importances over such rows, the first draw that of `losses`

    saved = property(lambda self: (self.v[-1] - self.v[0]).item())  # R(f_∅) − R(f), whole law

    # over the rows judged: −R of the f_S learned (2**p,), R(f_∅) − R(f), the importances (5, p)
    learned = property(lambda self: -self.losses.mean(1))
    saved_found = property(lambda self: (self.learned[-1] - self.learned[0]).item())
    found = property(lambda self: self.draws[0])
    # those of every single row (5, n, p), whose mean is `found`, and its standard errors (5, p)
    each = property(lambda self: _five(-self.losses.T, self.rises.mT))
    errors = property(lambda self: self.each.std(1) / self.losses.shape[1] ** 0.5)

    @property
    def information(self) -> Tensor:
        """I(X_j; Y) in nats for the whole law, (p,); ∞ where X_j alone determines Y."""
        alone, variance = self.exact[MEASURES.index("alone")], -self.v[0]
        if not len(self.beta):
            return alone
        return -0.5 * torch.log1p(-(alone / variance).clamp_max(1)) if variance > 0 else 0 * alone


@declared
def risk(
    world: Literal[WORLDS] = "gauss",
    beta: str = "1 1 1",
    rho: Annotated[float, between(-1, 1)] = 0.9,
    noise: Annotated[float, between(0, STEEP)] = 0.25,
    flip: Annotated[float, between(0, 0.5)] = 0.0,
    n: Annotated[int, between(20, 5000)] = 200,
    seed: Annotated[int, between(0, 2**31)] = 0,
) -> Risk:
    """SAGE, LOFO, permutation, conditional resampling and first-in importance of each feature.

    Args:
        world: "gauss", Y = βᵀX + ε with three standard normal features, corr(X₁, X₂) = rho,
            Var ε = noise, squared loss; "xor", Y = X₁ xor X₂, and "copy", Y = X₁ = X₂, with fair
            bits, a label flipped with chance `flip`, log loss.
        beta, rho, noise: of the normal world; three slopes in ±10, "1 1 1".
        n: rows learned from, and as many others where the risk is taken.
        seed: of the first of twenty draws.

    Raises:
        ValueError: β not of three numbers in ±10.
    """
    for value in (slope := table.read(beta, "beta", shapes=((1, 3),))[0]).tolist():
        require("an entry of beta", value, -STEEP, STEEP)
    if world == "gauss":
        v, risen = _law(slope, rho, noise)
        losses, rises = _judged(slope, rho, noise, *_drawn(n, seed))
    else:
        slope, (v, risen) = slope[:0], bits.law(world, flip)
        losses, rises = bits.judged(world, flip, *bits.drawn(n, seed, DRAWS))
    draws = _five(-losses.mean(-1), rises.mean(-1), 1)
    return Risk(slope, v, _five(v, risen), losses[0], rises[:, 0], draws)


def _five(v: Tensor, rises: Tensor, dim: int = 0) -> Tensor:
    """The importances of games v (…, 2**p) with the rises (2, …, p), stacked along `dim`."""
    return torch.stack((shapley_values(v), lofo(v), *rises, first_in(v)), dim=dim)


def sweep(world: str) -> Tensor:
    """Correlations, or chances of a flip, (41,)."""
    low, high = (-0.99, 0.99) if world == "gauss" else (0.0, 0.5)
    return torch.linspace(low, high, 41, dtype=torch.float64)


def lines(world: str, beta: Tensor, at: Tensor) -> Tensor:
    """The five importances by hand, (5, K, p) for K correlations |ρ| < 1 or chances of a flip."""
    if world != "gauss":
        return bits.lines(world, at)
    left, turned = (1 - at**2)[:, None], beta[[1, 0, 2]]
    alone, shuffled = (beta + at[:, None] * turned) ** 2, (2 * beta**2).expand(len(at), -1)
    last = left * beta**2
    alone[:, 2] = last[:, 2] = beta[2] ** 2
    return torch.stack(((alone + last) / 2, last, shuffled, 2 * last, alone))


def _law(beta: Tensor, rho: float, noise: float) -> tuple[Tensor, Tensor]:
    """v(S), and permutation and resampling importance 2 f_j² Var(X_j), 2 f_j² Var(X_j | X_−j)."""
    cov = torch.eye(3, dtype=torch.float64)
    cov[0, 1] = cov[1, 0] = rho
    inverse = inverse_blocks(cov, coalitions(3))
    with_y = cov @ beta
    v = (inverse @ with_y) @ with_y - (beta @ with_y + noise)
    f = inverse[-1] @ with_y  # β; the shortest if |ρ| = 1
    told = (cov @ inverse[WITHOUT]).diagonal().T  # E[X_j | X_−j], row j
    left = (1 - (told * cov).sum(-1)).clamp_min(0)
    return v, 2 * f**2 * torch.stack((torch.ones_like(left), left))


@lru_cache(maxsize=2)
def _drawn(n: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Noise of rows, orders to shuffle by, noise to resample by; shared, do not write."""
    each, double = [generator(seed + k) for k in range(DRAWS)], torch.float64
    kinds = (
        (torch.randn, (2 * n, 4), double),
        (torch.rand, (n, 3), None),
        (torch.randn, (n, 3), double),
    )
    rows, order, fresh = (
        torch.stack([draw(size, generator=one, dtype=kind) for one in each]).mT.contiguous()
        for draw, size, kind in kinds
    )
    return rows, order.argsort(-1), fresh


def _judged(
    beta: Tensor, rho: float, noise: float, rows: Tensor, order: Tensor, noise_j: Tensor
) -> tuple[Tensor, Tensor]:
    """Losses (R, 8, n) of the f_S learned, and rises (2, R, 3, n) by shuffling and resampling."""
    n = order.shape[-1]
    x = rows[:, :3].clone()
    x[:, 1] = rho * rows[:, 0] + math.sqrt(1 - rho**2) * rows[:, 1]
    y = (beta @ x + math.sqrt(noise) * rows[:, 3])[:, None]
    x, y = (each - each[..., :n].mean(-1, keepdim=True) for each in (x, y))
    C, with_y = (x[..., :n] @ each[..., :n].mT / n for each in (x, y))
    blocks = C[:, None] * (coalitions(3)[:, :, None] & coalitions(3)[:, None])
    inverse = torch.linalg.pinv(blocks, hermitian=True, rtol=1e-10)  # (R, 8, 3, 3)
    fits = (inverse @ with_y[:, None])[..., 0]  # (R, 8, 3)
    x, y = x[..., n:], y[..., n:]
    error = y - fits @ x
    # another value in place of x_j moves the prediction by f_j times the step
    told = (inverse[:, WITHOUT] @ C[:, None]).diagonal(dim1=1, dim2=3)  # column j: E[X_j | X_−j]
    spread = (C.diagonal(dim1=1, dim2=2) - (told * C).sum(1)).clamp_min(0).sqrt()
    new = torch.stack((x.gather(-1, order), told.mT @ x + spread[..., None] * noise_j))
    step = fits[:, -1, :, None] * (new - x)
    return error**2, step * (step - 2 * error[:, -1:])
