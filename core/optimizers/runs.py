"""Recorded runs: every iterate of every method, and the inside of every step of one run."""

import math
import mmap
from collections.abc import Sequence
from contextlib import suppress
from itertools import accumulate
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import require
from core.landscapes.landscape import Landscape
from core.optimizers.jobs import Job, PerMethod, advance, job
from core.optimizers.single import path

BOUND = 1e12  # beyond it a run counts as diverged
BLOCK = 32_768  # points per block of steps: what stays in the cache
LARGEST = 20_000_000  # points recorded by one call
HUGE_PAGES = 2**22  # bytes from which they pay


class Trajectories(NamedTuple):
    """Recorded runs; from the step that diverged on x and f keep their last good value."""

    x: Tensor  # iterates, shape (len(methods), *batch, steps + 1, 2)
    f: Tensor  # f(x), shape (len(methods), *batch, steps + 1); 1e12 where f(x0) is out of bounds
    # first step at which |x|∞ or |f| exceeds 1e12 or is not finite, -1 for never,
    # shape (len(methods), *batch)
    diverged_at: Tensor


class Internals(NamedTuple):
    """What happens inside the steps of one run; row k leads from x[k] to x[k + 1]."""

    x: Tensor  # iterates, shape (steps + 1, 2)
    f: Tensor  # f(x), shape (steps + 1,)
    g: Tensor  # gradient used, with the noise of sgd, shape (steps, 2), like all that follow
    lookahead: Tensor  # where g was taken; x[k] itself except for nesterov
    m: Tensor | None  # mean of past gradients (adam)
    v: Tensor | None  # velocity (momentum, nesterov), mean of squared gradients (rmsprop, adam)
    m_hat: Tensor | None  # after bias correction (adam)
    v_hat: Tensor | None
    move: Tensor  # x[k + 1] − x[k]
    diverged_at: int  # as in `Trajectories`; the step that diverged and all later rows are 0


def trajectories(
    landscape: Landscape, methods: Sequence[str], x0: Tensor, lr: PerMethod, steps: int, **hyper
) -> Trajectories:
    """x₀, x₁, …, x_steps of every method for a whole batch of starts and hyperparameters.

    Args:
        landscape: f with its gradient; a batch of quadratics takes part in the batch.
        methods: a sequence of names from `METHODS`; `core.optimizers` has their formulas.
        x0: starts, shape (..., 2), finite.
        lr: step size > 0. A number, a tensor that broadcasts with the batch of x0, or one value
            per method as a sequence or as a dictionary from name to number or tensor.
        steps: how many, in [1, 100 000].
        hyper:
            beta: in [0, 1), given like lr; by default 0.9 for the balls, 0.99 for rmsprop.
            betas: (b₁, b₂) of adam, each in [0, 1), by default (0.9, 0.999).
            eps: ≥ 0, added outside the root (rmsprop, adam), by default 1e-8.
            noise: standard deviation of the Gaussian noise on each partial derivative (sgd).
            generator: source of that noise, required when it is > 0.

    Returns:
        Float64 records without a NaN; x and f may be strided views of one buffer.

    Raises:
        ValueError: a value outside its range, an unknown method, shapes that do not broadcast,
            more than 20 million points.
    """
    require("steps", steps, 1, 100_000, integer=True)
    todo = job(landscape, methods, x0, lr, **hyper)
    x, f, diverged_at = _recorded(todo, int(steps))
    shape = (len(methods), *todo.batch)
    return Trajectories(
        x.view(*x.shape[:2], *shape).movedim((0, 1), (-2, -1)),
        f.view(-1, *shape).movedim(0, -1),
        diverged_at.view(shape),
    )


def internals(
    landscape: Landscape, method: str, x0: Tensor, lr: float, steps: int, **hyper
) -> Internals:
    """Gradient, look-ahead, moments and move of every step of one run, recomputed from its path.

    Args:
        x0: one start, shape (2,).
        landscape, method, lr, steps, hyper: as in `trajectories`, for a single method.
    """
    require("steps", steps, 1, 100_000, integer=True)
    todo = job(landscape, [method], x0, lr, **hyper)
    if todo.batch:
        raise ValueError(f"expected a single run, got a batch of shape {tuple(todo.batch)}")
    x, f, diverged_at = _recorded(todo, int(steps))
    x, end = x.view(-1, 2), diverged_at.item()
    lr, beta, betas, _ = todo.rules[0].hyper
    rows = opened(landscape, method, x, lr, beta, betas)
    if end >= 0:
        kept = torch.arange(len(x) - 1)[:, None] < end - 1
        rows = (part if part is None else part.where(kept, 0.0) for part in rows)
    return Internals(x, f.view(-1), *rows, x.diff(dim=0), end)


def opened(
    landscape: Landscape, method: str, x: Tensor, lr: float, beta: float, betas: tuple[float, float]
) -> tuple[Tensor | None, ...]:
    """(g, lookahead, m, v, m_hat, v_hat) of `Internals` for a path x, shape (steps + 1, 2)."""
    (b1, b2), at, m, v, m_hat, v_hat = betas, x[:-1], None, None, None, None
    if method == "nesterov":
        at = at + beta * at.diff(dim=0, prepend=at[:1])
    g = -x.diff(dim=0) / lr if method == "sgd" else landscape.grad(at)
    if method.startswith("adam"):
        m, v = (1 - b1) * discounted(g, b1), (1 - b2) * discounted(g.square(), b2)
        if method != "adam_uncorrected":
            k = torch.arange(1, len(g) + 1, dtype=torch.float64)[:, None]
            m_hat, v_hat = m / (1 - b1**k), v / (1 - b2**k)
    elif method == "rmsprop":
        v = (1 - beta) * discounted(g.square(), beta)
    elif method not in ("gd", "sgd"):
        v = discounted(g, beta) * ((1 - beta) if method == "momentum_ema" else 1.0)
    return g, at, m, v, m_hat, v_hat


