"""What a landscape is: a function of two variables with its first and second derivatives."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

Interval = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Landscape:
    """A function f: ℝ² → ℝ with its gradient and Hessian."""

    name: str  # as a sentence says it, or the formula, shortened
    # each of two coordinate tensors of the same shape: f, its partial derivatives, ∂₁₁ ∂₁₂ ∂₂₂
    value: Callable[[Tensor, Tensor], Tensor] = field(repr=False)
    slope: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]] = field(repr=False)
    curvature: Callable[[Tensor, Tensor], tuple[Tensor, Tensor, Tensor]] = field(repr=False)
    minima: Tensor = field(repr=False)  # global ones, shape (m, 2); (0, 2) when not known
    domain: tuple[Interval, Interval]  # the part of the plane worth drawing
    # `slope` for two plain numbers, where one run is to be cheap
    point: Callable[[float, float], tuple[float, float]] | None = field(
        default=None, repr=False, kw_only=True
    )

    def f(self, x: Tensor) -> Tensor:
        """f(x) for x of shape (..., 2), shape (...)."""
        return self.value(*_coordinates(x))

    def grad(self, x: Tensor) -> Tensor:
        """∇f(x) for x of shape (..., 2), shape (..., 2)."""
        return torch.stack(self.slope(*_coordinates(x)), dim=-1)

    def hessian(self, x: Tensor) -> Tensor:
        """∇²f(x) for x of shape (..., 2), shape (..., 2, 2)."""
        a, b, c = torch.broadcast_tensors(*self.curvature(*_coordinates(x)))
        return torch.stack((a, b, b, c), dim=-1).unflatten(-1, (2, 2))

    @property
    def f_star(self) -> float:
        """The smallest value of f, NaN when the minima are not known."""
        return float(self.f(self.minima).min()) if len(self.minima) else math.nan

    @property
    def batch(self) -> torch.Size:
        """The shape over which this is a batch of landscapes; () for a single one."""
        return torch.Size()

    def flattened(self, batch: torch.Size) -> "Landscape":
        """This landscape for coordinates whose last dimension is `batch` flattened."""
        return self

    def slope_into(self, x: Tensor, g: Tensor) -> None:
        """Write ∇f into g; both of shape (2, ...), the two coordinates first."""
        torch.stack(self.slope(x[0], x[1]), out=g)


def _coordinates(x: Tensor) -> tuple[Tensor, Tensor]:
    if not isinstance(x, Tensor) or x.ndim == 0 or x.shape[-1] != 2:
        got = tuple(x.shape) if isinstance(x, Tensor) else repr(x)
        raise ValueError(f"expected x to be a tensor of shape (..., 2), got {got}")
    x = x.to(torch.float64)
    return x[..., 0], x[..., 1]
