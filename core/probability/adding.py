r"""Sums of independent copies, standardised, and how far they are from the bell.

The law of a sum is a convolution (PROB-27), computed by `core.convolution.convolve` on a lattice: a
discrete law as it is, a density as the masses of cells of equal width. Normal, exponential and
gamma laws are closed under sums, and their cells exact; that of a uniform sum is right to 1e-6, of
a log-normal one to 1e-3. Sources: PROB-26, PROB-27; Berry 1941, Esseen 1942; the constants are
Shevtsova's, 2011 and 2010.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import require
from core.convolution import convolve
from core.probability.laws import Law
from core.probability.laws import law as named
from core.probability.read import numbers

COPIES = 10
CELLS = 2048  # of a density
LEFT, LEFT_HEAVY = 1e-15, 1e-7  # probability beyond the cells of an unbounded law, on each side
HEAVIEST = 1.25  # σ of a log-normal law: beyond, the cells are too wide for its bulk
BERRY = 0.4748  # for copies of one law
BERRY_MIXED = 0.5600  # for summands of different laws
SETTLING = ("bernoulli", "binomial", "poisson", "three_points", "die", "uniform", "normal")
SETTLING += ("exponential", "gamma", "lognormal")  # their third moment is finite


class Lattice(NamedTuple):
    """Masses at equal distances."""

    start: float  # the first place
    step: float
    masses: Tensor  # (k,), of sum 1 up to rounding and what was left out
    discrete: bool

    @property
    def places(self) -> Tensor:
        return self.start + self.step * torch.arange(len(self.masses), dtype=torch.float64)


class Sum(NamedTuple):
    """The sum of n copies, shifted to mean 0 and scaled to variance 1."""

    n: int
    z: Tensor  # standardised places, (k,)
    masses: Tensor  # probabilities there, (k,)
    height: Tensor  # masses over the standardised width of a cell, to be laid over the bell
    cdf: Tensor  # P(standardised sum ≤ z), (k,); of a density at the right end of the cell
    gap: float  # largest distance of the c.d.f. from that of the bell, also just before a jump
    at: float  # the z where it is
    bound: float  # Berry and Esseen: 0.4748 · ratio ≥ gap
    ratio: float  # Lyapunov's: E|X − μ|³/(σ³ √n)


def lattice(law: str, cells: int = CELLS, **parameters: float) -> Lattice:
    """A law on places of equal distance, the middles of so many cells where it has a density.

    What lies beyond the outermost cells, 1e-15 (1e-7 of a log-normal law), is added to them.

    Raises:
        ValueError: cauchy, pareto, lognormal with sigma > 1.25: no lattice of this size holds them.
    """
    cells = int(require("cells", cells, 16, 2**20, integer=True))
    of = named(law, **parameters)
    if of.discrete:
        gap = float(of.points.diff().min()) if len(of.points) > 1 else 1.0
        at = ((of.points - of.points[0]) / gap).round().long()
        masses = torch.zeros(int(at[-1]) + 1, dtype=torch.float64)
        return Lattice(float(of.points[0]), gap, masses.index_add(0, at, of.masses), True)
    if law not in SETTLING:
        raise ValueError(f"expected law to be one of {', '.join(SETTLING)}, got {law!r}")
    if law == "lognormal":
        require("sigma", parameters["sigma"], 0, HEAVIEST)
    low, high = _range(of)
    edges = torch.linspace(low, high, cells + 1, dtype=torch.float64)
    below, above = of.cdf(edges), of.survival(edges)
    masses = torch.where(below[1:] <= 0.5, below.diff(), -above.diff())
    masses[0] += below[0]
    masses[-1] += above[-1]
    step = (high - low) / cells
    return Lattice(low + step / 2, step, masses, False)


def plus(one: Lattice, other: Lattice) -> Lattice:
    """The law of X + Y for independent X and Y on lattices of one step."""
    if not math.isclose(one.step, other.step, rel_tol=1e-9):
        raise ValueError(f"expected two lattices of one step, got {one.step:g} and {other.step:g}")
    method = "direct" if min(len(one.masses), len(other.masses)) < 64 else "fft"
    masses = convolve(one.masses, other.masses, method=method).clamp_min(0.0)
    start, discrete = one.start + other.start, one.discrete and other.discrete
    return Lattice(start, one.step, masses, discrete)


def sums(law: str, copies: int = COPIES, **parameters: float) -> Iterator[Sum]:
    """The standardised sum of 1, 2, …, `copies` independent copies, one snapshot each.

    Args:
        law: one of `SETTLING`, with its parameters.
        copies: 1 to 10.

    Raises:
        ValueError: a law without a third moment, or without any spread.
    """
    require("copies", copies, 1, COPIES, integer=True)
    of = named(law, **parameters)
    one = lattice(law, **parameters)
    sigma, rho = math.sqrt(of.variance), third_moment(law, **parameters)
    require(f"variance of {law}", of.variance, 0, above=True)
    total = one
    for n in range(1, int(copies) + 1):
        if n > 1:
            known = _closed(law, n, parameters)
            total = lattice(known[0], **known[1]) if known else plus(total, one)
        yield _standardised(total, n, of.mean, sigma, rho / sigma**3)


def _closed(law: str, n: int, parameters: dict[str, float]) -> tuple[str, dict[str, float]] | None:
    """Name and parameters of a sum of n copies, where it is a law with a name."""
    match law, parameters:
        case "normal", {"mu": mu, "sigma": sigma}:
            return "normal", {"mu": n * mu, "sigma": math.sqrt(n) * sigma}
        case "exponential", {"rate": rate}:
            return "gamma", {"alpha": float(n), "beta": 1 / rate}
        case "gamma", {"alpha": alpha, "beta": beta}:
            return "gamma", {"alpha": n * alpha, "beta": beta}
    return None


def _standardised(total: Lattice, n: int, mean: float, sigma: float, skew: float) -> Sum:
    scale = sigma * math.sqrt(n)
    z, width = (total.places - n * mean) / scale, total.step / scale
    cdf = total.masses.cumsum(0).clamp(max=1.0)
    if total.discrete:  # also just before a jump
        ends, starts = z, z
        bell = phi(z)
        before = bell
    else:
        edges = torch.cat([z[:1] - width / 2, z + width / 2])
        ends, starts = edges[1:], edges[:-1]
        both = phi(edges)
        before, bell = both[:-1], both[1:]
    under, after = (cdf - total.masses - before).abs(), (cdf - bell).abs()
    off = torch.maximum(under, after)
    k, ratio = int(off.argmax()), skew / math.sqrt(n)
    at = ends[k] if off[k] == after[k] else starts[k]
    height, bound = total.masses / width, BERRY * ratio
    return Sum(n, z, total.masses, height, cdf, float(off[k]), float(at), bound, ratio)


def third_moment(law: str, **parameters: float) -> float:
    """E|X − μ|³: exact for discrete laws, else by quadrature to about 4 digits."""
    of = named(law, **parameters)
    if of.discrete:
        return float(of.masses @ (of.points - of.mean).abs() ** 3)
    if law == "lognormal":  # half of it may lie beyond the lattice
        z = torch.linspace(-12, 12 + 3 * parameters["sigma"], 40_001, dtype=torch.float64)
        x = torch.exp(parameters["mu"] + parameters["sigma"] * z)
        bell = torch.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
        return float(torch.trapezoid((x - of.mean).abs() ** 3 * bell, z))
    grid = lattice(law, **parameters)
    return float(grid.masses @ (grid.places - of.mean).abs() ** 3)


def mean_tail(law: str, eps: float, copies: int, **parameters: float) -> float:
    """P(|X̄ − μ| ≥ ε) of the mean of 1 to 10 copies, beside Chebyshev's σ²/(nε²) and `hoeffding`.

    Exact for discrete laws; of a density whole cells are counted, by where their middle lies.
    """
    require("eps", eps, 0, above=True)
    sigma = math.sqrt(named(law, **parameters).variance or 0.0)
    *_, last = sums(law, copies, **parameters)
    far = last.z.abs() >= eps * math.sqrt(last.n) / sigma * (1 - 1e-12)
    return float(last.masses[far].sum())


def lyapunov(sigmas: Tensor, thirds: Tensor) -> float:
    """Σ E|Xᵢ − μᵢ|³ / (Σ σᵢ²)^{3/2} of independent summands of any laws.

    The sum tends to the bell if this tends to 0; its distance is at most 0.56 times this.

    Args:
        sigmas, thirds: σᵢ and E|Xᵢ − μᵢ|³, (n,) each.
    """
    sigmas, thirds = numbers("sigmas", sigmas), numbers("thirds", thirds)
    total = float((sigmas**2).sum())
    require("the sum of variances", total, 0, above=True)
    return float(thirds.sum()) / total**1.5


def phi(z: float | Tensor) -> Tensor:
    """The c.d.f. of the bell N(0, 1)."""
    return 0.5 * torch.erfc(-numbers("z", z) / math.sqrt(2))


def cauchy_mean(n: int, loc: float = 0.0, scale: float = 1.0) -> Law:
    """The law of the mean of n Cauchy variables: the same for every n, nothing settles."""
    require("n", n, 1, integer=True)
    return named("cauchy", loc=loc, scale=scale)


def _range(of: Law) -> tuple[float, float]:
    """Between which places all but `LEFT` on each side lies, by halving."""
    low, high = of.support
    left, sigma = LEFT_HEAVY if of.name == "lognormal" else LEFT, math.sqrt(of.variance)
    if math.isinf(low):
        low = _place(of.cdf, of.mean, -sigma, left)
    if math.isinf(high):
        high = _place(of.survival, of.mean, sigma, left)
    return low, high


def _place(tail, start: float, step: float, left: float) -> float:
    near, far = start, start + step
    while float(tail(far)) > left:
        near, far = far, start + 2 * (far - start)
    for _ in range(60):
        middle = (near + far) / 2
        near, far = (middle, far) if float(tail(middle)) > left else (near, middle)
    return far
