r"""The noisy descent x ← x − α(f′(x) + σξ), ξ standard normal: exact moments, and simulated.

For f′(x) = λx the mean and the mean square after a step are (1 − αλ) m and (1 − αλ)² s + α²σ²: no
law of the noise matters but its variance. Sources: OPT-12.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from core.check import require

LONGEST = 1_000_000
MOST = 20_000_000  # numbers kept by one call, 160 MB
FARTHEST = 1e100  # a cube of it is still a number


def moments(
    alphas: Tensor, sigma: float, x0: float, curvature: float = 1.0
) -> tuple[Tensor, Tensor]:
    """Mean and mean square of x after each step of x ← x − α(λx + σξ), exact; each (T,).

    Args:
        alphas: steps ≥ 0, (T,) with T in [1, 1e6].
        sigma: standard deviation of the noise, ≥ 0.
        x0: start, finite.
        curvature: λ, finite; negative on top of a hill.

    Returns:
        Both are ∞ (the mean with its sign) from the step on at which float64 has no number.
    """
    steps = schedule(alphas)
    require("sigma", sigma, 0)
    require("x0", x0)
    require("curvature", curvature)
    mean, square, means, squares = float(x0), float(x0) * float(x0), [], []
    for alpha in steps:
        a, b = 1 - alpha * curvature, alpha * sigma
        mean *= a
        square = a * a * square + b * b
        if not square < math.inf:  # an infinite one, or 0 · ∞
            break
        means.append(mean)
        squares.append(square)
    lost = len(steps) - len(means)
    means += [math.copysign(math.inf, mean)] * lost
    squares += [math.inf] * lost
    return tuple(torch.tensor(each, dtype=torch.float64) for each in (means, squares))


def floor(alpha: float, sigma: float, curvature: float = 1.0) -> float:
    """The mean square at which a constant step stays: ασ² / (λ(2 − αλ)); ∞ for αλ ≥ 2."""
    require("alpha", alpha, 0, above=True)
    require("sigma", sigma, 0)
    require("curvature", curvature, 0, above=True)
    if alpha * curvature >= 2:
        return math.inf
    return alpha * sigma**2 / (curvature * (2 - alpha * curvature))


def chains(
    alphas: Tensor,
    sigma: float,
    x0: float | Tensor,
    n: int,
    generator: torch.Generator,
    *,
    curvature: float = 1.0,
    gradient: Callable[[Tensor], Tensor] | None = None,
    at: Sequence[int] | None = None,
) -> Tensor:
    """n independent chains x ← x − α(f′(x) + σξ), all at once.

    Args:
        alphas, sigma: as in `moments`.
        x0: start of all chains, or of each, (n,).
        n: in [1, 1e6].
        generator: source of the noise; with σ = 0 nothing is drawn.
        curvature: λ of f′(x) = λx, where no gradient is given.
        gradient: f′ of any f, (n,) -> (n,), as of a `Well`.
        at: steps to keep, rising, in [0, T]; all by default.

    Returns:
        (T + 1, n) float64, x₀ first, or (len(at), n): 8 bytes each, at most 20 million of them.
        While it runs nothing else grows with T. Chains are held within ±1e100.

    Raises:
        ValueError: a value outside its range, too much to keep.
    """
    steps = schedule(alphas)
    require("n", n, 1, 1_000_000, integer=True)
    keep = range(len(steps) + 1) if at is None else kept(at, len(steps))
    require("chains × steps to keep", len(keep) * int(n), 1, MOST)
    out = torch.empty(len(keep), int(n), dtype=torch.float64)
    wanted, row = set(keep), 0
    for k, x in enumerate(_walk(steps, sigma, x0, int(n), generator, curvature, gradient)):
        if k in wanted:
            out[row] = x
            row += 1
    return out


def _walk(steps, sigma, x0, n, generator, curvature, gradient) -> Iterator[Tensor]:
    """x₀, x₁, …, each (n,), in one buffer that the next step overwrites."""
    require("sigma", sigma, 0)
    require("curvature", curvature)
    x = torch.as_tensor(x0, dtype=torch.float64)
    if x.shape not in ((), (n,)) or not bool(x.isfinite().all()):
        raise ValueError(f"expected x0 a finite number or ({n},) of them, got {tuple(x.shape)}")
    x = x.expand(n).clone()
    noise = torch.empty_like(x)
    yield x
    for alpha in steps:
        if gradient is None:
            x.mul_(1 - alpha * curvature)
        else:
            x.sub_(gradient(x), alpha=alpha)
        if sigma:
            x.add_(noise.normal_(generator=generator), alpha=-alpha * sigma)
        x.clamp_(-FARTHEST, FARTHEST)
        yield x


def schedule(alphas: Tensor) -> list[float]:
    """The steps as numbers, or a refusal."""
    alphas = torch.as_tensor(alphas, dtype=torch.float64)
    if alphas.ndim != 1 or not 1 <= len(alphas) <= LONGEST:
        raise ValueError(f"expected alphas (T,), T in [1, 1e+06], got {tuple(alphas.shape)}")
    steps = alphas.tolist()
    require("alphas", min(steps) if all(map(math.isfinite, steps)) else math.nan, 0)
    return steps


def kept(at: Sequence[int], T: int) -> list[int]:
    """The steps to keep as whole numbers, or a refusal."""
    at = [int(require("at", k, 0, T, integer=True)) for k in at]
    if not at or any(left >= right for left, right in pairwise(at)):
        raise ValueError(f"expected at to rise, at least one step, got {at[:10]}")
    return at
