"""Where every start of a grid ends: the basins of attraction of a method on a landscape."""

from collections.abc import Iterator
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.landscapes import Landscape, eigenvalues_2x2, terrain
from core.optimizers import trajectories
from core.signature import between, declared

SIDE = 60  # starts along each axis
ROWS = 10  # of starts per snapshot
HOMES = 8  # minima told apart
# labels that are no home: a further minimum, not run yet, within reach of none, at rest on a
# saddle, on a maximum, where some curvature is 0, and beyond 10¹² or the domain of f
OTHER, PENDING, MOVING, SADDLE, MAXIMUM, FLAT, LOST = -1, -2, -3, -4, -5, -6, -7
KINDS = {"minimum": OTHER, "saddle": SADDLE, "maximum": MAXIMUM}


class Basins(NamedTuple):
    """A label for each start."""

    label: Tensor  # number of the minimum reached, or one of the above, (60, 60), rows follow y
    ends: Tensor  # last iterates, shape (60, 60, 2)
    homes: Tensor  # minima, the known ones first, then those found, shape (m, 2)

    # share of the starts that have been run, in [0, 1]
    progress = property(lambda self: float((self.label != PENDING).double().mean()))
    doing = property(lambda self: f"{self.progress:.0%} of the starts have run")

    @property
    def shares(self) -> dict[int, float]:
        """Label -> share of the starts, most frequent first."""
        values, counts = self.label.unique(return_counts=True)
        pairs = zip(values.tolist(), (counts / counts.sum()).tolist())
        return dict(sorted(pairs, key=lambda pair: -pair[1]))


@declared
def basins(
    landscape: Literal[terrain.SURFACES] = "himmelblau",
    formula: str = terrain.FORMULA,
    method: Literal[terrain.METHODS] = "gd",
    lr: Annotated[float, between(1e-5, 1)] = 0.01,
    beta: Annotated[float, between(0, 0.999)] = 0.9,
    steps: Annotated[int, between(10, 1000)] = 300,
) -> Iterator[Basins]:
    """Run one method from 60 by 60 starts, ten rows more each snapshot, and name where they end.

    A run has reached a minimum when it ends within 2 % of the width of the domain from it.

    Args:
        formula: f(x, y) for "own"; refused in words where it cannot be read or has no finite value.
        beta: memory of momentum and Nesterov.
    """
    land = terrain.surface(landscape, formula)
    terrain.field(land)  # refuses what is finite nowhere on the map
    ends, memory = terrain.mesh(land, SIDE), beta if method in terrain.WITH_MEMORY else None
    label, lost = torch.full((SIDE, SIDE), PENDING), torch.zeros(SIDE, SIDE, dtype=torch.bool)
    for row in range(0, SIDE, ROWS):
        rows, done = slice(row, row + ROWS), row + ROWS
        run = trajectories(land, (method,), ends[rows], lr, steps, beta=memory)
        ends[rows], lost[rows] = run.x[0, ..., -1, :], run.diverged_at[0] >= 0
        homes, label[:done] = _named(land, ends[:done], lost[:done])
        yield Basins(label.clone(), ends.clone(), homes)


def reach(land: Landscape) -> float:
    """How near to a minimum a run must end to have reached it."""
    return 0.02 * (land.domain[0][1] - land.domain[0][0])


def at_rest(land: Landscape, ends: Tensor) -> tuple[Tensor, Tensor]:
    """Whether the gradient is 0 at each end, and the eigenvalues of ∇²f there."""
    return terrain.still(land, land.grad(ends)), eigenvalues_2x2(land.hessian(ends))


def _named(land: Landscape, ends: Tensor, lost: Tensor) -> tuple[Tensor, Tensor]:
    """Minima, and a label for each end."""
    still, bend = at_rest(land, ends)
    label = torch.full(lost.shape, MOVING)
    kinds = [KINDS.get(kind, FLAT) for kind in terrain.kinds(land, ends[still], bend[still])]
    label[still] = torch.tensor(kinds, dtype=torch.long)
    label[lost] = LOST
    homes = land.minima
    for _ in range(HOMES + 1):
        if len(homes):
            distance, nearest = torch.cdist(ends, homes).min(-1)
            label = torch.where((distance <= reach(land)) & ~lost, nearest, label)
        strangers = (label == OTHER).nonzero()
        if not len(strangers) or len(homes) >= HOMES:
            break
        homes = torch.cat([homes, ends[tuple(strangers[0])][None]])
    return homes, label
