r"""How far a point is from the line of a linear classifier, and what a budget of ε does to it.

ŷ(x) = sign(wᵀx + b), y in {−1, 1}, and w has the length 5c; the line itself counts as an error.
With 1/p + 1/q = 1 the least push that reaches the line has the size :math:`|w^Tx + b| / \|w\|_q`,
and among all pushes of size ε the margin y(wᵀ(x + δ) + b) falls by at most :math:`ε\|w\|_q`.
"""

import math
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.adversarial import dual_exponent, linear_min_perturbation, norm_of, worst_corner
from core.signature import between, declared

LENGTH = 5.0  # of w in L₂ where c = 1
SLANT = math.degrees(math.atan2(4, 3))  # w = (3, 4) where c = 1
P = {"1": 1.0, "1.5": 1.5, "2": 2.0, "4": 4.0, "inf": math.inf}
Y = {"plus": 1, "minus": -1}


class Ball(NamedTuple):
    """The least push to the line and the worst push of size ε."""

    w: Tensor  # weights, shape (2,)
    b: float  # offset
    x: Tensor  # the point, shape (2,)
    least: Tensor  # δ*, the least push that reaches the line, shape (2,)
    distances: Tensor  # ‖δ*‖_p for each p of `P`, shape (5,)
    worst: Tensor  # the δ with ‖δ‖_p ≤ ε that lowers the margin most, shape (2,)
    margin: float  # y(wᵀx + b)
    drop: float  # ε‖w‖_q
    note: str  # what is remarkable about δ*, or ""

    left = property(lambda self: self.margin - self.drop)  # margin after the worst push
    # whether every push of size ε leaves x on the side of y
    robust = property(lambda self: self.left > 0)

    def distance(self, p: str) -> float:
        """Of x to the line, measured in the norm p."""
        return float(self.distances[list(P).index(p)])


@declared
def ball(
    x1: Annotated[float, between(-1e6, 1e6)] = 2.0,
    x2: Annotated[float, between(-1e6, 1e6)] = 1.0,
    y: Literal[tuple(Y)] = "plus",
    p: Literal[tuple(P)] = "2",
    eps: Annotated[float, between(0, 1e6)] = 0.5,
    scale: Annotated[float, between(1e-6, 1e6)] = 1.0,
    angle: Annotated[float, between(-360, 360)] = SLANT,
    b: Annotated[float, between(-1e6, 1e6)] = -5.0,
) -> Ball:
    """The least push to the line and the worst push within ‖δ‖_p ≤ ε.

    Args:
        x1, x2: the point.
        y: its class, "plus" for 1 or "minus" for −1.
        p: which norm measures a push.
        eps: size ε of the pushes.
        scale: what w and b are both multiplied by.
        angle: direction of w in degrees; its length is 5 where scale is 1.
        b: offset where scale is 1.

    Sources: ROB-01, ROB-04, ROB-06, ROB-07.
    """
    turn = math.radians(angle)
    w = torch.tensor([math.cos(turn), math.sin(turn)], dtype=torch.float64)
    w = scale * torch.round(LENGTH * w, decimals=12)  # so that (3, 4) is (3, 4)
    x, offset = torch.tensor([x1, x2], dtype=torch.float64), scale * b
    nearest = linear_min_perturbation(w, offset, x, P[p])
    worst = worst_corner(w, offset, x, Y[y], eps, P[p])
    duals = torch.stack([norm_of(w, dual_exponent(each)) for each in P.values()])
    return Ball(
        w,
        offset,
        x,
        nearest.delta + 0.0,
        nearest.score.abs() / duals,
        worst.delta,
        float(worst.margin),
        float(worst.drop),
        nearest.note,
    )
