"""Two nets from one start: one learns points where they lie, one where the worst push puts them."""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.adversarial import Net, adversarial_train, cross_entropy, labelled_cloud, pgd
from core.adversarial.bound import EXACT, most_kept
from core.adversarial.nets import CLOUDS
from core.adversarial.own import dealt, drawn, read
from core.adversarial.plane import ground_of, zero_lines
from core.plane import sketch
from core.rng import generator
from core.signature import Own, between, declared
from core.toy import Labelled
from core.words import number

FRESH = 150  # points that no net has learned
STEPS, EVERY = 800, 50
LAST = STEPS // EVERY  # number of the last frame
RATE, BATCH, INNER = 0.01, 64, 7
SIZES = torch.linspace(0, 1, 41, dtype=torch.float64)  # of the pushes that judge
REACH = 1.25  # how far the boundary is sought; pushes are at most 1
HALF, CELLS = 4.0, 161  # of the grid on which it is sought
ALONG = (0.0, 0.25, 0.5, 0.75, 1.0)  # places of each line that stand for it
WIDTHS = (2, 24, 24, 2)
APART = 2**32  # between the seeds of fresh points and of those that are learned
SEEDS = ("1", "3")
NORMS = {"2": 2.0, "inf": math.inf}
DRAWING = sketch(
    "................", "................", "...ooooooooo....", "..ooooooooooo...",
    "..oo.......ooo..", "..oo........oo..", "..oo..###...oo..", "..oo..####..oo..",
    "..oo...###..oo..", "..ooo..###......", "...oo..####.....", ".......#####....",
    "........########", "..........######", "................", "................",
)  # fmt: skip


class Training(NamedTuple):
    """Both trainings so far, F frames; nets and classes in the order ordinary, robust and 0, 1."""

    progress: float  # share of the steps done, in [0, 1]
    learned: Labelled  # X (n, 2), y (n,)
    fresh: Labelled  # X (m, 2), y (m,)
    theta: Tensor  # weights of both nets, shape (F, 2, parameters), float32; see `net_of`
    reach: Tensor  # how far each fresh point is from being misread, (F, 2, m), at most REACH
    place: Tensor  # where that is, shape (F, 2, m, 2), float16
    kept: Tensor  # share of fresh points farther than SIZES from it, (F, seeds, 2, sizes)
    losses: Tensor  # mean over the learned points, at them and at the worst push, (F, 2, 2)
    best: Tensor  # share that no classifier exceeds under pushes of SIZES, shape (sizes,)

    @property
    def doing(self) -> str:
        """How far the training is, while it goes on."""
        return f"{self.progress:.0%} of the steps, worst loss {number(self.losses[-1, 1, 1], 2)}"


@declared
def training(
    data: Annotated[Literal[(*CLOUDS, "drawn")], Own("table")] = "moons",
    n: Annotated[int, between(10, 400)] = 20,
    eps: Annotated[float, between(0, 1)] = 0.4,
    norm: Literal[tuple(NORMS)] = "2",
    seed: Annotated[int, between(0, 2**31)] = 0,
    seeds: Literal[SEEDS] = "1",
    drawing: str = DRAWING,
) -> Iterator[Training]:
    """Trains both nets, and yields the record so far at 17 moments.

    Args:
        data: of `core.adversarial.nets.labelled_cloud`, "drawn", or a student's table of x, y and
            a label, of which a third is kept as fresh points.
        n: points that are learned; all that a table has left where it is smaller.
        eps: size ε of the push that the robust net learns under; 0 makes both nets the same.
        norm: of the push.
        seeds: how many pairs of trainings, each with points and weights of its own and the same
            fresh points; the first pair is shown, all are measured.
        drawing: 16 × 16 cells, see `core.adversarial.own`.
    """
    fresh, p = fresh_points(data, drawing, seed), NORMS[norm]
    sets = [learned_points(data, drawing, n, seed, luck) for luck in range(int(seeds))]
    best = most_kept(*fresh, SIZES, norm=p)
    runs = [
        [
            adversarial_train(
                *points, size, hidden=WIDTHS[1:-1], norm=p, inner=INNER, steps=STEPS, batch=BATCH,
                lr=RATE, seed=seed + luck, every=EVERY, test=Labelled(*(a[:2] for a in points)),
                judged=0.0, dtype=torch.float32,
            )
            for size in (0.0, eps)
        ]
        for luck, points in enumerate(sets)
    ]  # fmt: skip
    frames: list[list[Tensor]] = [[] for _ in range(5)]
    for k in range(LAST + 1):
        pairs = [[next(one).net for one in pair] for pair in runs]
        found = [[nearest(net, fresh, p) for net in pair] for pair in pairs]
        reach, place = (torch.stack(part) for part in zip(*found[0]))
        shares = torch.stack([torch.stack([share(r) for r, _ in pair]) for pair in found])
        costs = torch.stack([costs_of(net, sets[0], eps, p) for net in pairs[0]])
        theta = torch.stack([flat(net) for net in pairs[0]])
        for kept, new in zip(frames, (theta, reach, place.half(), shares, costs)):
            kept.append(new)
        yield Training(k / LAST, sets[0], fresh, *map(torch.stack, frames), best)


