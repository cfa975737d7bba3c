"""What sums of copies claim: PROB-08, PROB-26, PROB-27, E-03, and the bound of Berry and Esseen."""

import math
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from core.check import Check, at_most, equal, same
from core.experiments.probability.bell import COUNTS, DRAWS, PATHS, Bell, the
from core.rng import generator
from core.words import number

CONSTANT, SURE = 0.4748, 6.0  # Shevtsova's; standard errors that a mean strays
ROUGH = 2e-5  # of a c.d.f. of cells, and of its gap


def checks(run: Bell, *, law: str, p: float, n: int, seed: int) -> list[Check]:
    """The gap and its bound, the law by another route, MGF, mean and variance, running means."""
    settles = (law != "cauchy", "a Cauchy variable has no mean, no variance and no third moment")
    wild = (law == "cauchy", "the law has a mean and a variance")
    mean, sigma, skew = facts(law, p)
    right = own_cdf(law, p, n, _ends(run))
    gaps = own_gaps(law, p) if settles[0] else torch.full((10,), _cauchy_gap()).double()
    here = [run.gap - gaps[n - 1], float(run.gaps[n - 1]) - run.gap, run.n - n,
            float((run.gaps - gaps).abs().max())]  # fmt: skip
    known = CONSTANT * skew / torch.arange(1, 11, dtype=torch.float64).sqrt()
    bounds = (run.bounds / known) if settles[0] else torch.ones(10)
    masses, first, second, mgf = _sums(run)
    t, root = 0.5, math.sqrt(n)
    wanted = n * _log_mgf(law, p, t / (sigma * root)) - t * mean * root / sigma
    drift = (run.means - mean).abs() / sigma * torch.tensor(COUNTS).sqrt()
    return [
        at_most("", "largest |Fₙ − Φ| is at most 0.4748 E|X − μ|³/(σ³√n)", run.gap,
                run.bounds[n - 1], needs=(settles,)),
        same("PROB-27", "the law of the sum, made by convolution, by another route: largest "
             "difference of its c.d.f. and of its height",
             torch.tensor([float((run.cdf - right).abs().max()), _heights(run, law, right)]), 0.0,
             tol=ROUGH),
        same("", "the gap for every number of copies, by the other route: largest difference",
             torch.tensor(here, dtype=torch.float64), 0.0, tol=ROUGH),
        same("", "the bound for every number of copies, by E|X − μ|³ in closed form: largest "
             "relative difference", bounds, 1.0, tol=1e-5, needs=(settles,)),
        same("PROB-08", "the standardised sum has mean 0 and variance 1; and its masses add up to "
             "1: largest difference",
             torch.tensor([masses - 1, first, second - 1]), 0.0, tol=ROUGH * 5, needs=(settles,)),
        equal("PROB-26", "MGF of the sum at ½, ln: n times that of one copy", mgf if settles[0]
              else 0.0, wanted if settles[0] else 0.0, tol=1e-4, needs=(settles,)),
        at_most("PROB-08", "the law of large numbers: the running means stay within 6σ/√k of μ: "
                "largest distance in σ/√k", drift.max() if settles[0] else 0.0, SURE,
                needs=(settles,)),
        same("", "running means by the draws themselves; where gap is largest: largest difference",
             torch.tensor(_redrawn(run, law, p, seed, n), dtype=torch.float64), 0.0, tol=1e-6),
    ] if not wild[0] else [
        same("PROB-27", "the mean of n Cauchy variables has the law of one, ½ + arctan(z)/π: "
             "largest difference", torch.tensor([float((run.cdf - right).abs().max()),
             float((run.height * math.pi * (1 + run.z**2) - 1).abs().max())]), 0.0),
        same("", "so its gap to the bell is the same for every n: largest difference",
             torch.tensor(here, dtype=torch.float64), 0.0, tol=ROUGH),
        at_most("", "largest |Fₙ − Φ| is at most 0.4748 E|X − μ|³/(σ³√n)", 0.0, run.bounds[0],
                needs=(settles,)),
        equal("PROB-08", "the standardised sum has mean 0", 0.0, 0.0, needs=(settles,)),
        equal("PROB-08", "as printed (E-03) E X is ∫ z f(z) dz, always: of a Cauchy variable the "
              f"part from 0 to T is ln(1 + T²)/2π, without end in T; here T = {number(run.z[-1])}",
              _right(run), math.log1p(float(run.z[-1]) ** 2) / (2 * math.pi), tol=1e-4),
        equal("PROB-26", "the MGF of the sum is the n-th power", 0.0, 0.0, needs=(settles,)),
        same("", "running means by the draws themselves; where gap is largest: largest difference",
             torch.tensor(_redrawn(run, law, p, seed, n), dtype=torch.float64), 0.0, tol=1e-6),
    ]  # fmt: skip


