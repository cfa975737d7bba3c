r"""A map x = f(z) of the line carries a law along: what its density becomes (FLOW-01 … 03).

Strips of equal mass on the z axis become strips of equal mass on the x axis. A map that folds or
is flat has no inverse. What the formula finds with the inverse of the last piece alone, beyond the
last place where f′ changes its sign, is then the mass of that piece.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core import table
from core.flows import (
    LAWS,
    Law,
    LineMap,
    affine,
    forgotten_density,
    integral,
    knots,
    line_law,
    pushforward_density,
    sinh,
    strips,
    total,
)
from core.signature import between, declared

MAPS = ("affine", "sinh", "knots", "square")
AT = tuple(range(-3, 4))  # places z of the knots
HIGH = 8.0  # of |x| at a knot
LEAST = 1e-3  # a slope is 0 or at least this large
SEEN = 5.0  # |z| that is drawn
OWN = "-5 -3 -1.2 0 0.6 2.5 5"


class Point(NamedTuple):
    """One place carried along."""

    z: float
    x: float  # f(z)
    slope: float  # f′(z)
    height: float  # p_z(z)
    density: float  # p_z(z) / |f′(z)|, which is p_x(x) where nothing folds


class Warp(NamedTuple):
    """A map, and the law before and after it."""

    z: Tensor  # places, ascending, shape (n,)
    x: Tensor  # f(z), shape (n,)
    slope: Tensor  # f′(z), shape (n,)
    height: Tensor  # p_z(z), shape (n,)
    density: Tensor  # p_z(z) / |f′(z)|, ∞ where f is flat, shape (n,)
    borders: Tensor  # of the strips in z, shape (9,)
    turns: Tensor  # places z where f′ changes its sign or f turns flat; empty for a flow
    total: float  # area of the formula's density, on the last piece where f folds
    forgotten: float  # the same without the determinant
    point: Point

    is_flow = property(lambda self: not len(self.turns))


class Shape(NamedTuple):
    """A map that need not be monotone, and its last monotone piece, z ≥ start."""

    forward: Callable[[Tensor], Tensor]
    derivative: Callable[[Tensor], Tensor]
    piece: LineMap | None
    start: float
    turns: tuple[float, ...]


@declared
def warp(
    map: Literal[MAPS] = "affine",
    alpha: Annotated[float, between(-3, 3)] = 2.0,
    beta: Annotated[float, between(-2, 2)] = 0.0,
    heights: str = OWN,
    smooth: bool = False,
    base: Literal[LAWS] = "normal",
    z: Annotated[float, between(-4, 4)] = 1.0,
) -> Warp:
    """Carry a law along a map.

    Args:
        map: affine, α z + β; sinh, 2 sinh(z/2) + 1; knots, through points; square, z².
        alpha, beta: of the affine map.
        heights: seven numbers, where the map through points takes z = −3, −2, …, 3.
        smooth: whether the slope of the map through points is continuous; one that folds has
            straight pieces.
        base: the law of z, of `core.flows.LAWS`.
        z: the place that is followed.

    Sources: FLOW-01, FLOW-02, FLOW-03, PROB-19.
    """
    law, f = line_law(base), shape(map, alpha, beta, heights, smooth)
    borders = strips_of(base)
    at = _places(borders, map)
    slope, height = f.derivative(at), law.log_prob(at).exp()
    areas = _areas(f, law)
    return Warp(
        at, f.forward(at), slope, height, _over(height, slope), borders,
        torch.tensor(f.turns, dtype=torch.float64), *areas, _followed(f, law, z),
    )  # fmt: skip


@cache
def strips_of(base: str) -> Tensor:
    """Borders of eight strips of equal mass of a law."""
    return strips(line_law(base), 8)


@lru_cache(maxsize=64)
def shape(map: str, alpha: float, beta: float, heights: str, smooth: bool) -> Shape:
    """The map that the parameters say."""
    if map == "affine":
        if alpha == 0:
            return Shape(lambda z: 0 * z + beta, torch.zeros_like, None, SEEN, (0.0,))
        if abs(alpha) < LEAST:
            raise ValueError(f"expected alpha to be 0 or at least {LEAST} in size, got {alpha:g}")
        return _flow(affine(alpha, beta))
    if map == "sinh":
        return _flow(sinh(2.0, 1.0))
    if map == "square":
        root = LineMap(torch.square, torch.sqrt, lambda z: 2 * z)
        return Shape(torch.square, lambda z: 2 * z, root, 0.0, (0.0,))
    return _through(at_knots(heights), smooth)


@lru_cache(maxsize=64)
def at_knots(text: str) -> Tensor:
    """Where the knots go, shape (7,), float64.

    Raises:
        ValueError: not seven numbers, one beyond ±8, a step between two that is nearly 0.
    """
    to = table.signal(text, "heights", len(AT))
    if len(to) != len(AT):
        raise ValueError(f"expected heights to be {len(AT)} numbers, got {len(to)}")
    far, step = to[to.abs() > HIGH], to.diff().abs()
    if len(far):
        raise ValueError(f"expected heights in [-{HIGH:g}, {HIGH:g}], got {far[0]:g}")
    small = step[(step > 0) & (step < LEAST)]
    if len(small):
        raise ValueError(f"expected heights with steps of 0 or at least {LEAST}, got {small[0]:g}")
    return to


def _flow(f: LineMap) -> Shape:
    return Shape(f.forward, f.derivative, f, -torch.inf, ())


def _through(to: Tensor, smooth: bool) -> Shape:
    step, sign = to.diff(), to.diff().sign().tolist()
    turns = [AT[i] for i in range(1, len(AT) - 1) if sign[i] != sign[i - 1]]
    if not turns and sign[0]:
        return _flow(knots(AT, to.tolist(), smooth))
    last = turns[-1] if turns else AT[0]

    def piece(z: Tensor) -> Tensor:
        return (torch.searchsorted(torch.tensor(AT).to(z), z.contiguous()) - 1).clamp(0, 5)

    def forward(z: Tensor) -> Tensor:
        i = piece(z)
        return to[i] + (z - i - AT[0]) * step[i]

    rest = knots(AT[AT.index(last) :], to[AT.index(last) :].tolist()) if sign[-1] else None
    return Shape(forward, lambda z: step[piece(z)], rest, last, tuple(turns or AT[:1]))


def _areas(f: Shape, base: Law) -> tuple[float, float]:
    """Areas with and without the determinant; over the last piece where f folds."""
    low = max(f.start, base.low)
    if f.piece is None or low >= base.high:
        return 0.0, 0.0
    if not f.turns:
        return total(f.piece, base), total(f.piece, base, forget=True)
    share = torch.linspace(0, 1, 241, dtype=torch.float64) ** 3  # finest where f′ may be 0
    bends = [z for z in (*f.piece.breaks, *base.edges) if low < z < base.high]
    z = torch.cat([low + (base.high - low) * share, torch.tensor(bends, dtype=torch.float64)])
    borders, g = f.piece.forward(z), f.piece
    known = (g.inverse, g.inverse_derivative, base.log_prob)
    return (
        integral(lambda x: pushforward_density(x, *known), borders),
        integral(lambda x: forgotten_density(x, g.inverse, base.log_prob), borders),
    )


def _places(borders: Tensor, map: str) -> Tensor:
    """Places to draw at: many in every strip, and both sides of every knot."""
    ends = borders.clamp(-SEEN, SEEN)
    share = torch.linspace(0, 1, 21, dtype=torch.float64)
    inside = torch.lerp(ends[:-1, None], ends[1:, None], share).flatten()
    bends = torch.tensor(AT if map == "knots" else (), dtype=torch.float64)
    return torch.cat([inside, bends - 1e-9, bends + 1e-9]).unique()


def _over(height: Tensor, slope: Tensor) -> Tensor:
    return torch.where(height > 0, height / slope.abs(), height)


def _followed(f: Shape, base: Law, z: float) -> Point:
    at = torch.tensor([z], dtype=torch.float64)
    height, slope = base.log_prob(at).exp(), f.derivative(at)
    found = f.forward(at), slope, height, _over(height, slope)
    return Point(z, *(float(each) for each in found))


def outcome(f: Shape, base: str, borders: Tensor) -> Tensor:
    """Mean density of f(z) between borders, by many thin strips of z; folds and all."""
    law, found = line_law(base), torch.zeros(len(borders) + 1, dtype=torch.float64)
    z = torch.linspace(law.low, law.high, 4001, dtype=torch.float64)
    cell = torch.bucketize(f.forward((z[1:] + z[:-1]) / 2), borders, right=True)
    return found.index_add(0, cell, law.cdf(z).diff())[1:-1] / borders.diff()
