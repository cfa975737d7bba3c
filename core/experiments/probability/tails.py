r"""How much of a law lies far from its mean, and what can be promised about it.

The mean X̄ of n copies, its distance from μ in standard deviations σ of one copy: ε = kσ.
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.check import require
from core.probability import COPIES, Law, law, sums
from core.signature import between, declared

GIVEN = {
    "touching": ("three_points", {"a": 2.0, "sigma": 1.0}),  # moved to where ε is
    "normal": ("normal", {"mu": 0.0, "sigma": 1.0}),
    "uniform": ("uniform", {"low": 0.0, "high": 1.0}),
    "coin": ("bernoulli", {"p": 0.5}),
    "rare": ("bernoulli", {"p": 0.05}),
    "die": ("die", {"sides": 6}),
    "exponential": ("exponential", {"rate": 1.0}),
    "lognormal": ("lognormal", {"mu": 0.0, "sigma": 1.0}),
    "pareto": ("pareto", {"alpha": 3.0}),
    "cauchy": ("cauchy", {"loc": 0.0, "scale": 1.0}),
}
NAMES = tuple(GIVEN)
BOUNDED = ("uniform", "coin", "rare", "die")  # of these the mean of copies is taken
SIDES = ("both", "above")
KS = torch.linspace(0.5, 6, 221, dtype=torch.float64)


class Tails(NamedTuple):
    """The tail at k and at all others, and the bounds at k."""

    k: float
    n: int
    exact: float  # P(|X̄ − μ| ≥ kσ), or without | |
    curve: Tensor  # the same for KS, (221,)
    bounds: dict[str, float]  # by name; empty for a law without a mean
    far: float  # E|X̄ − μ|/σ; ∞ without a mean
    width: float  # of the values of X, in σ; ∞ of an unbounded law

    @property
    def best(self) -> float:
        """The smallest promise, 1 where there is none."""
        return min([1.0, *self.bounds.values()])


@declared
def tails(
    k: Annotated[float, between(0.5, 6)] = 2.0,
    of: Literal[NAMES] = "touching",
    side: Literal[SIDES] = "both",
    copies: Annotated[int, between(1, COPIES)] = 1,
) -> Tails:
    """The exact tail of a law beside the bounds that know only a little of it.

    Args:
        k: distance from the mean in standard deviations; for Cauchy's law, which has neither, from
            the middle in units of its scale.
        of: "touching": values at ±ε and 0, or at ε and below the mean for one side, so that the
            bound is attained; it moves with ε.
        side: both tails, or the upper one.
        copies: of which the mean is taken; 1 of an unbounded law.

    Sources: PROB-32; Markov; Cantelli; Hoeffding 1963.
    """
    n = int(require("copies", copies, 1, COPIES, integer=True)) if of in BOUNDED else 1
    at = torch.cat([torch.tensor([k], dtype=torch.float64), KS])
    one = single(of, k, side)
    found = tail(of, one, side, n, at)
    far, width = distance(of, one, n), _range(one)
    promised = {name: float(y) for name, y in bounds(at[:1], of, side, n, far, width).items()}
    return Tails(k, n, float(found[0]), found[1:], promised, far, width)


def named(of: str, k: float, side: str) -> tuple[str, dict[str, float]]:
    """Name and parameters of the law of one copy."""
    if of != "touching":
        return GIVEN[of]
    if side == "above":
        return "bernoulli", {"p": 1 / (1 + k * k)}
    return "three_points", {"a": max(k, 1.0), "sigma": 1.0}


def single(of: str, k: float, side: str) -> Law:
    """The law of one copy."""
    name, parameters = named(of, k, side)
    return law(name, **parameters)


def _range(one: Law) -> float:
    width = one.support[1] - one.support[0]
    return width / math.sqrt(one.variance) if math.isfinite(width) else math.inf


def bounds(k: Tensor, of: str, side: str, n: int, far: float, width: float) -> dict[str, Tensor]:
    """What is promised at each k, by name; nothing for a law without a mean."""
    if of == "cauchy":
        return {}
    both = side == "both"
    found = {"chebyshev": 1 / (n * k * k)}
    found |= {"markov": far / k} if both else {"cantelli": 1 / (1 + n * k * k)}
    if of in BOUNDED:
        found["hoeffding"] = (1 + both) * torch.exp(-2 * n * (k / width) ** 2)
    return found


def tail(of: str, one: Law, side: str, n: int, k: Tensor) -> Tensor:
    """P(X̄ − μ ≥ kσ), with the other side for "both", at each k."""
    both = side == "both"
    if one.discrete:
        z, masses = spread(of, one, n)
        z = z.abs() if both else z
        order = z.argsort()
        z, above = z[order], masses[order].flip(0).cumsum(0).flip(0)
        above = torch.cat([above, torch.zeros(1, dtype=torch.float64)])
        return above[torch.searchsorted(z, k * (1 - 1e-9))].clamp(max=1.0)
    if of == "uniform":
        x = n / 2 - n * k / math.sqrt(12)
        return (1 + both) * _irwin(x.where(x > 1e-12, 0.0), n)  # the end itself has no mass
    mean, sigma = (0.0, 1.0) if of == "cauchy" else (one.mean, math.sqrt(one.variance))
    upper = one.survival(mean + k * sigma)
    return upper + one.cdf(mean - k * sigma) if both else upper


def _irwin(x: Tensor, n: int) -> Tensor:
    """P(sum of n uniform numbers ≤ x) for x ≤ n/2, where no term is large."""
    return _terms(x, n, n)


def _terms(x: Tensor, n: int, power: int) -> Tensor:
    """Σⱼ (−1)ʲ C(n, j) (x − j)₊^power/power!, a piecewise polynomial."""
    total = torch.zeros_like(x)
    for j in range(n // 2 + 1):
        total += (-1) ** j * math.comb(n, j) * (x - j).clamp_min(0.0) ** power
    return (total / math.factorial(power)).clamp_min(0.0)


def irwin_density(z: Tensor, n: int) -> Tensor:
    """Density of the mean of n uniform numbers, z in σ of one from ½, per σ."""
    x = n / 2 - n * z.abs() / math.sqrt(12)
    if n == 1:
        return (x >= 0) / math.sqrt(12)
    return _terms(x.clamp_min(0.0), n, n - 1) * n / math.sqrt(12)


def spread(of: str, one: Law, n: int) -> tuple[Tensor, Tensor]:
    """Values of the mean of n copies of a discrete law in σ from μ, and their probabilities."""
    if n > 1:
        return _copies(of, n)
    return (one.points - one.mean) / math.sqrt(one.variance), one.masses


@lru_cache(maxsize=64)
def _copies(of: str, n: int) -> tuple[Tensor, Tensor]:
    name, parameters = GIVEN[of]
    *_, last = sums(name, n, **parameters)
    return last.z / math.sqrt(n), last.masses


def distance(of: str, one: Law, n: int) -> float:
    """E|X̄ − μ|/σ in closed form."""
    if one.discrete:
        z, masses = spread(of, one, n)
        return float(masses @ z.abs())
    match of:
        case "uniform":
            middle = torch.tensor(n / 2, dtype=torch.float64)
            return float(2 * _terms(middle, n, n + 1)) / n * math.sqrt(12)
        case "normal":
            return math.sqrt(2 / math.pi)
        case "exponential":
            return 2 / math.e
        case "lognormal":
            return 2 * math.exp(0.5) * math.erf(0.5 / math.sqrt(2)) / math.sqrt(one.variance)
        case "pareto":
            return one.mean**-2 / math.sqrt(one.variance)
    return math.inf
