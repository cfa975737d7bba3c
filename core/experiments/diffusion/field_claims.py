"""What the arrow field claims: DDPM-05 with its floor, DDPM-03 read backwards, the way back."""

import torch
from torch import Tensor

from core.check import Check, at_least, equal, same
from core.experiments.diffusion.field import PLAN, Field, plane
from core.words import number, spaced


def checks(run: Field) -> list[Check]:
    """Prediction and score, the mean of what is possible, the floor, the way, one Gaussian."""
    exact = (run.exact, "the net is not the exact one")
    level, noise = run.level, 1 - run.level
    _, mean, _ = _possible(run, run.x)
    back = "read backwards, xₜ = √ᾱ x₀ + √(1 − ᾱ) ε leaves many x₀: x̂₀ is their mean, "
    back += "Σ (share of a mode) × (centre of what it allows): largest distance"
    alone = (len(run.means) == 1, "there is more than one mode")
    closed = level * run.std**2 / (level * run.std**2 + noise)
    one = "for data N(m, σ²) the lowest loss of a coordinate is ᾱσ²/(ᾱσ² + 1 − ᾱ), which is ᾱ "
    one += "for σ = 1 and never 0"
    lowest = "the lowest loss is what xₜ leaves open: ᾱ/(1 − ᾱ) times the mean variance of x₀ "
    lowest += "given xₜ, for each coordinate"
    shares, _, _ = _possible(run, run.x)
    bayes = "the share of a mode is its part of the density at xₜ: largest distance"
    return [
        _score(run),
        same("DDPM-03", back, run.x0, mean, needs=(exact,)),
        equal("DDPM-05", lowest, run.floor, _left_open(run), tol=3e-4),
        equal("DDPM-05", one, run.floor, closed, tol=1e-8, needs=(alone,)),
        _way(run),
        same("DDPM-03", bayes, run.shares, shares),
        _loss(run),
    ]


def _score(run: Field) -> Check:
    """By automatic differentiation of the log density, along the whole way."""
    table = PLAN.alpha_bar if run.exact else PLAN.alphas
    level = table[run.times][:, None]
    x = run.path.clone().requires_grad_()
    kept = level * run.std**2 + 1 - level
    near = (level.sqrt() * (x @ run.means.T) - level * run.means.square().sum(-1) / 2) / kept
    log = near.logsumexp(1) - x.square().sum(-1) / kept[:, 0] / 2
    (slope,) = torch.autograd.grad(log.sum(), x)
    claim = "the best prediction points against the slope of the log density, ε* = −√(1 − ᾱ) "
    claim += "∇log q, at every place of the way: largest distance"
    if not run.exact:
        claim = "as printed (E-75), without the bar, the net learns −√(1 − αₜ)∇log q of data with "
        claim += "noise 1 − αₜ: largest distance along the way"
    return same("DDPM-05", claim, run.eps, -(1 - level).sqrt() * slope)


def _way(run: Field) -> Check:
    """x̂₀ and ε of one time mixed anew for the next one."""
    level = PLAN.alpha_bar[run.times[1:]][:, None]
    foreseen = level.sqrt() * run.targets[:-1] + (1 - level).sqrt() * run.eps[:-1]
    claim = "on the way back each step mixes x̂₀ and ε anew, for less noise, xₛ = √ᾱₛ x̂₀ + "
    claim += "√(1 − ᾱₛ) ε: largest distance"
    return same("DDPM-08", claim, run.path[1:], foreseen)


def _loss(run: Field) -> Check:
    if run.exact:
        claim = "the exact net has the lowest loss, not 0"
        return equal("DDPM-05", claim, run.loss, run.floor)
    claim = (
        "as printed (E-75) the net is trained on noise that is not there: its loss at the noise "
    )
    claim += "of t is above the lowest, but at t = 1, where the bar changes nothing"
    return at_least("DDPM-05", claim, run.loss, run.floor)


def _possible(run: Field, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Shares of the modes, mean and variance (of both coordinates) of x₀ given xₜ = x, (..., 2)."""
    level = run.level
    kept = level * run.std**2 + 1 - level
    off = x[..., None, :] - level**0.5 * run.means
    shares = (-off.square().sum(-1) / kept / 2).softmax(-1)
    centres = run.means + level**0.5 * run.std**2 / kept * off
    mean = (shares[..., None] * centres).sum(-2)
    apart = (shares * (centres - mean[..., None, :]).square().sum(-1)).sum(-1)
    return shares, mean, 2 * run.std**2 * (1 - level) / kept + apart


def _left_open(run: Field) -> float:
    level, (nodes, weight) = run.level, plane(0.3)
    points = level**0.5 * run.means[:, None]
    points = points + (level * run.std**2 + 1 - level) ** 0.5 * nodes
    _, _, variance = _possible(run, points)
    return float((variance @ weight).mean() / 2 * level / (1 - level))


def says(run: Field) -> str:
    """Where x̂₀ points, whether there are data, where the way ends, the lowest loss."""
    x0, end = (f"({number(p[0], zero=5e-3)}, {number(p[1], zero=5e-3)})" for p in (run.x0, run.end))
    wide = run.gap / run.std
    where = f"{number(run.gap)} from the nearest mode, {number(wide, 2)} times its width σ"
    if not run.exact and run.t == 1:
        return (
            f"At t = 1 there is one factor, with the bar or without: x̂₀ = {x0} is {where}, and "
            f"the loss is the lowest, {run.loss:.3f}. At every later t it is not."
        )
    if not run.exact:
        return (
            f"Trained without the bar the net calls hardly anything noise: x̂₀ = {x0} is {where}, "
            f"and its loss is {run.loss:.3f} where {run.floor:.3f} can be reached."
        )
    told = f"At t = {spaced(run.t)} the best guess of the data is x̂₀ = {x0}, {where}"
    told += ", where next to no data lie" if wide > 3 else ""
    told += f". The way back ends at {end}, {number(run.end_gap)} from a mode. "
    return told + f"The lowest loss of a coordinate is {number(run.floor)}."


answers = {
    # how far from the nearest mode, in halves of the distance between the two
    "midway": lambda run: (run.gap / float(run.means[0].norm()), {"gap": number(run.gap)}),
    "floor": lambda run: run.floor,
    "printed": lambda run: run.loss,
}
