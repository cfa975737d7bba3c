r"""Norm balls in the plane: a ball, its dual ball, Hölder's inequality, and nearest points.

:math:`\|x\|_p = (\sum|x_i|^p)^{1/p}` is a norm from p = 1 on, and q with 1/p + 1/q = 1 its dual
exponent: :math:`|x^Ty| \le \|x\|_p\|y\|_q`. Below 1 the ball is not convex; its convex hull is the
diamond of p = 1, so that q = ∞ bounds xᵀy there too.
"""

import math
from typing import Annotated, NamedTuple

import torch
from torch import Tensor

from core.adversarial import dual_exponent, norm_of, project, steepest
from core.signature import between, declared

BALLS = (1.0, 2.0, math.inf)  # that are projected on
FAR = 1e6


class Norms(NamedTuple):
    """Two vectors, measured by a pair of dual exponents."""

    p: float
    q: float  # dual exponent; ∞ below p = 1, that of the convex hull
    x: Tensor  # shape (2,)
    y: Tensor  # shape (2,)
    size: float  # ‖x‖_p
    dual: float  # ‖y‖_q
    product: float  # xᵀy
    best_x: Tensor  # point of the ball of p with the largest product with y, shape (2,)
    best_y: Tensor  # point of the ball of q with the largest product with x, shape (2,)
    both: float  # ‖e₁ + e₂‖_p
    nearest: Tensor  # points of the unit balls of p = 1, 2, ∞ nearest to x, shape (3, 2)

    convex = property(lambda self: self.p >= 1)

    @property
    def share(self) -> float:
        """|xᵀy| over its bound; 1 where the bound is 0."""
        bound = self.size * self.dual
        return abs(self.product) / bound if bound else 1.0


@declared
def norms(
    p: Annotated[float, between(0.05, 1000)] = 2.0,
    infinite: bool = False,
    x1: Annotated[float, between(-FAR, FAR)] = 1.0,
    x2: Annotated[float, between(-FAR, FAR)] = 1.0,
    y1: Annotated[float, between(-FAR, FAR)] = 0.4,
    y2: Annotated[float, between(-FAR, FAR)] = 0.8,
) -> Norms:
    """Sizes, products and nearest points of x and y.

    Args:
        p: the exponent, used unless `infinite`.
        infinite: p = ∞, the largest entry.
        x1, x2: x, measured with p.
        y1, y2: y, measured with q.

    Sources: ROB-05, ROB-13.
    """
    p = math.inf if infinite else p
    hull = max(p, 1.0)
    q = dual_exponent(hull)
    x, y = (torch.tensor(each, dtype=torch.float64) for each in ((x1, x2), (y1, y2)))
    return Norms(
        p,
        q,
        x,
        y,
        float(norm_of(x, p)),
        float(norm_of(y, q)),
        float(x @ y),
        steepest(y, hull) + 0.0,
        steepest(x, q) + 0.0,
        float(norm_of(torch.ones(2, dtype=torch.float64), p)),
        torch.stack([project(x, 1.0, each) for each in BALLS]) + 0.0,
    )
