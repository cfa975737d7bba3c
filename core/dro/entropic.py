r"""Transport that is paid for being certain: min over plans of ⟨P, d^p⟩ + reg · KL(P ‖ a ⊗ b).

Sinkhorn's steps scale rows and columns in turn. The plan is blurred, so that its cost is above
W_p^p: the entropic bias. Taking half of what each law costs against itself gives the Sinkhorn
divergence, 0 for equal laws. Sources: DRO-05; Cuturi 2013; Schmitzer 2019 for the scaling that does
not underflow; Feydy et al. 2019 for the divergence.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.adversarial.balls import exponent
from core.check import require
from core.dro.laws import cloud, masses
from core.dro.transport import distances, wasserstein, wasserstein_1d

BLOCK = 20  # steps between two looks at the marginals
HALVES, STILL = 500, 1e-14  # half steps of a law against itself; when they stand still
LARGEST = 1e100  # a scaling beyond it goes into the exponents at once


class Step(NamedTuple):
    """A plan on its way."""

    step: int  # steps done, each of rows and columns
    plan: Tensor  # (n, m)
    error: float  # Σ|row sums − a| + Σ|column sums − b|
    value: float  # of the dual, below the least cost + reg · KL and equal to it in the end


class Entropic(NamedTuple):
    """The entropic plan, and how far from the exact distance it is."""

    plan: Tensor  # (n, m), of mass 1 up to `error`
    cost: float  # ⟨P, d^p⟩, in the unit of d^p
    value: float  # of the dual; cost + reg · KL(P ‖ a ⊗ b) once the marginals are right
    bias: float  # cost − W_p^p; NaN for masses or sizes that have no exact distance here
    debiased: float  # the Sinkhorn divergence, in the unit of d^p
    error: float  # marginal error of the plan, as in `Step`
    steps: int  # steps done


def sinkhorn(
    a: Tensor,
    b: Tensor,
    reg: float,
    p: float = 2,
    a_weights: Tensor | None = None,
    b_weights: Tensor | None = None,
    *,
    steps: int = 2000,
    tol: float = 1e-10,
) -> Entropic:
    """The entropic plan between two laws, after `steps` or at a marginal error of `tol`.

    Args:
        a, b: points, (n,) or (n, d), and (m,) or (m, d); distances are Euclidean.
        reg: > 0, in the unit of d^p: what is small depends on the scale of the points.
        p: in [1, ∞).
        a_weights, b_weights: masses of sum 1; 1/n and 1/m by default.
        steps: in [1, 1_000_000].
        tol: ≥ 0.

    Raises:
        ValueError: a value outside its range, points of different dimensions.
    """
    a, b = cloud("a", a), cloud("b", b)
    *_, last = sinkhorn_steps(a, b, reg, p, a_weights, b_weights, steps=steps, tol=tol)
    v, w = masses("a_weights", a_weights, len(a)), masses("b_weights", b_weights, len(b))
    cost = float((last.plan * distances(a, b) ** p).sum())
    own = [_against_itself(x, mass, reg, p) for x, mass in ((a, v), (b, w))]
    exact = math.nan
    if a.shape[1] == 1:
        exact = wasserstein_1d(a[:, 0], b[:, 0], p, v, w) ** p
    elif a_weights is None and b_weights is None and len(a) == len(b):
        exact = wasserstein(a, b, p).distance ** p
    return Entropic(
        last.plan, cost, last.value, cost - exact, last.value - sum(own) / 2, last.error, last.step
    )


def sinkhorn_steps(
    a: Tensor,
    b: Tensor,
    reg: float,
    p: float = 2,
    a_weights: Tensor | None = None,
    b_weights: Tensor | None = None,
    *,
    steps: int = 2000,
    tol: float = 1e-10,
) -> Iterator[Step]:
    """The plan after 1 step, and after every 20 more; arguments as `sinkhorn`."""
    require("reg", reg, 0, above=True)
    require("steps", steps, 1, 1_000_000, integer=True)
    require("tol", tol, 0)
    p = exponent(p, 1)
    require("p", p, 1)
    a, b = cloud("a", a), cloud("b", b)
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"expected b with {a.shape[1]} columns as a has, got {b.shape[1]}")
    v, w = masses("a_weights", a_weights, len(a)), masses("b_weights", b_weights, len(b))
    return _steps((distances(a, b) ** p).numpy(), v.numpy(), w.numpy(), reg, int(steps), tol)


def _steps(cost, v, w, reg, steps, tol) -> Iterator[Step]:
    """Points without mass are left out of the scaling and have none in the plan."""
    rows, columns = np.flatnonzero(v), np.flatnonzero(w)
    for done, plan, error, value in _scaled(
        cost[np.ix_(rows, columns)], v[rows], w[columns], reg, steps
    ):
        full = np.zeros_like(cost)
        full[np.ix_(rows, columns)] = plan
        yield Step(done, torch.from_numpy(full), error, value)
        if error <= tol:
            return


def _scaled(cost, v, w, reg, steps) -> Iterator[tuple[int, np.ndarray, float, float]]:
    """The plan exp((f + g − cost)/reg): f and g grow in blocks of plain scalings of that plan."""
    f, g, done, plan = np.zeros(len(v)), np.zeros(len(w)), 0, None
    while True:
        count = 1 if done == 0 else min(BLOCK, steps - done)
        scaled = None if plan is None else _block(plan, v, w, count)
        if scaled is None:
            for _ in range(count):
                f = reg * (np.log(v) - _log_sum((g - cost) / reg, 1))
                g = reg * (np.log(w) - _log_sum((f[:, None] - cost) / reg, 0))
        else:
            f, g = f + reg * np.log(scaled[0]), g + reg * np.log(scaled[1])
        done += count
        plan = np.exp(np.minimum((f[:, None] + g - cost) / reg, 0.0))
        error = np.abs(plan.sum(1) - v).sum() + np.abs(plan.sum(0) - w).sum()
        value = v @ (f - reg * np.log(v)) + w @ (g - reg * np.log(w)) + reg * (1 - plan.sum())
        yield done, plan, float(error), float(value)
        if done >= steps:
            return


def _block(plan, v, w, count) -> tuple[np.ndarray, np.ndarray] | None:
    """So many scalings of rows and columns, or None where they leave the range of floats."""
    y = np.ones(len(w))
    with np.errstate(all="ignore"):
        for _ in range(count):
            x = v / (plan @ y)
            y = w / (x @ plan)
    inside = [((s > 1 / LARGEST) & (s < LARGEST)).all() for s in (x, y)]
    return (x, y) if all(inside) else None


def _against_itself(x: Tensor, mass: Tensor, reg: float, p: float) -> float:
    """The value for a law and itself; both scalings are the same, and half a step is fast."""
    mass, x = mass[mass > 0].numpy(), x[mass > 0]
    cost, f, logs = (distances(x, x) ** p).numpy(), np.zeros(len(x)), np.log(mass)
    for _ in range(HALVES):
        new = (f - reg * _log_sum(logs + (f - cost) / reg, 1)) / 2
        still, f = np.abs(new - f).max() <= STILL * (reg + np.abs(new).max()), new
        if still:
            break
    plan = np.exp(logs + logs[:, None] + (f + f[:, None] - cost) / reg)
    return float(2 * mass @ f + reg * (1 - plan.sum()))


def _log_sum(x: np.ndarray, axis: int) -> np.ndarray:
    most = x.max(axis, keepdims=True)
    return np.log(np.exp(x - most).sum(axis)) + most.squeeze(axis)
