"""What a fitted normal law claims: PROB-29 with erratum E-13."""

import math
from functools import lru_cache

import torch
from torch import Tensor

from core.check import Check, at_least, at_most, equal, same
from core.experiments.probability.fitting import MOST, Fitting, draws, source
from core.rng import generator
from core.words import number, spaced

TRIALS = 100
SURE = 5.0  # standard errors


def checks(
    run: Fitting, *, n: int, divisor: str, repetitions: int, data: str, seed: int, drawing: str
) -> list[Check]:
    """Mean of all estimates, likelihood, rank, first sample, every estimate, printed."""
    drawing = drawing if data == "drawn" else ""
    of, less = source(data, drawing), int(divisor == "unbiased")
    squares, means = _one_by_one(data, repetitions, seed, drawing)
    again = torch.cat([squares[n - 2] / (n - less), means / (torch.arange(2, MOST + 1) - less)])
    room, size = SURE * _error(run, of.fourth), run.truth or 1.0
    claim = "σ̂² in the mean over all samples, and σ²(n − 1)/n, or σ² where n − 1 divides"
    sloped = size / n > room and run.correction == 0
    best, other = _likelihoods(run)
    full = (
        run.rank == 2 and _plane(run) == 1,
        "the fitted Σ is singular: there is no density and no likelihood",
    )
    return [
        equal("PROB-29", claim, run.average / size, run.exact / size, tol=room / size),
        at_least("PROB-29", "no law is likelier than the fit with ÷ n: ln likelihood of it, and "
                 f"of the best of {TRIALS} near it", best, other, needs=(full,)),
        at_most("PROB-29", "n points vary in at most n − 1 directions: rank of Σ̂", run.rank,
                min(2, n - 1)),
        same("PROB-29", "Σ̂ of the first sample from the differences of all pairs: largest "
             "difference", run.Sigma, _by_pairs(run.points, run.correction)),
        same("", "rank and determinant agree, and the mean of the points is theirs: difference",
             [float(run.rank == 2), *run.mean.tolist()],
             [_plane(run), *(run.points.sum(0) / n).tolist()]),
        same("", "n, σ² and the mean of the estimates are those shown; the first estimate is that "
             "of the first sample: difference",
             [run.n, run.truth / size, run.average / size, run.values[0] / size,
              run.course[n - 2] / size],
             [len(run.points), float(of.Sigma[0, 0]) / size, float(run.values.sum())
              / run.repetitions / size, run.Sigma[0, 0] / size, run.average / size]),
        same("", "every estimate, and the mean for every n, point by point: largest difference",
             torch.cat([run.values, run.course]) / size, again / size),
        at_most("PROB-29", "as printed (E-13) Σ̂ is not said to be biased: mean of σ̂², below σ²",
                run.average, run.truth,
                needs=((sloped, "÷ n − 1, or too few samples to see it"),)),
    ]  # fmt: skip


@lru_cache(maxsize=2)
def _one_by_one(data: str, repetitions: int, seed: int, drawing: str) -> tuple[Tensor, Tensor]:
    """Σ (x − x̄)² of all samples for 2, …, MOST points, each from the one before; their means."""
    _, x = draws(data, repetitions, seed, drawing)
    mean, total, found = x[0].clone(), torch.zeros_like(x[0]), []
    for m in range(2, MOST + 1):
        off = x[m - 1] - mean
        mean += off / m
        total = total + off * off * (m - 1) / m
        found.append(total)
    squares = torch.stack(found)
    return squares, squares.mean(1)


def _error(run: Fitting, fourth: float) -> float:
    """Standard error of the mean of the estimates."""
    n, square = run.n, run.truth**2
    one = max((fourth - square * (n - 3) / (n - 1)) / n, 0.0)
    return math.sqrt(one / run.repetitions) * (n - 1) / (n - run.correction)


def _by_pairs(points: Tensor, correction: int) -> Tensor:
    """Σ (xᵢ − xⱼ)(xᵢ − xⱼ)ᵀ over all pairs, /n(n − correction): no mean is needed."""
    n, off = len(points), points[:, None] - points
    return torch.einsum("ijk,ijl->kl", off, off) / (2 * n * (n - correction))


def _plane(run: Fitting) -> float:
    """1 where det Σ is above 0, 0 where it is 0 up to rounding; the rank's word in between."""
    (a, b), (c, d) = run.Sigma.tolist()
    spread = (a * d - b * c) / (a * d) if a * d > 0 else 0.0
    if 1e-14 < spread < 1e-9:
        return float(run.rank == 2)
    return float(spread >= 1e-9)


def _likelihoods(run: Fitting) -> tuple[float, float]:
    """ln likelihood of the points under the fit, and the best under laws near it."""
    if run.rank < 2 or not _plane(run):
        return 0.0, 0.0
    n = run.n
    M = run.Sigma * (n - run.correction) / n
    root = torch.linalg.cholesky(M)
    noise = 0.2 * torch.randn(TRIALS, 3, 2, generator=generator(5), dtype=torch.float64)
    turn = torch.eye(2, dtype=torch.float64) + noise[:, 1:]
    near = root @ turn @ turn.mT @ root.T
    mean = run.mean + noise[:, 0] @ root.T
    laws = torch.cat([M[None], near]), torch.cat([run.mean[None], mean])
    off = run.points - laws[1][:, None]
    far = torch.einsum("tik,tkl,til->t", off, torch.linalg.inv(laws[0]), off)
    log = -0.5 * (far + n * torch.logdet(2 * math.pi * laws[0]))
    return float(log[0]), float(log[1:].max())


def says(run: Fitting) -> str:
    """The mean of the estimates, by how much it misses, the first sample."""
    by = "n" if run.correction == 0 else "n − 1"
    told = f"Divided by {by}, {spaced(run.repetitions)} estimates from n = {run.n} points have the "
    told += f"mean {number(run.average)}; the variance is {number(run.truth)}. "
    if run.correction == 0:
        told += f"Over ever more samples they are too small by 1/n = {number(100 / run.n)} %, "
        told += "since the points lie nearer to their own mean than to μ. "
    else:
        told += "Over ever more samples the mean is right; each one alone is as far off as ever. "
    if run.rank == 1:
        return told + "The fitted ellipse is a line: Σ̂ is singular, there is no density."
    if run.rank == 0:
        return told + "All points of the first sample are equal: Σ̂ is 0, there is no density."
    return told.strip()


answers = {
    "five": lambda run: run.average / (run.truth or 1.0),
    "pair": lambda run: {0: "line", 1: "line", 2: "ellipse"}[run.rank],
}
