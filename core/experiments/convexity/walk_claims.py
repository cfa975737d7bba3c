"""What the walk along a constraint claims: OPT-02 with erratum E-34."""

import math

import torch
from torch import Tensor

from core.check import Check, at_least, at_most, equal, same
from core.convexity import PAIRS, Extremum, bending, gradient
from core.convexity.constraint import hessian
from core.experiments.convexity.walk import AIMS, Walk, best, curve
from core.words import number

PLACES = torch.linspace(-1, 1, 2001, dtype=torch.float64)
STEP = 1e-5  # of central differences, relative to c or in t
NONE = "∇g = 0 at the extremum: no multiplier exists"


def checks(run: Walk, *, pair: str, c: float, t: float) -> list[Check]:
    """Parallel gradients, shadow price, extremum, other places, the walker, singular, printed."""
    f, g = PAIRS[pair].f, PAIRS[pair].g
    most, exists = AIMS[pair] == "largest", (run.multiplier is not None, NONE)
    gamma = run.multiplier or 0.0
    pull = gradient(f, run.best) - gamma * gradient(g, run.best)
    size, crossed = max(1.0, gamma), _crossed(pair, run.parallel)
    curved = bending(f, g, Extremum(run.best, gamma)) if exists[0] else torch.zeros(1)
    kind, side = (at_most, "≤ 0: a maximum") if most else (at_least, "≥ 0: a minimum")
    return [
        same("OPT-02", "at the extremum ∇f = γ∇g and g = c: largest difference",
             [*pull.tolist(), float(g(run.best)) - c], [0.0, 0.0, 0.0], needs=(exists,)),
        equal("OPT-02", "γ is the shadow price: df*/dc by searching the curves of c ± a little",
              _price(pair, c) / size, gamma / size, tol=1e-6, needs=(exists,)),
        equal("OPT-02", f"no place of the walk does better: the {AIMS[pair]} f of {len(PLACES)} "
              "is f*", _searched(pair, c), run.best_value),
        same("OPT-02", "wherever ∇f = γ∇g is claimed it is so, on g = c: largest difference",
             [*crossed.tolist(), *g(run.parallel).tolist(), float(len(run.parallel))],
             [*[0.0] * len(crossed), *[c] * len(crossed), float(_changes(pair, c))]),
        kind("OPT-02", f"f − γ(g − c) bends along the curve by an amount {side}",
             float(curved[0]) / size, 0.0, needs=(exists,)),
        same("", "at the walker f, ∇f and ∇g as differences of f and g find them, and its place",
             [run.value, *run.f_slope.tolist(), *run.g_slope.tolist(), *run.point.tolist()],
             [float(f(run.point)), *_sloped(f, run.point), *_sloped(g, run.point),
              *curve(pair, c, torch.tensor(t, dtype=torch.float64)).tolist()], tol=1e-7),
        equal("OPT-02", "without a multiplier ∇g = 0 at the extremum: its length there",
              float(gradient(g, run.best).norm()), 0.0,
              needs=((not exists[0], "a multiplier exists"),)),
        at_least("OPT-02", "as printed (E-34) the point is called an arg max of ℒ: over x, y and γ "
                 "its second derivatives have an eigenvalue above 0, that of a maximum have none",
                 _upward(pair, run), 0.0, tol=0.0, needs=(exists,)),
    ]  # fmt: skip


def _crossed(pair: str, points: Tensor) -> Tensor:
    """∇f × ∇g over their lengths at points of the plane, (k, 2) -> (k,)."""
    a, b = (gradient(each, points) for each in (PAIRS[pair].f, PAIRS[pair].g))
    lengths = (a.norm(dim=-1) * b.norm(dim=-1)).clamp(min=1e-300)
    return (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / lengths


def _searched(pair: str, c: float) -> float:
    """The best f of many places of the curve."""
    values = PAIRS[pair].f(curve(pair, c, PLACES))
    return float(values.max() if AIMS[pair] == "largest" else values.min())


def _price(pair: str, c: float) -> float:
    h = max(c, 1e-9) * STEP
    return (_searched(pair, c + h) - _searched(pair, c - h)) / (2 * h) if c > 0 else math.inf


def _changes(pair: str, c: float) -> int:
    """How often f along the curve turns from rising to falling or back; both branches counted."""
    if c == 0:
        return 0
    inside = PLACES[:-1] + 0.3e-3  # off the extrema
    signs = PAIRS[pair].f(curve(pair, c, inside)).diff().sign()
    turns = int((signs.diff() != 0).sum())
    if pair in ("sum", "product"):
        turns += int(signs[0] != signs[-1])
    return 2 * turns if pair == "distance" else turns


def _sloped(h, x: Tensor) -> list[float]:
    """∇h at x (2,) by central differences."""
    step = 1e-5 * torch.eye(2, dtype=torch.float64)
    return ((h(x + step) - h(x - step)) / 2e-5).tolist()


def _upward(pair: str, run: Walk) -> float:
    """The largest eigenvalue of the second derivatives of ℒ over (x, y, γ)."""
    if run.multiplier is None:
        return 0.0
    f, g = PAIRS[pair].f, PAIRS[pair].g
    whole = torch.zeros(3, 3, dtype=torch.float64)
    whole[:2, :2] = hessian(f, run.best) - run.multiplier * hessian(g, run.best)
    whole[2, :2] = whole[:2, 2] = -gradient(g, run.best)
    return float(torch.linalg.eigvalsh(whole)[-1])


def says(run: Walk, *, pair: str, c: float) -> str:
    """Where the walker stands, where the extremum is, what c is worth."""
    here, there = number(run.value, zero=1e-9), number(run.best_value, 4, zero=1e-9)
    start = f"f is {here} here, and the {AIMS[pair]} on the curve is {there}. "
    if run.multiplier is None:
        return start + (
            "At the extremum ∇g = 0: the curve has no normal there, and no γ gives ∇f = γ∇g."
            if pair in ("cusp", "sum")
            else "With c = 0 the curve has no normal at the extremum, and γ is not determined."
        )
    price = number(run.multiplier)
    worth = f"A little more of c changes f* by {price} times as much."
    if run.angle is None:
        return f"{start}{worth}"
    if run.angle < 0.01:
        return f"{start}∇f and ∇g are parallel here{_which(run)}. {worth}"
    told = f"∇f and ∇g are {number(run.angle)}° apart: f still changes along the curve. "
    return start + told + worth


def _which(run: Walk) -> str:
    if abs(run.value - run.best_value) < 1e-6 * (1 + abs(run.best_value)):
        return ", at the extremum that is sought"
    return ", yet this is another extremum"


def raised(pair: str, c: float, by: float = 0.1) -> float:
    """f*(c + by) − f*(c)."""
    low, high = best(pair, torch.tensor([c, c + by], dtype=torch.float64)).tolist()
    return high - low


answers = {
    "price": lambda run, pair, c: (
        raised(pair, c),
        {"rise": number(raised(pair, c)), "slope": number(0.1 * (run.multiplier or 0.0))},
    ),
    "places": lambda run: (
        float(len(run.parallel)),
        {"places": {1: "one", 2: "two", 4: "four places"}.get(len(run.parallel), "none")},
    ),
    "cusp": lambda run: "none" if run.multiplier is None else run.multiplier,
}
