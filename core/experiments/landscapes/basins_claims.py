"""What the map of basins claims: OPT-08, and how the starts divide."""

import torch
from torch import Tensor

from core.check import Check, at_most, same
from core.experiments.landscapes import basins
from core.experiments.landscapes.basins import SIDE, Basins, at_rest, reach
from core.landscapes.terrain import METHODS, WITH_MEMORY, mesh, surface
from core.optimizers import in_steps, trajectories
from core.words import number

STATEMENT = dict(zip(METHODS, ("OPT-08", "OPT-13", "OPT-14", "OPT-16", "OPT-17")))


def checks(
    run: Basins, *, landscape: str, formula: str, method: str, lr: float, beta: float, steps: int
) -> list[Check]:
    """Three checks on the map."""
    land, arrived = surface(landscape, formula), run.label >= 0
    i, j = SIDE // 4, SIDE // 3
    memory = beta if method in WITH_MEMORY else None
    # twice, so that it is stepped as a batch: a run without rest turns roundings into other ends
    start = mesh(land, SIDE)[i, j].expand(2, 2)
    alone = trajectories(land, (method,), start, lr, steps, beta=memory).x[0, 0, -1]
    away = (run.ends[..., None, :] - run.homes).norm(dim=-1)  # (60, 60, m)
    own = run.label[..., None] == torch.arange(len(run.homes))
    still, bend = at_rest(land, run.ends)
    steep = bend[..., 1][arrived & still & (bend[..., 0] > 0)]
    steepest = float(steep.max()) if len(steep) else 0.0
    alike = "one start of the map, run alone, ends at the same x"
    begun = (bool(run.label[i, j] != basins.PENDING), "it has not been run yet")
    near = "a start counts to a minimum when it ends within 2 % of the width: largest distance"
    some = (bool(arrived.any()), "no start has reached a minimum")
    bound = "η λmax(∇²f) ≤ 2 at every minimum where gradient descent came to rest: largest"
    plain = (method == "gd", "the bound 2/λmax belongs to plain gradient descent")
    rested = (steepest > 0, "no run came to rest at a minimum")
    largest = away.where(own, torch.inf).amin(-1)[arrived].max() if some[0] else 0.0
    return [
        at_most("OPT-08", bound, lr * steepest, 2.0, tol=1e-6, needs=(plain, rested)),
        at_most("", near, largest, reach(land), needs=(some,)),
        same(STATEMENT[method], alike, run.ends[i, j], alone, needs=(begun,)),
    ]


def says(run: Basins, *, landscape: str, lr: float, steps: int) -> str:
    """How the starts divide among the minima, and how many did not arrive."""
    share = run.shares
    homes = [i for i in share if i >= 0]
    places = [f"{_percent(share[i])} at {_place(run.homes[i])}" for i in homes[:4]]
    if len(homes) > 4:
        places.append(f"{_percent(sum(share[i] for i in homes[4:]))} at {len(homes) - 4} more")
    words = {
        basins.OTHER: "in further minima",
        basins.SADDLE: "at rest on a saddle point",
        basins.MAXIMUM: "at rest on a maximum",
        basins.FLAT: "at rest where f is flat in some direction",
        basins.MOVING: f"still on the way after {in_steps(steps)}",
        basins.LOST: f"diverged{' or off the domain of f' * (landscape == 'own')} with η = {lr:g}",
        basins.PENDING: "not computed yet",
    }
    rest = [f"{_percent(share[code])} {word}" for code, word in words.items() if code in share]
    return f"Of {SIDE * SIDE} starts: {'; '.join([', '.join(places)] * bool(places) + rest)}."


def _percent(share: float) -> str:
    return "100 %" if share == 1 else f"{100 * share:.{1 if share < 0.995 else 2}f} %"


def _place(home: Tensor) -> str:
    x, y = (number(at, zero=1e-6) for at in home)
    return f"({x}, {y})"


def _evenly(run: Basins) -> str:
    homes = [part for label, part in run.shares.items() if label >= 0]
    return "even" if max(homes) < 1.5 * min(homes) else "one"


def _crowd(run: Basins) -> str:
    first = next(iter(run.shares))
    if first >= basins.OTHER:
        return "arrive"
    return "diverge" if first == basins.LOST else "move"


answers = {"shares": _evenly, "long": _crowd}
