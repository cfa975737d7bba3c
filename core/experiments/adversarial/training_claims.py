"""What holds in every such training, and what robustness brought and cost in this one."""

from functools import lru_cache
from typing import Any

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from core.adversarial import cross_entropy, norm_of
from core.check import Check, at_most, same
from core.experiments.adversarial.training import (
    CELLS,
    EVERY,
    EXACT,
    HALF,
    NORMS,
    REACH,
    SIZES,
    Training,
    costs_of,
    flat,
    fresh_points,
    learned_points,
    net_of,
    share,
)
from core.nets import flatten, mlp
from core.rng import generator
from core.toy import Labelled

CELL = 2 * HALF / (CELLS - 1)  # distances to the boundary are told from lines on this grid
BEFORE = CELL  # how far on both sides of the boundary a point is read again
MOST = 0.8  # of the points; slivers of a net that is nearly undecided slip through the grid
SHIFT = 1e-6  # of the weights, for differences of the worst loss
KINK = 1e-4  # difference of the slopes to both sides from which on there is a kink between them
HALVES = 5e-3  # places are kept in half precision
CANDIDATES, JUDGED = 17, 24  # places of a push each way, points for Danskin's theorem
CLEAR = 0.02  # a difference of shares that counts as one


def checks(
    run: Training, *, data: str, n: int, eps: float, norm: str, seed: int, drawing: str
) -> list[Check]:
    """Of the finished training; a half-done one claims nothing."""
    if run.progress < 1:
        return []
    p = NORMS[norm]
    net = net_of(run.theta[-1, 1]).to(dtype=torch.float64)
    slope, difference, smooth = danskin(net, run, eps, p)
    kink = ((smooth, "a unit of the net or the worst push switches within the difference"),)
    pairs = _pairs(run, p)
    kept = run.kept.amax((0, 1, 2))
    one = (eps == 0, "with ε above 0 the nets see different points")
    points = learned_points(data, drawing, n, seed), fresh_points(data, drawing, seed)
    found = [*run.learned, *run.fresh, run.theta[0, 0], run.theta[0, 1]]
    start = start_of(seed)
    again = [*points[0], *points[1], start, start]
    books = [run.losses[-1], *(run.kept[:, 0].flatten(0, 2),)]
    costs = [costs_of(net_of(theta), run.learned, eps, p) for theta in run.theta[-1]]
    told = [torch.stack(costs), torch.cat([share(r) for r in run.reach.flatten(0, 1)])]
    held = "∇θ max L(θ, x + δ) = ∇θ L(θ, x + δ*), robust net: differences = slopes (Danskin)"
    worst = "mean loss at the points ≤ mean of the largest losses that pushes of ε find"
    lemma = "x and x′ of different classes: their distances to the boundary add up to "
    lemma += "‖x − x′‖ at most; largest excess, up to a cell of the grid"
    bound = "share read right under pushes ≤ what the best of all classifiers can keep"
    where = "the nearest misread place is as far away as said: four of five points "
    where += "at least are right just before it and wrong there"
    return [
        same("ROB-14", held, difference, slope, tol=1e-5, needs=kink),
        at_most("ROB-14", worst, (run.losses[..., 0] - run.losses[..., 1]).max(), 0.0),
        at_most("", bound, (kept - limit(run.fresh, p, CELL)).max(), 0.0),
        same("ROB-14", "ε = 0 is ordinary training: the same weights",
             run.theta[:, 0], run.theta[:, 1], needs=(one,)),
        at_most("", lemma, pairs, 0.0, tol=CELL),
        same("ROB-01", where, *_places(run, p), tol=HALVES),
        same("", "points, start, and the best share once more, by another route",
             *_rows([*found, run.best], [*again, limit(run.fresh, p)]), tol=1e-6),
        same("", "losses and shares are those of the last weights and of the distances",
             *_rows(books, told), tol=1e-4),
    ]  # fmt: skip


def _rows(one: list[Tensor], other: list[Tensor]) -> tuple[Tensor, Tensor]:
    return tuple(torch.cat([part.double().flatten() for part in side]) for side in (one, other))


def start_of(seed: int) -> Tensor:
    """The weights that both nets of the first pair start from."""
    random = generator(seed)
    torch.randint(2**62, (), generator=random)
    return flatten(mlp((2, 24, 24, 2), activation="relu", generator=random, dtype=torch.float32))


def limit(points: Labelled, norm: float, less: float = 0.0) -> Tensor:
    """`most_kept` by assignment instead of matching; pairs count from `less` nearer on."""
    return _limit(points.X.numpy().tobytes(), points.y.numpy().tobytes(), norm, less)


@lru_cache(maxsize=32)
def _limit(X: bytes, y: bytes, norm: float, less: float) -> Tensor:
    points = torch.frombuffer(bytearray(X), dtype=torch.float64).view(-1, 2)
    classes = torch.frombuffer(bytearray(y), dtype=torch.int64)
    zero, one = points[classes == 0], points[classes == 1]
    apart = norm_of(zero[:, None] - one, norm)
    kept = []
    for size in SIZES.tolist():
        near = (apart <= 2 * size - less).numpy()
        kept.append(1 - near[linear_sum_assignment(near, maximize=True)].sum() / len(points))
    return torch.tensor(kept, dtype=torch.float64)


