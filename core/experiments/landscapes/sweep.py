"""The price of κ: how many steps a method needs to a tolerance, as κ grows.

Every run starts at the worst start (κ, 1) of `quadratic(kappa)`, μ = 1, L = κ.
"""

import math
from collections.abc import Iterator
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.landscapes import quadratic
from core.optimizers import count_iterations, optimal
from core.signature import between, declared

METHODS = ("gd", "momentum", "nesterov")
STEPS = ("best", "1/L")


class Sweep(NamedTuple):
    """Counts so far."""

    progress: float  # in [0, 1]; the sweep is complete at 1
    kappa: Tensor  # condition numbers, shape (n,)
    # the step from which on f(x_k) ≤ tolerance · f(x₀), as `count_iterations` follows it, for each
    # of `METHODS`, shape (3, n); -1: not known yet
    counts: Tensor

    doing = property(lambda self: f"{int((self.counts >= 0).sum())} of {self.counts.numel()} runs")
    done = property(lambda self: bool((self.counts >= 0).all()))  # whether every count is known
    # least-squares slopes of log counts over log κ; None while fewer than two are known
    slopes = property(lambda self: tuple(slope(self.kappa, row) for row in self.counts))

    def count(self, method: str, kappa: float) -> int:
        """Steps of `method` at the grid point nearest to `kappa`, -1 if not yet known."""
        nearest = int((self.kappa.log() - math.log(kappa)).abs().argmin())
        return int(self.counts[METHODS.index(method), nearest])


@declared
def sweep(
    tolerance: Annotated[float, between(1e-10, 1e-2)] = 1e-6,
    step: Literal[STEPS] = "best",
    decades: Annotated[int, between(2, 4)] = 4,
) -> Iterator[Sweep]:
    """Snapshots of the counts for κ = 10, …, 10^decades, three to a decade; the last is complete.

    Args:
        tolerance: ε, the share of f(x₀) to reach.
        step: "best" gives each method the (lr, beta) of `core.optimizers.optimal`; "1/L" gives
            everyone lr = 1/L, and with it the heavy ball its best beta, (1 − 1/√κ)².
        decades: log₁₀ of the largest κ.
    """
    kappa = 10 ** torch.linspace(1, decades, 3 * decades - 2, dtype=torch.float64)
    lrs, betas = hyperparameters(kappa, step)
    start = torch.stack([kappa, torch.ones_like(kappa)], dim=-1)
    most = int(1.02 * descent_steps(kappa[-1], step, tolerance)) + 100
    bowls, given = quadratic(kappa), {"beta": [*betas], "f_star": 0.0}
    runs = count_iterations(bowls, METHODS, start, [*lrs], tolerance, most, **given)
    for progress, counts, _ in runs:
        yield Sweep(progress, kappa, counts)


def hyperparameters(kappa: Tensor, step: str) -> tuple[Tensor, Tensor]:
    """lr and beta of every method for each κ, both of shape (3, n)."""
    best = [[optimal(method, 1.0, k) for k in kappa.tolist()] for method in METHODS]
    lrs, betas = torch.tensor(best, dtype=torch.float64).unbind(-1)
    if step == "1/L":
        lrs = (1 / kappa).expand(3, -1)
        betas = torch.stack([betas[0], (1 - kappa**-0.5) ** 2, betas[2]])
    return lrs, betas


def descent_steps(kappa: Tensor, step: str, tolerance: float) -> Tensor:
    """Steps of gradient descent in closed form, exact from the worst start.

    With its best step f falls by ((κ − 1)/(κ + 1))² in each; at 1/L the steep coordinate is gone
    at once, and the flat one, κ/(κ + 1) of f(x₀), falls by (1 − 1/κ)².
    """
    best = step == "best"
    rate, share = ((kappa - 1) / (kappa + 1), 1.0) if best else (1 - 1 / kappa, kappa / (kappa + 1))
    return (torch.as_tensor(share / tolerance).log() / (-2 * rate.log())).ceil()


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
