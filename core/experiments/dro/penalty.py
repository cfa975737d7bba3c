"""The worst risk around three rows, and what the gradient at the rows says of it."""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.adversarial import steepest
from core.adversarial.balls import dual_exponent, norm_of
from core.dro import order, worst_risk
from core.signature import between, declared

ROWS = torch.tensor([[1, 0], [0, 1], [1, 1]], dtype=torch.float64)
TARGETS = torch.tensor([1, 2, 2], dtype=torch.float64)
CLASSES = (TARGETS > 1).double()
SQUARED, LOGISTIC, LINEAR = LOSSES = ("squared", "logistic", "linear")
ORDERS = {"1": 1.0, "2": 2.0, "inf": math.inf}
SMALL = 2.0 ** torch.arange(-9, -5, dtype=torch.float64)  # radii at which the order is measured
RADII = torch.cat([SMALL, torch.tensor([0.03125, 0.0625]), torch.linspace(0.1, 1, 10)]).double()
NONE = 1e-10  # a gap below is rounding


class Penalty(NamedTuple):
    """Risks of one β around n rows."""

    risk: float  # R at the rows
    worst: float  # the largest risk within the radius; ∞ where nothing bounds it
    slopes: Tensor  # ‖∇ℓᵢ‖_* at each row, (n,)
    slope: float  # their mean that counts: largest, root mean square or mean
    moved: Tensor  # each row at its worst place to first order, (n, 2)
    at_moved: float  # the risk there
    path: Tensor  # the largest risk at every radius of `RADII`

    @property
    def gaps(self) -> Tensor:
        """What the first order leaves out, at every radius; rounding is 0."""
        gaps = self.path - self.risk - RADII * self.slope
        return torch.where(gaps.abs() <= NONE * max(1.0, self.risk), 0.0, gaps)

    @property
    def order(self) -> float:
        """By which power of a small radius the gap grows; 0 where there is none, or it is ∞."""
        gaps = self.gaps[: len(SMALL)]
        return order(SMALL, gaps) if bool((gaps > 0).all() & gaps.isfinite().all()) else 0.0


@declared
def penalty(
    eps: Annotated[float, between(0, 1)] = 0.5,
    loss: Literal[LOSSES] = SQUARED,
    p: Literal[tuple(ORDERS)] = "2",
    norm: Literal[tuple(ORDERS)] = "2",
    beta1: Annotated[float, between(-3, 3)] = 1.0,
    beta2: Annotated[float, between(-3, 3)] = 1.0,
) -> Penalty:
    """Worst risk of the score xᵀβ over W_p(P_n, Q) ≤ ε, labels fixed, and its first order in ε.

    Args:
        eps: radius ε.
        loss: (y − xᵀβ)², log(1 + e^{−(2y − 1) xᵀβ}) for two classes, or y − xᵀβ.
        p: order of the ball.
        norm: in which rows are moved.
        beta1, beta2: β.

    Sources: DRO-04, DRO-07, DRO-08; Gao, Chen and Kleywegt 2017.
    """
    beta = torch.tensor([beta1, beta2], dtype=torch.float64)
    ball, ground = ORDERS[p], ORDERS[norm]
    size = float(norm_of(beta, dual_exponent(ground)))
    pull = pulls(beta, loss)
    slopes = size * pull.abs()
    way = steepest(beta, ground) if size else torch.tensor([1.0, 0.0], dtype=torch.float64)
    side = torch.where(pull < 0, -1.0, 1.0).double()
    moved = ROWS + eps * (side * shares(slopes, ball))[:, None] * way
    return Penalty(
        risk_at(ROWS, beta, loss),
        largest(beta1, beta2, eps, loss, p, norm),
        slopes,
        mean_of(slopes, ball),
        moved,
        risk_at(moved, beta, loss),
        path_of(beta1, beta2, loss, p, norm),
    )


def labels(loss: str) -> Tensor:
    """y of the rows."""
    return CLASSES if loss == LOGISTIC else TARGETS


def risk_at(X: Tensor, beta: Tensor, loss: str) -> float:
    """The mean loss of rows X with the labels of `ROWS`."""
    score, y = X @ beta, labels(loss)
    if loss == SQUARED:
        return float((y - score).square().mean())
    return float(((y - score) if loss == LINEAR else _log(score, y)).mean())


def _log(score: Tensor, y: Tensor) -> Tensor:
    return torch.nn.functional.softplus((1 - 2 * y) * score)


def pulls(beta: Tensor, loss: str) -> Tensor:
    """dℓ/d score at every row, (n,)."""
    score, y = ROWS @ beta, labels(loss)
    if loss == SQUARED:
        return 2 * (score - y)
    return score.sigmoid() - y if loss == LOGISTIC else -torch.ones_like(y)


def mean_of(slopes: Tensor, p: float) -> float:
    """(mean ‖∇ℓᵢ‖^{p'})^{1/p'}: the largest at p = 1, the mean at p = ∞."""
    if p == 1:
        return float(slopes.max())
    return float(slopes.mean() if math.isinf(p) else slopes.square().mean().sqrt())


def shares(slopes: Tensor, p: float) -> Tensor:
    """How far each row is moved to first order, in units of ε, with mean |t|^p = 1."""
    if p == 1:  # the steepest row alone
        alone = torch.zeros_like(slopes)
        alone[int(slopes.argmax())] = len(slopes)
        return alone
    middle = mean_of(slopes, p)
    return torch.ones_like(slopes) if math.isinf(p) or not middle else slopes / middle


def largest(beta1: float, beta2: float, eps: float, loss: str, p: str, norm: str) -> float:
    """The worst risk; that of the linear loss is its first order."""
    beta = torch.tensor([beta1, beta2], dtype=torch.float64)
    if loss == LINEAR:
        size = float(norm_of(beta, dual_exponent(ORDERS[norm])))
        return risk_at(ROWS, beta, loss) + eps * size
    return worst_risk(beta, ROWS, labels(loss), eps, loss, p=ORDERS[p], norm=ORDERS[norm])


@lru_cache(maxsize=64)
def path_of(beta1: float, beta2: float, loss: str, p: str, norm: str) -> Tensor:
    """The worst risk at every radius of `RADII`."""
    found = [largest(beta1, beta2, eps, loss, p, norm) for eps in RADII.tolist()]
    return torch.tensor(found, dtype=torch.float64)
