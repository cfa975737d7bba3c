"""What the convexity tester claims: ANA-07 to ANA-14 with errata E-16, E-17."""

import math
from functools import lru_cache

import torch
from torch import Tensor

from core.check import Check, at_least, at_most, equal, same
from core.convexity import TRIED, Shape, counterexample, own, shape
from core.convexity.jets import nested
from core.experiments.convexity.tester import LEVEL, MOST, Curve, Pair, Tester, function
from core.rng import generator
from core.words import number, spaced

CONVEX = {
    "sum": ", for f and g are, and α and β are not below 0",
    "max": ", for f and g are, and so is the larger of them",
    "inside": ", for f and g are, and g rises on all values of f",
}
SILENT = {
    "sum": "one is taken away: α or β is below 0.",
    "min": "of the smaller of two no theorem speaks.",
    "inside": "g falls on some values of f.",
}
BESIDE = 1e-9  # how far from a place both sides of it are looked at


@lru_cache(maxsize=64)
def searched(whole: Shape) -> Pair | None:
    """A pair that the long search finds in the view."""
    found = counterexample(whole, *whole.view, generator(0))
    if found is None:
        return None
    x, y = found
    left, middle, right = _three(whole, x, y)
    return Pair(x, y, middle - (left + right) / 2)


def _three(whole: Shape, x: float, y: float) -> list[float]:
    return whole(torch.tensor([x, (x + y) / 2, y], dtype=torch.float64)).tolist()


def proof(run: Tester, whole: Shape) -> Pair | None:
    """The pair that proves f not convex: of the map, else of the long search."""
    return run.curve.pair or searched(whole)


def checks(
    run: Tester, *, f: str, formula: str, how: str, g: str, alpha: float, beta: float
) -> list[Check]:
    """Chord, tangent, f″, strictness, minima, the three ways to put functions together."""
    whole = function(f, formula, how, g, alpha, beta)
    pair = proof(run, whole)
    none = (pair is None, "f is not convex: a pair proves it")
    scale = 1 + float(run.f.abs().max())
    below = "the tangent at λx + (1 − λ)x′ lies below the graph at x and x′: the smaller distance"
    return [
        _chord(run, pair, whole, scale),
        at_least("ANA-09", below, run.above.min(), 0.0, tol=1e-9 * scale, needs=(none,)),
        _second(run, whole, none[0]),
        at_most(
            "ANA-08", "strictly convex: at most one minimiser; valleys in view",
            len(run.curve.valleys), 1.0,
            needs=((bool(whole.strictly), "not known to be strictly convex"),)),
        _minima(run, whole, how, none),
        *_together(run, f, formula, how, g, alpha if f != "own" else 1.0, beta, scale),
    ]  # fmt: skip


def _chord(run: Tester, pair: Pair | None, whole: Shape, scale: float) -> Check:
    if pair is None:
        claim = "the chord is above the graph, λf(x) + (1 − λ)f(x′) − f(λx + (1 − λ)x′): gap"
        return at_least("ANA-07", claim, run.gap, 0.0, tol=1e-9 * scale)
    left, middle, right = _three(whole, pair.x, pair.y)
    claim = "the pair found proves that f is not convex: f in the middle, the chord there"
    told = f"x = {number(pair.x)}, x′ = {number(pair.y)}"
    return at_least("ANA-07", claim, middle, (left + right) / 2, tol=0.0, why=told)


def _second(run: Tester, whole: Shape, none: bool) -> Check:
    """Every number of the record by another route, and no f″ < 0 where no pair was found."""
    claim = "f′ and f″ by another route; where no pair is found, no f″ < 0: largest fault"
    curve = run.curve
    at = torch.cat([curve.x, run.at[2:]])
    told = torch.cat([curve.f, torch.tensor([[run.f[2]], [run.slope], [run.bend]])], 1)
    mine, known = _by_sides(whole, at)
    faults = [_off(told[k][known[k]], mine[k][known[k]]) for k in range(3)]
    faults += [_off(told[k, -1:], mine[k, -1:]) for k in range(3) if known[k, -1]]
    faults += [_off(run.f, whole.f(run.at)), *_places(run, whole)]
    faults += _pairs(run, whole.f(curve.x))
    bend = curve.f[2][known[2, :-1]]
    if none and len(bend):
        faults.append(-float(bend.min()) / (1 + float(bend.abs().max())))
    return same("ANA-10", claim, torch.tensor(faults).clamp(min=0), 0.0, tol=1e-6)


