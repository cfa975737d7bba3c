r"""An attack that cannot move a black pixel: w = artanh(2x − 1) is infinite at x = 0 and x = 1.

The attack changes w and shows x = (tanh w + 1)/2, so that x stays between 0 and 1. The paper
shrinks 2x − 1 by 0.999999 first, which keeps w finite; else dx/dw = 2x(1 − x) is 0 there for ever.
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.shapley.digits import GREY, digits
from core.signature import between, declared

SHRINK, STEPS = 0.999999, 120
BETAS, EPS = (0.9, 0.999), 1e-8
SIDE = 8


class Frozen(NamedTuple):
    """One pixel on its way to what the attack wishes, and a digit."""

    path: Tensor  # the pixel after each step, (STEPS + 1,)
    slope: float  # dx/dw at the start
    image: Tensor  # the digit, (8, 8) in [0, 1]
    stuck: Tensor  # pixels whose w is infinite, (8, 8)


@declared
def frozen(
    code: Literal["published", "mended"] = "published",
    x: Annotated[float, between(0, 1)] = 0.0,
    wish: Annotated[float, between(0, 1)] = 0.5,
    lr: Annotated[float, between(0.01, 1)] = 0.2,
    digit: Annotated[int, between(0, 1796)] = 0,
) -> Frozen:
    """120 steps of Adam on ½(x(w) − wish)² from a pixel x, through w = artanh(2x − 1).

    Args:
        code: artanh of 2x − 1, or of 0.999999 (2x − 1) as in the paper.
        digit: of the 1797 that scikit-learn brings.

    Sources: kennysong/adversarial.js, its attack of Carlini and Wagner; arXiv 1608.04644.
    """
    shrink = 1.0 if code == "published" else SHRINK
    image = pictures()[digit]
    stuck = (image == 0) | (image == 1) if code == "published" else torch.zeros(SIDE, SIDE).bool()
    path, slope = run(shrink, x, wish, lr)
    return Frozen(torch.tensor(path, dtype=torch.float64), slope, image, stuck)


def run(shrink: float, x: float, wish: float, lr: float) -> tuple[list[float], float]:
    """The pixel after every step, and dx/dw at first."""
    inner = shrink * (2 * x - 1)
    w = math.copysign(math.inf, inner) if abs(inner) == 1 else math.atanh(inner)
    m = v = 0.0
    path, first = [(math.tanh(w) + 1) / 2], 0.0
    for k in range(1, STEPS + 1):
        slope = 1 / (2 * math.cosh(w) ** 2) if abs(w) < 300 else 0.0
        first = slope if k == 1 else first
        g = (path[-1] - wish) * slope
        m, v = BETAS[0] * m + (1 - BETAS[0]) * g, BETAS[1] * v + (1 - BETAS[1]) * g * g
        step = (m / (1 - BETAS[0] ** k)) / (math.sqrt(v / (1 - BETAS[1] ** k)) + EPS)
        w -= lr * step
        path.append((math.tanh(w) + 1) / 2)
    return path, first


@lru_cache(maxsize=1)
def pictures() -> Tensor:
    """The digits in [0, 1], (1797, 8, 8), float64."""
    return (digits().double() / GREY).view(-1, SIDE, SIDE)