def following(landscape: Landscape, method: str, x: Tensor, lr: float, beta: float) -> Tensor:
    """What a noiseless run does after the path x, shape (n, 2), even where its record stops.

    Adam with its default betas, and eps as in `trajectories`.
    """
    path = torch.cat([x, x[-1:]])
    g, _, _, v, m_hat, v_hat = (
        part if part is None else part[-1]
        for part in opened(landscape, method, path, lr, beta, (0.9, 0.999))
    )
    match method:
        case "rmsprop":
            g = g / (v.sqrt() + 1e-8)
        case "adam":
            g = m_hat / (v_hat.sqrt() + 1e-8)
        case "momentum" | "nesterov" | "momentum_ema":
            g = v
    return x[-1] - lr * g


def discounted(g: Tensor, beta: float) -> Tensor:
    """Σⱼ≤ₖ βᵏ⁻ʲ gⱼ for every k, step by step as a method keeps it; g is (n, 2)."""
    rows = accumulate(g.tolist(), lambda old, new: [beta * a + b for a, b in zip(old, new)])
    return torch.tensor(list(rows), dtype=torch.float64)


def _recorded(todo: Job, steps: int) -> tuple[Tensor, ...]:
    """x (steps + 1, 2, methods, n), f (steps + 1, methods, n) and diverged_at (methods · n)."""
    m, n = len(todo.rules), todo.x0.shape[1]
    require("methods × batch × (steps + 1)", m * n * (steps + 1), 1, LARGEST)
    x, f = _buffer(steps + 1, 2, m, n), _buffer(steps + 1, m, n)
    # two numbers at a time are cheaper without tensors; noise needs them
    plain = n == 1 and not todo.noise and todo.landscape.point
    block = steps if plain else max(1, BLOCK // (m * n))
    with torch.no_grad():
        x[0], f[0] = todo.x0[:, None], todo.landscape.value(*todo.x0)
        diverged_at = torch.full((m * n,), -1).where((f[0].abs() <= BOUND).view(-1), 0)
        f[0] = f[0].nan_to_num(BOUND).clamp_(-BOUND, BOUND)
        for k in range(0, steps, block):
            xs, fs = x[k : k + block + 1], f[k : k + block + 1]
            if plain:
                x[:, :, :, 0] = _plainly(todo, steps)
            else:
                advance(todo, xs)
            fs[1:] = todo.landscape.value(xs[1:, 0], xs[1:, 1])
            _hold(xs.view(len(xs), 2, -1), fs.view(len(fs), -1), k, diverged_at)
    return x, f, diverged_at


def _plainly(todo: Job, steps: int) -> Tensor:
    """The iterates of one run of every method, shape (steps + 1, 2, methods)."""
    start, slope = tuple(todo.x0[:, 0].tolist()), todo.landscape.point
    paths = [path(slope, rule.method, start, steps, *rule.hyper) for rule in todo.rules]
    return torch.tensor(paths, dtype=torch.float64).permute(1, 2, 0)


def _buffer(*shape: int) -> Tensor:
    """A float64 tensor to be filled; in huge pages where it is large and the system has them.

    Touching fresh memory page by page would cost more than all arithmetic of a long record.
    """
    size = 8 * math.prod(shape)
    if size < HUGE_PAGES or not hasattr(mmap, "MADV_HUGEPAGE"):
        return torch.empty(shape, dtype=torch.float64)
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with suppress(OSError):  # a kernel without them gives ordinary pages
        memory.madvise(mmap.MADV_HUGEPAGE)
    return torch.frombuffer(memory, dtype=torch.float64).view(shape)


def _hold(x: Tensor, f: Tensor, k: int, diverged_at: Tensor) -> None:
    """Freeze the runs that leave the bounds in a block of steps after step k, in place.

    Args:
        x, f: shapes (c + 1, 2, n) and (c + 1, n); row 0 is the last one of the block before.
        diverged_at: shape (n,), updated.
    """
    lost = diverged_at >= 0
    if lost.any():
        torch.where(lost, x[0], x[1:], out=x[1:])
        torch.where(lost, f[0], f[1:], out=f[1:])
    if _within(x[1:]) and _within(f[1:]):
        return
    bad = ~((x.abs() <= BOUND).all(1) & (f.abs() <= BOUND))
    (runs,) = torch.where(bad.any(0))
    first = bad[:, runs].to(torch.uint8).argmax(0)
    late = torch.arange(len(x))[:, None] >= first
    last = (first - 1)[None]
    xs, fs = x[:, :, runs], f[:, runs]
    x[:, :, runs] = torch.where(late[:, None], xs.gather(0, last.expand(1, 2, -1)), xs)
    f[:, runs] = torch.where(late, fs.gather(0, last), fs)
    diverged_at[runs] = first + k


def _within(t: Tensor) -> bool:
    """Whether every entry is a number in [-BOUND, BOUND]."""
    low, high = torch.aminmax(t)
    return bool(low >= -BOUND) and bool(high <= BOUND)
