"""Gaussian mixtures whose diffusion is known exactly: density, score, samples, best prediction."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from core.check import require
from core.diffusion.schedules import at_step

ENTRIES = 4_000_000  # of the table from points to components that is held at once


@dataclass(frozen=True, eq=False)
class Mixture:
    """Σₖ wₖ N(mₖ, sₖ² I) in one dimension or more.

    Attributes:
        weights: shape (k,), positive, of sum 1 up to 1e-9.
        means: shape (k,) where a point is a number, (k, d) where it is a vector.
        stds: shape (k,), ≥ 0, or one number for all; 0 puts the whole weight on one point.

    Lists and numbers are taken too; all become float64 tensors of their own.

    Raises:
        ValueError: shapes that do not fit, a weight or a std outside its range, a mean that is not
            finite.
    """

    weights: Tensor
    means: Tensor
    stds: Tensor

    def __post_init__(self):
        weights, means, stds = (
            torch.as_tensor(part, dtype=torch.float64).detach().clone()
            for part in (self.weights, self.means, self.stds)
        )
        if weights.ndim != 1 or not len(weights):
            raise ValueError(f"expected weights of shape (k,), got {tuple(weights.shape)}")
        k = len(weights)
        if means.ndim not in (1, 2) or len(means) != k or not means.numel():
            raise ValueError(
                f"expected means of shape ({k},) or ({k}, d), got {tuple(means.shape)}"
            )
        if stds.ndim and stds.shape != (k,):
            raise ValueError(f"expected stds of shape ({k},), got {tuple(stds.shape)}")
        stds = stds.expand(k).clone()
        for each in weights[~((weights > 0) & (weights <= 1))].tolist():
            require("weights", each, 0, 1, above=True)
        require("the sum of weights", float(weights.sum()), 1 - 1e-9, 1 + 1e-9)
        for each in stds[~((stds >= 0) & stds.isfinite())].tolist():
            require("stds", each, 0)
        for each in means[~means.isfinite()].tolist():
            require("means", each)
        for name, part in (("weights", weights), ("means", means), ("stds", stds)):
            object.__setattr__(self, name, part)

    @property
    def vectors(self) -> bool:
        """Whether a point is a vector of shape (d,) rather than a number."""
        return self.means.ndim == 2

    @property
    def mean(self) -> Tensor:
        """Mean, shape () or (d,)."""
        return self.weights @ self.means

    @property
    def variance(self) -> Tensor:
        """Variance of each coordinate, shape () or (d,)."""
        within = self.weights @ self.stds.square()
        return within + self.weights @ (self.means - self.mean).square()

    def noised(self, level: float) -> "Mixture":
        """The law of √level X + √(1 − level) ε for X from here: at step t the level is ᾱₜ."""
        level = float(require("level", float(level), 0, 1))
        stds = (level * self.stds.square() + (1 - level)).sqrt()
        return Mixture(self.weights, level**0.5 * self.means, stds)

    def log_density(self, x: Tensor) -> Tensor:
        """log p(x), of the shape of x, without its last axis where points are vectors."""
        joint, _ = _joint(self, self._points(x), torch.ones((), dtype=torch.float64))
        return joint.logsumexp(0)

    def density(self, x: Tensor) -> Tensor:
        """p(x), of the shape of `log_density`."""
        return self.log_density(x).exp()

    def score(self, x: Tensor) -> Tensor:
        """∇ log p(x), shape of x."""
        return -_pull(self, self._points(x), torch.ones((), dtype=torch.float64))

    def responsibilities(self, x: Tensor) -> Tensor:
        """Probability of each component at x, shape of `log_density` and (k,) behind it."""
        joint, _ = _joint(self, self._points(x), torch.ones((), dtype=torch.float64))
        return joint.softmax(0).movedim(0, -1)

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """n independent points, shape (n,) or (n, d), float64, on the generator's device."""
        require("n", n, 1, integer=True)
        place = generator.device
        pick = self.weights.to(place).multinomial(int(n), replacement=True, generator=generator)
        shape = (int(n), *self.means.shape[1:])
        z = torch.randn(shape, generator=generator, dtype=torch.float64, device=place)
        spread = self.stds.to(place)[pick]
        return self.means.to(place)[pick] + z * (spread[:, None] if self.vectors else spread)

    def _points(self, x: Tensor) -> Tensor:
        """x as float64, refused where its vectors do not have the length of the means."""
        x = torch.as_tensor(x)
        if self.vectors and (not x.ndim or x.shape[-1] != self.means.shape[1]):
            wanted = f"(..., {self.means.shape[1]})"
            raise ValueError(f"expected points of shape {wanted}, got {tuple(x.shape)}")
        return x.double()