def _right(run: Bell) -> float:
    """∫ z f(z) dz over the right half of the view."""
    z, f = run.z[run.z >= 0], run.height[run.z >= 0]
    return float(torch.trapezoid(z * f, z))


def facts(law: str, p: float) -> tuple[float, float, float]:
    """μ, σ and E|X − μ|³/σ³ of one copy, in closed form."""
    if law in ("coin", "skewed"):
        p = 0.5 if law == "coin" else p
        q = 1 - p
        return p, math.sqrt(p * q), (p * p + q * q) / math.sqrt(p * q)
    if law == "die":
        variance = 35 / 12
        return 3.5, math.sqrt(variance), (0.5**3 + 1.5**3 + 2.5**3) / 3 / variance**1.5
    if law == "uniform":
        return 0.5, math.sqrt(1 / 12), (1 / 32) * 12**1.5
    if law == "exponential":
        return 1.0, 1.0, 12 / math.e - 2
    return 0.0, 1.0, math.inf


def _log_mgf(law: str, p: float, t: float) -> float:
    if law in ("coin", "skewed"):
        return math.log1p((0.5 if law == "coin" else p) * math.expm1(t))
    if law == "die":
        return math.log(sum(math.exp(k * t) for k in range(1, 7)) / 6)
    if law == "uniform":
        return math.log(math.expm1(t) / t)
    return -math.log1p(-t) if law == "exponential" else 0.0


def own_cdf(law: str, p: float, n: int, z: Tensor) -> Tensor:
    """F_n by binomial and gamma sums, dice by counting, Irwin and Hall, arctan; at z."""
    if law == "cauchy":
        return 0.5 + z.atan() / math.pi
    mean, sigma, _ = facts(law, p)
    s = n * mean + z * sigma * math.sqrt(n)
    if law == "exponential":
        return torch.special.gammainc(torch.tensor(float(n)).double(), s.clamp(min=0.0))
    if law == "uniform":
        k = torch.arange(n + 1, dtype=torch.float64)
        ways = torch.tensor([(-1.0) ** j * math.comb(n, j) for j in range(n + 1)]).double()
        low = torch.minimum(s, n - s).clamp(min=0.0)  # the smaller tail loses no digits
        tail = ((low[:, None] - k).clamp(min=0.0) ** n * ways).sum(1) / math.factorial(n)
        return torch.where(s <= n / 2, tail, 1 - tail)
    masses = _counted(law, p, n)
    return masses.cumsum(0)[(s + 1e-6).floor().long().clamp(0, len(masses) - 1)]


def _counted(law: str, p: float, n: int) -> Tensor:
    """Masses of 0, 1, 2, …: of a die by counting throws, of a coin by binomial numbers."""
    if law == "die":
        ways = [1]
        for _ in range(n):
            found = [0] * (len(ways) + 6)
            for total, many in enumerate(ways):
                for face in range(1, 7):
                    found[total + face] += many
            ways = found
        return torch.tensor(ways, dtype=torch.float64) / 6**n
    p = 0.5 if law == "coin" else p
    terms = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    return torch.tensor(terms, dtype=torch.float64)


def _phi(z: Tensor) -> Tensor:
    return torch.special.ndtr(z)