# --- points --------------------------------------------------------------------------------------


def learned_points(data: str, drawing: str, n: int, seed: int, luck: int = 0) -> Labelled:
    """The points of one pair of nets."""
    if data in CLOUDS or data == "drawn":
        return _of_law(data, drawing, n, seed + luck)
    X, y = read(data)
    pool = dealt(y, generator=generator(seed + APART))[_spared(len(y)) :]
    rows = pool[dealt(y[pool], generator=generator(seed + luck))[:n]]
    return Labelled(X[rows], y[rows])


def fresh_points(data: str, drawing: str, seed: int) -> Labelled:
    """The points that measure."""
    if data in CLOUDS or data == "drawn":
        return _of_law(data, drawing, FRESH, seed + APART)
    X, y = read(data)
    rows = dealt(y, generator=generator(seed + APART))[: _spared(len(y))]
    return Labelled(X[rows], y[rows])


def _spared(rows: int) -> int:
    return min(FRESH, rows // 3)


def _of_law(data: str, drawing: str, n: int, seed: int) -> Labelled:
    random = generator(seed)
    if data == "drawn":
        return drawn(drawing, n, generator=random)
    return labelled_cloud(data, n, generator=random)


# --- nets ----------------------------------------------------------------------------------------


def flat(net: Net) -> Tensor:
    """All weights of a net in a row: W₁ b₁ W₂ b₂ …"""
    return torch.cat([part.flatten() for pair in zip(*net[:2]) for part in pair])


def net_of(theta: Tensor) -> Net:
    """The net that has these weights, in their precision."""
    shapes = [shape for i, o in pairwise(WIDTHS) for shape in ((o, i), (o,))]
    parts = theta.split([math.prod(shape) for shape in shapes])
    parts = [part.view(shape) for part, shape in zip(parts, shapes)]
    return Net(tuple(parts[::2]), tuple(parts[1::2]))


def costs_of(net: Net, points: Labelled, eps: float, norm: float) -> Tensor:
    """Mean cross-entropy at the points, and at the worst place that PGD finds within ε, (2,)."""
    X, y = points.X.to(net.weights[0].dtype), points.y
    alpha = 2.5 * eps / INNER if eps else 1.0
    ends = pgd(net, X, y, eps, norm=norm, alpha=alpha, steps=INNER, generator=None, keep="best")
    return torch.stack([cross_entropy(net(at), y).mean() for at in (X, ends)]).double()


@torch.no_grad()
def nearest(net: Net, points: Labelled, norm: float) -> tuple[Tensor, Tensor]:
    """How far each point is from being misread, (m,), 0 where it is, and where that is, (m, 2).

    The boundary is drawn as lines on a grid of cells of 1/20, so that distances are right to about
    0.01; what is farther than `REACH` is said to be `REACH` away, where the point lies.
    """
    X = points.X.to(net.weights[0].dtype)
    scores = net(X)
    gap = scores[:, 1] - scores[:, 0]
    right = torch.where(points.y == 1, gap > 0, gap < 0)
    tails, tips = zero_lines(*ground_of(net, half=HALF, n=CELLS))
    edge = torch.cat([tails + t * (tips - tails) for t in ALONG]).to(X)
    if not len(edge):
        return torch.where(right, REACH, 0.0), X
    far, which = torch.cdist(X, edge, p=norm, compute_mode=EXACT).min(1)
    near = right & (far < REACH)
    reach = torch.where(near, far, torch.where(right, REACH, 0.0))
    return reach, torch.where(near[:, None], edge[which], X)


def share(reach: Tensor) -> Tensor:
    """Of the points, those that no push of each of SIZES can have misread, (sizes,)."""
    return (reach.double()[:, None] > SIZES).double().mean(0)