def _by_sides(whole: Shape, x: Tensor) -> tuple[Tensor, Tensor]:
    """f, f′, f″ by backward passes, and where both sides of a place agree with it."""
    low, high = whole.view
    beside = BESIDE * (1 + x.abs())
    left, here, right = (nested(whole.f, (x + s * beside).clamp(low, high), 2) for s in (-1, 0, 1))
    far = (left - here).abs().maximum((right - here).abs())
    return here, (far <= 1e-3 * (1 + here.abs())).all(0) & (here.abs() <= MOST)


def _places(run: Tester, whole: Shape) -> list[float]:
    """Faults of the places of the view and of the chord."""
    view = torch.linspace(*whole.view, len(run.curve.x), dtype=torch.float64)
    between = run.lam * run.at[0] + (1 - run.lam) * run.at[1]
    ends = run.at[:2] - run.at[:2].clamp(*whole.view)
    return [_off(run.curve.x, view), abs(float(between - run.at[2])), float(ends.abs().max())]


def _pairs(run: Tester, f: Tensor) -> list[float]:
    """Faults of the map, of its worst pair and of the valleys, from the values over the view."""
    curve, i = run.curve, torch.arange(0, len(f), 4)
    f = f.where(f.abs() <= MOST, torch.nan)
    size = 1 + float(f.nan_to_num(0.0).abs().max())
    gaps = (f[i][:, None] + f[i]) / 2 - f[(i[:, None] + i) // 2]
    off = torch.where(gaps.isnan(), 0.0, gaps - curve.gaps).abs().max()
    least = float(curve.gaps.nan_to_num(0.0).min())
    found = [float(off) / size, abs(least + (curve.pair.over if curve.pair else 0.0)) / size]
    if curve.pair:
        x, y, over = curve.pair
        j = [int((curve.x - place).abs().argmin()) for place in (x, (x + y) / 2, y)]
        there = float(f[j[1]] - (f[j[0]] + f[j[2]]) / 2)
        found += [abs(float(curve.x[j[0]]) - x), abs(float(curve.x[j[2]]) - y)]
        found += [abs(over - there) / size]
    return [*found, float(not curve.valleys.equal(_turns(curve)))]


def _turns(curve: Curve) -> Tensor:
    """Ends of the valleys: where a fall is followed by a rise, steps that are level left out."""
    f, step = curve.f[0], curve.f[0].diff()
    level = step.abs() <= LEVEL * (1 + f[:-1].abs().maximum(f[1:].abs()))
    at = (~level).nonzero()[:, 0]
    turns = (step[at[:-1]] < 0) & (step[at[1:]] > 0)
    return curve.x[torch.stack([at[:-1] + 1, at[1:]], 1)[turns]]


def _off(found: Tensor, wanted: Tensor) -> float:
    if not len(found):
        return 0.0
    return float((found - wanted).abs().max() / wanted.abs().max().clamp(min=1.0))


def _minima(run: Tester, whole: Shape, how: str, none: tuple[bool, str]) -> Check:
    if how == "alone" and whole.strictly and whole.minimisers == ():
        claim = "as printed (E-16) a strictly convex function has a minimiser: this one has"
        return at_most("ANA-11", claim, len(run.curve.valleys), 0.0)
    claim = "a lowest place of its surroundings is the lowest of all: f there, least f in view"
    f, inside = run.curve.f[0], len(run.curve.valleys) > 0
    at = run.curve.near(run.curve.valleys[:, 0]).tolist()
    least = float(f[f.isfinite()].min()) if bool(f.isfinite().any()) else 0.0
    turns = (inside, "no place in view is lower than both its sides")
    return at_most("ANA-11", claim, max(at, default=least), least, needs=(none, turns))


def _together(
    run: Tester, f: str, formula: str, how: str, g: str, alpha: float, beta: float, scale: float
) -> list[Check]:
    """Sum, maximum, composition, by the gaps of their parts."""
    one, two = own(formula) if f == "own" else shape(f), shape(g)
    x, lam = run.at, torch.tensor([run.lam, 1 - run.lam], dtype=torch.float64)
    u = one.f(x)
    gap = _gap(u, lam)
    other = _gap(two.f(x), lam) if how in ("sum", "max") else 0.0
    known = (bool(u.isfinite().all()), "f is not finite there")
    twice = "the gap of αf + βg is α times that of f and β times that of g"
    tops = "the gap of max(f, g) is at least that of the one which is larger at λx + (1 − λ)x′"
    rise = "g convex: the gap of g(f(x)) is at least what g rises from f to the chord of f"
    leads = gap if how == "max" and float(u[2]) >= float(two.f(x)[2]) else other
    climbs = 0.0
    if how == "inside" and known[0]:
        climbs = float(two.f((lam * u[:2]).sum()) - two.f(u[2]))
    convex = (bool(two.convex), "g is not convex")
    ways = {
        "sum": "f and g are not added here",
        "max": "no maximum is taken here" + " (of a minimum no theorem speaks)" * (how == "min"),
        "inside": "f is not put into g here",
    }
    needs = {key: ((how == key, why), known) for key, why in ways.items()}
    size = 1e-9 * (scale + abs(gap) + abs(other))
    return [
        equal("ANA-12", twice, run.gap, alpha * gap + beta * other if how == "sum" else 0.0,
              tol=size, needs=needs["sum"]),
        at_least("ANA-13", tops, run.gap, leads if how == "max" else 0.0, tol=size,
                 needs=needs["max"]),
        at_least("ANA-14", rise, run.gap, climbs, tol=size, needs=(*needs["inside"], convex)),
    ]  # fmt: skip


def _gap(values: Tensor, lam: Tensor) -> float:
    gap = float((lam * values[:2]).sum() - values[2])
    return gap if math.isfinite(gap) else 0.0


def says(run: Tester, *, f: str, formula: str, how: str, g: str, alpha: float, beta: float) -> str:
    """What was found, what is known, and what a theorem has to do with it."""
    whole = function(f, formula, how, g, alpha, beta)
    pair = proof(run, whole)
    if pair is None:
        none = f"in none of {spaced(TRIED)} pairs is the graph above the middle of the chord"
        if whole.convex:
            return f"Convex{CONVEX.get(how, '')}: {none}.{_lowest(whole, how)}"
        return f"No proof, and no theorem speaks here, but {none}."
    told = (
        f"Not convex: between x = {number(pair.x)} and x′ = {number(pair.y)} the graph is "
        f"{number(pair.over)} above the middle of the chord."
    )
    parts = f != "own" and how in SILENT and shape(f).convex and shape(g).convex
    return told + f" Both are convex, but {SILENT[how]}" if parts else told


def _lowest(whole: Shape, how: str) -> str:
    """The minimisers, where they are known on the whole line."""
    if how != "alone" or whole.minimisers is None:
        return ""
    if not whole.minimisers:
        falls = f"comes near {number(whole.least)} and never gets there"
        if whole.least == -math.inf:
            falls = "falls without end"
        return f" Strictly convex, and yet no minimiser: f {falls}."
    left, right = whole.minimisers[0]
    if left < right:
        return f" Minimisers are all x from {number(left)} to {number(right)}: not strictly convex."
    how_many = "is strictly convex, so it has one minimiser at most"
    if not whole.strictly:
        how_many = "is not strictly convex, and still has one minimiser"
    return f" It {how_many}: x = {number(left)}."


def _minimisers(run: Tester) -> str:
    widths = [right - left for left, right in run.curve.valleys.tolist()]
    return "none" if not widths else "many" if widths[0] > 0 else "one"


answers = {
    "exp": _minimisers,
    "inside": lambda run: "yes" if run.curve.pair is None else "no",
    "printed": lambda run: float((run.curve.f[1] >= 0).double().mean()),
}
