"""How many steps until the gap f − f* has fallen by a factor, without keeping the path."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from core.check import require
from core.landscapes.landscape import Landscape
from core.optimizers.jobs import Job, PerMethod, advance, job
from core.optimizers.runs import BLOCK, BOUND, LARGEST

FALL = 1e-6  # "f is down by 10⁶"
MORE = 1000  # steps that a search follows a run after its arrival, and as many as it took


def in_steps(count: int) -> str:
    """1 step, 94 steps."""
    return f"{count} step" if count == 1 else f"{count} steps"


def arrival(f: Tensor, factor: float, f_star: float | Tensor = 0.0) -> Tensor:
    """The step from which on f_k − f* ≤ factor (f₀ − f*) within the run, -1 if there is none.

    f holds values along runs, shape (..., steps + 1); f_star is a number or of shape (...).
    """
    below = _below(f, factor, f_star)
    k = torch.arange(1, f.shape[-1] + 1)
    after = torch.where(below, 0, k).amax(-1)  # one past the last step above
    return after.where(after < f.shape[-1], -1)


def first_below(f: Tensor, factor: float, f_star: float | Tensor = 0.0) -> Tensor:
    """First k with f_k − f* ≤ factor (f₀ − f*), -1 where there is none; f may rise again."""
    below = _below(f, factor, f_star)
    return below.to(torch.uint8).argmax(-1).where(below.any(-1), -1)


def _below(f: Tensor, factor: float, f_star: float | Tensor) -> Tensor:
    require("factor", factor, 0)
    gap = f - torch.as_tensor(f_star, dtype=f.dtype)[..., None]
    return gap <= factor * gap[..., :1]


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
) -> Iterator[tuple[float, Tensor, Tensor]]:
    """Snapshots of the search for `arrival` and `first_below`, without keeping the path.

    A run is followed from its arrival k for k + 1000 steps more, or to `max_steps`, which may be
    large, up to 10 000 000. f_star is by default from `landscape.minima`, the rest as in
    `trajectories`.

    Returns:
        Iterator of (fraction of max_steps used, or 1 when finished; arrivals; first crossings),
        both of shape (len(methods), *batch), -1 where not known yet or never.

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
) -> Iterator[tuple[float, Tensor, Tensor]]:
    m, n = len(todo.rules), todo.x0.shape[1]
    gap = todo.landscape.value(*todo.x0) - f_star
    target = factor * gap
    # one past the last step above the target, and the first step below it
    after = (gap > target).long().expand(m, n).clone()
    first = -after
    done = torch.zeros(m, n, dtype=torch.bool)
    active = list(range(m))
    x = todo.x0[:, None].expand(2, m, n)
    longest = max(16, min(2048, 4 * BLOCK // (m * n)))
    k, chunk = 0, min(64, longest)
    while active and k < max_steps:
        chunk = min(chunk, max_steps - k)
        record = torch.empty(chunk + 1, 2, len(active), n, dtype=torch.float64)
        record[0] = x
        with torch.no_grad():
            advance(todo._replace(rules=[todo.rules[i] for i in active]), record)
            f = todo.landscape.value(record[:, 0], record[:, 1])[1:]
        lost = ~((f.abs() <= BOUND) & (record[1:].abs() <= BOUND).all(1)).all(0)
        below, steps = f - f_star <= target, torch.arange(k + 1, k + chunk + 1)[:, None, None]
        since = torch.where(below, after[active], steps + 1).amax(0)
        began = torch.where(below, steps, max_steps + 1).amin(0)
        k += chunk
        new = (first[active] < 0) & (began <= max_steps)
        first[active] = torch.where(new, began, first[active])
        old = done[active]
        after[active] = torch.where(old, after[active], since.where(~lost, max_steps + 1))
        done[active] = old | lost | (after[active] <= k) & (k >= 2 * after[active] + MORE)
        going = [j for j, i in enumerate(active) if not done[i].all()]
        x = record[-1][:, going]
        active = [active[j] for j in going]
        chunk = min(2 * chunk, longest)
        ended = not active or k >= max_steps
        arrived = (after <= k) & (done | ended)
        found = (after.where(arrived, -1), first)
        yield (
            1.0 if ended else k / max_steps,
            *(counts.view(m, *todo.batch).clone() for counts in found),
        )


def iterations_to(
    landscape: Landscape,
    method: str,
    x0: Tensor,
    lr: float | Tensor,
    factor: float,
    max_steps: int,
    **hyper,
) -> tuple[Tensor, Tensor]:
    """Arrivals and first crossings of `count_iterations` for one method, of the batch's shape."""
    *_, (_, *counts) = count_iterations(landscape, [method], x0, lr, factor, max_steps, **hyper)
    return tuple(each[0] for each in counts)
