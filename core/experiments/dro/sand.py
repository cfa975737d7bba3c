r"""Moving sand: how far one pile is from another, by carrying it and by comparing heights.

W_p is the p-th mean of the ways in the best plan. KL and JSD look only at how much stands on equal
places. The entropic plan pays for being certain and is blurred: in lengths that are scaled so that
the longest way is 1 it is the least of ⟨π, d^p⟩ + blur · KL(π ‖ P ⊗ Q).
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core import table
from core.check import require
from core.dro import common_support, jsd, kl, sinkhorn_steps, sorted_plan, wasserstein
from core.dro.transport import distances
from core.rng import generator
from core.signature import between, declared

SANDS = ("piles", "points", "plane")
LONGEST, FAR = 12, 1e6  # points or columns of a pile, and the largest number
PLACES, AWAY = 12, 1e6  # reach of the moves
STEPS, TOL = 400, 1e-10  # of Sinkhorn
POWERS = (1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 11.3, 16.0, math.inf)


class Sand(NamedTuple):
    """Two laws of finitely many points, the best plan between them, and three divergences."""

    a: Tensor  # places of P, shape (n, 1) or (n, 2)
    b: Tensor  # places of Q after the move, (m, 1) or (m, 2)
    v: Tensor  # masses of P, (n,)
    w: Tensor  # masses of Q, (m,)
    i: Tensor  # where each part of the best plan comes from, (k,) int64
    j: Tensor  # where it goes, (k,) int64
    mass: Tensor  # how much of it, (k,)
    distance: float  # W_p
    kl: float  # KL(P ‖ Q) in nats
    back: float  # KL(Q ‖ P)
    jsd: float
    soft: Tensor  # the entropic plan, (n, m), or (0, 0) without blur
    error: float  # by which its marginals are off in sum

    ways = property(lambda self: (self.a[self.i] - self.b[self.j]).norm(dim=1))  # (k,)
    line = property(lambda self: self.a.shape[1] == 1)  # whether all places are on a line
    apart = property(lambda self: math.isinf(self.kl) and math.isinf(self.back)
                     and self.jsd > math.log(2) - 1e-12)  # fmt: skip

    @property
    def plan(self) -> Tensor:
        """The best plan as a table, (n, m)."""
        flat = self.v.new_zeros(len(self.v) * len(self.w))
        return flat.index_add(0, self.i * len(self.w) + self.j, self.mass).reshape(
            len(self.v), len(self.w)
        )

    def dear(self, p: float) -> float:
        """The p-th mean of the ways of the entropic plan; 0 without one."""
        return mean_way(distances(self.a, self.b), self.soft, p) if self.soft.numel() else 0.0


@declared
def sand(
    sand: Literal[SANDS] = "piles",
    a: str = "1 2 3 2 1",
    b: str = "1 2 3 2 1",
    places: Annotated[int, between(-PLACES, PLACES)] = 6,
    shift: Annotated[float, between(-AWAY, AWAY)] = 3.0,
    lift: Annotated[float, between(-AWAY, AWAY)] = 0.0,
    n: Annotated[int, between(1, LONGEST)] = 9,
    p: Annotated[float, between(1, 16)] = 1.0,
    infinite: bool = False,
    blur: Annotated[float, between(0, 1)] = 0.0,
    seed: Annotated[int, between(0, 2**63 - 1)] = 1,
) -> Sand:
    """W_p, KL and JSD of P and of Q, moved.

    Args:
        sand: "piles", where a and b are heights of columns at 0, 1, 2, …, each pile divided by its
            own sum; "points", where they are places of equal mass; "plane", n random points each.
        a, b: rows of at most 12 numbers, heights ≥ 0 and not all 0.
        places: by how many columns Q is moved, for "piles".
        shift: by how much it is moved to the right, for "points" and "plane".
        lift: and upwards, for "plane".
        p: exponent.
        infinite: p = ∞ instead.
        blur: weight of the entropy, with the longest way as 1; 0 and p = ∞ have no entropic plan.
        seed: of the points in the plane.

    Sources: DRO-04, DRO-05, GAN-09.
    """
    x, y, v, w = laws(sand, a, b, places, shift, lift, n, seed)
    power = math.inf if infinite else p
    i, j, mass = best(x, y, v, w, power)
    ways = (x[i] - y[j]).norm(dim=1)
    heights = _shared(x, y, v, w)
    soft, error = x.new_zeros(0, 0), 0.0
    if blur and not infinite:
        soft, error = _soft(x, y, v, w, p, blur)
    forth, back, between_ = kl(*heights), kl(*heights[::-1]), jsd(*heights)
    far = mean_way(ways, mass, power)
    return Sand(x, y, v, w, i, j, mass, far, forth, back, between_, soft, error)


@lru_cache(maxsize=256)
def laws(
    sand: str, a: str, b: str, places: int, shift: float, lift: float, n: int, seed: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Places of P and of Q, their masses; as `sand` says."""
    if sand == "plane":
        x, y = _clouds(n, seed)
        even = x.new_full((n,), 1 / n)
        return x, y + x.new_tensor([shift, lift]), even, even
    (x, v), (y, w) = (_read(name, text, sand) for name, text in (("a", a), ("b", b)))
    return x, y + (places if sand == "piles" else shift), v, w


