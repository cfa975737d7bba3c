"""What the perfect net claims: copies, the step of DDIM, the best guess as a mean of points."""

import math

import torch
from torch import Tensor

from core.check import Check, at_least, at_most, equal, same
from core.experiments.diffusion.memory import (
    COPY,
    LEVELS,
    SAMPLES,
    WIDTHS,
    Memory,
    likelihoods,
    share,
)
from core.words import number


def checks(run: Memory, *, data: str) -> list[Check]:
    """Share of copies, best guesses, the whole way, the start, new points, likelihood."""
    guess, doubt = _guesses(run)
    claim = "without smoothing (h = 0) a sample is a copy where x̂₀ had one training point, or some "
    claim += f"within {COPY}, left to choose before the last step: share of copies, beside that of "
    claim += "such samples"
    bare = (run.h == 0, f"h = {run.h:g} is above 0")
    far = "a sample is no farther from the nearest training point than from its own, whose mean "
    far += "squared distance is 2h²: the mean, beside that and what chance and steps allow"
    room = (1 + 5 / math.sqrt(SAMPLES)) * 2 * run.h**2 + COPY**2
    circle = "new points of the ring lie around the circle of radius 2: mean distance from 0"
    radius = run.fresh.norm(dim=1).sum() / max(1, len(run.fresh))
    ring = (data == "ring", "the data are no ring")
    some = (len(run.fresh) > 0, "there are no new points")
    top = "new points are likelier under the smoothed law than under one far too narrow: mean log "
    top += f"density at the best width, beside that at {WIDTHS[0]:g}"
    _, new = likelihoods(run.points, run.fresh)
    return [
        at_least("DDPM-05", claim, run.copies, share(doubt), tol=0.0, needs=(bare,)),
        at_most("DDPM-08", far, run.near.square().mean(), room, tol=0.0),
        _way(run, guess),
        _mean(run, guess[0]),
        equal("", circle, radius, 2.0, tol=0.02, needs=(some, ring)),
        at_least("", top, new.max(), new[0], needs=(some,)),
        _likelihood(run),
    ]


def _guesses(run: Memory) -> tuple[Tensor, Tensor]:
    """E[x₀ | xₜ] by Bayes, shape (STEPS, samples, 2), and what is in doubt before the last step.

    That is the mean distance of the training points from the one in their middle, each weighted by
    how likely it is behind the sample: the mean of the points is no farther from it, (samples,).
    """
    level = LEVELS.flip(0)[:-1, None, None]
    kept = level * run.h**2 + 1 - level
    x = run.path[:-1]
    far = torch.cdist(x, level.sqrt() * run.points, compute_mode="donot_use_mm_for_euclid_dist")
    shares = (-far.square() / kept / 2).softmax(-1)
    pull = level.sqrt() * run.h**2 / kept
    between = torch.cdist(run.points, run.points, compute_mode="donot_use_mm_for_euclid_dist")
    doubt = (shares[-1] @ between).amin(1)
    return (1 - pull * level.sqrt()) * (shares @ run.points) + pull * x, doubt


def _way(run: Memory, guess: Tensor) -> Check:
    level = LEVELS.flip(0)[:, None, None]
    before, after, x = level[:-1], level[1:], run.path[:-1]
    eps = (x - before.sqrt() * guess) / (1 - before).sqrt()
    claim = "each step mixes the guess anew, xₛ = √ᾱₛ x̂₀ + √(1 − ᾱₛ) ε, where x̂₀ is the mean of "
    claim += "the training points, each weighted by how likely it is behind xₜ: largest distance"
    return same("DDPM-08", claim, run.path[1:], after.sqrt() * guess + (1 - after).sqrt() * eps)


def _mean(run: Memory, guess: Tensor) -> Check:
    """At t = T nothing is known yet; the bound is that of weights exp(±a)/n."""
    claim = "at the start, next to only noise, x̂₀ is about the mean of all training points: "
    claim += "largest distance, beside what is left of the data in xₜ"
    level, centre = float(LEVELS[-1]), run.points.mean(0)
    kept, reach = level * run.h**2 + 1 - level, float(run.path[0].norm(dim=1).max())
    size = float((run.points - centre).norm(dim=1).max())
    a = math.sqrt(level) * size * (reach + float(run.points.norm(dim=1).max())) / kept
    room = (math.exp(2 * a) - 1) * size + math.sqrt(level) * run.h**2 * (reach + 3) / kept
    return at_most("DDPM-05", claim, (guess - centre).norm(dim=1).max(), room)


def _likelihood(run: Memory) -> Check:
    """The training points are the likelier the narrower, without end."""
    own, _ = likelihoods(run.points, run.fresh)
    n = len(run.points)
    claim = "each training point lies on its own peak, so their mean log density is at least "
    claim += f"−log(2πn h²), here at h = {WIDTHS[0]:g}: it grows without end as h falls"
    least = -math.log(2 * math.pi * n * float(WIDTHS[0]) ** 2)
    return at_least("", claim, own[0], least)


def says(run: Memory, *, place: str) -> str:
    """How many samples are copies, beside new points, and what smoothing does."""
    n, percent = len(run.points), f"{100 * run.copies:.0f} %"
    told = f"{percent} of {SAMPLES} samples are copies, within {COPY} of one of the {n} training "
    told += "points"
    if len(run.fresh):
        told += f"; of {len(run.fresh)} points that were never learned "
        told += f"{100 * share(run.fresh_near):.0f} % lie that near"
    told += "."
    if place == "mine":
        told += f" The point you moved is nearest to {run.given(0)} of them."
    if run.h == 0:
        return told + " The net has the lowest loss there is, and nothing new to give."
    if len(run.fresh):
        told += f" New points are likeliest at h = {number(run.best, 2)}."
    return told


def _copies(run: Memory) -> tuple[float, dict]:
    percent = 100 * run.copies
    return percent, {"copies": f"{percent:.0f}"}


answers = {"perfect": _copies, "more": _copies, "smooth": _copies}