@lru_cache(maxsize=64)
def own_gaps(law: str, p: float) -> Tensor:
    """The largest |F_n − Φ| for n = 1, …, 10 on a grid, or at and before every jump."""
    mean, sigma, _ = facts(law, p)
    found = []
    for n in range(1, 11):
        if law in ("exponential", "uniform"):
            z = torch.linspace(-6, 6, 4801, dtype=torch.float64)
            z = torch.cat([z, torch.tensor([-math.sqrt(n)], dtype=torch.float64)])
            found.append(float((own_cdf(law, p, n, z) - _phi(z)).abs().max()))
            continue
        masses = _counted(law, p, n)
        z = (torch.arange(len(masses)) - n * mean) / (sigma * math.sqrt(n))
        after = masses.cumsum(0) - _phi(z)
        found.append(float(torch.maximum(after.abs(), (after - masses).abs()).max()))
    return torch.tensor(found, dtype=torch.float64)


def _cauchy_gap() -> float:
    """Where the densities cross: (1 + z²) exp(−z²/2) = √(2/π)."""
    low, high = 1.0, 3.0
    for _ in range(60):
        z = (low + high) / 2
        more = (1 + z * z) * math.exp(-z * z / 2) > math.sqrt(2 / math.pi)
        low, high = (z, high) if more else (low, z)
    return abs(0.5 + math.atan(low) / math.pi - 0.5 * math.erfc(-low / math.sqrt(2)))


def _ends(run: Bell) -> Tensor:
    """Where the c.d.f. of the record is taken: on jumps, else at the right ends of cells."""
    return run.z if run.discrete else run.z + (run.z[1] - run.z[0]) / 2


def _masses(run: Bell) -> Tensor:
    width = run.z[1] - run.z[0] if len(run.z) > 1 else 1.0
    return run.height * width


def _sums(run: Bell) -> tuple[float, float, float, float]:
    masses = _masses(run)
    near = run.z.abs() < 40
    moments = [float(masses.sum()), float(masses @ run.z), float(masses @ run.z**2)]
    return *moments, math.log(max(float(masses[near] @ (run.z[near] / 2).exp()), 1e-300))


def _heights(run: Bell, law: str, right: Tensor) -> float:
    """Masses against the steps of the c.d.f. by the other route."""
    flat = float(run.discrete != (law in ("coin", "die", "skewed")))
    return flat + float((_masses(run)[1:] - right.diff()).abs().max())


def _redrawn(run: Bell, law: str, p: float, seed: int, n: int) -> list[float]:
    """Faults of the running means, and of the place of the gap."""
    rng, found = generator(seed), []
    for path in range(PATHS):
        x = the(law, p).draw(DRAWS, rng).numpy()
        means = np.array([x[:k].sum() / k for k in COUNTS])
        off = np.abs(run.means[path].numpy() - means) / (1 + np.abs(means))
        found.append(float(off.max()))
    at = torch.tensor([run.at], dtype=torch.float64)
    step = 2e-6 / (facts(law, p)[1] * math.sqrt(n))  # more than the slack of a jump
    beside = [own_cdf(law, p, n, at + off) - _phi(at) for off in (-step, 0.0, step)]
    gap = max(abs(float(each)) for each in beside)
    return [*found, max(0.0, abs(gap - run.gap) - ROUGH)]


def says(run: Bell, *, law: str, n: int) -> str:
    """How far the sum is from the bell, and what more copies do; or that nothing settles."""
    if law == "cauchy":
        told = f"The mean of {n} Cauchy variables has the law of one: " if n > 1 else (
            "One Cauchy variable. The mean of several has the same law: ")  # fmt: skip
        return told + (
            f"no narrower, as far from the bell ({number(run.gap)}) for every n. Its running means "
            "jump as long as one draws: there is no mean to settle at."
        )
    gap, bound = number(run.gap), number(run.bounds[n - 1])
    copies = "One copy is" if n == 1 else f"The sum of {n} copies is"
    told = f"{copies} off the bell by at most {gap}; no more than {bound} is promised"
    ratio = float(run.gaps[9] / run.gaps[0])
    return told + f". Ten copies are {number(1 / ratio)} times as close as one."


def _four(run: Bell) -> tuple[float, dict[str, str]]:
    """What is left of the gap from 2 copies to 8."""
    two, eight = float(run.gaps[1]), float(run.gaps[7])
    return eight / two, {"two": number(two), "eight": number(eight)}


answers = {"four": _four, "cauchy": lambda run: run.width}
