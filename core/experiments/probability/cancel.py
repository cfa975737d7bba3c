r"""Two formulas for a variance that agree on paper, on a computer that keeps a few digits.

E[X²] − E[X]² subtracts two numbers near c². In their neighbourhood the numbers of a format with
p binary digits stand 2^{1−p} c² apart, so that a variance far below that is lost.
"""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch

from core.rng import generator
from core.signature import between, declared

PRECISIONS = ("single", "double")
FORMATS = dict(zip(PRECISIONS, (np.float32, np.float64), strict=True))
UNIT = {"single": 2.0**-24, "double": 2.0**-53}  # largest relative error of one rounding
N = 10_000
FAR = 1e10
OFFSETS = 10.0 ** np.linspace(0, 10, 61)


class Cancel(NamedTuple):
    """A variance of n numbers x + c by several ways, every step rounded; and as it is."""

    squares: float  # E[X²]
    mean: float  # E[X]
    one_pass: float  # E[X²] − E[X]²
    two_pass: float  # E[(X − E X)²]
    shifted: float  # E[Y²] − E[Y]² of Y = X − X₁
    exact: float  # the variance
    middle: float  # mean of the x before c is added
    spacing: float  # from E[X²] to the next number of the format

    @property
    def lost(self) -> float:
        """How far the one pass is off, in units of the variance."""
        return abs(self.one_pass - self.exact) / self.exact


@declared
def cancel(
    c: Annotated[float, between(0, FAR)] = 1e4,
    sigma: Annotated[float, between(0.01, 10_000)] = 1.0,
    precision: Literal[PRECISIONS] = "single",
    seed: Annotated[int, between(0, 2**63 - 1)] = 4649,
) -> Cancel:
    """The variance of σ times 10 000 normal numbers, all moved by c.

    Args:
        c: what is added to every number; on paper the variance stays.
        sigma: of the normal law that the numbers come from.
        precision: of every operation: 24 or 53 binary digits.
        seed: of the numbers.

    Sources: PROB-08, PROB-13.
    """
    x = sigma * sample(seed)
    found = ways(x, c, precision)
    squares = found[0]
    exact, middle = float(x.var()), float(x.mean())
    return Cancel(*found.tolist(), exact, middle, float(np.spacing(FORMATS[precision](squares))))


def ways(x: np.ndarray, c: float, precision: str) -> np.ndarray:
    """E[X²], E[X], and the variance in one pass, in two, and in one after a shift, (5,)."""
    y = (x + c).astype(FORMATS[precision])
    mean, squares = y.mean(dtype=y.dtype), (y * y).mean(dtype=y.dtype)
    off, moved = y - mean, y - y[0]
    shift = moved.mean(dtype=y.dtype)
    two = (off * off).mean(dtype=y.dtype)
    shifted = (moved * moved).mean(dtype=y.dtype) - shift * shift
    return np.array([squares, mean, squares - mean * mean, two, shifted], dtype=float)


@lru_cache(maxsize=4)
def sample(seed: int) -> np.ndarray:
    """Normal numbers, (10 000,)."""
    return torch.randn(N, generator=generator(seed), dtype=torch.float64).numpy()


@lru_cache(maxsize=8)
def over_offsets(seed: int, precision: str, sigma: float) -> np.ndarray:
    """One pass and two at every c of OFFSETS, (61, 2)."""
    x = sigma * sample(seed)
    return np.array([ways(x, c, precision)[2:4] for c in OFFSETS])
