r"""Sets in the plane: a segment between two of their points, and whether any segment leaves.

A set knows how deep inside a point is; below 0 it is outside. A few pairs are looked at while a
finger drags, many more in the claims (ANA-05, ANA-06).
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core import table
from core.convexity import (
    Region,
    annulus,
    ball,
    disc,
    half_planes,
    intersection,
    polygon,
    star,
    union,
)
from core.rng import generator
from core.signature import between, declared

SHAPES = ("disc", "ring", "star", "planes", "ball", "above", "wells", "polygon")
HOW = ("alone", "or", "and")
VIEW = 2.4  # half the side of the square that is drawn
BOX = 2.2  # half the side of the square in which endless sets are cut off
LINES = ((1.0, 1.0, 1.0), (-1.0, 1.0, 1.0), (0.0, -1.0, 0.8))  # a x + b y ≤ c
WAYS, SMALLEST, LARGEST = 8, 0.2, 2.0  # radii of a polygon
OWN = "1.2 1.4 0.6 1.4 1.2 1.4 1.2 1.4"
CELLS, PAIRS, SHARES = 61, 500, 5  # of the picture; looked at at once
ALONG = 161  # places on the segment
EDGE = 1e-9


class Way(NamedTuple):
    """A segment of two points of the set that leaves it."""

    ends: Tensor  # (2, 2)
    lam: float  # λ of its place
    depth: float  # there, below 0

    # the place outside
    place = property(lambda self: self.lam * self.ends[0] + (1 - self.lam) * self.ends[1])


class Sets(NamedTuple):
    """A segment, and the set it is held against."""

    ends: Tensor  # x and x′, (2, 2)
    point: Tensor  # λx + (1 − λ)x′, (2,)
    depth: Tensor  # of x, x′ and the point, (3,)
    along: Tensor  # on the way from x′ to x, (ALONG,)
    inside: Tensor  # whether the middle of each cell of the picture is in the set, (CELLS, CELLS)
    way: Way | None  # of the few pairs looked at

    # whether x and x′ are in the set
    within = property(lambda self: bool((self.depth[:2] >= 0).all()))
    # share of the segment that is outside
    out = property(lambda self: float((self.along < 0).double().mean()))


@declared
def sets(
    shape: Literal[SHAPES] = "disc",
    how: Literal[HOW] = "or",
    bx: Annotated[float, between(-1.4, 1.4)] = 1.2,
    radii: str = OWN,
    x1: Annotated[float, between(-VIEW, VIEW)] = 0.0,
    y1: Annotated[float, between(-VIEW, VIEW)] = 0.95,
    x2: Annotated[float, between(-VIEW, VIEW)] = 1.2,
    y2: Annotated[float, between(-VIEW, VIEW)] = 0.95,
    lam: Annotated[float, between(0, 1)] = 0.5,
) -> Sets:
    """A segment between two points of a set.

    Args:
        shape: A: the unit disc, a ring, a star, half-planes, |x|^½ + |y|^½ ≤ 1, above x² − 1, above
            (x² − 1)² − 1, or a polygon.
        how: A alone, A or B, A and B, with B the unit disc around (bx, 0).
        radii: of the polygon in eight directions, 45° apart.
        x1, y1, x2, y2: x and x′.
        lam: share λ of x.

    Sources: ANA-05, ANA-06.
    """
    region, seen = looked(*key(shape, how, bx, radii))
    ends = torch.tensor([[x1, y1], [x2, y2]], dtype=torch.float64)
    point = lam * ends[0] + (1 - lam) * ends[1]
    share = torch.linspace(0, 1, ALONG, dtype=torch.float64)[:, None]
    along = region.depth(share * ends[0] + (1 - share) * ends[1])
    return Sets(ends, point, region.depth(torch.cat([ends, point[None]])), along, *seen)


def key(shape: str, how: str, bx: float, radii: str) -> tuple[str, str, float, str]:
    """What the set depends on."""
    return shape, how, bx if how != "alone" else 0.0, radii if shape == "polygon" else ""


@lru_cache(maxsize=64)
def looked(shape: str, how: str, bx: float, radii: str) -> tuple[Region, tuple[Tensor, Way | None]]:
    """The set, its cells, and a way out of it."""
    region = combined(shape, how, bx, radii)
    inside = region.depth(cells()) >= 0
    return region, (inside, _way(region, cells()[inside]))


def combined(shape: str, how: str, bx: float, radii: str) -> Region:
    """A, or A put together with B."""
    a, b = first(shape, radii), disc(1.0, bx, 0.0)
    return a if how == "alone" else union(a, b) if how == "or" else intersection(a, b)


@lru_cache(maxsize=64)
def first(shape: str, radii: str) -> Region:
    """The set A."""
    match shape:
        case "ring":
            return annulus(0.5, 1.0)
        case "star":
            return star()
        case "planes":
            return half_planes(torch.tensor(LINES, dtype=torch.float64), BOX)
        case "ball":
            return ball(0.5)
        case "above":
            return _above("x² − 1", lambda x: x * x - 1, True)
        case "wells":
            return _above("(x² − 1)² − 1", lambda x: (x * x - 1) ** 2 - 1, False)
        case "polygon":
            return polygon(corners(radii))
    return disc(1.0)


def _above(name: str, f, convex: bool) -> Region:
    """All points above a graph, within the box."""

    def depth(p: Tensor) -> Tensor:
        return torch.minimum(p[..., 1] - f(p[..., 0]), BOX - p.abs().amax(-1))

    x = torch.linspace(-BOX, BOX, 121, dtype=torch.float64)
    graph = torch.stack([x, f(x)], 1)[f(x) <= BOX]
    ends = [[float(graph[-1, 0]), BOX], [float(graph[0, 0]), BOX]]
    top = torch.tensor(ends, dtype=graph.dtype)
    return Region(f"what is above {name}", depth, convex, BOX, (torch.cat([graph, top]),))


@lru_cache(maxsize=64)
def corners(radii: str) -> Tensor:
    """Corners of the polygon, (8, 2).

    Raises:
        ValueError: not eight numbers from 0.2 to 2.
    """
    r = table.signal(radii, "radii", WAYS)
    if len(r) != WAYS:
        raise ValueError(f"expected radii to be {WAYS} numbers, got {len(r)}")
    beyond = r[(r < SMALLEST) | (r > LARGEST)]
    if len(beyond):
        raise ValueError(f"expected radii in [{SMALLEST:g}, {LARGEST:g}], got {beyond[0]:g}")
    turn = torch.arange(WAYS, dtype=torch.float64) * (2 * math.pi / WAYS)
    return r[:, None] * torch.stack([turn.cos(), turn.sin()], 1)


@lru_cache(maxsize=1)
def cells() -> Tensor:
    """Middles of the cells of the picture, (CELLS, CELLS, 2), rows from below."""
    at = torch.linspace(-VIEW, VIEW, CELLS, dtype=torch.float64)
    y, x = torch.meshgrid(at, at, indexing="ij")
    return torch.stack([x, y], -1)


@lru_cache(maxsize=1)
def _chances() -> Tensor:
    return torch.rand(2, PAIRS, generator=generator(0), dtype=torch.float64)


def _way(region: Region, spots: Tensor) -> Way | None:
    """The deepest way out among a few pairs."""
    rim = torch.cat(region.outline)
    spots = torch.cat([spots, rim[region.depth(rim) >= 0]])
    if not len(spots):
        return None
    x, y = spots[(_chances() * len(spots)).long()]
    lam = torch.arange(1, SHARES + 1, dtype=torch.float64)[:, None] / (SHARES + 1)
    depth = region.depth(lam[..., None] * x + (1 - lam[..., None]) * y)
    best = int(depth.argmin())
    i, j = divmod(best, PAIRS)
    if depth[i, j] >= -EDGE:
        return None
    return Way(torch.stack([x[j], y[j]]), float(lam[i, 0]), float(depth[i, j]))
