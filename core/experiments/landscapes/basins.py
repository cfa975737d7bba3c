"""Where every start of a grid ends: the basins of attraction of a method on a landscape."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import Check, at_most, choose, equal, require
from core.experiments.landscapes.wild import METHODS, STILL, WITH_MEMORY
from core.landscapes.surfaces import Landscape, eigenvalues_2x2
from core.landscapes.terrain import FORMULA, Field, field, surface
from core.optimizers import trajectories

SIDE = 60  # starts along each axis
ROWS = 10  # of starts per snapshot
HOMES = 8  # minima told apart
OTHER, PENDING, MOVING, SADDLE, DIVERGED = -1, -2, -3, -4, -5  # labels that are no home


class Basins(NamedTuple):
    """A label for each start.

    Attributes:
        progress: share of the rows done, in [0, 1].
        land, field: the landscape, and the landscape on a grid.
        x, y: coordinates of the starts, shape (60,) each.
        label: index of the minimum that was reached, or OTHER (a further minimum), PENDING,
            MOVING (not within reach of any), SADDLE (stationary, no minimum), DIVERGED; int64,
            shape (60, 60), rows follow y.
        ends: last iterates, shape (60, 60, 2).
        homes: minima, the known ones first, then those found, shape (m, 2).
        steepest: λmax of ∇²f at the minima where some run came to rest (‖∇f‖ < 1e-6), shape (r,).
    """

    progress: float
    land: Landscape
    field: Field
    x: Tensor
    y: Tensor
    label: Tensor
    ends: Tensor
    homes: Tensor
    steepest: Tensor


def basins(
    *,
    landscape: str = "himmelblau",
    formula: str = FORMULA,
    method: str = "gd",
    lr: float = 0.01,
    beta: float = 0.9,
    steps: int = 300,
) -> Iterator[Basins]:
    """Run one method from 60 by 60 starts and name the minimum each of them reaches.

    A run has reached a minimum when it ends within 2 % of the width of the domain from it.

    Args:
        landscape, formula, method, lr, beta: as for `core.landscapes.wild.descend`.
        steps: whole number in [10, 1000].

    Yields:
        Snapshots, ten rows of starts more each time; the last one is the result.

    Raises:
        ValueError: a value outside its range, or a formula that cannot be read.
    """
    choose("method", method, METHODS)
    require("lr", lr, 1e-5, 1)
    require("beta", beta, 0, 0.999)
    require("steps", steps, 10, 1000, integer=True)
    land, grid = surface(landscape, formula), field(landscape, formula)
    more = {"beta": beta} if method in WITH_MEMORY else {}
    yield from _basins(land, grid, method, lr, int(steps), more)


def _basins(
    land: Landscape, grid: Field, method: str, lr: float, steps: int, more: dict[str, float]
) -> Iterator[Basins]:
    x, y = (torch.linspace(low, high, SIDE, dtype=torch.float64) for low, high in land.domain)
    starts = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)
    ends, label = starts.clone(), torch.full((SIDE, SIDE), PENDING)
    lost = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    for row in range(0, SIDE, ROWS):
        rows = slice(row, row + ROWS)
        run = trajectories(land, (method,), starts[rows], lr, steps, **more)
        ends[rows], lost[rows] = run.x[0, ..., -1, :], run.diverged_at[0] >= 0
        done = row + ROWS
        homes, label[:done], steepest = _named(land, ends[:done], lost[:done])
        yield Basins(done / SIDE, land, grid, x, y, label.clone(), ends.clone(), homes, steepest)


def _named(land: Landscape, ends: Tensor, lost: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Minima, a label for each end, and λmax at the minima that were reached for good."""
    reach = 0.02 * (land.domain[0][1] - land.domain[0][0])
    grad, eigenvalues = land.grad(ends), eigenvalues_2x2(land.hessian(ends))
    still = (grad.norm(dim=-1) < STILL) & ~lost
    label = torch.full(lost.shape, MOVING)
    label[still] = SADDLE
    minimum = still & (eigenvalues[..., 0] > 0)
    label[minimum] = OTHER
    label[lost] = DIVERGED
    homes = land.minima
    for _ in range(HOMES + 1):
        if len(homes):
            distance, nearest = torch.cdist(ends.reshape(-1, 2), homes).min(-1)
            near = (distance <= reach).view(lost.shape) & ~lost
            label[near] = nearest.view(lost.shape)[near]
        strangers = (label == OTHER).nonzero()
        if not len(strangers) or len(homes) >= HOMES:
            break
        i, j = strangers[0]
        homes = torch.cat([homes, ends[i, j][None]])
    at_rest = [eigenvalues[minimum & (label == i)][:, 1] for i in range(len(homes))]
    steepest = torch.stack([lam.max() for lam in at_rest if len(lam)] or [ends.new_zeros(())])
    return homes, label, steepest


def checks(result: Basins, *, method: str, lr: float, beta: float, steps: int, **_) -> list[Check]:
    """OPT-08 on the map."""
    more = {"beta": beta} if method in WITH_MEMORY else {}
    i, j = SIDE // 4, SIDE // 3
    start = torch.stack([result.x[j], result.y[i]])
    alone = trajectories(result.land, (method,), start, lr, int(steps), **more).x[0, -1]
    reached = bool(result.steepest.max() > 0)
    return [
        equal(
            "OPT-08",
            "one start of the map, run alone, ends at the same x",
            (alone - result.ends[i, j]).abs().max(),
            0.0,
            applies=bool(result.label[i, j] != PENDING),
        ),
        at_most(
            "OPT-08",
            "lr λmax(∇²f) ≤ 2 at every minimum where gradient descent came to rest",
            lr * result.steepest.max(),
            2.0,
            tol=1e-6,
            applies=method == "gd" and reached,
            why="the bound 2/λmax belongs to plain gradient descent"
            if method != "gd"
            else ("" if reached else "no run came to rest at a minimum"),
        ),
    ]


def shares(result: Basins) -> dict[int, float]:
    """Label -> share of the starts, most frequent first."""
    values, counts = result.label.unique(return_counts=True)
    pairs = zip(values.tolist(), (counts / counts.sum()).tolist())
    return dict(sorted(pairs, key=lambda pair: -pair[1]))


def says(result: Basins, *, lr: float, steps: int, **_) -> str:
    """How the starts divide among the minima, and how many did not arrive."""
    share = shares(result)
    homes = [i for i in share if i >= 0]
    places = ", ".join(
        f"{share[i]:.0%} at ({result.homes[i, 0]:.3g}, {result.homes[i, 1]:.3g})" for i in homes[:4]
    )
    words = {
        OTHER: "in further minima",
        SADDLE: "on a saddle point",
        MOVING: f"still on the way after {steps} steps",
        DIVERGED: f"diverged with lr = {lr:g}",
        PENDING: "not computed yet",
    }
    rest = [f"{share[code]:.1%} {word}" for code, word in words.items() if code in share]
    first = f"Of {SIDE * SIDE} starts: {places}" if homes else f"Of {SIDE * SIDE} starts"
    more = f" and {len(homes) - 4} more minima" if len(homes) > 4 else ""
    return "; ".join([first + more, *rest]) + "."


def evenly(result: Basins) -> str:
    """How evenly the minima share the starts."""
    homes = [part for label, part in shares(result).items() if label >= 0]
    return "all nearly the same" if max(homes) < 1.5 * min(homes) else "one gets most of them"


def crowd(result: Basins) -> str:
    """What most of the starts do."""
    first = next(iter(shares(result)))
    if first >= 0 or first == OTHER:
        return "most arrive"
    return "most diverge" if first == DIVERGED else "most are still moving"
