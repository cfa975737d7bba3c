"""One path on a landscape that is no bowl, with the Hessian it meets on its way."""

from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.landscapes import Landscape, eigenvalues_2x2, terrain
from core.optimizers import BOUND, following, trajectories
from core.signature import between, declared


class Wild(NamedTuple):
    """A path and the second derivatives along it; n = steps + 1 iterates."""

    x: Tensor  # iterates, shape (n, 2)
    f: Tensor  # f(xₖ), shape (n,)
    grad: Tensor  # ∇f(xₖ), shape (n, 2)
    eigenvalues: Tensor  # of ∇²f(xₖ), ascending, shape (n, 2)
    diverged_at: int  # step that led beyond 10¹² or to where f has no value, -1 if none did
    # how the path ends: "moving", the `kind` of point where it stopped, "diverged", "outside" where
    # f has no value, "tip" where it has no gradient
    where: str

    @property
    def last(self) -> int:
        """Index of the last iterate that moved; later ones repeat it after a divergence."""
        return len(self.f) - 1 if self.diverged_at < 0 else max(self.diverged_at - 1, 0)

    @property
    def kappa(self) -> Tensor:
        """κ = σmax/σmin = |λ|max/|λ|min of ∇²f(xₖ), shape (n,); ∞ where it is singular."""
        small, large = self.eigenvalues.abs().aminmax(dim=-1)
        regular = small > torch.finfo(small.dtype).eps * large
        return torch.where(regular, large / small.where(regular, 1.0), torch.inf)


@declared
def descend(
    landscape: Literal[terrain.SURFACES] = "rosenbrock",
    formula: str = terrain.FORMULA,
    method: Literal[terrain.METHODS] = "gd",
    lr: Annotated[float, between(1e-5, 1)] = 1e-3,
    beta: Annotated[float, between(0, 0.999)] = 0.9,
    x0: Annotated[float, between(-10, 10)] = -1.2,
    y0: Annotated[float, between(-10, 10)] = 1.0,
    steps: Annotated[int, between(1, 3000)] = 500,
) -> Wild:
    r"""Follow one method downhill and look at :math:`\nabla^2 f` at every iterate.

    Args:
        formula: f(x, y) for "own"; refused in words where it cannot be read or has no finite value.
        beta: memory of momentum and Nesterov.
        x0, y0: start, refused where f is not finite.
    """
    land = terrain.surface(landscape, formula)
    start = terrain.at_start(land, x0, y0)
    terrain.field(land)  # refuses what is finite nowhere on the map
    memory = beta if method in terrain.WITH_MEMORY else None
    run = trajectories(land, (method,), start, lr, steps, beta=memory)
    x = run.x[0]
    bend, end = eigenvalues_2x2(land.hessian(x)), int(run.diverged_at[0])
    found = Wild(x, run.f[0], land.grad(x), bend, end, "moving")
    if end >= 0:
        beyond = following(land, method, x[:end], lr, 0.99 if memory is None else memory)
        return found._replace(where=_lost(land, found.grad[end - 1], beyond))
    if bool(terrain.still(land, found.grad[-1])):
        return found._replace(where=terrain.kinds(land, x[-1:], bend[-1:])[0])
    return found


def _lost(land: Landscape, grad: Tensor, beyond: Tensor) -> str:
    """Why a run has no next iterate on record, from its last gradient and what would follow."""
    if not grad.isfinite().all():
        return "tip"
    if beyond.isinf().any() or bool(beyond.abs().max() > BOUND):
        return "diverged"
    return "diverged" if bool(land.f(beyond).isfinite()) else "outside"


def marks(landscape: str, formula: str, x0: float, y0: float) -> dict[str, float]:
    """1/λmax and 2/λmax at the start by their names; none where λmax ≤ 0."""
    try:
        land = terrain.surface(landscape, formula)
        steep = float(eigenvalues_2x2(land.hessian(terrain.at_start(land, x0, y0)))[1])
    except ValueError:  # an unreadable formula is refused, in words, by `descend`
        return {}
    return {f"{n}/λmax at the start": n / steep for n in (1, 2) if steep > 0}