def best(x: Tensor, y: Tensor, v: Tensor, w: Tensor, p: float) -> tuple[Tensor, Tensor, Tensor]:
    """From where, to where and how much: on a line the sorted plan, else the best assignment."""
    if x.shape[1] == 1:
        plan = sorted_plan(x[:, 0], y[:, 0], v, w)
        return plan.i, plan.j, plan.mass
    return torch.arange(len(x)), wasserstein(x, y, p).plan, v


def mean_way(ways: Tensor, mass: Tensor, p: float) -> float:
    """(Σ mass · way^p)^{1/p}, and the longest way that is used for p = ∞."""
    longest = float(ways[mass > 0].max())
    if math.isinf(p) or longest == 0:
        return longest
    return longest * float((mass * (ways / longest) ** p).sum()) ** (1 / p)


def over_powers(run: Sand) -> list[float]:
    """W_p for each of `POWERS`."""
    if run.line:  # one plan for all
        ways, mass = run.ways.numpy(), run.mass.numpy()
        longest, powers = float(ways.max()), np.array(POWERS[:-1])
        each = (ways / (longest or 1.0)) ** powers[:, None] @ mass
        return [*(longest * each ** (1 / powers)).tolist(), longest]
    found = []
    for p in POWERS:
        i, j, mass = best(*run[:4], p)
        found.append(mean_way((run.a[i] - run.b[j]).norm(dim=1), mass, p))
    return found


@lru_cache(maxsize=64)
def over_places(sand: str, a: str, b: str, p: float) -> tuple[Tensor, list[float], list[float]]:
    """Moves of Q on a line, W_p and JSD after each: the plan stays the same one."""
    x, y, v, w = laws(sand, a, b, 0, 0.0, 0.0, 1, 0)
    reach = float(PLACES) if sand == "piles" else PLACES / 2
    moves = torch.linspace(-reach, reach, 2 * PLACES + 1, dtype=torch.float64)
    i, j, mass = best(x, y, v, w, p)
    gap = y[j, 0] - x[i, 0]
    far = [mean_way((gap + move).abs(), mass, p) for move in moves]
    return moves, far, [jsd(*_shared(x, y + move, v, w)) for move in moves]


def _read(name: str, text: str, sand: str) -> tuple[Tensor, Tensor]:
    """Places (n, 1) and masses (n,) of a row of numbers."""
    row = table.signal(text, name, LONGEST)
    low = 0 if sand == "piles" else -FAR
    for value in row.tolist():
        require(name, value, low, FAR)
    if sand == "points":
        return row[:, None], torch.full_like(row, 1 / len(row))
    if float(row.max()) == 0:
        raise ValueError(f"expected {name} to hold some sand, got heights that are all 0")
    share = row / row.max()
    return torch.arange(len(row), dtype=torch.float64)[:, None], share / share.sum()


@lru_cache(maxsize=64)
def _clouds(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Two clouds, the first n points the same for every n: one round, one wide and flat."""
    random = generator(seed)
    x = 0.6 * torch.randn(LONGEST, 2, generator=random, dtype=torch.float64)
    y = torch.randn(LONGEST, 2, generator=random, dtype=torch.float64)
    return x[:n], y[:n] * x.new_tensor([0.4, 1.1])


def _shared(x: Tensor, y: Tensor, v: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
    """Mass of either law on every place that one of them uses; rounding makes no new place."""
    _, at = torch.cat([x, y]).round(decimals=9).unique(dim=0, return_inverse=True)
    return common_support(at[: len(x)].double(), at[len(x) :].double(), v, w)[1:]


def _soft(x: Tensor, y: Tensor, v: Tensor, w: Tensor, p: float, blur: float):
    """The entropic plan of places that are scaled by the longest way, and its marginal error."""
    longest = float(distances(x, y)[v > 0][:, w > 0].max())
    if longest == 0:
        return v[:, None] * w, 0.0
    *_, last = sinkhorn_steps(x / longest, y / longest, blur, p, v, w, steps=STEPS, tol=TOL)
    return last.plan, last.error
