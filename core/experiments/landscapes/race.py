"""A race of methods, each with the step that suits it best on this landscape."""

from collections.abc import Iterator
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.landscapes import Landscape, quadratic
from core.landscapes.terrain import FORMULA, METHODS, SURFACES, at_start, field, surface
from core.optimizers import BOUND, Trajectories, arrival, trajectories
from core.signature import between, declared

LRS = torch.logspace(-5, 0.25, 64, dtype=torch.float64)  # 12 per decade, 1e-3 and 1e-2 included
BETA = {"momentum": 0.9, "nesterov": 0.9, "rmsprop": 0.99}


class Race(NamedTuple):
    """The methods that have been tuned so far (m of five) and their best runs."""

    score: Tensor  # of the slowest start for every learning rate, shape (m, 64); see `scored`
    x: Tensor  # tuned runs from the start, shape (m, steps + 1, 2)
    gap: Tensor  # (f(xₖ) − f*) / (f(x₀) − f*) along them, shape (m, steps + 1)

    # share of the methods done, in [0, 1]
    progress = property(lambda self: len(self.score) / len(METHODS))
    doing = property(lambda self: f"{len(self.score)} of {len(METHODS)} methods tuned")
    methods = property(lambda self: METHODS[: len(self.score)])  # names, in the order of the rows
    # tuned learning rates, the smaller one of equals, shape (m,)
    lr = property(lambda self: LRS[self.score.argmin(1)])
    # the scores of the tuned learning rates
    lowest = property(lambda self: self.score.amin(1).tolist())
    # numbers of the methods, the best score first
    order = property(lambda self: sorted(range(len(self.score)), key=self.lowest.__getitem__))


@declared
def race(
    landscape: Literal[("quadratic", *SURFACES)] = "quadratic",
    kappa: Annotated[float, between(1, 1e4)] = 100.0,
    angle: Annotated[float, between(0, 90)] = 0.0,
    formula: str = FORMULA,
    x0: Annotated[float, between(-10, 10)] = 1.0,
    y0: Annotated[float, between(-10, 10)] = 1.0,
    steps: Annotated[int, between(20, 2000)] = 500,
    tol: Annotated[float, between(1e-8, 0.5)] = 1e-4,
    nine: bool = True,
) -> Iterator[Race]:
    """Tune each method over 64 learning rates and run it from the start, snapshot by snapshot.

    Args:
        formula: f(x, y) for "own"; refused in words where it cannot be read or has no finite value.
        x0, y0: start; refused where f is not finite, and at the minimum.
        steps: budget of steps.
        tol: arrival means f − f* ≤ tol (f(x₀) − f*) for the rest of the run.
        nine: tune on nine starts around (x0, y0), 5 % of the domain apart, instead of one.
    """
    land = ground(landscape, kappa, angle, formula)
    start, low = at_start(land, x0, y0), field(land).low
    if not land.f(start) > low:
        raise ValueError(
            f"expected a start above the minimum, got x0={x0:g}, y0={y0:g}: there is no way down"
        )
    begin, rows = starts(land, start, nine), []
    for method in METHODS:
        run = trajectories(land, (method,), begin, LRS[:, None], steps, beta=BETA.get(method))
        score = scored(run, low, steps, tol)
        best = int(score.argmin())
        gap = run.f[0, best, 0] - low
        rows.append((score, run.x[0, best, 0].clone(), (gap / gap[0]).clamp_min(0)))
        yield Race(*map(torch.stack, zip(*rows)))


def ground(landscape: str, kappa: float, angle: float, formula: str) -> Landscape:
    """The landscape of the race."""
    return quadratic(kappa, angle) if landscape == "quadratic" else surface(landscape, formula)


def starts(land: Landscape, start: Tensor, nine: bool) -> Tensor:
    """The start, and its eight neighbours with a finite f where there are nine, shape (n, 2)."""
    if not nine:
        return start[None]
    width = torch.tensor(land.domain, dtype=torch.float64).diff(dim=1)[:, 0]
    t = torch.tensor([0.0, -0.05, 0.05], dtype=torch.float64)
    around = start + width * torch.cartesian_prod(t, t)
    return around[land.f(around).isfinite()]


def scored(run: Trajectories, low: float, steps: int, tol: float) -> Tensor:
    """The step of arrival of the slowest start, shape (lrs,), one method over (lrs, starts).

    A run that does not arrive counts steps·(1 + log₁₀(gap / tol)) with its final gap, 10¹² after a
    divergence: a score above `steps` is a failure.
    """
    f, fine = run.f[0], run.diverged_at[0] < 0
    gap = (f - low) / (f[..., :1] - low)
    first = arrival(gap, tol).where(fine, -1)
    late = steps * (1 + (gap[..., -1].where(fine, BOUND).clamp_min(tol) / tol).log10())
    return torch.where(first >= 0, first.double(), late).amax(-1)
