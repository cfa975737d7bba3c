"""What is claimed of tails: PROB-32."""

import math
from collections.abc import Callable
from functools import lru_cache, partial, reduce

import numpy as np
import torch
from torch import Tensor

from core.check import Check, at_most, equal, same
from core.experiments.probability.tails import BOUNDED, GIVEN, KS, Tails, bounds, single
from core.probability import sums
from core.words import number

_tensor = partial(torch.tensor, dtype=torch.float64)


def checks(run: Tails, *, k: float, of: str, side: str, copies: int) -> list[Check]:
    """Chebyshev here and everywhere, attained, Markov, Cantelli, Hoeffding, tail, numbers."""
    some = (of != "cauchy", "Cauchy's law has no mean and no variance")
    both = (side == "both", "one side only")
    above = (side == "above", "both sides are counted")
    bounded = (of in BOUNDED, "the law is unbounded, or is not the same at every ε")
    got = run.bounds
    best = "cantelli" if above[0] else "chebyshev"
    reached = (of == "touching" and (k >= 1 or above[0]), "this law does not attain it")
    n = copies if of in BOUNDED else 1
    everywhere = bounds(KS, of, side, n, run.far, run.width)
    worst = max((float((run.curve / y).max()) for y in everywhere.values()), default=0.0)
    what = "|X̄ − μ|" if both[0] else "X̄ − μ"
    at = torch.cat([_tensor([k]), KS])
    route = _again(of, k, side, n, at)
    tail = torch.cat([_tensor([run.exact]), run.curve])
    lattice = of == "uniform" and n > 1
    scale = route.clamp_min(1e-6 if lattice else 1e-12)
    told = _tensor([run.k, run.n, run.far, run.width, *run.bounds.values()])
    by_hand = _tensor(_numbers(k, of, side, n))
    return [
        at_most("PROB-32", f"P({what} ≥ kσ) ≤ 1/(nk²), Chebyshev", run.exact,
                got.get("chebyshev", 1.0), needs=(some,)),
        at_most("PROB-32", "at every k from 0.5 to 6 the tail is at most each bound: largest ratio",
                worst, 1.0, needs=(some,)),
        equal("PROB-32", "a law attains the bound: its tail, the bound", run.exact,
              got.get(best, 1.0), needs=(reached,)),
        at_most("", "Markov for |X̄ − μ|: P ≤ E|X̄ − μ|/(kσ)", run.exact, got.get("markov", 1.0),
                needs=(some, both)),
        at_most("", "Cantelli, one side: P ≤ 1/(1 + nk²), which is below Chebyshev", run.exact,
                min(got.get("cantelli", 1.0), got.get("chebyshev", 1.0)), needs=(some, above)),
        at_most("", "Hoeffding: P ≤ exp(−2nk²σ²/w²) on each side, for values in an interval of "
                "width w", run.exact, got.get("hoeffding", 1.0), needs=(bounded,)),
        same("", "the tail by another route, here and at every k: largest relative distance",
             tail / scale, route / scale, tol=5e-3 if lattice else 1e-6),
        same("", "k, n, E|X̄ − μ|, w and the bounds: largest relative distance",
             (told / by_hand).where(told != by_hand, 1.0), torch.ones(len(by_hand)), tol=3e-4),
    ]  # fmt: skip


def _again(of: str, k: float, side: str, n: int, at: Tensor) -> Tensor:
    """The tail of the law for k at each place: all values of X̄ one by one, or a formula by name."""
    both = side == "both"
    if of in BY_FORMULA and n == 1:
        above, below = BY_FORMULA[of](at)
        return above + below if both else above
    if of == "uniform":
        ends, above = _lattice(n)
        upper = torch.from_numpy(np.interp(at, ends, above))
        return upper * (1 + both)
    z, masses = _values(of, n) if of != "touching" else touching(k, side)
    z = z.abs() if both else z
    return (z >= at[:, None] * (1 - 1e-9)).double() @ masses


def _bell(z: Tensor) -> Tensor:
    return 0.5 * torch.erfc(z / math.sqrt(2))


def _lognormal(k: Tensor) -> tuple[Tensor, Tensor]:
    mean, sigma = math.exp(0.5), math.sqrt(math.e * (math.e - 1))
    low = (mean - k * sigma).clamp_min(0.0)
    return _bell((mean + k * sigma).log()), _bell(-low.log())


# above μ + kσ and below μ − kσ; of Cauchy's law from its middle
BY_FORMULA: dict[str, Callable[[Tensor], tuple[Tensor, Tensor]]] = {
    "normal": lambda k: (_bell(k), _bell(k)),
    "uniform": lambda k: (((1 - k / math.sqrt(3)) / 2).clamp_min(0.0),) * 2,
    "exponential": lambda k: (torch.exp(-1 - k), -torch.expm1((k - 1).clamp_max(0.0))),
    "lognormal": _lognormal,
    "pareto": lambda k: ((1.5 + k * math.sqrt(0.75)) ** -3.0,
                         (1 - (1.5 - k * math.sqrt(0.75)).clamp_min(1.0) ** -3.0)),
    "cauchy": lambda k: (0.5 - torch.atan(k) / math.pi,) * 2,
}  # fmt: skip


