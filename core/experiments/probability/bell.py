r"""Sums of independent copies and the bell: how far the c.d.f. is from Φ, and what never settles.

The law of a sum is a convolution, computed on a lattice and standardised to mean 0 and variance 1.
The mean of n Cauchy variables has the law of one of them.
Sources: PROB-08, PROB-26, PROB-27.
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.probability import COPIES, Law, Sum, cauchy_mean, phi, running_means, sums
from core.probability import law as named
from core.rng import generator
from core.signature import between, declared

LAWS = ("exponential", "uniform", "coin", "die", "skewed", "cauchy")
REACH = 60.0  # of the Cauchy law that is looked at
DRAWS, PATHS = 1000, 3
COUNTS = sorted({round(10 ** (k / 60)) for k in range(181)})  # 1 to DRAWS


class Bell(NamedTuple):
    """The standardised sum of n copies; of the Cauchy law the mean of n."""

    n: int
    z: Tensor  # places, (k,)
    height: Tensor  # density there, or masses over their distance
    cdf: Tensor  # (k,); of a density at the right ends of cells of the distance of z
    discrete: bool
    gap: float  # largest |F_n − Φ|
    at: float  # the z where it is
    gaps: Tensor  # the same for 1, …, 10 copies
    bounds: Tensor  # Berry's and Esseen's, 0.4748 E|X − μ|³/(σ³ √n); ∞ of the Cauchy law
    means: Tensor  # of the first `COUNTS` draws, (PATHS, len(COUNTS))

    # how wide the law of the mean of n is, compared with that of one
    width = property(lambda self: self.n**-0.5 if bool(self.bounds.isfinite().all()) else 1.0)


@declared
def bell(
    law: Literal[LAWS] = "exponential",
    p: Annotated[float, between(0.02, 0.98)] = 0.1,
    n: Annotated[int, between(1, COPIES)] = 1,
    seed: Annotated[int, between(0, 2**63 - 1)] = 1,
) -> Bell:
    """The sum of n independent copies beside the normal law, and running means of draws.

    Args:
        law: of one copy; skewed is 1 with probability p, else 0.
        seed: of the draws.

    Sources: PROB-08, PROB-26, PROB-27.
    """
    one, means = the(law, p), _means(law, p, seed)
    if law == "cauchy":
        z, height, cdf, gap, at = _cauchy()
        endless = torch.full((COPIES,), math.inf, dtype=torch.float64)
        same = torch.full((COPIES,), gap, dtype=torch.float64)
        return Bell(n, z, height, cdf, False, gap, at, same, endless, means)
    all_ = _sums(law, p)
    now = all_[n - 1]
    gaps, bounds = (torch.tensor([getattr(s, k) for s in all_], dtype=torch.float64)
                    for k in ("gap", "bound"))  # fmt: skip
    found = now.z, now.height, now.cdf, one.discrete, now.gap, now.at
    return Bell(n, *found, gaps, bounds, means)


def the(law: str, p: float) -> Law:
    """The law of one copy."""
    name, given = _named(law, p)
    return named(name, **given)


def _named(law: str, p: float) -> tuple[str, dict[str, float]]:
    return {
        "exponential": ("exponential", {"rate": 1.0}),
        "uniform": ("uniform", {"low": 0.0, "high": 1.0}),
        "coin": ("bernoulli", {"p": 0.5}),
        "die": ("die", {"sides": 6}),
        "skewed": ("bernoulli", {"p": p}),
        "cauchy": ("cauchy", {"loc": 0.0, "scale": 1.0}),
    }[law]


def _sums(law: str, p: float) -> tuple[Sum, ...]:
    return _kept(law, p if law == "skewed" else 0.5)


@lru_cache(maxsize=32)
def _kept(law: str, p: float) -> tuple[Sum, ...]:
    name, given = _named(law, p)
    return tuple(sums(name, COPIES, **given))


@lru_cache(maxsize=1)
def _cauchy() -> tuple[Tensor, Tensor, Tensor, float, float]:
    """Places, density, c.d.f. at the right ends of their cells, gap to the bell, and where."""
    step = 0.02
    z = torch.arange(-REACH, REACH + step / 2, step, dtype=torch.float64)
    of = cauchy_mean(COPIES)
    off = of.cdf(z) - phi(z)
    k = int(off.abs().argmax())
    return z, of.density(z), of.cdf(z + step / 2), float(off[k].abs()), float(z[k])


@lru_cache(maxsize=64)
def _means(law: str, p: float, seed: int) -> Tensor:
    paths, rng = [], generator(seed)
    at = torch.tensor(COUNTS) - 1
    for _ in range(PATHS):
        paths.append(running_means(the(law, p).draw(DRAWS, rng))[at])
    return torch.stack(paths)
