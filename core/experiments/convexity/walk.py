r"""A walk along g = c: where ∇f and ∇g are parallel, and what a little more of c is worth.

f is x + y or xy on a circle, x² + y² on a hyperbola, x on x³ − y² = c. The extremum, its multiplier
γ and all places with ∇f ∥ ∇g are known in closed form; the checks find them again.
"""

import math
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.convexity import PAIRS, gradient
from core.signature import between, declared

KINDS = tuple(PAIRS)
AIMS = {"sum": "largest", "product": "largest", "distance": "smallest", "cusp": "smallest"}
WIDE, DEEP = 3.5, 1.6  # the walk on the hyperbola goes to x, y = 3.5, that on the cusp to y = ±1.6
LEAST, MOST = 0.001, 2.5  # of c, beside 0


class Walk(NamedTuple):
    """Where the walker stands, and where the extremum is."""

    point: Tensor  # (2,), on the curve
    f_slope: Tensor  # ∇f there, (2,)
    g_slope: Tensor  # ∇g there, (2,)
    value: float  # f there
    best: Tensor  # the extremum that is sought, (2,)
    best_value: float  # f*(c)
    multiplier: float | None  # γ; None where ∇g = 0
    parallel: Tensor  # all points of the curve with ∇f = γ∇g, (k, 2), the sought ones first

    @property
    def along(self) -> Tensor:
        """The part of ∇f along the curve, (2,); all of it where ∇g = 0."""
        size = self.g_slope.norm()
        normal = self.g_slope / size if size > 0 else self.g_slope
        return self.f_slope - self.f_slope @ normal * normal

    @property
    def angle(self) -> float | None:
        """Between ∇f and the line of ∇g, in degrees; None where one of them is 0."""
        cross = self.f_slope[0] * self.g_slope[1] - self.f_slope[1] * self.g_slope[0]
        if self.f_slope.norm() == 0 or self.g_slope.norm() == 0:
            return None
        return math.degrees(math.atan2(abs(float(cross)), abs(float(self.f_slope @ self.g_slope))))


@declared
def walk(
    pair: Literal[KINDS] = "sum",
    c: Annotated[float, between(0, MOST)] = 1.0,
    t: Annotated[float, between(-1, 1)] = 0.0,
) -> Walk:
    """A place on g = c, and the extremum of f there.

    Args:
        pair: f and g, see `core.convexity.PAIRS`.
        c: level of the constraint, 0 or at least 0.001.
        t: the place: once round the circle, or from end to end.

    Sources: OPT-02.
    """
    if 0 < c < LEAST:
        raise ValueError(f"expected c to be 0 or at least {LEAST:g}, got {c:g}")
    f, g = PAIRS[pair].f, PAIRS[pair].g
    point, best = (
        curve(pair, c, torch.tensor(at, dtype=torch.float64)) for at in (t, _sought(pair))
    )
    return Walk(
        point, gradient(f, point), gradient(g, point), float(f(point)), best, float(f(best)),
        _multiplier(pair, c), _parallel(pair, c),
    )  # fmt: skip


def curve(pair: str, c: float, t: Tensor) -> Tensor:
    """Places of g = c, (...) -> (..., 2); of the hyperbola the branch with x > 0."""
    t = t.double()
    if pair in ("sum", "product"):
        return math.sqrt(c) * torch.stack([(math.pi * t).cos(), (math.pi * t).sin()], -1)
    if pair == "distance":
        u = t * (WIDE - c / WIDE)
        s = (u.square() + 4 * c).sqrt()
        return torch.stack([(s + u) / 2, (s - u) / 2], -1)
    y = DEEP * t
    return torch.stack([(c + y.square()) ** (1 / 3), y], -1)


def best(pair: str, c: Tensor) -> Tensor:
    """f*(c), entry by entry."""
    if pair == "sum":
        return (2 * c).sqrt()
    return {"product": c / 2, "distance": 2 * c, "cusp": c ** (1 / 3)}[pair]


def _sought(pair: str) -> float:
    """The t of the extremum."""
    return 0.25 if pair in ("sum", "product") else 0.0


def _multiplier(pair: str, c: float) -> float | None:
    if c == 0:
        return None
    return {
        "sum": 1 / math.sqrt(2 * c), "product": 0.5, "distance": 2.0, "cusp": c ** (-2 / 3) / 3
    }[pair]  # fmt: skip


def _parallel(pair: str, c: float) -> Tensor:
    if c == 0:
        return torch.zeros(0, 2, dtype=torch.float64)
    places = {"sum": (0.25, -0.75), "product": (0.25, -0.75, 0.75, -0.25)}.get(pair, (0.0,))
    found = curve(pair, c, torch.tensor(places, dtype=torch.float64))
    return torch.cat([found, -found]) if pair == "distance" else found