def touching(k: float, side: str) -> tuple[Tensor, Tensor]:
    """The law of one copy that attains the bound at kσ: values in σ from the mean, masses."""
    if side == "above":
        z, masses = [-1 / k, k], [k * k / (1 + k * k), 1 / (1 + k * k)]
    else:
        a = max(k, 1.0)
        z, masses = [-a, 0.0, a], [0.5 / a**2, 1 - 1 / a**2, 0.5 / a**2]
    return _tensor(z), _tensor(masses)


@lru_cache(maxsize=64)
def _values(of: str, n: int) -> tuple[Tensor, Tensor]:
    """Values of the mean of n copies in σ from μ and their probabilities, folded one by one."""
    if of == "die":
        one, mean, sigma = np.ones(6) / 6, 2.5, math.sqrt(35 / 12)
    else:
        p = GIVEN[of][1]["p"]
        one, mean, sigma = np.array([1 - p, p]), p, math.sqrt(p * (1 - p))
    masses = reduce(np.convolve, [one] * n)
    z = (np.arange(len(masses)) / n - mean) / sigma
    return torch.from_numpy(z), torch.from_numpy(masses)


@lru_cache(maxsize=16)
def _lattice(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the cells of a mean of n uniform numbers in σ of one, and what lies above them."""
    *_, last = sums("uniform", n, **GIVEN["uniform"][1])
    ends = last.z + (last.z[1] - last.z[0]) / 2
    above = last.masses.flip(0).cumsum(0).flip(0) - last.masses
    return (ends / math.sqrt(n)).numpy(), above.numpy()


def _numbers(k: float, of: str, side: str, n: int) -> list[float]:
    """The same from the law itself, E|X̄ − μ| as the area under both tails."""
    if of == "cauchy":
        return [k, n, math.inf, math.inf]
    one = single(of, k, side)
    width = (one.support[1] - one.support[0]) / math.sqrt(one.variance)
    if of == "touching":
        z, masses = touching(k, side)
        far = float(masses @ z.abs())
    else:
        far = _area(of, n)
    found = [1 / (n * k * k), far / k if side == "both" else 1 / (n * k * k + 1)]
    if of in BOUNDED:
        found.append((2 if side == "both" else 1) * math.exp(-2 * n * (k / width) ** 2))
    return [k, n, far, width, *found]


@lru_cache(maxsize=64)
def _area(of: str, n: int) -> float:
    """2 ∫ P(X̄ > μ + xσ) dx from 0 on; of values one by one their mean distance."""
    if of == "uniform" and n > 1:
        x = np.linspace(0, math.sqrt(3), 4001)
        return float(2 * np.trapezoid(np.interp(x, *_lattice(n)), x))
    if of in BY_FORMULA:
        t = (torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000
        above, _ = BY_FORMULA[of](t / (1 - t))
        return float(2 * (above / (1 - t) ** 2).mean())
    z, masses = _values(of, n)
    return float(masses @ z.abs())


def percent(share: float) -> str:
    """4.55 %."""
    return f"{number(100 * share)} %"


def says(run: Tails, *, of: str, side: str) -> str:
    """The tail, what each bound promises, which of them is best."""
    k = number(run.k)
    if of == "cauchy":
        where = "from" if side == "both" else "above"
        return (
            f"{percent(run.exact)} lie {k} or more {where} the middle. Cauchy's law has no mean "
            "and no variance: no bound applies, and no σ is there to count in."
        )
    whose = "the mean of the copies" if run.n > 1 else "X"
    where = "from μ" if side == "both" else "above μ"
    start = f"With a probability of {percent(run.exact)} {whose} is {k}σ or more {where}; "
    cheb = run.bounds["chebyshev"]
    if side == "above":
        best = run.bounds["cantelli"]
        start += f"Chebyshev allows {percent(min(cheb, 1))}, Cantelli {percent(best)}"
    else:
        best = min(cheb, 1.0)
        start += f"Chebyshev allows {percent(best)}"
    if math.isclose(run.exact, best, rel_tol=1e-9):
        told = f"{start}, and this law has it all: the bound cannot be better."
    elif run.exact == 0:
        told = f"{start}; no value lies there."
    else:
        told = f"{start}: {number(best / run.exact)} times as much."
    least = min(run.bounds, key=run.bounds.get)
    if least in ("hoeffding", "markov") and run.best < best * (1 - 1e-9):
        name, knows = "Hoeffding", "the range of the values"
        if least == "markov":
            name, knows = "Markov", f"E|{'X̄' if run.n > 1 else 'X'} − μ|"
        told += f" {name}, who knows {knows}, allows {percent(run.best)}."
    elif best == 1:
        told += " So near the mean that is no promise at all."
    return told


answers = {
    "touching": lambda run: 100 * run.exact,
    "three": lambda run: (100 * (1 - run.exact), {"inside": number(100 * (1 - run.exact))}),
    "above": lambda run: (100 * run.exact, {"share": number(100 * run.exact)}),
}
