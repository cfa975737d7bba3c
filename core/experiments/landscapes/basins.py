"""Where every start of a grid ends: the basins of attraction of a method on a landscape."""

from collections.abc import Iterator
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.landscapes import Landscape, eigenvalues_2x2
from core.landscapes.terrain import FORMULA, METHODS, STILL, SURFACES, WITH_MEMORY, field, surface
from core.optimizers import trajectories
from core.signature import between, declared

SIDE = 60  # starts along each axis
ROWS = 10  # of starts per snapshot
HOMES = 8  # minima told apart
OTHER, PENDING, MOVING, SADDLE, DIVERGED = -1, -2, -3, -4, -5  # labels that are no home


class Basins(NamedTuple):
    """A label for each start.

    Attributes:
        label: index of the minimum that was reached, or OTHER (a further minimum), PENDING,
            MOVING (not within reach of any), SADDLE (stationary, no minimum), DIVERGED; int64,
            shape (60, 60), rows follow y.
        ends: last iterates, shape (60, 60, 2).
        homes: minima, the known ones first, then those found, shape (m, 2).
    """

    label: Tensor
    ends: Tensor
    homes: Tensor

    @property
    def progress(self) -> float:
        """Share of the starts that have been run, in [0, 1]."""
        return float((self.label != PENDING).double().mean())

    @property
    def shares(self) -> dict[int, float]:
        """Label -> share of the starts, most frequent first."""
        values, counts = self.label.unique(return_counts=True)
        pairs = zip(values.tolist(), (counts / counts.sum()).tolist())
        return dict(sorted(pairs, key=lambda pair: -pair[1]))


@declared
def basins(
    landscape: Literal[SURFACES] = "himmelblau",
    formula: str = FORMULA,
    method: Literal[METHODS] = "gd",
    lr: Annotated[float, between(1e-5, 1)] = 0.01,
    beta: Annotated[float, between(0, 0.999)] = 0.9,
    steps: Annotated[int, between(10, 1000)] = 300,
) -> Iterator[Basins]:
    """Run one method from 60 by 60 starts and name the minimum each of them reaches.

    A run has reached a minimum when it ends within 2 % of the width of the domain from it.

    Args:
        landscape: a key of `core.landscapes.terrain.LANDSCAPES`, or "own".
        formula: f(x, y) for "own"; refused in words where it cannot be read or has no finite value.
        method: one of five.
        lr: step size.
        beta: memory of momentum and Nesterov.
        steps: number of steps.

    Yields:
        Snapshots, ten rows of starts more each time; the last one is the result.
    """
    land = surface(landscape, formula)
    field(landscape, formula)  # refuses what is finite nowhere on the map
    memory = beta if method in WITH_MEMORY else None
    ends = starts(land)
    label, lost = torch.full((SIDE, SIDE), PENDING), torch.zeros(SIDE, SIDE, dtype=torch.bool)
    for row in range(0, SIDE, ROWS):
        rows, done = slice(row, row + ROWS), row + ROWS
        run = trajectories(land, (method,), ends[rows], lr, steps, beta=memory)
        ends[rows], lost[rows] = run.x[0, ..., -1, :], run.diverged_at[0] >= 0
        homes, label[:done] = _named(land, ends[:done], lost[:done])
        yield Basins(label.clone(), ends.clone(), homes)


def starts(land: Landscape) -> Tensor:
    """A grid over the domain, shape (60, 60, 2), rows follow y."""
    x, y = (torch.linspace(low, high, SIDE, dtype=torch.float64) for low, high in land.domain)
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)


def reach(land: Landscape) -> float:
    """How near to a minimum a run must end to have reached it."""
    return 0.02 * (land.domain[0][1] - land.domain[0][0])


def _named(land: Landscape, ends: Tensor, lost: Tensor) -> tuple[Tensor, Tensor]:
    """Minima, and a label for each end."""
    still = (land.grad(ends).norm(dim=-1) < STILL) & ~lost
    curved = eigenvalues_2x2(land.hessian(ends))[..., 0] > 0
    label = torch.full(lost.shape, MOVING)
    label[still] = SADDLE
    label[still & curved] = OTHER
    label[lost] = DIVERGED
    homes = land.minima
    for _ in range(HOMES + 1):
        if len(homes):
            distance, nearest = torch.cdist(ends.reshape(-1, 2), homes).min(-1)
            near = (distance <= reach(land)).view(lost.shape) & ~lost
            label[near] = nearest.view(lost.shape)[near]
        strangers = (label == OTHER).nonzero()
        if not len(strangers) or len(homes) >= HOMES:
            break
        i, j = strangers[0]
        homes = torch.cat([homes, ends[i, j][None]])
    return homes, label
