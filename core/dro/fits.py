r"""Linear and logistic models of weighted rows: β with the least Σ w ℓ + ½ ridge ‖β‖², exactly.

squared: ℓ = (y − xᵀβ)²; logistic: ℓ = log(1 + e^{−(2y − 1) xᵀβ}) for y in {0, 1}, in nats. A column
of ones in X makes an intercept, which pays the ridge like every other slope.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus

from core.check import choose, require

LOSSES = ("squared", "logistic")
RIDGE = {"squared": 1e-9, "logistic": 1e-3}  # keeps slopes finite where classes can be parted
NEWTON, HALVINGS, STILL = 100, 40, 1e-11


def table(X: Tensor, y: Tensor, loss: str) -> tuple[Tensor, Tensor]:
    """X (n, d) and y (n,) as float64, finite; y is 0 or 1 for the logistic loss.

    Raises:
        ValueError: shapes that do not fit, a number that is not finite, a y of another kind.
    """
    choose("loss", loss, LOSSES)
    X, y = (torch.as_tensor(each, dtype=torch.float64) for each in (X, y))
    if X.ndim != 2 or y.shape != X.shape[:1] or not X.numel():
        raise ValueError(f"expected X (n, d), y (n,), got {tuple(X.shape)}, {tuple(y.shape)}")
    if not bool(X.isfinite().all() & y.isfinite().all()):
        raise ValueError("expected X and y in (-inf, inf), got an infinite entry or NaN")
    if loss == "logistic" and not bool(((y == 0) | (y == 1)).all()):
        raise ValueError(f"expected y to be 0 or 1, got {y[(y != 0) & (y != 1)][0].item():g}")
    return X, y


def losses(beta: Tensor, X: Tensor, y: Tensor, loss: str) -> Tensor:
    """ℓ of every row, (n,)."""
    score = X @ beta
    return (y - score).square() if loss == "squared" else softplus((1 - 2 * y) * score)


def slopes(beta: Tensor, X: Tensor, y: Tensor, loss: str) -> Tensor:
    """dℓ/d score of every row, (n,)."""
    score = X @ beta
    return 2 * (score - y) if loss == "squared" else score.sigmoid() - y


def fit(
    X: Tensor,
    y: Tensor,
    loss: str,
    weights: Tensor,
    *,
    ridge: float | None = None,
    start: Tensor | None = None,
) -> Tensor:
    """β (d,) of the least Σ w ℓ + ½ ridge ‖β‖²: normal equations, or Newton's steps to the end.

    Args:
        X, y: rows, as in `table`.
        loss: one of `LOSSES`.
        weights: w ≥ 0, (n,), not all 0.
        ridge: > 0, that of `RIDGE` by default.
        start: of Newton's steps; 0 by default.
    """
    ridge = RIDGE[loss] if ridge is None else require("ridge", ridge, 0, above=True)
    shrink = ridge * torch.eye(X.shape[1], dtype=X.dtype)
    if loss == "squared":
        weighted = X.T * (2 * weights)
        return torch.linalg.solve(weighted @ X + shrink, weighted @ y)
    beta = torch.zeros(X.shape[1], dtype=X.dtype) if start is None else start

    def height(beta: Tensor) -> Tensor:
        return weights @ losses(beta, X, y, loss) + ridge / 2 * beta @ beta

    now = height(beta)
    for _ in range(NEWTON):
        chance = (X @ beta).sigmoid()
        slope = X.T @ (weights * (chance - y)) + ridge * beta
        bend = (X.T * (weights * chance * (1 - chance))) @ X + shrink
        step = torch.linalg.solve(bend, slope)
        if float(slope @ step) < STILL * STILL:
            break
        for halving in range(HALVINGS):
            there = beta - step / 2**halving
            then = height(there)
            if then <= now * (1 + 1e-15):
                break
        beta, now = there, then
    return beta


def descend(height: Callable[[Tensor], tuple[float, Tensor]], start: Tensor) -> Tensor:
    """The minimum of a convex function of β with a slope, by L-BFGS.

    Args:
        height: β -> (value, slope).
        start: where it begins, (d,).
    """
    from scipy.optimize import minimize  # slow to import

    def both(beta: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = height(torch.from_numpy(beta))
        return float(value), slope.numpy()

    limits = {"maxiter": 1000, "ftol": 1e-13, "gtol": 1e-8, "maxcor": 20}
    found = minimize(both, start.numpy(), jac=True, method="L-BFGS-B", options=limits)
    return torch.from_numpy(found.x.copy())
