"""A race of methods, each with the learning rate that suits it best on this landscape."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.landscapes import Landscape, quadratic
from core.landscapes.terrain import (
    FORMULA,
    METHODS,
    SURFACES,
    Field,
    at_start,
    field,
    sampled,
    surface,
)
from core.optimizers import BOUND, Trajectories, trajectories
from core.signature import between, declared

LRS = torch.logspace(-5, 0.25, 64, dtype=torch.float64)  # 12 per decade, 1e-3 and 1e-2 included
BETA = {"momentum": 0.9, "nesterov": 0.9, "rmsprop": 0.99}


class Race(NamedTuple):
    """The methods that have been tuned so far (m of five) and their best runs.

    Attributes:
        score: shape (m, 64), the step from which on f(xₖ) − f* ≤ tol (f(x₀) − f*), of the slowest
            start; a run that does not arrive within `steps` counts steps·(1 + log₁₀(gap / tol))
            with its final gap, 10¹² after a divergence, so a score above `steps` is a failure.
        x: tuned runs from the start, shape (m, steps + 1, 2).
        gap: (f(xₖ) − f*) / (f(x₀) − f*) along them, shape (m, steps + 1).
    """

    score: Tensor
    x: Tensor
    gap: Tensor

    @property
    def progress(self) -> float:
        """Share of the methods done, in [0, 1]."""
        return len(self.score) / len(METHODS)

    @property
    def methods(self) -> tuple[str, ...]:
        """Names, in the order of the rows."""
        return METHODS[: len(self.score)]

    @property
    def best(self) -> Tensor:
        """Number in `LRS` of the lowest score, the smaller lr of equals, shape (m,)."""
        return self.score.argmin(1)

    @property
    def lr(self) -> Tensor:
        """Tuned learning rates, shape (m,)."""
        return LRS[self.best]

    @property
    def lowest(self) -> list[float]:
        """The scores of the tuned learning rates."""
        return self.score.amin(1).tolist()

    @property
    def order(self) -> list[int]:
        """Numbers of the methods, the best score first."""
        return sorted(range(len(self.score)), key=self.lowest.__getitem__)

    @property
    def counts(self) -> dict[str, int]:
        """Method -> score of its tuned learning rate, rounded."""
        return dict(zip(self.methods, map(round, self.lowest)))

    def arrived(self, tol: float) -> Tensor:
        """Step at which the tuned runs arrive, -1 if not, shape (m,)."""
        return arrival(self.gap, tol)


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
    """Tune each method over 64 learning rates, then run all five from the same start.

    Args:
        landscape: "quadratic", a key of `core.landscapes.terrain.LANDSCAPES`, or "own".
        kappa, angle: of the quadratic.
        formula: f(x, y) for "own"; refused in words where it cannot be read or has no finite value.
        x0, y0: start; refused where f is not finite, and at the minimum.
        steps: budget of steps.
        tol: arrival means f − f* ≤ tol (f(x₀) − f*) for the rest of the run.
        nine: tune on nine starts around (x0, y0), 5 % of the domain apart, instead of one.

    Yields:
        Snapshots, one more method each time; the last one is the result.
    """
    land, grid = ground(landscape, kappa, angle, formula)
    start = at_start(land, x0, y0)
    if not land.f(start) > grid.low:
        raise ValueError(
            f"expected a start above the minimum, got x0={x0:g}, y0={y0:g}: there is no way down"
        )
    begin, rows = starts(land, start, nine), []
    for method in METHODS:
        run = trajectories(land, (method,), begin, LRS[:, None], steps, beta=BETA.get(method))
        score = scored(run, grid.low, steps, tol)
        best = int(score.argmin())
        gap = run.f[0, best, 0] - grid.low
        rows.append((score, run.x[0, best, 0].clone(), (gap / gap[0]).clamp_min(0)))
        yield Race(*map(torch.stack, zip(*rows)))


@lru_cache(maxsize=32)
def ground(landscape: str, kappa: float, angle: float, formula: str) -> tuple[Landscape, Field]:
    """The landscape of the race, and the same on a grid."""
    if landscape == "quadratic":
        land = quadratic(kappa, angle)
        return land, sampled(land)
    return surface(landscape, formula), field(landscape, formula)


def starts(land: Landscape, start: Tensor, nine: bool) -> Tensor:
    """The start, and its eight neighbours with a finite f where there are nine, shape (n, 2)."""
    if not nine:
        return start[None]
    width = torch.tensor([high - low for low, high in land.domain], dtype=torch.float64)
    t = torch.tensor([0.0, -1.0, 1.0], dtype=torch.float64)
    around = start + 0.05 * width * torch.cartesian_prod(t, t)
    return around[land.f(around).isfinite()]


def arrival(gap: Tensor, tol: float) -> Tensor:
    """First k from which on gap ≤ tol up to the end, -1 if there is none; (..., n) to (...)."""
    above = gap > tol
    # one past the last point above
    after = gap.shape[-1] - above.flip(-1).to(torch.uint8).argmax(-1)
    first = torch.where(above.any(-1), after, 0)
    return first.where(first < gap.shape[-1], -1)


def scored(run: Trajectories, low: float, steps: int, tol: float) -> Tensor:
    """The slowest start, shape (lrs,), of runs of one method over (lrs, starts)."""
    f, diverged = run.f[0], run.diverged_at[0] >= 0
    gap = (f - low) / (f[..., :1] - low)
    first = arrival(gap, tol).where(~diverged, -1)
    last = gap[..., -1].where(~diverged, BOUND).clamp_min(tol)
    late = steps * (1 + (last / tol).log10())
    return torch.where(first >= 0, first.double(), late).amax(-1)
