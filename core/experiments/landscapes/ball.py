r"""A ball with memory on the bowl ½(x₁² + κx₂²): heavy ball, Nesterov, and an average.

In each eigendirection (curvature λ) all three are one linear recurrence
:math:`x_{k+1} = a x_k + b x_{k-1}`; the two roots of :math:`z^2 = az + b` are its momentum
eigenvalues, the larger modulus is its rate per step. Here μ = 1, L = κ and lr = lr_L / L.
"""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.landscapes import quadratic
from core.optimizers import (
    FALL,
    arrival,
    by_powers,
    companion_eigenvalues,
    contraction_rate,
    first_below,
    optimal,
    stability_limit,
    trajectories,
)
from core.signature import between, declared

METHODS = ("momentum", "nesterov", "momentum_ema")
CELLS = 72  # of the map, along each side
HORIZON = 4096  # length of the run in which f is to be down by 10⁶ and stay so
# the heavy ball's best step and memory for κ = 100
TUNED = dict(zip(("lr_L", "beta"), optimal("momentum", 0.01, 1.0)))


@dataclass(frozen=True)
class Ball:
    """One run; what theory says about it is computed from what it was run with."""

    method: str
    kappa: float
    lr_L: float  # the step η times L
    beta: float
    x: Tensor  # iterates, shape (steps + 1, 2): flat and steep eigendirection
    f: Tensor  # f(xₖ), shape (steps + 1,)
    diverged_at: int  # step at which a value passed 1e12, −1 if none did

    lr = property(lambda self: self.lr_L / self.kappa)  # the step η
    # what multiplies the newest gradient: η, or η(1 − β) in the average's form
    force = property(lambda self: self.lr * form(self.method, self.beta)[1])
    # the curvatures (1, κ)
    lam = property(lambda self: torch.tensor([1.0, self.kappa], dtype=torch.float64))
    # index of the last iterate that was really computed
    last = property(
        lambda self: len(self.x) - 1 if self.diverged_at < 0 else max(self.diverged_at - 1, 0)
    )
    # xₖ − xₖ₋₁, shape (steps + 1, 2); the start is at rest
    move = cached_property(lambda self: self.x.diff(dim=0, prepend=self.x[:1]))
    # β(xₖ − xₖ₋₁), what the velocity adds in step k, shape (steps + 1, 2)
    memory = property(lambda self: self.beta * self.move)

    @property
    def probed(self) -> Tensor:
        """Where the gradient is taken: xₖ, xₖ + memory for "nesterov", shape (steps + 1, 2)."""
        return self.x + self.memory if self.method == "nesterov" else self.x

    # −force·∇f there, shape (steps + 1, 2)
    push = property(lambda self: -self.force * self.lam * self.probed)

    @cached_property
    def energy(self) -> Tensor:
        """½λxₖxₖ₋₁ + (xₖ − xₖ₋₁)²/(2·force) of the two directions, shape (steps + 1, 2)."""
        before = self.x - self.move
        return 0.5 * self.lam * self.x * before + self.move.square() / (2 * self.force)

    @property
    def plain(self) -> Tensor:
        """f(xₖ) of the same η without memory, (1 − ηλ)ᵏ in closed form, shape (steps + 1,)."""
        shrink = (1 - self.lr * self.lam) ** torch.arange(len(self.x), dtype=torch.float64)[:, None]
        return 0.5 * (shrink.clamp(-1e12, 1e12) * self.x[0]).square() @ self.lam

    @cached_property
    def eigenvalues(self) -> Tensor:
        """Momentum eigenvalues, complex, shape (2 directions, 2)."""
        kind, _ = form(self.method, self.beta)
        return companion_eigenvalues(kind, self.force, self.beta, self.lam)

    # rate of each direction, 0 where the start is not off the minimum, shape (2,)
    moduli = cached_property(lambda self: self.eigenvalues.abs().amax(-1) * (self.x[0] != 0))
    rate = property(lambda self: float(self.moduli.max()))  # rate of the slowest of them
    # lr·L at which this method with this β stops converging
    edge = property(lambda self: border(self.method, self.beta))
    # whether this run is there, up to rounding
    on_edge = property(lambda self: abs(self.lr_L - self.edge) < 1e-9 * self.edge)

    @cached_property
    def tail(self) -> Tensor:
        """log energy over the last half of the run, up to its underflow or divergence."""
        energy = self.energy[: self.last + 1].sum(-1)
        tiny = (energy < 1e-280).nonzero()
        end = int(tiny[0]) if len(tiny) else len(energy)
        return energy[end // 2 : end].log()

    @cached_property
    def measured(self) -> float | None:
        """Rate per step fitted to √energy over the last half; None below 10 values."""
        return None if len(self.tail) < 10 else math.exp(slope(self.tail) / 2)

    def long(self, beta: float) -> Tensor:
        """f along 4096 steps with another memory."""
        x = by_powers(self.method, self.lr, beta, self.lam.diag(), self.x[0], HORIZON)
        return 0.5 * x.square() @ self.lam

    def needs(self, beta: float) -> int:
        """The step from which on f is down by 10⁶ with another memory; −1 if not in 4096."""
        return int(arrival(self.long(beta), FALL))

    iterations = cached_property(lambda self: self.needs(self.beta))  # `needs` of its own memory
    # first step at which f is down by 10⁶, from where it may rise again
    first = cached_property(lambda self: int(first_below(self.long(self.beta), FALL)))
    # largest f(xₖ)/f(x₀)
    peak = property(lambda self: float(self.f.max() / self.f[0]) if self.f[0] > 0 else 0.0)

    @property
    def tuned(self) -> bool:
        """Whether step and memory are the heavy ball's best for this κ, up to rounding."""
        best = (self.lr * self.kappa, self.beta), rate_map("momentum", self.kappa).best
        near = all(math.isclose(a, b, rel_tol=1e-12) for a, b in zip(*best))
        return self.method == "momentum" and near


@declared
def ball(
    method: Literal[METHODS] = "momentum",
    kappa: Annotated[float, between(1, 1e6)] = 100.0,
    lr_L: Annotated[float, between(0, 100, above=True)] = 1.0,
    beta: Annotated[float, between(0, 1, below=True)] = 0.9,
    start: Literal["worst", "free"] = "worst",
    x0: Annotated[float, between(-1e6, 1e6)] = 1.0,
    y0: Annotated[float, between(-1e6, 1e6)] = 1.0,
    steps: Annotated[int, between(1, 10_000)] = 200,
) -> Ball:
    r"""Roll a ball with memory down ½(x₁² + κx₂²).

    Args:
        method: "momentum" (heavy ball, v ← βv − η∇f), "nesterov" (the same with the gradient
            taken at the look-ahead point) or "momentum_ema" (v an exponential moving average,
            v ← βv − η(1 − β)∇f, as E-45 has it).
        kappa: condition number.
        lr_L: step size times L.
        beta: share of the velocity that is kept.
        start: "worst" for (1, 1/κ), where both directions hold gradient descent back equally;
            "free" for the next two.
        x0, y0: free start; x₁ = x0 and x₂ = y0/√κ, so that y0 counts half-widths of the valley.
        steps: number of steps.

    Sources: OPT-13, OPT-14; Polyak (1964); Nesterov (1983).
    """
    first = (1.0, 1 / kappa) if start == "worst" else (x0, y0 / math.sqrt(kappa))
    origin = torch.tensor(first, dtype=torch.float64)
    run = trajectories(quadratic(kappa), (method,), origin, lr_L / kappa, steps, beta=beta)
    return Ball(method, kappa, lr_L, beta, run.x[0], run.f[0], int(run.diverged_at[0]))


def slope(y: Tensor) -> float:
    """Least-squares slope of y against 0, 1, 2, …"""
    k = torch.arange(len(y), dtype=torch.float64)
    k -= k.mean()
    return float(k @ y / k.square().sum())


def form(method: str, beta: float | Tensor) -> tuple[str, float | Tensor]:
    """The rule it is, and the share of η it takes: an average is a heavy ball with η(1 − β)."""
    return ("momentum", 1 - beta) if method == "momentum_ema" else (method, 1.0)


def border(method: str, beta: float | Tensor) -> float | Tensor:
    """lr·L at which the run stops converging: 2(1 + β), Nesterov (2 + 2β)/(1 + 2β).

    The average's form multiplies the gradient by η(1 − β), so its border is 2(1 + β)/(1 − β).
    """
    kind, share = form(method, beta)
    return stability_limit(kind, beta, 1.0) / share


class RateMap(NamedTuple):
    """Rate over the plane of lr·L (columns) and β (rows)."""

    lr_L: Tensor  # shape (72,)
    beta: Tensor  # shape (72,)
    rate: Tensor  # spectral radius of one step, shape (72, 72), rows follow beta
    border: Tensor  # lr·L where the rate is 1, of each row, shape (72,)
    best: tuple[float, float, float]  # lr·L, β and rate of the lowest point


@lru_cache(maxsize=64)
def rate_map(method: str, kappa: float) -> RateMap:
    """Spectral radius of one step over lr·L in (0, 4] and β in [0, 1), and its lowest point.

    That point is the closed form of OPT-13 for the heavy ball, (1/L, (√κ − 1)/(√κ + 1)) of OPT-14
    for Nesterov (safe beyond quadratics; the map may dip lower), the lowest cell for the average.
    """
    lr_L = torch.linspace(4 / CELLS, 4, CELLS, dtype=torch.float64)
    beta = torch.linspace(0, 0.999, CELLS, dtype=torch.float64)
    lam = torch.tensor([1.0, kappa], dtype=torch.float64) / kappa  # in units of L
    kind, share = form(method, beta[:, None])
    rate = contraction_rate(kind, lr_L * share, beta[:, None], lam)
    if method == "momentum_ema":
        row, column = divmod(int(rate.argmin()), CELLS)
        best = float(lr_L[column]), float(beta[row]), float(rate.min())
    else:
        lr, keep = optimal(kind, 1.0, kappa)
        best = lr * kappa, keep, float(contraction_rate(kind, lr * kappa, keep, lam))
    return RateMap(lr_L, beta, rate, border(method, beta), best)


def critical_beta(method: str, lr_L: float, share: float) -> float:
    """β above which the run overshoots where λ = share · L: a complex pair, p² < 4q.

    With s = ηλ: (1 − √s)² for the heavy ball, (1 − √s)/(1 + √s) for Nesterov (1, never, if
    s ≥ 1), ((1 − s)/(1 + s))² for the average.
    """
    s = lr_L * share
    if method == "momentum_ema":
        return ((1 - s) / (1 + s)) ** 2
    if method == "nesterov":
        return (1 - math.sqrt(s)) / (1 + math.sqrt(s)) if s < 1 else 1.0
    return (1 - math.sqrt(s)) ** 2
