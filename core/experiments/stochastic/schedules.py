r"""Schedules of steps on a noisy parabola: what is left of the start, and what of the noise.

x ← x − αₖ(x + σξₖ) is linear: the mean is x₀ times a product, the variance σ² times a sum, both
exact after each of 20 000 steps. Between two steps that are shown a chain is drawn in one go, from
the normal law that it has there.
"""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core import table
from core.check import require
from core.rng import generator
from core.signature import between, declared
from core.stochastic import Lamps, Schedule, drawn, log_steps, power, steps

T = 20_000
FIRST = 10  # steps that are shown one by one
AT = np.array(sorted({*range(FIRST + 1), *log_steps(T, 70)}))
K = np.arange(1, T + 1)
BLOCK = 100  # of the recursion
KNOTS = (1, 10, 100, 1000)  # steps at which one of one's own is drawn
LOW, HIGH = -4.0, 0.3  # powers of ten that can be drawn
OWN = "0 -0.3 -0.6 -1.6"


class Schedules(NamedTuple):
    """After the steps `AT`, the start first."""

    mean: Tensor  # E xₖ, shape (m,)
    square: Tensor  # E xₖ², shape (m,)
    x: Tensor  # the chains, shape (m, n)
    sums: Tensor  # α₁ + … + αₖ and α₁² + … + αₖ², shape (2, m)
    lamps: Lamps  # both sums for ever
    limit: float  # where |E xₖ| ends

    variance = property(lambda self: self.square - self.mean.square())


class Plan(NamedTuple):
    """What a schedule makes of x₀ = 1 without noise, and of unit noise from 0."""

    alphas: np.ndarray  # (T,)
    mean: np.ndarray  # after `AT`, as all below
    variance: np.ndarray
    keep: np.ndarray  # what is left of the last place shown
    fresh: np.ndarray  # standard deviation that has been added since
    sums: np.ndarray  # (2, m)
    lamps: Lamps
    limit: float


@declared
def schedules(
    rule: Literal["power", "halved", "drawn"] = "power",
    c: Annotated[float, between(0.001, 2)] = 1.0,
    p: Annotated[float, between(0, 2)] = 0.5,
    ratio: Annotated[float, between(0.05, 0.9)] = 0.5,
    hold: Annotated[int, between(10, 2000)] = 1000,
    own: str = OWN,
    sigma: Annotated[float, between(0, 3)] = 1.0,
    x0: Annotated[float, between(-100, 100)] = 5.0,
    n: Annotated[int, between(100, 4000)] = 1000,
    seed: Annotated[int, between(0, 999)] = 0,
) -> Schedules:
    """x ← x − αₖ(x + σξ) on ½x² for 20 000 steps, ξ standard normal.

    Args:
        rule: αₖ = c/kᵖ; c, times `ratio` after every `hold` steps; or drawn.
        own: powers of ten, where αₖ = 10^… at k = 1, 10, 100, 1000; straight between them and
            after them on logarithmic axes, but after a rise the steps stay as they are.
        sigma: standard deviation of the noise of a gradient.
        x0: start.
        n: chains.

    Sources: OPT-12.
    """
    made = plan(rule, c, p, ratio, hold, own)
    mean = x0 * made.mean
    square = mean**2 + sigma**2 * made.variance
    x = mean[:, None] + sigma * wandering(rule, c, p, ratio, hold, own, n, seed)
    found = (torch.from_numpy(each) for each in (mean, square, x, made.sums))
    return Schedules(*found, made.lamps, abs(x0) * made.limit)


def schedule(rule: str, c: float, p: float, ratio: float, hold: int, own: str) -> Schedule:
    """The schedule that the parameters say.

    Raises:
        ValueError: `own` is not four powers of ten in [-4, 0.3].
    """
    if rule == "halved":
        return steps(c, ratio, hold)
    if rule == "power":
        return power(c, p)
    at, values = list(KNOTS), [10.0**each for each in powers(own)]
    if values[-1] > values[-2]:  # steps that went on rising would drive every chain to infinity
        at, values = [*at, at[-1] + 1], [*values, values[-1]]
    return drawn(at, values)


def powers(own: str) -> list[float]:
    """The powers of ten of a drawn schedule."""
    found = table.signal(own, "own", len(KNOTS)).tolist()
    if len(found) != len(KNOTS):
        raise ValueError(f"expected own to be {len(KNOTS)} numbers, got {len(found)}")
    for each in found:
        require("own", each, LOW, HIGH)
    return found


@lru_cache(maxsize=32)
def plan(rule: str, c: float, p: float, ratio: float, hold: int, own: str) -> Plan:
    """All that does not depend on x₀, σ and chance."""
    law = schedule(rule, c, p, ratio, hold, own)
    alphas = law.alphas(T).numpy()
    a, at = 1 - alphas, AT[1:] - 1
    mean = np.append(1.0, np.cumprod(a)[at])
    variance = np.append(0.0, carried(a * a, alphas * alphas)[at])
    keep = np.append(1.0, np.multiply.reduceat(a, AT[:-1]))
    anew = a * a
    anew[AT[:-1]] = 0  # from each place that is shown on as if there had been nothing before
    fresh = np.append(0.0, carried(anew, alphas * alphas)[at])
    sums = np.stack([np.append(0.0, np.cumsum(alphas**j)[at]) for j in (1, 2)])
    limit = abs(law.mean_limit(1.0))  # no number where the mean flips for ever
    limit = limit if np.isfinite(limit) else 1.0
    return Plan(alphas, mean, variance, keep, np.sqrt(fresh), sums, law.lamps, limit)


def carried(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """yₖ = aₖ yₖ₋₁ + bₖ from 0, (T,): all blocks go on together, then each gets its start."""
    y, kept = (each.reshape(-1, BLOCK).T.copy() for each in (b, a))
    for i in range(1, BLOCK):
        y[i] += kept[i] * y[i - 1]
        kept[i] *= kept[i - 1]
    start = [0.0]
    for left, found in zip(kept[-1].tolist(), y[-1].tolist()):
        start.append(left * start[-1] + found)
    return (y + kept * start[:-1]).T.ravel()


@lru_cache(maxsize=8)
def wandering(
    rule: str, c: float, p: float, ratio: float, hold: int, own: str, n: int, seed: int
) -> np.ndarray:
    """Chains from 0 with σ = 1 after the steps `AT`, (m, n)."""
    made = plan(rule, c, p, ratio, hold, own)
    x = -made.fresh[:, None] * noise(n, seed)
    for j in range(1, len(x)):
        x[j] += made.keep[j] * x[j - 1]
    return x


@lru_cache(maxsize=4)
def noise(n: int, seed: int) -> np.ndarray:
    """Standard normal, (m, n)."""
    return torch.randn(len(AT), n, generator=generator(seed), dtype=torch.float64).numpy()
