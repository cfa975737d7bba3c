"""The bowl: gradient descent on a quadratic, in the plane and in the eigen-basis of its Hessian.

z = Rᵀx are the eigen-coordinates: z₁ along the flat axis (λ = μ), z₂ along the steep one (λ = L).
There every step is a multiplication, zᵢ ← (1 − ηλᵢ) zᵢ, with η written `lr` in code.
"""

import math
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.landscapes import quadratic
from core.optimizers import trajectories
from core.signature import between, declared

FALL = 1e6  # the fall of f that every count of steps refers to
LEAST = 1e-200  # below it f(x₀) is rounding, and the start counts as the minimum
RESOLVED = 1e-12  # |z₂| over |xₖ| and |xₖ₋₁| below which the sign of z₂ is rounding, not motion


class Bowl(NamedTuple):
    """A run x₀, …, x_n of gradient descent on ½xᵀHx.

    Attributes:
        mu, L: eigenvalues of H, μ ≤ L.
        lr: the step η.
        multipliers: 1 − ημ and 1 − ηL, shape (2,).
        x: iterates, shape (steps + 1, 2), held at the last finite value after a divergence.
        z: the same in eigen-coordinates, shape (steps + 1, 2).
        grad: ∇f(x_k), shape (steps + 1, 2).
        f: f(x_k), shape (steps + 1,); f* = 0.
        bound: what theory says f(x_k) is at most, shape (steps + 1,), see `bowl`.
        needed: first k with f(x_k) ≤ 10⁻⁶ f(x₀), or -1.
        flips: sign changes of z₂ up to step `needed` (or to the end).
        watched: how many of those steps could have flipped a z₂ that is more than rounding.
        diverged_at: first step beyond 1e12, or -1.
    """

    mu: float
    L: float
    lr: float
    multipliers: Tensor
    x: Tensor
    z: Tensor
    grad: Tensor
    f: Tensor
    bound: Tensor
    needed: int
    flips: int
    watched: int
    diverged_at: int

    @property
    def last(self) -> int:
        """Index of the last iterate that was really computed."""
        return len(self.f) - 1 if self.diverged_at < 0 else self.diverged_at - 1

    @property
    def rate(self) -> float:
        """max |1 − ηλᵢ|, the factor of the slowest (or fastest growing) coordinate."""
        return float(self.multipliers.abs().max())

    @property
    def miss(self) -> float:
        """Angle in degrees between −∇f(x₀) and the direction to the minimum, 0 at the minimum."""
        (a, b), (c, d) = self.grad[0].tolist(), self.x[0].tolist()
        return math.degrees(math.atan2(abs(a * d - b * c), a * c + b * d))

    @property
    def tuned(self) -> bool:
        """Whether lr is 2/(L + μ): 1 − rate is within 1 % of the best, 2/(κ + 1)."""
        best = (self.L - self.mu) / (self.L + self.mu)
        return self.lr * self.L > 1 and 1 - self.rate >= 0.99 * (1 - best)


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
        x0, y0: start in the plane; used when `start` is "free".
        lr_L: the step in units of 1/L.
        steps: number of steps.
    """
    land = quadratic(kappa, angle)
    mu, L, R = land.mu, land.L, land.axes
    lr = lr_L / L
    if start == "free":
        origin = torch.tensor([x0, y0], dtype=torch.float64)
    else:
        steep = 1 / kappa if start == "worst" else 1.0
        origin = R @ torch.tensor([1.0, steep], dtype=torch.float64)
    run = trajectories(land, ("gd",), origin, lr, steps)
    x, f, diverged_at = run.x[0], run.f[0], int(run.diverged_at[0])
    z, grad = x @ R, land.grad(x)

    multipliers = 1 - lr * torch.tensor([mu, L], dtype=torch.float64)
    factor = 1 - lr * mu if lr_L <= 1 else float(multipliers.abs().max()) ** 2
    bound = (f[0] * factor ** torch.arange(steps + 1, dtype=torch.float64)).clamp(max=1e30)

    fallen = has_fallen(f)
    needed = int(fallen.int().argmax()) if bool(fallen.any()) else -1
    end = needed if needed >= 0 else (diverged_at - 1 if diverged_at >= 0 else steps)
    real = resolved(z[: end + 1, 1].abs(), x[: end + 1])
    pairs = real[1:] & real[:-1]
    flipped = pairs & (z[1 : end + 1, 1].sign() != z[:end, 1].sign())
    return Bowl(
        mu=mu,
        L=L,
        lr=lr,
        multipliers=multipliers,
        x=x,
        z=z,
        grad=grad,
        f=f,
        bound=bound,
        needed=needed,
        flips=int(flipped.sum()),
        watched=int(pairs.sum()),
        diverged_at=diverged_at,
    )


def resolved(steep: Tensor, x: Tensor) -> Tensor:
    """Where |z₂| is motion: above the rounding of xₖ and of the xₖ₋₁ it was computed from."""
    size = x.norm(dim=1)
    before = torch.cat((size[:1], size[:-1]))
    return (steep > RESOLVED * torch.maximum(size, before)) & (steep > LEAST)


def has_fallen(f: Tensor) -> Tensor:
    """Which f(x_k) are down by 10⁶, a fall that misses it by rounding alone included."""
    return f <= f[0] / FALL * (1 + 1e-9)
