"""The price of κ: how many steps a method needs to a tolerance, as κ grows.

Every run starts at the worst start (κ, 1) of `quadratic(kappa)`, μ = 1, L = κ.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import Check, at_most, choose, equal, require
from core.landscapes.surfaces import quadratic
from core.optimizers import NAMES, count_iterations, optimal

METHODS = ("gd", "momentum", "nesterov")
STEPS = ("best", "1/L")


class Sweep(NamedTuple):
    """Counts so far.

    Attributes:
        progress: in [0, 1]; the sweep is complete at 1.
        kappa: condition numbers, shape (n,).
        counts: first k with f(x_k) ≤ tolerance · f(x₀) for each of `METHODS`, shape (3, n);
            -1 where not yet reached.
        slopes: least-squares slopes of log counts over log κ, one per method; None while fewer
            than two counts are known.
        tolerance: ε.
        lrs, betas: the hyperparameters used, shape (3, n).
    """

    progress: float
    kappa: Tensor
    counts: Tensor
    slopes: tuple[float | None, ...]
    tolerance: float
    lrs: Tensor
    betas: Tensor

    def count(self, method: str, kappa: float) -> int:
        """Steps of `method` at the grid point nearest to `kappa`, -1 if not yet known."""
        nearest = int((self.kappa.log() - math.log(kappa)).abs().argmin())
        return int(self.counts[METHODS.index(method), nearest])


def sweep(tolerance: float, step: str, decades: int, per_decade: int) -> Iterator[Sweep]:
    """Snapshots of the counts for κ = 10, …, 10^decades; the last one is complete.

    Args:
        tolerance: ε, the share of f(x₀) to reach, in [1e-10, 1e-2].
        step: "best" gives each method the (lr, beta) of `core.optimizers.optimal`; "1/L" gives
            everyone lr = 1/L, and with it the heavy ball its best beta, (1 − 1/√κ)².
        decades: log₁₀ of the largest κ, 2, 3 or 4.
        per_decade: grid points per decade, in [1, 10].

    Raises:
        ValueError: a parameter is outside its range, at the call.
    """
    require("tolerance", tolerance, 1e-10, 1e-2)
    choose("step", step, STEPS)
    require("decades", decades, 2, 4, integer=True)
    require("per_decade", per_decade, 1, 10, integer=True)
    return _snapshots(tolerance, step, int(decades), int(per_decade))


def _snapshots(tolerance: float, step: str, decades: int, per_decade: int) -> Iterator[Sweep]:
    n = (decades - 1) * per_decade + 1
    kappa = 10 ** torch.linspace(1, decades, n, dtype=torch.float64)
    lrs, betas = hyperparameters(kappa, step)
    start = torch.stack([kappa, torch.ones_like(kappa)], dim=-1)
    slowest = 1 - float(lrs[0, -1])  # of gradient descent at the largest κ, where μ = 1
    limit = math.ceil(1.02 * math.log(tolerance) / (2 * math.log(slowest))) + 100
    runs = count_iterations(
        quadratic(kappa),
        METHODS,
        start,
        dict(zip(METHODS, lrs)),
        tolerance,
        limit,
        beta=dict(zip(METHODS, betas)),
        f_star=0.0,
    )
    for progress, counts in runs:
        slopes = tuple(slope(kappa, row) for row in counts)
        yield Sweep(progress, kappa, counts, slopes, tolerance, lrs, betas)


def hyperparameters(kappa: Tensor, step: str) -> tuple[Tensor, Tensor]:
    """lr and beta of every method for each κ, both of shape (3, n)."""
    best = torch.tensor(
        [[optimal(method, 1.0, k) for k in kappa.tolist()] for method in METHODS],
        dtype=torch.float64,
    )
    lrs, betas = best.unbind(-1)
    if step == "1/L":
        lrs = (1 / kappa).expand(3, -1)
        betas = torch.stack([betas[0], (1 - kappa**-0.5) ** 2, betas[2]])
    return lrs, betas


def slope(kappa: Tensor, counts: Tensor) -> float | None:
    """Least-squares slope of log counts over log κ, None while fewer than two are known."""
    known = counts > 0
    if int(known.sum()) < 2:
        return None
    x, y = kappa[known].log(), counts[known].double().log()
    x = x - x.mean()
    return float((x * y).sum() / (x * x).sum())


def foreseen(method: str, kappa: float, step: str, tolerance: float) -> float:
    """Steps that the rate alone asks for: κ/4, κ/2, √κ/4 or √κ/2 times log 1/ε."""
    size = kappa if method == "gd" else math.sqrt(kappa)
    share = 0.25 if step == "best" and method != "nesterov" else 0.5
    return share * size * math.log(1 / tolerance)


def checks(run: Sweep, *, step: str, tolerance: float, **_) -> list[Check]:
    """ANA-18: orders of growth, as fitted slopes and as bounds at every κ."""
    done = run.progress == 1
    fine = done and tolerance <= 1e-4 and float(run.kappa[-1]) > 900
    why = "needs ε ≤ 10⁻⁴ and κ up to 10³: start-up and rounding to whole steps bend the line"
    why = "" if fine else why if done else "the sweep is not finished"
    fits = {"gd": ("1", 1.0, 0.02), "momentum": ("½", 0.5, 0.02), "nesterov": ("½", 0.53, 0.03)}
    if step == "1/L":  # then its flat coordinate obeys the same recurrence as Nesterov's
        fits["momentum"] = fits["nesterov"]
    kappa, counts = run.kappa, run.counts.double()
    log = math.log(1 / tolerance)
    bounds = (
        (
            "gd",
            "(κ/4) log 1/ε + 1" if step == "best" else "κ log 1/ε + 1",
            kappa * log * (0.25 if step == "best" else 1.0) + 1,
        ),
        ("nesterov", "√κ log 2/ε + 1", kappa.sqrt() * (log + math.log(2)) + 1),
    )
    return [
        *(
            equal(
                "ANA-18",
                f"{NAMES[method]}: steps grow like κ^{power}, fitted slope {target:.2f} ± {tol}",
                target if fit is None else fit,
                target,
                tol=tol,
                applies=fine,
                why=why,
            )
            for (method, (power, target, tol)), fit in zip(fits.items(), run.slopes)
        ),
        *(
            at_most(
                "ANA-18",
                f"{NAMES[method]} needs at most {formula} steps: largest ratio over all κ",
                float((counts[METHODS.index(method)] / bound).max()),
                1.0,
            )
            for method, formula, bound in bounds
        ),
    ]


def says(run: Sweep, **_) -> str:
    """The counts at both ends of the grid and the slopes, in plain sentences."""
    parts = []
    for row, method in enumerate(METHODS):
        first, last = int(run.counts[row, 0]), int(run.counts[row, -1])
        if first < 0 or last < 0:
            parts.append(f"{NAMES[method]} is still under way")
        else:
            parts.append(f"{NAMES[method]} {first} → {last} steps (slope {run.slopes[row]:.2f})")
    low, high = float(run.kappa[0]), float(run.kappa[-1])
    same = run.progress == 1 and bool((run.counts[1] == run.counts[2]).all())
    twins = " Heavy ball and Nesterov agree: same multipliers along the flat axis." if same else ""
    return f"From κ = {low:.0f} to {high:.0f}: {'; '.join(parts)}.{twins}"


def growth(run: Sweep, method: str) -> str:
    """By what factor the steps grow from κ = 100 to 10 000, as an option of a prediction."""
    return _times(run.count(method, 1e4) / run.count(method, 1e2))


def digits(run: Sweep) -> str:
    """Steps of gradient descent at its best step against those for ε = 10⁻⁶, at the largest κ."""
    kappa = float(run.kappa[-1])
    six = math.ceil(6 * math.log(10) / (2 * math.log((kappa + 1) / (kappa - 1))))
    return _times(int(run.counts[0, -1]) / six)


def _times(ratio: float) -> str:
    options = {"×1.7": 5 / 3, "×2": 2.0, "×10": 10.0, "×100": 100.0, "×10 000": 1e4}
    return min(options, key=lambda name: abs(math.log(options[name] / ratio)))
