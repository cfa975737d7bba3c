r"""What a feature is worth to a model, by the loss without it (XAI-07 to XAI-13).

All of them take "without it" in their own way. With X_j redrawn as X̃_j

    permuted    X̃_j from P(X_j), another row's
    resampled   X̃_j from P(X_j | X_−j)
    averaged    the mean f̄ of f over such X̃_j predicts
    left out    a model trained again on X_−j predicts (LOFO)

and each is the loss of that minus the loss of f. From rows, for a table of masses, and for normal
features in closed form. Nats, float64.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require
from core.information.laws import law

Predict = Callable[[Tensor], Tensor]  # rows (n, p) to predictions (n, ...)
Loss = Callable[[Tensor, Tensor], Tensor]  # predictions and y to the loss of each row, (n,)
Fit = Callable[[Tensor, Tensor], Predict]  # rows and y to a model
LOSSES = ("squared", "log")


class Importance(NamedTuple):
    """The mean over rows of the rise of the loss, with its standard error (∞ for one row)."""

    mean: float
    error: float


class Losses(NamedTuple):
    """What f loses without X₁, four ways; (...) each, ∞ where f is sure and wrong."""

    permuted: Tensor
    resampled: Tensor
    averaged: Tensor
    left_out: Tensor


def permutation_importance(
    predict: Predict, loss: Loss, X: Tensor, y: Tensor, j: int, generator: torch.Generator,
    repeats: int = 10,
) -> Importance:  # fmt: skip
    """The mean rise of the loss when column j is shuffled (XAI-12; Breiman 2001).

    Shuffled, X_j keeps its own law and loses every tie to the other features: rows arise that the
    data never show. It is not what is lost without the feature.

    Args:
        predict: f, (n, p) to (n, ...).
        loss: of each row, (n,).
        X, y: (n, p) and (n, ...), n ≥ 1; one row can only be shuffled into itself, and loses 0.
        repeats: how often it is shuffled; the error is that over rows, of their means.

    Raises:
        ValueError: shapes that do not fit, j or repeats out of range.
    """
    _check(X, y, j, repeats)
    before = loss(predict(X), y)
    rise = torch.zeros_like(before)
    for _ in range(repeats):
        order = torch.randperm(len(X), generator=generator)
        rise += loss(predict(_with(X, j, X[order, j])), y) - before
    return _over_rows(rise / repeats)


def conditional_importance(
    predict: Predict, loss: Loss, X: Tensor, y: Tensor, j: int, generator: torch.Generator,
    repeats: int = 10, regress: Fit | None = None, average: bool = False,
) -> Importance:  # fmt: skip
    """The mean rise of the loss when X_j is drawn again from P(X_j | X_−j) (XAI-11, XAI-13).

    Args:
        predict, loss, X, y: as `permutation_importance`; at least two rows.
        repeats: draws for each row.
        regress: rows (n, p − 1) and x_j to a model of E[X_j | X_−j], whose residuals are dealt to
            other rows; None takes rows as normal: a linear mean and normal residuals.
        average: predict by the mean of f over the draws, which estimates LOFO as repeats grow.

    Raises:
        ValueError: as `permutation_importance`; fewer than two rows.
    """
    _check(X, y, j, repeats)
    require("the number of rows", len(X), 2, integer=True)
    rest = torch.cat([X[:, :j], X[:, j + 1 :]], 1)
    told = (regress or linear)(rest, X[:, j])(rest)
    left = X[:, j] - told
    before = loss(predict(X), y)
    rise, total = torch.zeros_like(before), 0.0
    for _ in range(repeats):
        if regress is None:
            z = torch.randn(len(X), generator=generator, dtype=X.dtype)
            drawn = told + left.square().mean().sqrt() * z
        else:
            drawn = told + left[torch.randperm(len(X), generator=generator)]
        prediction = predict(_with(X, j, drawn))
        rise += loss(prediction, y) - before
        total = total + prediction
    return _over_rows(loss(total / repeats, y) - before if average else rise / repeats)


def lofo(
    fit: Fit, loss: Loss, X: Tensor, y: Tensor, j: int, judged: tuple[Tensor, Tensor] | None = None
) -> Importance:
    """Leave one feature out, train again: the mean rise of the loss (XAI-09).

    Args:
        fit: trains on rows (n, p) or (n, p − 1) and y, and gives the model.
        judged: other rows and their y on which both models are judged; None for those learned from.

    Raises:
        ValueError: shapes that do not fit, j out of range.
    """
    _check(X, y, j, 1)
    X_new, y_new = judged or (X, y)
    _check(X_new, y_new, j, 1)
    less, less_new = (torch.cat([x[:, :j], x[:, j + 1 :]], 1) for x in (X, X_new))
    without = loss(fit(less, y)(less_new), y_new)
    return _over_rows(without - loss(fit(X, y)(X_new), y_new))


def linear(X: Tensor, y: Tensor) -> Predict:
    """Least squares with an intercept: a `Fit`. Columns may repeat each other."""
    mean, centre = X.mean(0), y.mean()
    slope = torch.linalg.pinv(X - mean) @ (y - centre)
    return lambda x: centre + (x - mean) @ slope


def table_losses(table: Tensor, loss: str, beyond: Tensor | None = None) -> Losses:
    """The four losses of feature 1 for the best predictor of a table [x₁, x₂, y], exactly.

    With "log" f is P(y | x); left out is then I(X₁;Y|X₂) (XAI-10). With "squared" f is E[Y | x] for
    the classes 0, 1, … of y; left out is E[(f − f̄)²], resampled twice that.

    Args:
        table: (..., k, l, m) masses ≥ 0 of sum 1.
        beyond: P(y | x) for pairs that never come, (..., k, l, m); uniform where nothing is said.
    """
    choose("loss", loss, LOSSES)
    p = law("table", table, 3)
    pairs = p.sum(-1, keepdim=True)
    first, rest = p.sum((-2, -1), keepdim=True), p.sum(-3, keepdim=True)
    second = pairs.sum(-3, keepdim=True)
    beyond = torch.full_like(p, 1 / p.shape[-1]) if beyond is None else beyond
    f = torch.where(pairs > 0, p / pairs, beyond)
    told = torch.where(second > 0, pairs / second, first)  # P(x₁ | x₂)
    averaged = (told * f).sum(-3, keepdim=True)
    alone = torch.where(second > 0, rest / second, 1 / p.shape[-1])  # P(y | x₂), learned anew
    before = _mean(p, _cost(f, loss))
    return Losses(
        _mean(first * rest, _cost(f, loss)) - before,
        _mean(told * rest, _cost(f, loss)) - before,
        _mean(rest, _cost(averaged, loss)) - before,
        _mean(rest, _cost(alone, loss)) - before,
    )


def normal_losses(rho: float | Tensor, noise: float | Tensor, loss: str) -> Losses:
    """The four losses of X₁ for Y = X₁ + X₂ + ε, of unit variances and correlation rho.

    With "log" f says N(x₁ + x₂, noise²), and f̄ is a mean of such densities.

    Args:
        rho: in [−1, 1]; noise: standard deviation of ε, above 0 for "log".
    """
    choose("loss", loss, LOSSES)
    rho, noise = (torch.as_tensor(each, dtype=torch.float64) for each in (rho, noise))
    left, variance = (1 - rho) * (1 + rho), noise * noise
    left, variance = torch.broadcast_tensors(left, variance)
    if loss == "squared":
        return Losses(torch.full_like(left, 2.0), 2 * left, left, left)
    told = 0.5 * torch.log1p(left / variance)
    return Losses(1 / variance, left / variance, told, told)


def normal_told(rho: float | Tensor, noise: float | Tensor) -> tuple[Tensor, Tensor]:
    """I(X₁;Y) and I(X₁;Y|X₂) of the same Y, in nats; noise above 0."""
    rho, noise = (torch.as_tensor(each, dtype=torch.float64) for each in (rho, noise))
    left, variance = (1 - rho) * (1 + rho), noise * noise
    alone = 0.5 * torch.log1p((1 + rho) ** 2 / (left + variance))
    return alone, 0.5 * torch.log1p(left / variance)


def _cost(f: Tensor, loss: str) -> Tensor:
    """The loss of each class under the predicted masses f (..., m)."""
    if loss == "log":
        return -f.log()
    y = torch.arange(f.shape[-1], dtype=f.dtype)
    return (y - (f * y).sum(-1, keepdim=True)) ** 2


def _mean(weight: Tensor, cost: Tensor) -> Tensor:
    return torch.where(weight > 0, weight * cost, 0.0).sum((-3, -2, -1))


def _with(X: Tensor, j: int, column: Tensor) -> Tensor:
    X = X.clone()
    X[:, j] = column
    return X


def _over_rows(rise: Tensor) -> Importance:
    n = len(rise)
    return Importance(float(rise.mean()), float(rise.std()) / n**0.5 if n > 1 else math.inf)


def _check(X: Tensor, y: Tensor, j: int, repeats: int) -> None:
    if X.ndim != 2 or not len(X) or len(y) != len(X):
        raise ValueError(
            f"expected X (n, p) and y (n, …) of one length ≥ 1, got {tuple(X.shape)} and "
            f"{tuple(y.shape)}"
        )
    if not bool(torch.isfinite(X).all()):
        raise ValueError("expected X of finite numbers, got one that is none")
    require("j", j, 0, X.shape[1] - 1, integer=True)
    require("repeats", repeats, 1, integer=True)
