r"""The worst risk near the data is, to first order in ε, the risk plus a penalty on its gradient.

For W_p balls around n rows, labels fixed, and 1/p + 1/p' = 1:

    worst risk = R + ε (mean_i ‖∇_x ℓ_i‖_*^{p'})^{1/p'} + O(ε²),

‖·‖_* the dual of the norm in which rows are moved. For a linear score moving x by t changes it by
at most t ‖w‖_*, so the worst risk is found on a line: in closed form for the squared loss at p = 2,
(√R + ε‖w‖_*)², and at p = ∞, and for the logistic loss at p = 1, R + ε‖w‖_*, and at p = ∞. The rest
at p = 1 is of first order itself: mass far away pays the Lipschitz constant, not the gradient at
the data. Sources: DRO-08, ROB-14; Gao, Chen and Kleywegt 2017; Shafieezadeh et al. 2015.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import softplus

from core.adversarial.balls import dual_exponent, exponent, norm_of
from core.check import require
from core.dro.fits import losses, slopes, table
from core.dro.worst import worst_case


def worst_risk(
    beta: Tensor, X: Tensor, y: Tensor, eps: float, loss: str, *, p: float = 2, norm: float = 2
) -> float:
    """sup over W_p(P_n, Q) ≤ ε of the mean loss of the score xᵀβ, labels fixed.

    Args:
        beta: (d,); every column of X can be moved, so an intercept is none of them.
        X, y: rows (n, d), and y (n,), 0 or 1 for the logistic loss.
        eps: radius ε ≥ 0.
        loss: squared or logistic.
        p: order of the ball, in [1, ∞].
        norm: in which rows are moved, in [1, ∞]; its dual measures β.

    Returns:
        The risk; ∞ for the squared loss at p < 2, unless β or ε is 0.

    Raises:
        ValueError: a value outside its range, rows that do not fit.
    """
    X, y, p, size = _asked(beta, X, y, loss, p, norm)
    require("eps", eps, 0)
    each = losses(beta, X, y, loss)
    risk, push = float(each.mean()), eps * size
    if push == 0:
        return risk
    if loss == "squared":
        if p == 2:
            return (math.sqrt(risk) + push) ** 2
        if math.isinf(p):
            return float((each.sqrt() + push).square().mean())
    else:
        against = (1 - 2 * y) * (X @ beta)
        if p == 1:
            return risk + push
        if math.isinf(p):
            return float(softplus(against + push).mean())
    if p < 2 and loss == "squared":
        return math.inf
    # atom i stands at 0 on a line of its own: t is how far its score is pushed
    if loss == "squared":
        gap = each.sqrt()[:, None]
        return worst_case(torch.zeros(len(y)), lambda t: (gap + t.abs()).square(), p, push).value
    return worst_case(torch.zeros(len(y)), lambda t: softplus(against[:, None] + t), p, push).value


def gradient_norm(
    beta: Tensor, X: Tensor, y: Tensor, loss: str, *, p: float = 2, norm: float = 2
) -> float:
    """(mean_i ‖∇_x ℓ_i‖_*^{p'})^{1/p'}, the largest of them at p = 1; arguments as `worst_risk`."""
    X, y, p, size = _asked(beta, X, y, loss, p, norm)
    pull = size * slopes(beta, X, y, loss).abs()
    q = dual_exponent(p)
    return float(norm_of(pull, q) / (1 if math.isinf(q) else len(pull) ** (1 / q)))


def first_order(
    beta: Tensor, X: Tensor, y: Tensor, eps: float, loss: str, *, p: float = 2, norm: float = 2
) -> float:
    """R + ε · gradient norm; arguments as `worst_risk`."""
    require("eps", eps, 0)
    slope = gradient_norm(beta, X, y, loss, p=p, norm=norm)
    return float(losses(beta, *table(X, y, loss), loss).mean()) + eps * slope


def order(eps: Sequence[float] | Tensor, gaps: Sequence[float] | Tensor) -> float:
    """The slope of log gap over log ε by least squares: 2 where what is left is of second order.

    Args:
        eps: radii > 0, at least two different ones.
        gaps: what is left at each, > 0.

    Raises:
        ValueError: fewer than two radii, a radius or gap that is not above 0.
    """
    x, gaps = (torch.as_tensor(each, dtype=torch.float64) for each in (eps, gaps))
    if x.ndim != 1 or x.shape != gaps.shape or len(x.unique()) < 2:
        raise ValueError("expected eps and gaps (n,) with two different radii, got others")
    for name, each in (("eps", x), ("gaps", gaps)):
        bad = each[~((each > 0) & (each < math.inf))]
        if len(bad):
            raise ValueError(f"expected {name} in (0, inf), got {bad[0].item():g}")
    x, up = x.log() - x.log().mean(), gaps.log()
    return float(x @ up / (x @ x))


def _asked(beta, X, y, loss, p, norm) -> tuple[Tensor, Tensor, float, float]:
    X, y = table(X, y, loss)
    if beta.shape != X.shape[1:] or not bool(beta.isfinite().all()):
        raise ValueError(f"expected beta finite, ({X.shape[1]},), got {tuple(beta.shape)}")
    size = norm_of(beta, dual_exponent(exponent(norm, 1, name="norm")))
    return X, y, exponent(p, 1), float(size)
