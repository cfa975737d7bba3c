r"""Is it convex? A function, its chords and tangents, and every pair of a grid (ANA-07 … 14).

The middle of a chord above the graph proves nothing; one below it proves that f is not convex. The
pairs of the map are those of a grid, their middles on it too.
"""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.convexity import NAMES, Shape, derivatives, library, own, shape
from core.signature import between, declared

SECOND = ("square", "abs", "exp", "shifted", "softplus", "neg_log", "sine")
HOW = ("alone", "sum", "max", "min", "inside")
FINE, APART = 240, 4  # steps of the view; of them from one place of the map to the next
MOST = 1e12  # of |f| that is looked at
LEVEL = 1e-12  # of |f|: a smaller step neither rises nor falls
RELATIVE = 1e-7  # of the rise and fall over a pair: less counts as none


class Pair(NamedTuple):
    """Two places whose middle lies above their chord."""

    x: float
    y: float
    over: float  # how far the graph is above the middle of the chord


class Curve(NamedTuple):
    """The function over its view; NaN where it is not finite."""

    x: Tensor  # places, (FINE + 1,)
    f: Tensor  # f, f′ and f″ there, (3, FINE + 1)
    gaps: Tensor  # chord less graph in the middle of every pair, (k, k), k = FINE / APART + 1
    pair: Pair | None  # where this is most below 0
    valleys: Tensor  # ends of intervals that are lower than both sides, inside the view, (m, 2)

    # the places of the map
    stops = property(lambda self: self.x[::APART])

    def near(self, at: Tensor) -> Tensor:
        """f at those of its places that are next to `at`, (n,)."""
        return self.f[0][(self.x - at[:, None]).abs().argmin(1)]


class Tester(NamedTuple):
    """A chord and the tangent under its point, and the whole function."""

    at: Tensor  # x, x′ and λx + (1 − λ)x′, (3,)
    f: Tensor  # there, (3,)
    slope: float  # f′ and f″ at the third
    bend: float
    lam: float
    curve: Curve

    chord = property(lambda self: float(self.lam * self.f[0] + (1 - self.lam) * self.f[1]))
    gap = property(lambda self: self.chord - float(self.f[2]))

    @property
    def above(self) -> Tensor:
        """How far the graph is above the tangent at the third place, at x and x′, (2,)."""
        return self.f[:2] - self.f[2] - self.slope * (self.at[:2] - self.at[2])


@declared
def probe(
    f: Literal[(*NAMES, "own")] = "exp",
    formula: str = "x^4 - x^2",
    how: Literal[HOW] = "alone",
    g: Literal[SECOND] = "square",
    alpha: Annotated[float, between(-2, 2)] = 1.0,
    beta: Annotated[float, between(-2, 2)] = 1.0,
    x: Annotated[float, between(-10, 10)] = -2.0,
    y: Annotated[float, between(-10, 10)] = 2.0,
    lam: Annotated[float, between(0, 1)] = 0.5,
) -> Tester:
    """A chord of a function, its tangent, and whether any pair breaks convexity.

    Args:
        f: of `core.convexity.NAMES`, or the formula.
        formula: in x, see `core.landscapes.from_formula`.
        how: f alone, α f + β g, max or min of f and g, or g(f(x)); α is 1 beside a formula.
        g: the second function.
        x, y: ends of the chord; one outside of the view is moved to its edge.
        lam: share λ of x.

    Sources: ANA-07 to ANA-14.
    """
    whole = function(f, formula, how, g, alpha, beta)
    low, high = whole.view
    ends = [min(max(end, low), high) for end in (x, y)]
    at = torch.tensor([*ends, lam * ends[0] + (1 - lam) * ends[1]], dtype=torch.float64)
    found = derivatives(whole, at, 2)
    for name, value, place in zip(("x", "y", "lam"), (*ends, lam), found[0].tolist()):
        if not abs(place) <= MOST:
            raise ValueError(f"expected {name} where |f| is at most {MOST:g}, got {value:g}")
    if not bool((found[1:, 2].abs() <= MOST).all()):
        raise ValueError(f"expected lam where f has a finite slope and f″, got {lam:g}")
    return Tester(at, found[0], float(found[1, 2]), float(found[2, 2]), lam, curve(whole))


def function(f: str, formula: str, how: str, g: str, alpha: float, beta: float) -> Shape:
    """The function that the parameters say, the same object for the same one."""
    alpha, beta = (1.0 if f == "own" else alpha, beta) if how == "sum" else (1.0, 1.0)
    formula, g = formula if f == "own" else "", "" if how == "alone" else g
    return _function(f, formula, how, g, alpha, beta)


def view(f: str, formula: str, how: str, g: str, alpha: float, beta: float) -> tuple[float, float]:
    """The part of the line that is drawn, where x and x′ can be; [−10, 10] of no function."""
    try:
        return function(f, formula, how, g, alpha, beta).view
    except ValueError:
        return -10.0, 10.0


@lru_cache(maxsize=64)
def _function(f: str, formula: str, how: str, g: str, alpha: float, beta: float) -> Shape:
    first = own(formula) if f == "own" else shape(f)
    match how:
        case "sum":
            return library.combined(first, shape(g), alpha, beta)
        case "max":
            return library.larger(first, shape(g))
        case "min":
            return library.smaller(first, shape(g))
        case "inside":
            return library.composed(shape(g), first)
    return first


@lru_cache(maxsize=64)
def curve(f: Shape) -> Curve:
    """All that does not depend on the chord in view."""
    low, high = f.view
    x = low + (high - low) * (torch.arange(FINE + 1, dtype=torch.float64) / FINE)
    found = derivatives(f, x, 2)
    found = found.where(found.abs() <= MOST, torch.nan)
    gaps = _gaps(found[0])
    return Curve(x, found, gaps, _worst(x[::APART], gaps), _valleys(x, found[0]))


def _gaps(f: Tensor) -> Tensor:
    ends, k = f[::APART], torch.arange(0, FINE + 1, APART)
    middle = f[(k[:, None] + k) // 2]
    gap = (ends[:, None] - middle) / 2 + (ends - middle) / 2
    change = (ends[:, None] - middle).abs() + (ends - middle).abs()
    least = RELATIVE * change + 1e-13 * (1 + middle.abs())
    return gap.where((gap.abs() > least) | gap.isnan(), 0.0)


def _worst(stops: Tensor, gaps: Tensor) -> Pair | None:
    some = gaps.nan_to_num(0.0)
    best = int(some.argmin())
    i, j = divmod(best, len(stops))
    if not some[i, j] < 0:
        return None
    i, j = sorted((i, j))
    return Pair(float(stops[i]), float(stops[j]), -float(some[i, j]))


def _valleys(x: Tensor, f: Tensor) -> Tensor:
    """Runs of equal values that are lower than what stands on both sides."""
    step, size = f.diff(), LEVEL * (1 + f[:-1].abs().maximum(f[1:].abs()))
    sign = torch.where(step.abs() <= size, 0.0, step.sign()).tolist()
    found, fell = [], None
    for i, s in enumerate(sign):
        if s < 0:
            fell = i + 1  # the place where the last fall ended
        elif s > 0 and fell is not None:
            found.append((float(x[fell]), float(x[i])))
        if s > 0 or s != s:
            fell = None
    return torch.tensor(found, dtype=torch.float64).reshape(-1, 2)