def danskin(net, run: Training, eps: float, norm: float) -> tuple[Tensor, Tensor, bool]:
    """Slope of the mean largest loss among fixed pushes, its difference quotient, (2,) each, and
    whether the differences to both sides agree.

    Along two directions of the weights, at the weights of a net; the pushes are a grid of the ball.
    """
    X, y = run.learned.X[:JUDGED], run.learned.y[:JUDGED]
    side = torch.linspace(-1, 1, CANDIDATES, dtype=torch.float64)
    ball = torch.cartesian_prod(side, side)
    ball = eps * ball[norm_of(ball, norm) <= 1 + 1e-9]
    places, classes = X[:, None] + ball, y[:, None].expand(-1, len(ball))
    theta = flat(net)

    def losses(weights: Tensor, at: Tensor, of: Tensor) -> Tensor:
        scores = net_of(weights)(at).flatten(0, -2)
        return cross_entropy(scores, of.flatten()).view(of.shape)

    with torch.no_grad():
        which = losses(theta, places, classes).argmax(1)
    worst = places[torch.arange(len(X)), which]
    moved = theta.clone().requires_grad_()
    (slopes,) = torch.autograd.grad(losses(moved, worst, y).mean(), moved)
    ways = torch.randn(2, len(theta), generator=generator(0), dtype=torch.float64)
    ways /= ways.norm(dim=1, keepdim=True)
    with torch.no_grad():
        up, at, down = (
            torch.stack([losses(theta + s * way, places, classes).amax(1).mean() for way in ways])
            for s in (SHIFT, 0.0, -SHIFT)
        )
    bend = (up - 2 * at + down).abs() / SHIFT
    return ways @ slopes, (up - down) / (2 * SHIFT), bool((bend < KINK).all())


def _pairs(run: Training, norm: float) -> float:
    """The largest of reach + reach′ − distance over pairs of points of different classes."""
    zero, one = (run.fresh.y == c for c in (0, 1))
    apart = torch.cdist(run.fresh.X[zero], run.fresh.X[one], p=norm, compute_mode=EXACT)
    both = run.reach[..., zero].unsqueeze(-1) + run.reach[..., one].unsqueeze(-2)
    right = (run.reach[..., zero].unsqueeze(-1) > 0) & (run.reach[..., one].unsqueeze(-2) > 0)
    return float(torch.where(right, both - apart, -1.0).max())


def _places(run: Training, norm: float) -> tuple[Tensor, Tensor]:
    """Distances of the places; how many points are right before theirs and wrong soon behind."""
    crossed, near, away = [], [], run.place[-1].double() - run.fresh.X
    steps = torch.linspace(-BEFORE, BEFORE, 25, dtype=torch.float64)[:, None]
    for theta, reach, way in zip(run.theta[-1], run.reach[-1].double(), away):
        net, at = net_of(theta.double()), (reach > BEFORE) & (reach < REACH)
        near.append(at)
        along = (1 + steps / reach.clamp(min=BEFORE))[..., None] * way
        right = (net(run.fresh.X + along).argmax(-1) == run.fresh.y)[:, at]
        found = torch.stack([right[0], ~right.all(0)]).double()
        crossed.append(found.mean(1).clamp(max=MOST) if at.any() else torch.full((2,), MOST))
    at = torch.stack(near)
    return _rows(
        [run.reach[-1][at], *crossed],
        [norm_of(away.flatten(0, 1), norm).view_as(at)[at], torch.full((4,), MOST)],
    )


# --- words ---------------------------------------------------------------------------------------


def says(run: Training, *, eps: float, seeds: str, judge: float = 0.4) -> str:
    """What both nets keep without and with a push, and what no classifier could exceed."""
    clean, pushed = standing(run, 0), standing(run, judge)
    told = f"After {EVERY * (len(run.theta) - 1)} steps the ordinary net reads "
    told += f"{clean[0]:.0f} % of {len(run.fresh.y)} fresh points right, "
    told += f"the robust one {clean[1]:.0f} %. "
    if judge > 0:
        told += f"Under the worst push of {judge:g} it is {pushed[0]:.0f} % and {pushed[1]:.0f} %"
        best = _best(run, judge)
        told += f"; no classifier at all keeps more than {best:.0f} %. " if best < 99.5 else ". "
    if eps == 0:
        told += "With ε = 0 both are the same net."
    elif int(seeds) > 1:
        low, high = (100 * run.kept[-1, :, :, 0]).aminmax(dim=0)
        told += f"Over {seeds} pairs, without a push, the ordinary net reads "
        told += f"{_span(low[0], high[0])}, the robust one {_span(low[1], high[1])}."
    return told.strip()


def _span(low: Tensor, high: Tensor) -> str:
    one, other = f"{float(low):.0f}", f"{float(high):.0f}"
    return f"{one} %" if one == other else f"{one} to {other} %"


def standing(run: Training, size: float, k: int = -1) -> list[float]:
    """Percent of the fresh points that both nets read right under pushes of this size."""
    return (100 * (run.reach[k].double() > size).double().mean(1)).tolist()


def _best(run: Training, size: float) -> float:
    return 100 * float(run.best[int((size + 1e-9 >= SIZES).sum()) - 1])


# --- questions -----------------------------------------------------------------------------------


def _higher(run: Training, judge: float) -> tuple[str, dict[str, Any]]:
    ordinary, robust = standing(run, judge)
    told = {"ordinary": ordinary, "robust": robust}
    if abs(robust - ordinary) <= 100 * CLEAR:
        return "same", told
    return ("robust" if robust > ordinary else "ordinary"), told


def _held(run: Training, judge: float) -> tuple[float, dict[str, Any]]:
    ordinary, robust = standing(run, judge)
    facts = {"ordinary": ordinary, "robust": robust, "best": _best(run, judge)}
    return facts["best"] / 100, facts


answers = {"fresh": lambda run: _higher(run, 0), "best": _held, "hard": _higher}
