"""A joint table of binary variables beside the product of factors read off it."""

import numpy as np
from torch import Tensor

from core.words import number
from pages.figures.marks import segments
from pages.figures.parts.shares import columns
from pages.figures.plot import PLAIN, Panel, axis, panel

NEAR = 1e-9


def against_product(joint: Tensor, product: Tensor, names: str) -> Panel:
    """Every cell as a bar, the product as a dash over it.

    Args:
        joint, product: (2,) * n.
        names: of the variables, "A,B,C".
    """
    n, at = joint.ndim, np.arange(joint.numel())
    p, q = joint.numpy().ravel(), product.numpy().ravel()
    off = float(np.abs(p - q).max())
    role = "good" if off < NEAR else "wrong"
    ends = np.stack([at - 0.45, q], 1), np.stack([at + 0.45, q], 1)
    return panel(
        "cells",
        "Bars: the table; dashes: the product of the graph's factors",
        columns(at, p, "data", "joint table"),
        segments(*ends, role, "product of the factors", width=3, dash="solid"),
        x=axis(f"values of {names}", -0.7, 2**n - 0.3, tickvals=at.tolist(),
               ticktext=[f"{k:0{n}b}" for k in at], **PLAIN),
        y=axis("probability", 0.0, 1.1 * float(max(p.max(), q.max()))),
        alt=f"The product is off the table by {number(off, zero=NEAR)} at most.",
    )  # fmt: skip
