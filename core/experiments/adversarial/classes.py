r"""Several linear classes in the plane: x is read as argmax_j w_jᵀx + b_j.

The margin to class j is m_j = (w_y − w_j)ᵀx + b_y − b_j, the distance to its boundary
m_j / ‖w_y − w_j‖_q: the smallest margin need not be the nearest boundary.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
import torch
from torch import Tensor

from core import table
from core.adversarial import (
    Margins,
    dual_exponent,
    multiclass_margins,
    norm_of,
    targeted_min_perturbation,
)
from core.adversarial.plane import cut
from core.signature import between, declared

SIZES = ((3, 3), (4, 3), (5, 3))
REACH = 4.0  # half-width of the window
THREE = "0 0 3,4 0 -1,0 0.5 1.75"  # rows w₁ w₂ b
FOUR = "1 1 0,-1 1 0,-1 -1 0,1 -1 0"
BETWEEN = "0 0 1,1 0 0,2 0 -2.5"  # class 2 is a strip between class 1 and class 3
CORNER = "0 0 0,3 0 -1.5,2 2 -1.6"  # in L₂ class 2 is nearer, in L∞ class 3
TWINS = "1 0 0,1 0 -1,-1 0.5 0"  # classes 1 and 2 have the same weights
NORMS = {"1": 1.0, "2": 2.0, "inf": math.inf}


@dataclass(frozen=True)
class Classes:
    """x against all classes; classes are counted from 0 here, from 1 on the page."""

    W: Tensor  # (K, 2)
    b: Tensor  # (K,)
    x: Tensor  # (2,)
    y: int  # the true class
    target: int
    p: float  # distances are measured in ‖·‖_p
    found: Margins
    to_target: Tensor  # the least δ in L₂ with no score above that of the target, NaN if none, (2,)

    scores = property(lambda self: self.W @ self.x + self.b)
    read = property(lambda self: int(self.scores.argmax()))
    others = property(lambda self: [j for j in range(len(self.b)) if j != self.y])
    # whether the target is read anywhere
    reached = property(lambda self: bool(self.to_target.isfinite().all()))
    # whether some boundary can be crossed
    bounded = property(lambda self: bool(self.found.right) and math.isfinite(self.found.distance))

    @cached_property
    def targeted(self) -> Tensor:
        """The least L₂ change after which each class scores highest; NaN where none does, (K,)."""
        each = [targeted_min_perturbation(self.W, self.b, self.x, j) for j in range(len(self.b))]
        return norm_of(torch.stack(each), 2)


@declared
def classes(
    W: str = THREE,
    x0: Annotated[float, between(-1e6, 1e6)] = 0.5,
    x1: Annotated[float, between(-1e6, 1e6)] = 0.5,
    y: Annotated[int, between(1, 5)] = 1,
    target: Annotated[int, between(1, 5)] = 3,
    norm: Literal[tuple(NORMS)] = "2",
) -> Classes:
    """How far x is from being read as each other class.

    Args:
        W: table with a row "w₁ w₂ b" for each of 3 to 5 classes.
        x0, x1: the point x = (x₁, x₂).
        y: its true class, counted from 1.
        target: the class it is to be read as, other than y.
        norm: p of the norm that measures distances.

    Sources: ROB-02, ROB-08, ROB-09, ROB-10.
    """
    rows = table.read(W, "W", shapes=SIZES)
    most = float(rows.abs().max())
    if most > 1e6:
        raise ValueError(f"expected W to have entries in [-1e+06, 1e+06], got {most:g}")
    for name, value in (("y", y), ("target", target)):
        if value > len(rows):
            raise ValueError(f"expected {name} in [1, {len(rows)}], got {value}")
    w, b, x = rows[:, :2], rows[:, 2], torch.tensor([x0, x1], dtype=torch.float64)
    p = NORMS[norm]
    found = multiclass_margins(w, b, x, y - 1, norm=p)
    delta = torch.full_like(x, math.nan)  # the true class is no target
    if target != y:
        delta = targeted_min_perturbation(w, b, x, target - 1, y=y - 1)
    return Classes(w, b, x, y - 1, target - 1, p, found, delta)


def regions(W: Tensor, b: Tensor, reach: float = REACH) -> list[np.ndarray]:
    """The part of the window [−reach, reach]² that is read as each class, corners (n, 2)."""
    w, c = W.numpy(), b.numpy()
    found = []
    for j in range(len(c)):
        corners = [(-reach, -reach), (reach, -reach), (reach, reach), (-reach, reach)]
        for k in range(len(c)):
            if k != j:
                a, ahead = w[j] - w[k], c[j] - c[k]
                if k < j and not a.any() and not ahead:  # twins: the first one is read
                    ahead = -1.0
                corners = cut(corners, *a.tolist(), float(ahead))
        found.append(np.array(corners).reshape(-1, 2))
    return found


def boundary(W: Tensor, b: Tensor, y: int, j: int, reach: float = REACH) -> np.ndarray | None:
    """The line m_j = 0 inside the window, both ends (2, 2); None where it does not cross it."""
    a, c = (W[y] - W[j]).numpy(), float(b[y] - b[j])
    size = float(np.hypot(*a))
    if size == 0 or abs(c) > 1.5 * reach * size:
        return None
    n, along = a / size, np.array([-a[1], a[0]]) / size
    foot = -c / size * n
    # |foot + t·along| ≤ reach in both coordinates
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.sort((np.array([[-reach], [reach]]) - foot) / along, axis=0)
    free = along == 0
    if (free & (np.abs(foot) > reach)).any():
        return None
    low, high = ends[0][~free].max(), ends[1][~free].min()
    return None if low >= high else foot + np.outer([low, high], along)


def dual(p: float) -> str:
    """The dual exponent as it is written."""
    return {1.0: "1", 2.0: "2"}.get(dual_exponent(p), "∞")
