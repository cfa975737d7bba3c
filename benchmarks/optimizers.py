"""6 optimizers × 64 lr × 32 starts × 500 steps, all recorded, against torch.optim."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from benchmarks.row import Row, median_ms
from core.landscapes import Landscape, himmelblau, rastrigin, rosenbrock
from core.optimizers import trajectories
from core.rng import generator

METHODS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "gd": torch.optim.SGD,
    "sgd": torch.optim.SGD,
    "momentum": lambda groups: torch.optim.SGD(groups, momentum=0.9),
    "nesterov": lambda groups: torch.optim.SGD(groups, momentum=0.9, nesterov=True),
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
}
STEPS, SHORT, BETA = 500, 50, 0.9
TAME = 100.0  # runs that stay within |x| ≤ 100 are compared, the others diverge


def torch_runs(landscape: Landscape, x0: Tensor, lr: Tensor, steps: int) -> Tensor:
    """The same runs by torch.optim, one parameter group per lr: (methods, lr, starts, steps + 1, 2)."""
    record = torch.empty(len(METHODS), len(lr), len(x0), steps + 1, 2, dtype=torch.float64)
    for i, (name, build) in enumerate(METHODS.items()):
        blocks = [x0.clone().requires_grad_() for _ in lr]
        optimizer = build([{"params": [p], "lr": rate.item()} for p, rate in zip(blocks, lr)])
        before = x0.expand(len(lr), -1, -1)
        record[i, :, :, 0] = before
        for k in range(1, steps + 1):
            optimizer.zero_grad()
            landscape.f(torch.stack(blocks)).sum().backward()
            optimizer.step()
            after = torch.stack(blocks).detach()
            if name == "nesterov":  # torch keeps the look-ahead point y = x + beta (x − x_prev)
                x = (after + BETA * record[i, :, :, k - 1]) / (1 + BETA)
                record[i, :, :, k] = x
            else:
                record[i, :, :, k] = after
    return record


def rows() -> Iterator[Row]:
    """One row per landscape."""
    starts = 4 * torch.rand(32, 2, generator=generator(0), dtype=torch.float64) - 2
    lr = torch.logspace(-5, -2, 64, dtype=torch.float64)
    for landscape in (rosenbrock(), rastrigin(), himmelblau()):

        def ours(steps: int = STEPS, landscape=landscape):
            return trajectories(landscape, list(METHODS), starts, lr[:, None], steps)

        def peer(landscape=landscape):
            return torch_runs(landscape, starts, lr, SHORT)

        theirs = peer()
        tame = (theirs.abs() <= TAME).all(-1).all(-1, keepdim=True)[..., None]
        difference = torch.where(tame, ours(SHORT).x - theirs, 0.0).abs().max().item()
        yield Row(
            what=f"6 optimizers × 64 lr × 32 starts × 500 steps on {landscape.name}",
            ours_ms=median_ms(ours),
            peer=f"torch.optim, 64 parameter groups (extrapolated from {SHORT} steps)",
            peer_ms=median_ms(peer, 3) * STEPS / SHORT,
            budget=20.0,
            agreement=difference,
        )
