"""The bowl: gradient descent on a quadratic, in the plane and in the eigen-basis of its Hessian.

z = Rᵀx are the eigen-coordinates: z₁ along the flat axis (λ = μ = 1), z₂ along the steep one
(λ = L = κ). There every step is a multiplication, zᵢ ← (1 − ηλᵢ) zᵢ, with η written `lr` in code.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import torch
from torch import Tensor

from core.landscapes import quadratic
from core.optimizers import FALL as DOWN
from core.optimizers import arrival, trajectories
from core.signature import between, declared

FALL = DOWN * (1 + 1e-9)  # of f, in every count of steps; one that misses it by rounding counts
LEAST = 1e-200  # below it f(x₀) is rounding, and the start counts as the minimum
RESOLVED = 1e-12  # |z₂| over |xₖ| and |xₖ₋₁| below which the sign of z₂ is rounding, not motion


@dataclass(frozen=True)
class Bowl:
    """A run x₀, …, x_n of gradient descent on ½xᵀHx."""

    kappa: float  # L/μ
    angle: float  # of the flat axis in degrees
    lr_L: float  # the step η in units of 1/L
    x: Tensor  # iterates, shape (steps + 1, 2), held at the last finite value after a divergence
    f: Tensor  # f(x_k), shape (steps + 1,); f* = 0
    diverged_at: int  # first step beyond 1e12, or -1

    land = property(lambda self: quadratic(self.kappa, self.angle))  # f
    lr = property(lambda self: self.lr_L / self.kappa)  # the step η
    # index of the last iterate that was really computed
    last = property(
        lambda self: len(self.f) - 1 if self.diverged_at < 0 else max(self.diverged_at - 1, 0)
    )

    @cached_property
    def multipliers(self) -> Tensor:
        """1 − ημ and 1 − ηL."""
        return 1 - self.lr * torch.tensor([1.0, self.kappa], dtype=torch.float64)

    # whether each coordinate starts off the minimum, beyond rounding, shape (2,)
    moves = property(lambda self: self.z[0].abs() > RESOLVED * self.x[0].norm())
    # max |1 − ηλᵢ| over those that do, the factor of the slowest (or fastest growing) one
    rate = property(lambda self: float((self.multipliers.abs() * self.moves).max()))
    # the iterates in eigen-coordinates, shape (steps + 1, 2)
    z = cached_property(lambda self: self.x @ self.land.axes)
    grad = cached_property(lambda self: self.land.grad(self.x))  # ∇f(x_k), shape (steps + 1, 2)

    @cached_property
    def bound(self) -> Tensor:
        """What theory says f(x_k) is at most, shape (steps + 1,), see `bowl`."""
        factor = 1 - self.lr if self.lr_L <= 1 else self.rate**2
        k = torch.arange(len(self.f), dtype=torch.float64)
        return (self.land.f(self.x[0]) * factor**k).clamp(max=1e30)

    # the step from which on f(x_k) ≤ 10⁻⁶ f(x₀) to the end of the run, or -1
    needed = cached_property(lambda self: int(arrival(self.f, FALL)))

    @cached_property
    def moving(self) -> Tensor:
        """Where |z₂| is above the rounding of xₖ and of the xₖ₋₁ it was computed from."""
        steep, size = self.z[:, 1].abs(), self.x.norm(dim=1)
        before = torch.cat((size[:1], size[:-1]))
        return (steep > RESOLVED * torch.maximum(size, before)) & (steep > LEAST)

    @cached_property
    def watched(self) -> Tensor:
        """Which steps up to `needed` (or to the end) could flip a z₂ that is moving."""
        end = self.needed if self.needed >= 0 else self.last
        return self.moving[1 : end + 1] & self.moving[:end]

    @cached_property
    def flips(self) -> int:
        """At how many of these z₂ changed its sign."""
        sign = self.z[: len(self.watched) + 1, 1].sign()
        return int((self.watched & (sign[1:] != sign[:-1])).sum())

    @property
    def miss(self) -> float:
        """Angle in degrees between −∇f(x₀) and the direction to the minimum, 0 at the minimum."""
        (a, b), (c, d) = self.grad[0].tolist(), self.x[0].tolist()
        return math.degrees(math.atan2(abs(a * d - b * c), a * c + b * d))


@declared
def bowl(
    kappa: Annotated[float, between(1, 1e4)] = 100.0,
    angle: Annotated[float, between(-360, 360)] = 0.0,
    start: Literal["worst", "diagonal", "free"] = "diagonal",
    x0: Annotated[float, between(-1.5, 1.5)] = 1.0,
    y0: Annotated[float, between(-1.5, 1.5)] = 0.4,
    lr_L: Annotated[float, between(0, 10, above=True)] = 1.9802,
    steps: Annotated[int, between(1, 100_000)] = 400,
) -> Bowl:
    r"""Gradient descent :math:`x_{k+1} = x_k - \eta \nabla f(x_k)` on `quadratic(kappa, angle)`.

    The bound is the theorem (ANA-17) :math:`(1 - \eta\mu)^k f(x_0)` for :math:`\eta \le 1/L`,
    which holds for every μ-strongly convex, L-smooth f. For longer steps it is
    :math:`\max_i |1 - \eta\lambda_i|^{2k} f(x_0)`, which holds for quadratics; at
    :math:`\eta = 2/(L + \mu)` the factor is :math:`((\kappa-1)/(\kappa+1))^2`.

    Args:
        kappa: condition number L/μ.
        angle: direction of the flat axis in degrees.
        start: "worst" is z = (1, 1/κ), the direction (κ, 1) in which both coordinates fall at the
            same pace until the end; "diagonal" is z = (1, 1); "free" is x = (x0, y0).
        lr_L: the step in units of 1/L.
    """
    land, steep = quadratic(kappa, angle), 1 / kappa if start == "worst" else 1.0
    origin = torch.tensor([x0, y0] if start == "free" else [1.0, steep], dtype=torch.float64)
    if start != "free":
        origin = land.axes @ origin
    run = trajectories(land, ("gd",), origin, lr_L / kappa, steps)
    return Bowl(kappa, angle, lr_L, run.x[0], run.f[0], int(run.diverged_at[0]))
