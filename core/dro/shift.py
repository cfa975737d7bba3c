r"""Covariate shift on a table: learn on one half, be judged on the other, where x is distributed
differently and y given x is not.

A row goes to the target half with probability σ(strength · x_j), x_j a feature in standard
deviations; so the ratio of the densities of target and source is known, ∝ e^{strength · x_j}. Four
ways to learn from the source rows: as they are; weighted by that ratio, or by one that a classifier
guesses from the features; and distributionally robust, over a ball around the source rows:

    chi2         sup of E_Q[ℓ] over laws Q on the rows with mean (n q − 1)² ≤ radius
    wasserstein  squared: (√R + radius ‖β‖₂)², logistic: R + radius ‖β‖₂; labels fixed

None of these is best on every draw: weights cost rows (see `effective`), and a ball guards against
laws that do not come as well as against the one that does. Sources: DRO-01, DRO-03; Shimodaira
2000; Namkoong and Duchi 2017; Shafieezadeh et al. 2015.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require
from core.dro.fits import RIDGE, descend, fit, losses, slopes
from core.dro.laws import masses
from core.rng import generator
from core.tabular.data import Data

BALLS = ("chi2", "wasserstein")
FITS = ("plain", "weighted", "guessed", "robust", "told")
FEWEST = 5  # rows in either half for each slope


class Halves(NamedTuple):
    """A table in two halves."""

    source: Tensor  # row numbers, ascending
    target: Tensor
    ratio: Tensor  # density of the target over that of the source at the source rows, of mean 1
    effective: float  # (Σ ratio)²/Σ ratio²: as many rows as weighted ones are worth


class Shift(NamedTuple):
    """What four ways to learn, and knowing the target, come to."""

    halves: Halves
    loss: str  # squared, in variances of y among the source rows, or logistic, in nats
    betas: dict[str, Tensor]  # of `FITS`, (1 + p,) for 1 and the standardised features
    source: dict[str, float]  # risk on the source rows, which it was learned from
    target: dict[str, float]  # risk on the target rows; "told" was learned from them
    worst: dict[str, float]  # sup of the risk over the ball around the source rows
    guess: Tensor  # the ratio that the classifier guesses, of mean 1, (n,)


def halves(table: Data, feature: str, strength: float, *, seed: int = 0) -> Halves:
    """Deals the rows of a table to two halves, tilted along a feature.

    Args:
        table: of `core.tabular.data`; all its rows.
        feature: one of its features.
        strength: of the tilt per standard deviation, in [−5, 5]; at 0 the halves are alike.
        seed: of the draw.

    Raises:
        ValueError: an unknown feature, a strength outside its range, a half with too few rows.
    """
    choose("feature", feature, table.features)
    require("strength", strength, -5, 5)
    x = table.standard(table.X)[:, table.features.index(feature)]
    chance = torch.rand(len(x), generator=generator(seed), dtype=torch.float64)
    goes = chance < (strength * x).sigmoid()
    source, target = (~goes).nonzero()[:, 0], goes.nonzero()[:, 0]
    few = FEWEST * (1 + len(table.features))
    if min(len(source), len(target)) < few:
        got = f"{len(source)} and {len(target)}"
        raise ValueError(f"expected strength to leave {few} rows in either half, got {got}")
    ratio = _of_mean_one(strength * x[source])
    return Halves(source, target, ratio, float(ratio.sum() ** 2 / ratio.square().sum()))


def shift(
    table: Data,
    feature: str,
    strength: float,
    radius: float,
    ball: str = "chi2",
    *,
    seed: int = 0,
    alone: bool = False,
) -> Shift:
    """All fits and their risks; arguments as `halves`.

    Args:
        radius: of the ball of the robust fit, ≥ 0: a χ² number, or a length in standard deviations.
        ball: one of `BALLS`.
        alone: whether the tilted feature is the only one that is learned from.

    Raises:
        ValueError: as `halves`; a radius below 0, an unknown ball.
    """
    choose("ball", ball, BALLS)
    require("radius", radius, 0)
    found = halves(table, feature, strength, seed=seed)
    loss = "logistic" if table.task == "probability" else "squared"
    X = table.standard(table.X)
    X = X[:, [table.features.index(feature)]] if alone else X
    X, y = torch.cat([torch.ones(len(X), 1).double(), X], 1), table.y
    if loss == "squared":
        known = y[found.source]
        y = (y - known.mean()) / known.std()
    near, far = (X[found.source], y[found.source]), (X[found.target], y[found.target])
    guess = guessed_ratio(near[0], far[0])
    flat = masses("weights", None, len(near[1]))
    plain = fit(*near, loss, flat)
    betas = {
        "plain": plain,
        "weighted": fit(*near, loss, found.ratio * flat),
        "guessed": fit(*near, loss, guess * flat),
        "robust": robust_fit(*near, loss, radius, ball, start=plain),
        "told": fit(*far, loss, masses("weights", None, len(far[1]))),
    }
    source, target = (
        {name: float(losses(beta, *rows, loss).mean()) for name, beta in betas.items()}
        for rows in (near, far)
    )
    worst = {name: worst_of(beta, *near, loss, radius, ball)[0] for name, beta in betas.items()}
    return Shift(found, loss, betas, source, target, worst, guess)


def guessed_ratio(source: Tensor, target: Tensor) -> Tensor:
    """The density ratio at the source rows, from a logistic classifier of the two halves."""
    X = torch.cat([source, target])
    is_target = torch.cat([torch.zeros(len(source)), torch.ones(len(target))]).double()
    beta = fit(X, is_target, "logistic", masses("weights", None, len(X)), ridge=1e-3)
    return _of_mean_one(source @ beta)


def robust_fit(
    X: Tensor, y: Tensor, loss: str, radius: float, ball: str, *, start: Tensor
) -> Tensor:
    """β with the least worst risk over the ball; the first column of X cannot be moved.

    Sought in coordinates in which the columns are uncorrelated: columns that nearly repeat each
    other would make the descent ten times longer.
    """
    ridge = RIDGE[loss]
    bend = X.T @ X / len(X) + ridge * torch.eye(X.shape[1], dtype=X.dtype)
    back = torch.linalg.inv(torch.linalg.cholesky(bend)).T

    def height(apart: Tensor) -> tuple[float, Tensor]:
        beta = back @ apart
        value, slope = worst_of(beta, X, y, loss, radius, ball)
        return value + ridge / 2 * float(beta @ beta), back.T @ (slope + ridge * beta)

    return back @ descend(height, torch.linalg.solve(back, start))


def worst_of(
    beta: Tensor, X: Tensor, y: Tensor, loss: str, radius: float, ball: str
) -> tuple[float, Tensor]:
    """The worst risk over the ball, and its slope by β (Danskin's theorem)."""
    each, pull = losses(beta, X, y, loss), slopes(beta, X, y, loss)
    if ball == "chi2":
        value, weights = chi2_worst(each, radius)
        return value, X.T @ (weights * pull)
    moved = beta.clone()
    moved[0] = 0.0
    size, risk = float(moved.norm()), float(each.mean())
    slope, along = X.T @ pull / len(y), moved / (size or 1.0)
    if loss == "logistic":
        return risk + radius * size, slope + radius * along
    root = math.sqrt(risk)
    total = root + radius * size
    return total**2, 2 * total * (slope / (2 * root or 1.0) + radius * along)


def chi2_worst(each: Tensor, radius: float) -> tuple[float, Tensor]:
    """sup of Σ q ℓ over q ≥ 0 of sum 1 with mean (n q − 1)² ≤ radius, and the q that attains it.

    q ∝ (ℓ − η)₊. As long as no q is 0 the value is mean + √(radius · variance); beyond, that
    formula would take mass below 0, and the k largest losses alone are weighted.

    Args:
        each: losses ℓ, (n,), finite.
        radius: ≥ 0; from n − 1 on everything is on the largest loss.

    Raises:
        ValueError: a radius below 0.
    """
    require("radius", radius, 0)
    n, middle = len(each), each.mean()
    top = (each - middle).sort(descending=True).values
    k = torch.arange(1, n + 1, dtype=torch.float64)
    mean = top.cumsum(0) / k
    spread = ((top.square().cumsum(0) / k) - mean.square()).clamp_min(0)
    # on the k largest: mean of (n q)² = (n/k)(1 + spread/(mean − η)²) = 1 + radius
    room = (k - n + radius * k) / n
    below = (spread / room.clamp_min(1e-300)).sqrt()  # mean − η
    following = torch.cat([top[1:], torch.tensor([-math.inf]).double()])
    fits = (room > 0) & (mean - below >= following - 1e-12 * top[0]) & (mean - below < top)
    if radius == 0:
        part = torch.ones_like(each)
    elif bool(fits.any()):
        at = int(fits.nonzero()[-1])
        part = (each - middle - (mean[at] - below[at])).clamp_min(0)
    else:  # more radius than the largest losses can use
        part = (each == each.max()).double()
    q = part / part.sum()
    return float(q @ each), q


def _of_mean_one(logs: Tensor) -> Tensor:
    ratio = (logs - logs.max()).exp()
    return ratio / ratio.mean()
