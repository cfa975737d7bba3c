"""A race of methods, each with the learning rate that suits it best on this landscape."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import Check, at_least, at_most, choose, equal, require
from core.experiments.landscapes.wild import METHODS, WITH_MEMORY
from core.landscapes.surfaces import Landscape, quadratic
from core.landscapes.terrain import FORMULA, LANDSCAPES, Field, at_start, field, sampled, surface
from core.optimizers import BOUND, NAMES, stability_limit, trajectories

STATEMENT = dict(zip(METHODS, ("OPT-08", "OPT-13", "OPT-14", "OPT-16", "OPT-17")))
LRS = torch.logspace(-5, 0.25, 64, dtype=torch.float64)  # 12 per decade, 1e-3 and 1e-2 included
BETA = 0.9  # of momentum and Nesterov
RMSPROP_BETA = 0.99
LINEAR = ("gd", "momentum", "nesterov")
CONVEX = ("quadratic", "logistic")


class Race(NamedTuple):
    """The methods that have been tuned so far (m of five) and their best runs.

    Attributes:
        progress: share of the methods done, in [0, 1].
        tol: the share of the height that counts as arrived.
        land, field: the landscape, and the landscape on a grid.
        methods: names, in the order of all that follows.
        lrs: the grid, shape (64,).
        score: shape (m, 64), the step from which on f(xₖ) − f* ≤ tol (f(x₀) − f*), of the slowest
            start; a run that does not arrive within `steps` counts steps·(1 + log₁₀(gap / tol))
            with its final gap, 10¹² after a divergence, so a score above `steps` is a failure.
        best: index of the lowest score, the smaller lr of equals, shape (m,).
        refined: lowest score of 17 lrs between the two neighbours of the best, shape (m,).
        x: tuned runs from the start, shape (m, steps + 1, 2).
        gap: (f(xₖ) − f*) / (f(x₀) − f*) along them, shape (m, steps + 1).
        arrived: step at which they arrive, -1 if not, shape (m,).
        deviation: max |x| difference, up to the arrival, of the tuned run when run alone, (m,).
    """

    progress: float
    tol: float
    land: Landscape
    field: Field
    methods: tuple[str, ...]
    lrs: Tensor
    score: Tensor
    best: Tensor
    refined: Tensor
    x: Tensor
    gap: Tensor
    arrived: Tensor
    deviation: Tensor

    @property
    def lr(self) -> Tensor:
        """Tuned learning rates, shape (m,)."""
        return self.lrs[self.best]

    @property
    def order(self) -> list[int]:
        """Indices of the methods, the best score first."""
        return self.score.amin(1).argsort(stable=True).tolist()


def race(
    *,
    landscape: str = "quadratic",
    kappa: float = 100.0,
    angle: float = 0.0,
    formula: str = FORMULA,
    x0: float = -1.2,
    y0: float = 1.0,
    steps: int = 500,
    tol: float = 1e-4,
    nine: bool = True,
) -> Iterator[Race]:
    """Tune each method over 64 learning rates, then run all five from the same start.

    Args:
        landscape: "quadratic", a key of `core.landscapes.terrain.LANDSCAPES`, or "own".
        kappa, angle: of the quadratic, in [1, 1e4] and [0, 90] degrees.
        formula: f(x, y) for "own".
        x0, y0: start, in [-10, 10].
        steps: budget, whole number in [20, 2000].
        tol: arrival means f − f* ≤ tol (f(x₀) − f*) for the rest of the run, in [1e-8, 0.5].
        nine: tune on nine starts around (x0, y0), 5 % of the domain apart, instead of one.

    Yields:
        Snapshots, one more method each time; the last one is the result.

    Raises:
        ValueError: a value outside its range, a formula that cannot be read, f not finite at a
            start, or a start at the minimum.
    """
    choose("landscape", landscape, ("quadratic", *LANDSCAPES, "own"))
    require("kappa", kappa, 1, 1e4)
    require("angle", angle, 0, 90)
    require("steps", steps, 20, 2000, integer=True)
    require("tol", tol, 1e-8, 0.5)
    if landscape == "quadratic":
        land = quadratic(kappa, angle)
        grid = sampled(land)
    else:
        land, grid = surface(landscape, formula), field(landscape, formula)
    start = at_start(land, x0, y0)
    if not land.f(start) > grid.low:
        raise ValueError(
            f"expected a start above the minimum, got x0={x0:g}, y0={y0:g}: there is no way down"
        )
    yield from _race(land, grid, _around(land, start) if nine else start[None], int(steps), tol)


def _around(land: Landscape, start: Tensor) -> Tensor:
    """The start and its eight neighbours, those with a finite f, shape (n, 2); the start first."""
    width = torch.tensor([high - low for low, high in land.domain], dtype=torch.float64)
    t = torch.tensor([0.0, -1.0, 1.0], dtype=torch.float64)
    starts = start + 0.05 * width * torch.cartesian_prod(t, t)
    return starts[land.f(starts).isfinite()]


def _race(land: Landscape, grid: Field, starts: Tensor, steps: int, tol: float) -> Iterator[Race]:
    low, rows = grid.low, []
    for method in METHODS:
        beta = {"rmsprop": RMSPROP_BETA}.get(method, BETA if method in WITH_MEMORY else None)
        run = trajectories(land, (method,), starts, LRS[:, None], steps, beta=beta)
        score = _score(run, low, steps, tol)
        best = int(score.argmin())
        near = torch.logspace(-1 / 12, 1 / 12, 17, dtype=torch.float64) * LRS[best]
        close = trajectories(land, (method,), starts, near[:, None], steps, beta=beta)
        alone = trajectories(land, (method,), starts[0], LRS[best].item(), steps, beta=beta)
        x, gap = run.x[0, best, 0].clone(), run.f[0, best, 0] - low
        gap = (gap / gap[0]).clamp_min(0)
        at = int(_arrival(gap, tol))
        rows.append(
            (
                score,
                torch.tensor(best),
                _score(close, low, steps, tol).min(),
                x,
                gap,
                torch.tensor(at),
                (alone.x[0] - x)[: at + 1 if at >= 0 else None].abs().max(),
            )
        )
        columns = [torch.stack(column) for column in zip(*rows)]
        done = METHODS[: len(rows)]
        yield Race(len(done) / len(METHODS), tol, land, grid, done, LRS, *columns)


def _arrival(gap: Tensor, tol: float) -> Tensor:
    """First k from which on gap ≤ tol up to the end, -1 if there is none; (..., n) to (...)."""
    above = gap > tol
    # one past the last point above
    after = gap.shape[-1] - above.flip(-1).to(torch.uint8).argmax(-1)
    first = torch.where(above.any(-1), after, 0)
    return first.where(first < gap.shape[-1], -1)


def _score(run, low: float, steps: int, tol: float) -> Tensor:
    """The slowest start, shape (lrs,), of runs of one method over (lrs, starts)."""
    f, diverged = run.f[0], run.diverged_at[0] >= 0
    gap = (f - low) / (f[..., :1] - low)
    first = _arrival(gap, tol).where(~diverged, -1)
    last = gap[..., -1].where(~diverged, BOUND).clamp_min(tol)
    late = steps * (1 + (last / tol).log10())
    return torch.where(first >= 0, first.double(), late).amax(-1)


def checks(result: Race, *, landscape: str, steps: int, **_) -> list[Check]:
    """What the statement of each method says of its tuned run, and two on the tuning itself."""
    lowest = result.score.amin(1)
    out = [
        (_border if method in LINEAR else _first_step)(result, i, landscape)
        for i, method in enumerate(result.methods)
    ]
    first = result.order[0]
    method = result.methods[first]
    convex = landscape in CONVEX and bool((result.arrived >= 0).all())
    out += [
        equal(
            STATEMENT[method],
            f"{method} alone with its tuned lr walks the same path as in the batch",
            result.deviation[first],
            0.0,
            tol=1e-6,
            applies=bool(result.arrived[first] >= 0),
            why="" if result.arrived[first] >= 0 else "it does not arrive from this start",
        ),
        at_least(
            "OPT-08",
            "17 finer learning rates around each tuned one: never below half its score",
            ((result.refined + 1) / (lowest + 1)).min(),
            0.5,
            applies=convex,
            why="" if convex else "not convex, or not all arrived: the score may jump in between",
        ),
    ]
    return out


def _border(result: Race, i: int, landscape: str) -> Check:
    """The tuned step lies below the border of stability, once the steep direction matters."""
    method, lr = result.methods[i], float(result.lr[i])
    limit, share, why = 0.0, 0.0, "the border is a theorem on quadratics"
    if landscape == "quadratic":
        start, bowl = result.x[i, 0], result.land
        share = float(0.5 * bowl.L * (bowl.axes[:, 1] @ start) ** 2 / bowl.f(start))
        limit = stability_limit(method, BETA, bowl.L)
        why = "it does not arrive, or the start has next to no height in the steep direction"
    applies = bool(result.arrived[i] >= 0) and share > result.tol
    return at_most(
        STATEMENT[method],
        f"{NAMES[method]}: a run that arrives has its lr below the border of stability",
        lr,
        limit,
        tol=0.0,
        applies=applies,
        why="" if applies else why,
    )


def _first_step(result: Race, i: int, landscape: str) -> Check:
    """The first step of an adaptive method does not depend on the height of the slope."""
    method, x = result.methods[i], result.x[i]
    g = result.land.grad(x[0])
    clear = bool((g.abs() > 1e-3).all())
    size = 1.0 if method == "adam" else (1 - RMSPROP_BETA) ** -0.5
    return equal(
        STATEMENT[method],
        f"{NAMES[method]}: first step = −{'lr' if method == 'adam' else 'lr/√(1 − β)'} sign(∇f): "
        "largest |Δx/lr + size·sign(∇f)| = 0",
        ((x[1] - x[0]) / result.lr[i] + size * g.sign()).abs().max(),
        0.0,
        tol=1e-3,
        applies=clear,
        why="" if clear else "a partial derivative at the start is 0 or not far above ε",
    )


def says(result: Race, *, steps: int, tol: float, nine: bool = True, **_) -> str:
    """The winner, its lead, who did not arrive, and what the race does not show."""
    lowest = result.score.amin(1).tolist()
    arrived = [i for i in result.order if lowest[i] <= steps]
    many = "nine starts" if nine else "one start"
    if not arrived:
        i = result.order[0]
        return (
            f"No learning rate takes any method below {tol:g} of the initial height from {many} "
            f"within {steps} steps; closest is {NAMES[result.methods[i]]} with "
            f"lr = {result.lr[i]:.2g}."
        )
    ranking = ", ".join(
        f"{NAMES[result.methods[i]]} {lowest[i]:.0f} (lr = {result.lr[i]:.2g})" for i in arrived
    )
    missing = [NAMES[method] for i, method in enumerate(result.methods) if i not in arrived]
    late = f" Not within {steps} steps: {', '.join(missing)}." if missing else ""
    return (
        f"Steps to {tol:g} of the initial height, slowest of {many}: {ranking}.{late} "
        f"One landscape crowns nobody: turn the valley or move the start."
    )


def winner(result: Race) -> str:
    """The method with the lowest score."""
    return NAMES[result.methods[result.order[0]]]


def loser(result: Race) -> str:
    """The method with the highest score."""
    return NAMES[result.methods[result.order[-1]]]


def standings(result: Race) -> dict[str, int]:
    """Method -> score of its tuned learning rate, rounded."""
    return dict(zip(result.methods, result.score.amin(1).round().int().tolist()))
