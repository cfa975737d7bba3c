r"""Adam whose means are multiplied by 1 − βᵏ where they should be divided by it.

Both means begin at 0 and are too small at first, by the factors 1 − β₁ᵏ and 1 − β₂ᵏ. Dividing mends
it: with a constant gradient every step is as long as the rate. Multiplying squares the two factors.
"""

import math
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.signature import between, declared

STEPS = 80
EPS = 1e-8


class Warmup(NamedTuple):
    """A run on a line."""

    x: Tensor  # places, (STEPS + 1,)
    length: Tensor  # of each step in units of the rate, (STEPS,)
    right: Tensor  # places of the mended code, (STEPS + 1,)


@declared
def warmup(
    code: Literal["published", "mended"] = "published",
    f: Literal["slope", "bowl"] = "slope",
    lr: Annotated[float, between(0.001, 0.2)] = 0.01,
    beta1: Annotated[float, between(0, 0.99)] = 0.9,
    beta2: Annotated[float, between(0, 0.9999)] = 0.99,
    x0: Annotated[float, between(-2, 2)] = 1.5,
) -> Warmup:
    """Adam from x0 for 80 steps.

    Args:
        code: m̂ = m(1 − β₁ᵏ) and v̂ = v(1 − β₂ᵏ), or m/(1 − β₁ᵏ) and v/(1 − β₂ᵏ).
        f: "slope" is x, with the gradient 1 everywhere; "bowl" is ½x².

    Source: karpathy/convnetjs, pull request 70.
    """
    x = run(code, f, lr, beta1, beta2, x0)
    right = x if code == "mended" else run("mended", f, lr, beta1, beta2, x0)
    x, right = (torch.tensor(each, dtype=torch.float64) for each in (x, right))
    return Warmup(x, x.diff().abs() / lr, right)


def run(code: str, f: str, lr: float, beta1: float, beta2: float, x0: float) -> list[float]:
    """Places, in plain numbers."""
    x, m, v, path = x0, 0.0, 0.0, [x0]
    for k in range(1, STEPS + 1):
        g = 1.0 if f == "slope" else x
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        one, two = 1 - beta1**k, 1 - beta2**k
        m_hat, v_hat = (m * one, v * two) if code == "published" else (m / one, v / two)
        x -= lr * m_hat / (math.sqrt(v_hat) + EPS)
        path.append(x)
    return path
