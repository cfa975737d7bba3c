r"""SAGE and its rivals: five importances of the same features, each answer to another question.

Three worlds where all five are known in closed form, and their estimates from n rows learned from
and n rows judged, for twenty draws at once (XAI-19). The games are `regression_game` and
`information_game` of `core.shapley.risk`.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from core import table
from core.check import choose, require
from core.rng import generator
from core.shapley import bits
from core.shapley.coalitions import coalitions
from core.shapley.prediction import slopes
from core.shapley.risk import joint_covariance, regression_game
from core.shapley.values import first_in, lofo, shapley_values

MEASURES = ("sage", "lofo", "permutation", "resampling", "alone")
WORLDS = ("gauss", *bits.WORLDS)
FEATURES = ("1", "2", "3")
DRAWS = 20
SWEEP = 41
STEEP = 10.0  # largest |β| and noise


class Importances(NamedTuple):
    """Five importances of p features; index m runs over `MEASURES`.

    Attributes:
        world: of `WORLDS`.
        v: (2**p,) −R(f_S) of the best predictor from X_S.
        exact: (5, p) the importances for the whole law; ∞ where a sure model is wrong.
        learned: (2**p,) −R of the f_S learned from n rows, over n other rows.
        found, errors: (5, p) importances there, with standard errors over the rows judged.
        draws: (20, 5, p) the same from other draws, the first of them that of `found`.
        at: the correlation, or the chance that a label is flipped.
        sweep, curves: (K,) values of `at`, and (5, K, p) the importances for the whole law there.
        beta: (3,) slopes; empty in a world of bits.
    """

    world: str
    v: Tensor
    exact: Tensor
    learned: Tensor
    found: Tensor
    errors: Tensor
    draws: Tensor
    at: float
    sweep: Tensor
    curves: Tensor
    beta: Tensor

    @property
    def features(self) -> int:
        """p."""
        return self.exact.shape[1]

    @property
    def information(self) -> Tensor:
        """I(X_j; Y) in nats for the whole law, (p,); ∞ where X_j alone determines Y."""
        alone = self.exact[MEASURES.index("alone")]
        if not len(self.beta):
            return alone
        variance = -self.v[0]
        return -0.5 * torch.log1p(-(alone / variance).clamp_max(1)) if variance > 0 else 0 * alone

    @property
    def saved(self) -> float:
        """R(f_∅) − R(f) for the whole law."""
        return (self.v[-1] - self.v[0]).item()

    @property
    def saved_found(self) -> float:
        """R(f_∅) − R(f) of the learned models over the rows judged."""
        return (self.learned[-1] - self.learned[0]).item()


def importances(
    world: str,
    beta: str,
    rho: float,
    noise: float,
    flip: float,
    n: int,
    seed: int,
    feature: str = "1",
    adds: bool = False,
) -> Importances:
    """SAGE, LOFO, permutation, conditional resampling and first-in importance of each feature.

    Args:
        world: "gauss", Y = βᵀX + ε with three standard normal features, corr(X₁, X₂) = rho,
            Var ε = noise, squared loss; "xor", Y = X₁ xor X₂, and "copy", Y = X₁ = X₂, with fair
            bits, a label flipped with chance `flip`, log loss.
        beta: three slopes, "1 1 1".
        n: rows learned from, and as many others where the risk is taken.
        seed: of the first of twenty draws.
        feature, adds: the feature followed and the belief drawn; they change the picture alone.

    Raises:
        ValueError: a number out of its range, β not of three numbers, an unknown world.
    """
    choose("world", world, WORLDS)
    choose("feature", feature, FEATURES)
    require("rho", rho, -1.0, 1.0)
    require("noise", noise, 0.0, STEEP)
    require("flip", flip, 0.0, 0.5)
    n = int(require("n", n, 20, 5000, integer=True))
    slope = table.read(beta, "beta", shapes=((1, 3),))[0]
    for value in slope.tolist():
        require("an entry of beta", value, -STEEP, STEEP)
    generators = [generator(seed + k) for k in range(DRAWS)]
    if world == "gauss":
        v, exact = _law(slope, rho, noise)
        losses, rises = _judged(slope, rho, noise, n, generators)
        sweep = torch.linspace(-0.99, 0.99, SWEEP, dtype=torch.float64)
        curves = lines(slope, sweep)
    else:
        v, exact = bits.law(world, flip)
        losses, rises = bits.judged(world, flip, n, generators)
        sweep = torch.linspace(0.0, 0.5, SWEEP, dtype=torch.float64)
        curves = bits.lines(world, sweep)
    learned, found, errors, draws = _estimated(losses, rises)
    return Importances(
        world=world,
        v=v,
        exact=torch.cat((torch.stack((shapley_values(v), lofo(v))), exact, first_in(v)[None])),
        learned=learned,
        found=found,
        errors=errors,
        draws=draws,
        at=float(rho if world == "gauss" else flip),
        sweep=sweep,
        curves=curves,
        beta=slope if world == "gauss" else slope[:0],
    )


def lines(beta: Tensor, rho: Tensor) -> Tensor:
    """The five importances in the normal world by hand, (5, K, 3) for K correlations |ρ| < 1."""
    b1, b2, b3 = (each.expand(len(rho)) for each in beta)
    left = 1 - rho**2
    alone = torch.stack(((b1 + rho * b2) ** 2, (b2 + rho * b1) ** 2, b3**2), dim=-1)
    last = torch.stack((left * b1**2, left * b2**2, b3**2), dim=-1)
    shuffled = 2 * beta.expand(len(rho), 3) ** 2
    return torch.stack(((alone + last) / 2, last, shuffled, 2 * last, alone))


def _law(beta: Tensor, rho: float, noise: float) -> tuple[Tensor, Tensor]:
    """v(S), and permutation and resampling importance 2 f_j² Var(X_j), 2 f_j² Var(X_j | X_−j)."""
    cov = torch.eye(3, dtype=torch.float64)
    cov[0, 1] = cov[1, 0] = rho
    f = slopes(cov, torch.ones(1, 3, dtype=torch.bool))[0] @ beta  # β; the shortest if |ρ| = 1
    told = slopes(cov, ~torch.eye(3, dtype=torch.bool)).diagonal().T  # E[X_j | X_−j], row j
    left = (cov.diagonal() - (told * cov).sum(-1)).clamp_min(0)
    risen = torch.stack((2 * f**2 * cov.diagonal(), 2 * f**2 * left))
    return regression_game(joint_covariance(beta, cov, noise)), risen


def _judged(
    beta: Tensor, rho: float, noise: float, n: int, generators: list[torch.Generator]
) -> tuple[Tensor, Tensor]:
    """Losses (R, n, 8) of the f_S learned, and rises (2, R, n, 3) by shuffling and resampling."""
    draws = _stacked(
        lambda each: torch.randn(2 * n, 4, dtype=torch.float64, generator=each), generators
    )
    x, y = draws[..., :3].clone(), math.sqrt(noise) * draws[..., 3]
    x[..., 1] = rho * x[..., 0] + math.sqrt(1 - rho**2) * draws[..., 1]
    y = y + x @ beta
    center, level = x[:, :n].mean(1, keepdim=True), y[:, :n].mean(1, keepdim=True)
    x, y = x - center, y - level
    C = x[:, :n].mT @ x[:, :n] / n
    with_y = (x[:, :n].mT @ y[:, :n, None]) / n  # (R, 3, 1)
    kept = coalitions(3).double()
    blocks = C[:, None] * (kept[:, :, None] * kept[:, None])
    inverse = torch.linalg.pinv(blocks, hermitian=True, rtol=1e-10)  # (R, 8, 3, 3)
    fits = (inverse @ with_y[:, None])[..., 0]  # (R, 8, 3)
    x, y = x[:, n:], y[:, n:]
    error = y[..., None] - x @ fits.mT
    # another value in place of x_j moves the prediction by f_j times the step
    others = inverse[:, [6, 5, 3]]
    told = (others @ C[:, None]).diagonal(dim1=1, dim2=3)  # (R, 3, 3), column j: E[X_j | X_−j]
    spread = (C.diagonal(dim1=1, dim2=2) - (told * C).sum(1)).clamp_min(0).sqrt()
    order = _stacked(lambda each: torch.rand(n, 3, generator=each), generators).argsort(1)
    noise_j = _stacked(
        lambda each: torch.randn(n, 3, dtype=torch.float64, generator=each), generators
    )
    new = torch.stack((x.gather(1, order), x @ told + spread[:, None] * noise_j))
    step = fits[:, -1:] * (new - x)
    whole = error[..., -1:]
    return error**2, (whole - step) ** 2 - whole**2


def _estimated(losses: Tensor, rises: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Risk of the first draw, its five importances, their errors, and those of every draw."""
    risk, risen = -losses.mean(1), rises.mean(2)
    draws = torch.stack((shapley_values(risk), lofo(risk), *risen, first_in(risk)), dim=1)
    rows = -losses[0]
    each = torch.stack((shapley_values(rows), lofo(rows), *rises[:, 0], first_in(rows)))
    return risk[0], draws[0], each.std(1) / each.shape[1] ** 0.5, draws


def _stacked(draw, generators: list[torch.Generator]) -> Tensor:
    return torch.stack([draw(each) for each in generators])
