"""What noisy arrows claim: OPT-09, unbiased draws, their variance, and one pass without them."""

import math

import numpy as np

from core.check import Check, at_most, same
from core.experiments.stochastic.arrows import COUNT, Arrows, batches, cloud, order
from core.words import number

CHANCE = 5.0  # standard errors that the middle of the fan may be off


def checks(
    run: Arrows, *, N: int, B: int, draws: str, a: float, b: float, px: float, py: float, seed: int
) -> list[Check]:
    """Unbiased, variance, all points, a pass, the last batch, the minimum, the arrows."""
    single, full = run.single.numpy(), run.full.numpy()
    exact, less = float(run.variance.sum()), " (N − B)/(N − 1)"
    given = (draws == "without", "points may come twice")
    middle = float((run.fan.mean(0) - run.full).norm())
    return [
        same(
            "OPT-09",
            "the mean of the gradients of all points is the full gradient: largest distance",
            full,
            single.mean(0),
        ),
        same(
            "OPT-09",
            f"the variance of a batch gradient is C/B{'' if draws == 'with' else less}"
            ", here by the covariance of two points of a batch: largest distance",
            run.variance,
            _by_pairs(single, B, draws),
        ),
        at_most(
            "OPT-09",
            f"the middle of {COUNT} arrows is the full gradient but for chance: how far it is off, "
            f"allowed {CHANCE:g} standard errors",
            middle,
            CHANCE * math.sqrt(exact / COUNT),
        ),
        same(
            "OPT-09",
            "B = N without replacement: every arrow is the full gradient: largest distance",
            run.fan,
            full if given[0] and B == N else 0.0,
            needs=(given, (B == N, "a batch leaves points out")),
        ),
        _passed(run, N, B),
        same(
            "OPT-09",
            "given the batches before it, the last one of a pass is no draw any more: its gradient "
            "is the mean of what is left, whatever the full gradient is",
            run.means[-1],
            run.left[-1],
        ),
        _minimum(run, N, a, b),
        _arrows(run, N, B, draws, a, b, px, py, seed),
    ]


def _by_pairs(single: np.ndarray, B: int, draws: str) -> np.ndarray:
    """σ²/B + (1 − 1/B) cov, with cov the covariance of two different draws."""
    away = single - single.mean(0)
    square = (away**2).mean(0)
    pair = 0.0
    if draws == "without":
        total = away.sum(0) ** 2 - (away**2).sum(0)  # over all i ≠ j
        pair = total / (len(away) * (len(away) - 1))
    return square / B + (1 - 1 / B) * pair


def _passed(run: Arrows, N: int, B: int) -> Check:
    """A pass weighs all points alike; what is left is what the batches have not taken."""
    sizes = np.diff(np.arange(0, N, B), append=N)[:, None]
    sums = sizes * run.means.numpy()
    used = np.cumsum(sums, 0) - sums
    left = (N * run.full.numpy() - used) / (N - np.cumsum(sizes, 0) + sizes)
    return same(
        "OPT-09",
        "one pass: what its next batch is drawn around is (N · full − what was used) over the "
        "points that are left, and starts at the full gradient: largest distance",
        np.concatenate([run.left.numpy(), (sums.sum(0) / N)[None]]),
        np.concatenate([left, run.full.numpy()[None]]),
    )


def _minimum(run: Arrows, N: int, a: float, b: float) -> Check:
    x = run.points[:, 0].numpy()
    H = np.array([[(x * x).mean(), x.mean()], [x.mean(), 1.0]])
    return same(
        "OPT-09",
        "the full gradient is H times the way from the minimum, H the mean of the squares of "
        "(x, 1): largest distance",
        run.full,
        H @ (np.array([a, b]) - run.best.numpy()),
        tol=1e-8,
    )


def _arrows(run, N, B, draws, a, b, px, py, seed) -> Check:
    """Points, gradients, arrows and spreads once more, from the points of every batch."""
    points = np.concatenate([[[px, py]], cloud(N, seed)[1:]])
    x, y = points.T
    off = a * x + b - y
    rows = batches(N, draws, seed)
    first = np.stack([off * x, off], 1)[order(N, seed)[:B]].mean(0)
    drawn, full, sizes = np.stack([off * x, off])[:, rows], run.full.numpy()[:, None], run.sizes
    spread = [((drawn[..., :k].sum(2) / k - full) ** 2).sum(0).mean() for k in sizes.tolist()]
    seen = [sizes[0], sizes[-1], bool((sizes == B).any())]
    told = [run.fan, run.means[0], run.points, run.single, run.measured, np.array(seen)]
    singles = np.stack([off * x, off], 1)
    wanted = [drawn[..., :B].mean(2).T, first, points, singles, spread, [1, N, 1]]
    claim = f"points, their gradients and the {COUNT} arrows are as their rule says, and the "
    claim += "spread for every size is that of its batches, B among them: largest distance"
    both = (np.concatenate([np.ravel(each) for each in side]) for side in (told, wanted))
    return same("", claim, *both)


def says(run: Arrows, *, N: int, B: int, draws: str) -> str:
    """How far the arrows spread, against the full one, and what they cost."""
    length, spread = float(run.full.norm()), float(run.variance.sum().sqrt())
    if B == N and draws == "without":
        return (
            f"Every batch holds all {N} points: the {COUNT} arrows are one, the full gradient, "
            f"{number(length)} long, and each costs {N} gradients."
        )
    told = f"The full gradient is {number(length)} long; "
    if B == 1:
        told += f"single points spread by {number(spread)} about it. "
        return f"{told}Each costs 1 gradient, the full one {N}."
    told += f"batches of {B} spread by "
    told += f"{number(spread)} about it, {number(spread / math.sqrt(run.alone), 2)} times as far "
    return told + f"as single points. For that a batch costs {B} gradients, the full one {N}."


def _four(run: Arrows) -> tuple[float, dict[str, float]]:
    """The spread over that of four points."""
    spread = float(run.variance.sum().sqrt())
    four = math.sqrt(run.alone / 4)
    return spread / four, {"spread": spread, "four": four}


def _second(run: Arrows) -> float:
    """How the centre of the second batch lies to the first batch, seen from the full gradient."""
    first, second = run.means[0] - run.full, run.left[1] - run.full
    return float(first @ second / first.square().sum())


def _minimal(run: Arrows) -> tuple[float, dict[str, float]]:
    spread = float(run.variance.sum().sqrt())
    return spread, {"length": float(run.full.norm()), "spread": spread}


answers = {"four": _four, "half": _second, "minimum": _minimal}
