"""Gradient flow ẋ = −∇f(x) and the two Euler methods that follow it with steps of length lr.

Gradient descent is explicit Euler for this equation; the flow is what it discretises, not the
other way round (E-41). On f(x) = ½(λ₁x₁² + λ₂x₂²) all three are exact powers:
flow e^(−λt), explicit (1 − ηλ)ᵏ, implicit (1 + ηλ)⁻ᵏ, with η written `lr`.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import Check, at_most, equal, require
from core.landscapes.surfaces import quadratic
from core.optimizers import trajectories

BOUND = 1e12
HALVINGS = 11
CURVE = 241  # points of the smooth line


class Flow(NamedTuple):
    """Flow and Euler methods from the same start over the same time.

    Attributes:
        lam: curvatures (λ₁, λ₂), shape (2,).
        lr: the step η.
        t: times kη of the steps, shape (n + 1,).
        exact: flow at these times, shape (n + 1, 2).
        explicit, implicit: iterates of the two Euler methods, shape (n + 1, 2); an explicit run
            that diverges keeps its last value below 1e12.
        curve_t: times of the smooth line, shape (m,).
        curve: flow at these times, shape (m, 2).
        f_exact, f_explicit, f_implicit: f along the steps, shape (n + 1,).
        f_curve: f along the smooth line, shape (m,).
        lrs: η, η/2, η/4, …, shape (j,).
        error_explicit, error_implicit: distance to the flow at the last time for each of `lrs`,
            shape (j,), at most 1e12.
        crossings: how often explicit Euler changed the sign of a coordinate.
        diverged_at: first step of explicit Euler beyond 1e12, or -1.
    """

    lam: Tensor
    lr: float
    t: Tensor
    exact: Tensor
    explicit: Tensor
    implicit: Tensor
    curve_t: Tensor
    curve: Tensor
    f_exact: Tensor
    f_explicit: Tensor
    f_implicit: Tensor
    f_curve: Tensor
    lrs: Tensor
    error_explicit: Tensor
    error_implicit: Tensor
    crossings: int
    diverged_at: int

    @property
    def limit(self) -> float:
        """2/L, the step at which explicit Euler stops converging."""
        return 2 / float(self.lam.max())


def exact_flow(lam: Tensor, x0: Tensor, t: Tensor) -> Tensor:
    """x(t) = exp(−Ht) x₀ for H = diag(lam), shape (*t.shape, 2)."""
    return x0 * torch.exp(-lam * t[..., None])


def flow(
    lam1: float,
    lam2: float,
    lr: float,
    T: float,
    x0: float,
    y0: float,
    implicit: bool = True,
) -> Flow:
    """Flow, explicit and implicit Euler on ½(lam1 x² + lam2 y²) from (x0, y0).

    Args:
        lam1, lam2: curvatures, each in [0.01, 100].
        lr: the step η, in [0.001, 10].
        T: time to follow, in [0.01, 100]; the methods make the largest whole number of steps that
            fits, at least one, and the flow is compared with them at the time they reach.
        x0, y0: start, each in [-10, 10].
        implicit: whether implicit Euler is to be shown; the result holds it in any case.

    Raises:
        ValueError: a parameter is outside its range or not finite.
    """
    require("lam1", lam1, 0.01, 100)
    require("lam2", lam2, 0.01, 100)
    require("lr", lr, 0.001, 10)
    require("T", T, 0.01, 100)
    require("x0", x0, -10, 10)
    require("y0", y0, -10, 10)
    lam = torch.tensor([lam1, lam2], dtype=torch.float64)
    start = torch.tensor([x0, y0], dtype=torch.float64)
    n = max(1, math.floor(T / lr + 1e-9))
    k = torch.arange(n + 1, dtype=torch.float64)
    t = lr * k
    explicit, diverged_at = descend(lam, start, lr, n)
    implicit_path = start * (1 + lr * lam) ** -k[:, None]
    exact = exact_flow(lam, start, t)
    curve_t = torch.linspace(0, float(t[-1]), CURVE, dtype=torch.float64)
    curve = exact_flow(lam, start, curve_t)

    halves = 2.0 ** torch.arange(HALVINGS + 1, dtype=torch.float64)[:, None]
    small, many = lr * lam / halves, n * halves
    # A coordinate of 0 times an overflow would be NaN.
    euler = start * ((1 - small) ** many).clamp(-BOUND, BOUND)
    backward = start * (1 + small) ** -many
    signs = explicit[:, int(lam.argmax())].sign()
    return Flow(
        lam=lam,
        lr=lr,
        t=t,
        exact=exact,
        explicit=explicit,
        implicit=implicit_path,
        curve_t=curve_t,
        curve=curve,
        f_exact=height(lam, exact),
        f_explicit=height(lam, explicit),
        f_implicit=height(lam, implicit_path),
        f_curve=height(lam, curve),
        lrs=lr / halves[:, 0],
        error_explicit=(euler - exact[-1]).norm(dim=1).clamp(max=BOUND),
        error_implicit=(backward - exact[-1]).norm(dim=1).clamp(max=BOUND),
        crossings=int((signs[1:] * signs[:-1] < 0).sum()),
        diverged_at=diverged_at,
    )


def height(lam: Tensor, x: Tensor) -> Tensor:
    """f(x) = ½ Σ λᵢxᵢ² for x of shape (..., 2), shape (...)."""
    return 0.5 * (lam * x * x).sum(dim=-1)


def descend(lam: Tensor, start: Tensor, lr: float, n: int) -> tuple[Tensor, int]:
    """Gradient descent as the house runs it: iterates (n + 1, 2) and the step of divergence.

    f is λ_min times `quadratic(κ)`, so its step η is the step ηλ_min there.
    """
    mu, L = lam.aminmax()
    bowl = quadratic(float(L / mu), 0.0 if lam[0] <= lam[1] else 90.0)
    run = trajectories(bowl, ("gd",), start, lr * float(mu), n)
    return run.x[0], int(run.diverged_at[0])


def checks(run: Flow, **_) -> list[Check]:
    """OPT-10 with erratum E-41: both Euler equations, the order of the error, d f/dt, stability."""
    lam, lr, T = run.lam, run.lr, float(run.t[-1])
    moves = float(run.exact[0].norm()) > 1e-100  # below, squares are rounding
    still = "" if moves else "the start is the minimum"
    last = len(run.t) - 1 if run.diverged_at < 0 else run.diverged_at - 1
    k = torch.arange(last + 1, dtype=torch.float64)[:, None]
    power = run.exact[0] * (1 - lr * lam) ** k
    off = (run.explicit[: last + 1] - power).abs() / power.abs().clamp(min=1.0)
    implicit = run.implicit
    residual = implicit[1:] - implicit[:-1] + lr * lam * implicit[1:]

    live = lam[run.exact[0] != 0]
    first_order = moves and float(run.lrs[-1] * live.max() ** 2 * T) <= 0.5
    first_order = first_order and float(run.error_explicit[-1]) > 1e-250
    pair = run.error_explicit[-2:].tolist()

    h = 1e-4 / float(lam.max())
    t = run.curve_t[1:]
    after, before = (height(lam, exact_flow(lam, run.exact[0], t + s)) for s in (h, -h))
    slope = (lam * run.curve[1:]).square().sum(dim=1)
    relative = ((after - before) / (2 * h) + slope).abs() / slope.clamp(min=1e-250)

    f0 = float(run.f_exact[0]) or 1.0
    small_step = lr < run.limit
    length = implicit.norm(dim=1)
    resolved = length[:-1] > 1e-120
    shrink = float((length[1:] / length[:-1].clamp(min=1e-120))[resolved].max()) if moves else 0.0
    return [
        equal(
            "OPT-10",
            "gradient descent is explicit Euler for ẋ = −∇f(x) (E-41): its iterates are "
            "(1 − ηλ)ᵏ x₀; largest distance, relative above 1",
            float(off.max()),
            0.0,
        ),
        equal(
            "OPT-10",
            "halving η halves the distance to the flow at time T: ratio of the two smallest steps, "
            "2 ± 0.2",
            pair[0] / pair[1] if first_order else 2.0,
            2.0,
            tol=0.1,
            applies=first_order,
            why="" if first_order else still or "needs ηλ²T ≤ ½ for the smallest step",
        ),
        equal(
            "OPT-10",
            "d/dt f(x(t)) = −‖∇f(x(t))‖² along the flow: largest relative difference to a "
            "difference quotient",
            float(relative[slope > 1e-250].max()) if moves else 0.0,
            0.0,
            tol=1e-6,
            applies=moves,
            why=still,
        ),
        at_most(
            "OPT-10",
            "the flow never raises f: largest change of f between two times, over f(x₀)",
            float(run.f_curve.diff().max()) / f0,
            0.0,
            tol=0.0,
        ),
        at_most(
            "OPT-10",
            "explicit Euler never raises f for η < 2/L: largest change in one step, over f(x₀)",
            float(run.f_explicit[: last + 1].diff().max()) / f0,
            0.0,
            tol=1e-12,
            applies=small_step,
            why="" if small_step else f"needs η < 2/L = {run.limit:.4g}, here η = {lr:.4g}",
        ),
        equal(
            "OPT-10",
            "implicit Euler solves xₖ₊₁ = xₖ − η∇f(xₖ₊₁): largest residual",
            float(residual.abs().max()),
            0.0,
        ),
        at_most(
            "OPT-10",
            "implicit Euler contracts for every η > 0: largest ‖xₖ₊₁‖/‖xₖ‖ against 1/(1 + ημ)",
            shrink,
            1 / (1 + lr * float(lam.min())),
            applies=moves,
            why=still,
        ),
    ]


def says(run: Flow, *, implicit: bool = True, **_) -> str:
    """What happened, in one or two plain sentences."""
    steps, T = len(run.t) - 1, float(run.t[-1])
    gap = float(run.error_explicit[0])
    if not run.exact[0].any():
        return "The start is the minimum: neither the flow nor a step leaves it."
    other = (
        f" Implicit Euler with the same step is {float(run.error_implicit[0]):.2g} away."
        if implicit
        else ""
    )
    if run.lr > run.limit:
        end = (
            f"diverged at step {run.diverged_at}" if run.diverged_at >= 0 else "is thrown outwards"
        )
        return (
            f"Explicit Euler {end}: lr {run.lr:.4g} > 2/L = {run.limit:.4g}, while the flow "
            f"knows no step and arrives." + other
        )
    zigzag = (
        f"crossed the valley floor {run.crossings} times in {steps} steps; the flow never does"
        if run.crossings
        else f"stayed on one side for all {steps} steps, like the flow"
    )
    return f"Gradient descent {zigzag}. At t = {T:.3g} it is {gap:.2g} away from the flow." + other


def halved(run: Flow) -> str:
    """What becomes of the error of explicit Euler when η is halved, in words."""
    ratio = float(run.error_explicit[0] / run.error_explicit[1])
    return "unchanged" if ratio < 1.4 else "about a half" if ratio < 2.8 else "about a quarter"


def flow_crossings(run: Flow) -> str:
    """How often the flow crosses the valley floor, next to gradient descent."""
    signs = run.curve[:, int(run.lam.argmax())].sign()
    crossings = int((signs[1:] * signs[:-1] < 0).sum())
    if crossings == 0:
        return "never"
    return "at every step, like descent" if crossings >= run.crossings else "a few times"


def implicit_fate(run: Flow) -> str:
    """Where implicit Euler ends, in words."""
    ratio = float(run.f_implicit[-1] / run.f_implicit[0])
    if ratio > 1:
        return "it is thrown out too"
    return "it bounces forever" if ratio > 0.5 else "it settles at the minimum"
