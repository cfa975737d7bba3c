"""How many steps until the gap f − f* has fallen by a factor, without keeping the path."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from core.check import require
from core.landscapes.landscape import Landscape
from core.optimizers.jobs import Job, PerMethod, advance, job
from core.optimizers.runs import BLOCK, BOUND, LARGEST

FALL = 1e-6  # "f is down by 10⁶"


def in_steps(count: int) -> str:
    """1 step, 94 steps."""
    return f"{count} step" if count == 1 else f"{count} steps"


def steps_to(f: Tensor, factor: float, f_star: float | Tensor = 0.0) -> Tensor:
    """First k with f_k − f* ≤ factor (f₀ − f*), -1 where there is none.

    f holds values along runs, shape (..., steps + 1); f_star is a number or of shape (...).
    """
    require("factor", factor, 0)
    gap = f - torch.as_tensor(f_star, dtype=f.dtype)[..., None]
    reached = gap <= factor * gap[..., :1]
    return reached.to(torch.uint8).argmax(-1).where(reached.any(-1), -1)


def count_iterations(
    landscape: Landscape,
    methods: Sequence[str],
    x0: Tensor,
    lr: PerMethod,
    factor: float,
    max_steps: int,
    *,
    f_star: float | None = None,
    **hyper,
) -> Iterator[tuple[float, Tensor]]:
    """Snapshots of the search for the first k with f(x_k) − f* ≤ factor (f(x₀) − f*).

    Stops when every run has arrived or diverged. The path is not kept, so `max_steps` may be large,
    up to 10 000 000. f_star is by default from `landscape.minima`, the rest as in `trajectories`.

    Returns:
        Iterator of (fraction of max_steps used, or 1 when finished; counts so far), counts of
        shape (len(methods), *batch), -1 where not (yet) reached.

    Raises:
        ValueError: as in `trajectories`, or when the minimum of f is not known.
    """
    require("factor", factor, 0, above=True)
    require("max_steps", max_steps, 1, 10_000_000, integer=True)
    f_star = landscape.f_star if f_star is None else f_star
    require("f_star (give it when the landscape does not know its minima)", f_star)
    todo = job(landscape, methods, x0, lr, **hyper)
    require("methods × batch", len(methods) * todo.x0.shape[1], 1, LARGEST // 20)
    return _counting(todo, factor, int(max_steps), f_star)


def _counting(
    todo: Job, factor: float, max_steps: int, f_star: float
) -> Iterator[tuple[float, Tensor]]:
    m, n = len(todo.rules), todo.x0.shape[1]
    counts = torch.full((m, n), -1)
    done = torch.zeros(m, n, dtype=torch.bool)
    active = list(range(m))
    x = todo.x0[:, None].expand(2, m, n)
    target = factor * (todo.landscape.value(*todo.x0) - f_star)
    longest = max(16, min(2048, 4 * BLOCK // (m * n)))
    k, chunk = 0, min(64, longest)
    while active and k < max_steps:
        chunk = min(chunk, max_steps - k)
        record = torch.empty(chunk + 1, 2, len(active), n, dtype=torch.float64)
        record[0] = x
        with torch.no_grad():
            advance(todo._replace(rules=[todo.rules[i] for i in active]), record)
            f = todo.landscape.value(record[:, 0], record[:, 1])
        reached = f - f_star <= target
        event = reached | ~((f.abs() <= BOUND) & (record.abs() <= BOUND).all(1))
        at = event.to(torch.uint8).argmax(0)
        arrived = reached.gather(0, at[None])[0]
        new = event.any(0) & ~done[active]
        counts[active] = torch.where(new & arrived, at + k, counts[active])
        done[active] |= new
        k += chunk
        going = [j for j, i in enumerate(active) if not done[i].all()]
        x = record[-1][:, going]
        active = [active[j] for j in going]
        chunk = min(2 * chunk, longest)
        yield (k / max_steps if active else 1.0), counts.view(m, *todo.batch).clone()


def iterations_to(
    landscape: Landscape,
    method: str,
    x0: Tensor,
    lr: float | Tensor,
    factor: float,
    max_steps: int,
    **hyper,
) -> Tensor:
    """The last counts of `count_iterations` for one method, of the shape of the batch."""
    *_, (_, counts) = count_iterations(landscape, [method], x0, lr, factor, max_steps, **hyper)
    return counts[0]
