"""What to run, checked, and the loop that runs it; shared by records and counts."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require
from core.landscapes.landscape import Landscape
from core.optimizers.rules import METHODS, Rule, rule

PerMethod = float | Tensor | Sequence[float] | Mapping[str, float | Tensor]


class Job(NamedTuple):
    """Checked input: rules for n runs each, landscape and starts flattened to match."""

    landscape: Landscape
    rules: list[Rule]  # one per method
    x0: Tensor  # shape (2, n)
    batch: torch.Size  # the shape that n flattens
    noise: float


def job(
    landscape: Landscape,
    methods: Sequence[str],
    x0: Tensor,
    lr: PerMethod,
    *,
    beta: PerMethod | None = None,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    noise: float = 0.0,
    generator: torch.Generator | None = None,
) -> Job:
    """The job described by the arguments of `trajectories`, or a ValueError."""
    if isinstance(methods, str) or not isinstance(methods, Sequence) or not methods:
        raise ValueError(
            f"expected methods to be a sequence of names from {', '.join(METHODS)}, got {methods!r}"
        )
    for method in methods:
        choose("method", method, METHODS)
    x0 = torch.as_tensor(x0, dtype=torch.float64).detach()
    if x0.ndim == 0 or x0.shape[-1] != 2 or not x0.numel():
        raise ValueError(f"expected x0 of shape (..., 2), got {tuple(x0.shape)}")
    if not x0.isfinite().all():
        raise ValueError(f"expected x0 to be finite, got {x0[~x0.isfinite()][0]:g}")
    if not isinstance(betas, Sequence) or isinstance(betas, str) or len(betas) != 2:
        raise ValueError(f"expected betas to be a pair of numbers in [0, 1), got {betas!r}")
    for b in betas:
        require("betas", b, 0, 1, below=True)
    require("eps", eps, 0)
    require("noise", noise, 0)
    if noise and "sgd" in methods and not isinstance(generator, torch.Generator):
        raise ValueError(
            f"expected generator to be a torch.Generator when noise > 0, got {generator!r}"
        )
    defaults = {method: 0.99 if method == "rmsprop" else 0.9 for method in methods}
    shares = _per_method("beta", beta, methods, defaults)
    lrs = [_tensor("lr", value, 0, above=True) for value in _per_method("lr", lr, methods, {})]
    shares = [_tensor("beta", value, 0, 1, below=True) for value in shares]
    shapes = [t.shape for t in (*lrs, *shares)]
    try:
        batch = torch.broadcast_shapes(x0.shape[:-1], landscape.batch, *shapes)
    except RuntimeError:
        kinds = ", ".join(str(tuple(s)) for s in dict.fromkeys(shapes))
        raise ValueError(
            "expected x0 (..., 2), lr, beta and the landscape to broadcast over one batch, got "
            f"x0 {tuple(x0.shape)}, lr and beta {kinds}, landscape {tuple(landscape.batch)}"
        ) from None

    def flat(t: Tensor) -> Tensor:
        return t if t.ndim == 0 else t.expand(batch).reshape(-1)

    points = x0.expand(*batch, 2).reshape(-1, 2).T.contiguous()
    rules = [
        rule(method, points, flat(rate), flat(share), betas, eps, noise, generator)
        for method, rate, share in zip(methods, lrs, shares)
    ]
    return Job(landscape.flattened(batch), rules, points, batch, noise)


def _per_method(name: str, given: PerMethod | None, methods, defaults) -> list[float | Tensor]:
    """One value for each method, from a single value, a sequence or a dictionary."""
    if given is None or isinstance(given, Mapping):
        given = defaults | dict(given or {})
        missing = [method for method in methods if method not in given]
        if missing:
            raise ValueError(f"expected {name} for every method, got none for {missing[0]}")
        return [given[method] for method in methods]
    if isinstance(given, Sequence) and not isinstance(given, str):
        if len(given) != len(methods):
            raise ValueError(
                f"expected {name} as a sequence to have one value per method ({len(methods)}), "
                f"got {len(given)}; values over the batch are a tensor"
            )
        return list(given)
    return [given] * len(methods)


def _tensor(name: str, value: float | Tensor, low: float, high: float = math.inf, **ends) -> Tensor:
    if not isinstance(value, Tensor):
        return torch.tensor(require(name, value, low, high, **ends), dtype=torch.float64)
    if not value.numel():
        raise ValueError(f"expected {name} to hold a value, got shape {tuple(value.shape)}")
    value = value.to(torch.float64)
    for end in value.aminmax():
        require(name, end.item(), low, high, **ends)
    return value


def advance(job: Job, record: Tensor) -> None:
    """Fill record[1:] with the iterates that follow record[0]; shape (steps + 1, 2, methods, n)."""
    landscape, rules = job.landscape, job.rules
    rows = record.unbind()
    paths = [record[:, :, i].unbind() for i in range(len(rules))]
    g, query = torch.empty_like(rows[0]), torch.empty_like(rows[0])
    gs, queries = g.unbind(1), query.unbind(1)
    ahead = [i for i, row in enumerate(rules) if row.look]
    for k in range(len(rows) - 1):
        at = rows[k]
        if ahead:
            at = query.copy_(at)
            for i in ahead:
                rules[i].look(paths[i][k], queries[i])
        landscape.slope_into(at, g)
        for row, path, gradient in zip(rules, paths, gs):
            row.step(path[k], gradient, path[k + 1])