def empirical(points: Tensor) -> Mixture:
    """Equal weights on given points, shape (n,) or (n, d), with stds 0: data without smoothing.

    Its exact prediction is what a perfect net learns from n examples: it only gives those back.
    """
    n = len(points)
    return Mixture(torch.full((n,), 1 / n, dtype=torch.float64), points, 0.0)


def exact_eps(mixture: Mixture, xt: Tensor, t: int | Tensor, alpha_bar: Tensor) -> Tensor:
    """E[ε | xₜ] for data from the mixture: the prediction of least loss, exactly (DDPM-05).

    It is −√(1 − ᾱₜ) ∇ log qₜ(xₜ) with qₜ the law at step t. At t = 0 it is 0.

    Args:
        xt: points, shape (...,), or (..., d) for a mixture of vectors.
        t: a step in [0, T], or whole numbers that broadcast with the points: shape (n,) for n rows.
        alpha_bar: shape (T + 1,).

    Raises:
        ValueError: t out of range; t = 0 for a mixture with a std of 0, which has no density.
    """
    points = mixture._points(xt)
    rows = points[..., 0] if mixture.vectors else points
    level = at_step(alpha_bar, t, rows)
    pull = _pull(mixture, points, level)
    noise = (1 - level).sqrt()
    return ((noise[..., None] if mixture.vectors else noise) * pull).to(xt)


def exact_model(mixture: Mixture, alpha_bar: Tensor) -> Callable[[Tensor, int], Tensor]:
    """`exact_eps` as a model of (x, t), for the samplers."""
    return lambda x, t: exact_eps(mixture, x, t, alpha_bar)


def _joint(mixture: Mixture, x: Tensor, level: Tensor) -> tuple[Tensor, Tensor]:
    """log wₖ N(x; √level mₖ, vₖ) and 1/vₖ with vₖ = level sₖ² + 1 − level, shapes (k, ...)."""
    ones = (1,) * max(level.ndim, x.ndim - mixture.vectors)
    weights, means, stds = (p.to(x.device) for p in (mixture.weights, mixture.means, mixture.stds))
    variance = level * stds.square().view(-1, *ones) + (1 - level)
    if not bool((variance > 0).all()):
        raise ValueError("expected stds > 0 where no noise is added (t = 0), got 0")
    columns = means.unbind(-1) if mixture.vectors else (means,)
    parts = x.unbind(-1) if mixture.vectors else (x,)
    shrink = level.sqrt()
    far = sum((p - shrink * c.view(-1, *ones)).square() for p, c in zip(parts, columns))
    log = weights.log().view(-1, *ones) - 0.5 * len(columns) * (2 * torch.pi * variance).log()
    return log - 0.5 * far / variance, 1 / variance


def _pull(mixture: Mixture, x: Tensor, level: Tensor) -> Tensor:
    """−∇ log of the noised density at x, in blocks of rows where the table would be large."""
    k, points = len(mixture.weights), x[..., 0] if mixture.vectors else x
    if x.ndim > mixture.vectors and points.numel() * k > ENTRIES and level.ndim < 2:
        rows = max(1, ENTRIES // max(1, k * points[0].numel()))
        # a level for every first row goes along with its block
        own = level.ndim == points.ndim and level.shape[0] == len(x)
        blocks = [
            _pull_at(mixture, x[i : i + rows], level[i : i + rows] if own else level)
            for i in range(0, len(x), rows)
        ]
        return torch.cat(blocks)
    return _pull_at(mixture, x, level)


def _pull_at(mixture: Mixture, x: Tensor, level: Tensor) -> Tensor:
    joint, precision = _joint(mixture, x, level)
    share = joint.softmax(0) * precision
    total, shrink = share.sum(0), level.sqrt()
    toward = torch.tensordot(share, mixture.means.to(x.device), dims=([0], [0]))
    if mixture.vectors:
        total, shrink = total[..., None], shrink[..., None]
    return total * x - shrink * toward
