"""6 optimizers × 64 lr × 32 starts × 500 steps, x and f of all recorded, against torch.optim."""

import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from benchmarks.row import Row, cpu_ms
from core.landscapes import Landscape, himmelblau, rastrigin, rosenbrock
from core.optimizers import trajectories
from core.rng import generator

METHODS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "gd": torch.optim.SGD,
    "sgd": torch.optim.SGD,
    "momentum": lambda groups: torch.optim.SGD(groups, momentum=BETA),
    "nesterov": lambda groups: torch.optim.SGD(groups, momentum=BETA, nesterov=True),
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
}
STEPS, BETA = 500, 0.9
TAME = 0.98  # share of runs that agree; the others diverge or are chaotic, where no two codes do


def torch_runs(landscape: Landscape, x0: Tensor, lr: Tensor, steps: int) -> tuple[Tensor, Tensor]:
    """The same runs by torch.optim with one parameter group per lr, all starts in one tensor.

    Returns:
        Parameters, shape (methods, steps + 1, lr, starts, 2), and f where torch evaluates it,
        shape (methods, steps, lr, starts).
    """
    xs = torch.empty(len(METHODS), steps + 1, len(lr), len(x0), 2, dtype=torch.float64)
    fs = torch.empty(len(METHODS), steps, len(lr), len(x0), dtype=torch.float64)
    for x, f, build in zip(xs, fs, METHODS.values()):
        blocks = [x0.clone().requires_grad_() for _ in lr]
        optimizer = build([{"params": [p], "lr": rate.item()} for p, rate in zip(blocks, lr)])
        for k in range(steps):
            points = torch.stack(blocks)
            values = landscape.f(points)
            x[k], f[k] = points.detach(), values.detach()
            optimizer.zero_grad()
            values.sum().backward()
            optimizer.step()
        x[steps] = torch.stack(blocks).detach()
    return xs, fs


def iterates(parameters: Tensor) -> Tensor:
    """θ of OPT-14 from torch's look-ahead points y = θ + beta (θ − θ_prev), (steps + 1, ...)."""
    theta = parameters.clone()
    for k in range(1, len(theta)):
        theta[k] = (parameters[k] + BETA * theta[k - 1]) / (1 + BETA)
    return theta


def rows() -> Iterator[Row]:
    """One row per landscape."""
    starts = 4 * torch.rand(32, 2, generator=generator(0), dtype=torch.float64) - 2
    lr = torch.logspace(-5, -3, 64, dtype=torch.float64)  # above lies chaos, which nobody repeats
    for landscape in (rosenbrock(), rastrigin(), himmelblau()):

        def ours(landscape=landscape):
            return trajectories(landscape, list(METHODS), starts, lr[:, None], STEPS)

        begin = time.process_time()
        theirs, _ = torch_runs(landscape, starts, lr, STEPS)
        peer_ms = 1000 * (time.process_time() - begin)
        theirs[3] = iterates(theirs[3])
        difference = (ours().x - theirs.movedim(1, -2)).abs().amax((-2, -1))
        yield Row(
            what=f"6 optimizers × 64 lr × 32 starts × {STEPS} steps on {landscape.name}",
            ours_ms=cpu_ms(ours),
            peer=f"torch.optim, 64 parameter groups; agreement of {TAME:.0%} of the runs",
            peer_ms=peer_ms,
            budget=20.0,
            agreement=difference.nan_to_num(torch.inf).quantile(TAME).item(),
        )
