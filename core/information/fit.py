r"""The Gaussian nearest to a mixture: Newton's method from several starts, all local optima kept.

Starts are the moments of each run of neighbouring bumps: each alone, each pair, … all of them. The
search runs over (μ, log σ) in steps held short, so that it goes downhill. Sources: INFO-04.
"""

import math
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import require
from core.diffusion.mixture import Mixture
from core.information.gaussians import WIDEST, divergence, moment_match, slopes

STEPS = 60
STILL = 1e-9  # slope of an end, in units of the target's spread
APART = 1e-4  # of the target's spread, between two optima that count as different
BUMPS = 8
HALVINGS = 12


class Descent(NamedTuple):
    """All starts after so many steps of Newton's method, each (s,)."""

    step: int
    mu: Tensor
    sigma: Tensor
    value: Tensor  # divergence, in nats
    slope: Tensor  # length of the slope in (μ / spread, log σ)
    least: Tensor  # bool: the curvature is positive in all directions


class Optimum(NamedTuple):
    """A Gaussian that no Gaussian near it beats, and its divergence in nats."""

    mu: float
    sigma: float
    value: float


class Fit(NamedTuple):
    """The best Gaussian; `optima` are all that were found, the best first, of equals the left."""

    mu: float
    sigma: float
    value: float
    optima: tuple[Optimum, ...]


def best_gaussian(target: Mixture, direction: str) -> Fit:
    """The Gaussian of least forward KL, reverse KL or JSD, and the local optima beside it.

    Args:
        target: on the line, at most 8 bumps of standard deviation > 0.
        direction: "forward" KL(p ‖ q), "reverse" KL(q ‖ p) or "jsd", p the target.

    Raises:
        ValueError: a value outside its range.
    """
    _, spread = moment_match(target)
    # forward KL is convex in (1/σ², μ/σ²): one start is enough, and it is the end already
    begin = moment_match(target) if direction == "forward" else (None, None)
    *_, last = descents(target, direction, *begin)
    optima: list[Optimum] = []
    mu = last.mu.where(last.mu.abs() > 1e-12 * spread, 0.0)
    ends = torch.stack([mu, last.sigma, last.value], 1).tolist()
    for end, good in zip(ends, ((last.slope < 1e3 * STILL) & last.least).tolist()):
        near = (
            abs(end[0] - o.mu) + abs(end[1] - o.sigma) < APART * (spread + o.sigma) for o in optima
        )
        if good and not any(near):
            optima.append(Optimum(*end))
    if not optima:
        optima.append(min((Optimum(*end) for end in ends), key=lambda o: o.value))
    optima.sort(key=lambda o: (round(o.value, 9), o.mu))
    return Fit(*optima[0], tuple(optima))


def starts(target: Mixture) -> tuple[Tensor, Tensor]:
    """Means and standard deviations (s,) of each run of neighbouring bumps, without repeats."""
    moment_match(target)
    require("bumps of target", len(target.weights), 1, BUMPS)
    order = target.means.argsort(stable=True)
    w, m, v = target.weights[order], target.means[order], target.stds[order].square()
    found = []
    for i, j in combinations(range(len(w) + 1), 2):
        share = w[i:j] / w[i:j].sum()
        mean = share @ m[i:j]
        found.append([float(mean), math.sqrt(float(share @ (v[i:j] + (m[i:j] - mean) ** 2)))])
    mu, sigma = torch.tensor(found, dtype=torch.float64).unique(dim=0).T
    return mu, sigma


def descents(
    target: Mixture,
    direction: str,
    mu: float | Tensor | None = None,
    sigma: float | Tensor | None = None,
    *,
    steps: int = STEPS,
) -> Iterator[Descent]:
    """Newton's method from given starts (s,), or from `starts`: step 0 first, until all are still.

    Raises:
        ValueError: a value outside its range, one of mu and sigma without the other.
    """
    require("steps", steps, 0, 10_000, integer=True)
    if (mu is None) != (sigma is None):
        raise ValueError("expected mu and sigma together, got one of them")
    if mu is None:
        mu, sigma = starts(target)
    _, spread = moment_match(target)
    mu, sigma = torch.broadcast_tensors(
        *(torch.as_tensor(each, dtype=torch.float64).reshape(-1) for each in (mu, sigma))
    )
    divergence(target, direction, mu, sigma)
    return _descend(target, direction, spread, torch.stack([mu / spread, sigma.log()], 1), steps)


def _descend(target, direction, spread, at, steps) -> Iterator[Descent]:
    def value(at: Tensor) -> Tensor:
        return divergence(target, direction, at[:, 0] * spread, at[:, 1].exp())

    units = torch.tensor([spread, 1.0], dtype=torch.float64)
    narrow = float(target.stds.min())
    low = math.log(narrow / WIDEST * (1 + 1e-9))
    high = math.log(narrow * WIDEST * (1 - 1e-9))
    for step in range(int(steps) + 1):
        here = value(at)
        slope, bend = slopes(target, direction, at[:, 0] * spread, at[:, 1].exp())
        slope, bend = slope * units, bend * units * units[:, None]
        vals, vecs = torch.linalg.eigh(bend)
        size = slope.norm(dim=1)
        yield Descent(step, at[:, 0] * spread, at[:, 1].exp(), here, size, vals[:, 0] > 1e-9)
        if bool((size < STILL).all()):
            return
        # curvature by its size: downhill also where the surface bends down
        along = (vecs.mT @ slope[..., None])[..., 0] / vals.abs().clamp(min=1e-3)
        move = -(vecs @ along[..., None])[..., 0]
        move = move / move.norm(dim=1, keepdim=True).clamp(min=0.5) * 0.5
        at = _shortened(value, at, move, here, (slope * move).sum(1), low, high)


def _shortened(value, at, move, here, fall, low, high) -> Tensor:
    """Each move halved until its start goes down by a part of what the slope promises."""
    scale = torch.ones(len(at), 1, dtype=torch.float64)
    for _ in range(HALVINGS):
        new = at + scale * move
        new = torch.stack([new[:, 0], new[:, 1].clamp(low, high)], 1)
        good = value(new) <= here + 1e-4 * scale[:, 0] * fall + 1e-14
        if bool(good.all()):
            return new
        scale = torch.where(good[:, None], scale, scale / 2)
    return torch.where(good[:, None], new, at)
