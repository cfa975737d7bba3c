"""What is claimed of tails: PROB-32."""

import math
from functools import lru_cache

import torch
from torch import Tensor

from core.check import Check, at_most, equal, same
from core.experiments.probability.tails import BOUNDED, GIVEN, KS, Tails, bounds, named, single
from core.probability import cantelli, chebyshev, sums
from core.words import number

SPOTS = torch.arange(10, 221, 42)  # of KS


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
    route = [_again(of, k, side, n, k), *_everywhere(of, side, n, k if of == "touching" else 2.0)]
    route = torch.tensor(route, dtype=torch.float64)
    tail = torch.cat([torch.tensor([run.exact], dtype=torch.float64), run.curve[SPOTS]])
    scale = route.clamp_min(1e-6 if n > 1 else 1e-12)
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
        same("", "the tail by another route, here and along the curve: largest relative distance",
             tail / scale, route / scale, tol=0.02 if of == "uniform" else 1e-6),
        same("", "k, n, E|X̄ − μ|, w and the bounds: largest distance", _told(run),
             _numbers(k, of, side, n), tol=3e-4),
    ]  # fmt: skip


def _again(of: str, k: float, side: str, n: int, at: float) -> float:
    """The tail at `at` of the law for k, by the engine's own functions, or counted on a lattice."""
    name, parameters = named(of, k, side)
    if of == "cauchy":
        upper = 0.5 - math.atan(at) / math.pi
        return 2 * upper if side == "both" else upper
    if n > 1:
        z, masses = _lattice(of, n)
        z = z.abs() if side == "both" else z
        return float(masses[z >= at * math.sqrt(n) * (1 - 1e-9)].sum())
    eps = at * math.sqrt(single(of, k, side).variance) * (1 - 1e-9)
    return (chebyshev if side == "both" else cantelli)(name, eps, **parameters).exact


@lru_cache(maxsize=64)
def _everywhere(of: str, side: str, n: int, k: float) -> list[float]:
    return [_again(of, k, side, n, float(KS[i])) for i in SPOTS]


@lru_cache(maxsize=64)
def _lattice(of: str, n: int) -> tuple[Tensor, Tensor]:
    *_, last = sums(GIVEN[of][0], n, **GIVEN[of][1])
    return last.z, last.masses


def _told(run: Tails) -> list[float]:
    far = run.far if math.isfinite(run.far) else 0.0
    width = run.width if math.isfinite(run.width) else 0.0
    return [run.k, run.n, far, width, *(min(each, 9.0) for each in run.bounds.values())]


def _numbers(k: float, of: str, side: str, n: int) -> list[float]:
    """The same from the law itself, E|X̄ − μ| as the area under both tails."""
    if of == "cauchy":
        return [k, n, 0.0, 0.0]
    one = single(of, k, side)
    sigma, (low, high) = math.sqrt(one.variance), one.support
    width = (high - low) / sigma if math.isfinite(high - low) else 0.0
    far = _area(of, n) if of != "touching" else _area(of, n, k, side)
    found = [1 / (n * k * k), far / k if side == "both" else 1 / (n * k * k + 1)]
    if of in BOUNDED:
        found.append((2 if side == "both" else 1) * math.exp(-2 * n * (k / width) ** 2))
    return [k, n, far, width, *(min(each, 9.0) for each in found)]


@lru_cache(maxsize=256)
def _area(of: str, n: int, k: float = 2.0, side: str = "both") -> float:
    """2 ∫ P(X̄ > x) dx from μ on, over σ; of copies the sum over a lattice."""
    if n > 1:
        z, masses = _lattice(of, n)
        return float(masses @ z.abs()) / math.sqrt(n)
    one = single(of, k, side)
    t = (torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000
    x, weight = t / (1 - t), 1 / (1 - t) ** 2 / 20_000
    sigma = math.sqrt(one.variance)
    return float(2 * (one.survival(one.mean + sigma * x) * weight).sum())


def percent(share: float) -> str:
    """4.55 %; what rounding leaves of 0 is 0."""
    return f"{number(100 * share, 3, zero=1e-10)} %"


def says(run: Tails, *, of: str, side: str) -> str:
    """The tail, what each bound promises, which of them is best."""
    k = number(run.k)
    if of == "cauchy":
        return (
            f"{percent(run.exact)} lie {k} or more from the middle. Cauchy's law has no mean and "
            "no variance: no bound applies, and no σ is there to count in."
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
    elif run.exact <= 1e-12:
        told = f"{start}; no value lies there."
    else:
        told = f"{start}: {number(best / run.exact)} times as much."
    least = min(run.bounds, key=run.bounds.get)
    if least in ("hoeffding", "markov") and run.best < min(best, 1):
        name, knows = {"hoeffding": ("Hoeffding", "the range of the values"),
                       "markov": ("Markov", "E|X − μ|")}[least]  # fmt: skip
        told += f" {name}, who knows {knows}, allows {percent(run.best)}."
    elif best == 1:
        told += " So near the mean that is no promise at all."
    return told


answers = {
    "touching": lambda run: 100 * run.exact,
    "three": lambda run: (100 * (1 - run.exact), {"inside": number(100 * (1 - run.exact))}),
    "above": lambda run: (100 * run.exact, {"share": number(100 * run.exact)}),
}
