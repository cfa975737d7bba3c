"""A feature of a normal pair is hidden: what stands in for it, and what it contributed.

X₁ and X₂ have mean 1, variance 1 and correlation ρ; x₁ is hidden, x₂ is seen.
"""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.importance import WAYS, Quadratic, cloud, hide_each
from core.signature import between, declared

CENTRE = 1.0  # mean of both features
NODES = 5  # of the quadrature, exact for these f and their squares
SHAPES = {  # b and Q of f = bᵀx + ½ xᵀQx
    "first": ((1.0, 0.0), ((0.0, 0.0), (0.0, 0.0))),
    "sum": ((1.0, 1.0), ((0.0, 0.0), (0.0, 0.0))),
    "product": ((0.0, 0.0), ((0.0, 1.0), (1.0, 0.0))),
    "square": ((0.0, 0.0), ((2.0, 0.0), (0.0, 0.0))),
}

Place = Annotated[float, between(-3, 5)]


class Hidden(NamedTuple):
    """One row without its x₁; index w runs over `WAYS`."""

    x: Tensor  # (2,)
    f: float  # f(x)
    rest: Tensor  # f̄(x₂), the prediction without x₁, (4,)
    mean: Tensor  # E[f(X) − f̄(X₂)], (4,)
    error: Tensor  # root of E[(f(X) − f̄(X₂))²], (4,)

    part = property(lambda self: self.f - self.rest)  # contribution of x₁, (4,)


@declared
def hidden_one(
    f: Literal["first", "sum", "product", "square"] = "sum",
    rho: Annotated[float, between(-0.99, 0.99)] = 0.9,
    x1: Place = 1.0,
    x2: Place = 3.0,
) -> Hidden:
    """f(x) − f̄(x₂) with each of `WAYS` (XAI-05), and its mean and size over all rows.

    Args:
        f: x₁, x₁ + x₂, x₁x₂ or x₁².
        rho: correlation of the features.
        x1, x2: the row.
    """
    shape, mean, cov = model_of(f), *law(rho)
    x = torch.tensor([x1, x2], dtype=torch.float64)
    rows, weights = cloud(mean, cov, NODES)
    both, f_all = torch.cat((x[None], rows)), shape(rows)
    left = hide_each(shape, WAYS, both, 0, mean, cov, NODES)
    parts = f_all - left[:, 1:]
    error = (parts.square() @ weights).clamp_min(0).sqrt()
    return Hidden(x, shape(x[None]).item(), left[:, 0], parts @ weights, error)


@lru_cache(maxsize=4)
def model_of(f: str) -> Quadratic:
    b, Q = (torch.tensor(part, dtype=torch.float64) for part in SHAPES[f])
    return Quadratic(0.0, b, Q)


@lru_cache(maxsize=64)
def law(rho: float) -> tuple[Tensor, Tensor]:
    """Mean (2,) and covariance (2, 2) of the features."""
    cov = torch.tensor([[1.0, rho], [rho, 1.0]], dtype=torch.float64)
    return torch.full((2,), CENTRE, dtype=torch.float64), cov
