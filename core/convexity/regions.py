r"""Sets in the plane, and the search for a segment that leaves one.

>>> leaving(annulus(0.5, 1.0), generator(0))  # two places of the ring and a place between: outside
>>> leaving(disc(1.0), generator(0))  # None among those tried

A region knows its depth: how far inside a point is, positive inside, negative outside, and on the
edge, which belongs to the set, 0. Sources: ANA-05, ANA-06.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from core.adversarial.plane import cut
from core.check import require
from core.convexity.jets import places

SAMPLE, PAIRS, SHARES = 4096, 4096, 15  # places, pairs of them, places on each segment
EDGE = 1e-9  # of the size of the set: a shallower way out is rounding
RIM, SIDES = 128, 8  # corners of a drawn curve, places on each side of a polygon
CORNERS = 64
FOLDS = 40


class Segment(NamedTuple):
    """A segment between two places of a set, and its place furthest outside."""

    x: Tensor  # (2,)
    y: Tensor  # (2,)
    lam: float  # λx + (1 − λ)y is outside
    depth: float  # there, below 0


@dataclass(frozen=True, eq=False)
class Region:
    """A closed set in the plane within a box."""

    name: str
    depth: Callable[[Tensor], Tensor] = field(repr=False)  # (..., 2) -> (...)
    convex: bool
    reach: float  # it lies in [-reach, reach]²
    outline: tuple[Tensor, ...] = field(repr=False, default=())  # closed curves, each (n, 2)

    def __contains__(self, point: Sequence[float] | Tensor) -> bool:
        return bool(self.depth(torch.as_tensor(point, dtype=torch.float64)) >= 0)


def disc(radius: float = 1.0, x: float = 0.0, y: float = 0.0) -> Region:
    """All points within a radius of (x, y)."""
    require("radius", radius, 0, above=True)
    middle = places("middle", torch.tensor([require("x", x), require("y", y)], dtype=torch.float64))
    return Region(
        "a disc",
        lambda p: radius - (p - middle).norm(dim=-1),
        True,
        float(middle.abs().max()) + radius,
        (_round(radius) + middle,),
    )


def annulus(inner: float = 0.5, outer: float = 1.0) -> Region:
    """inner ≤ ‖p‖ ≤ outer; with inner = 0 it is a disc.

    Raises:
        ValueError: inner < 0 or outer ≤ inner.
    """
    require("inner", inner, 0)
    require("outer", outer, inner, above=True)
    return Region(
        "a ring",
        lambda p: (
            torch.minimum(outer - p.norm(dim=-1), p.norm(dim=-1) - inner)
            if inner
            else outer - p.norm(dim=-1)
        ),
        inner == 0,
        outer,
        (_round(outer), _round(inner)) if inner else (_round(outer),),
    )


def half_planes(lines: Tensor, reach: float = 3.0) -> Region:
    """All points of [-reach, reach]² with a x + b y ≤ c for each row (a, b, c), (k, 3).

    It may be empty, and is convex then too.

    Raises:
        ValueError: another shape, a row with a = b = 0.
    """
    require("reach", reach, 0, above=True)
    lines = places("lines", lines)
    if lines.ndim != 2 or lines.shape[1] != 3 or not 1 <= len(lines) <= CORNERS:
        raise ValueError(f"expected lines of shape (k, 3), got {tuple(lines.shape)}")
    size = lines[:, :2].norm(dim=1, keepdim=True)
    if bool((size == 0).any()):
        raise ValueError("expected lines with a or b other than 0, got a = b = 0")
    normal, level = (lines / size).split([2, 1], 1)

    def depth(p: Tensor) -> Tensor:
        inside = (level[:, 0] - p.to(normal) @ normal.T).amin(-1)
        return torch.minimum(inside, reach - p.abs().amax(-1))

    corners = [(-reach, -reach), (reach, -reach), (reach, reach), (-reach, reach)]
    for a, b, c in lines.tolist():
        corners = cut(corners, -a, -b, c) if corners else []
    outline = (torch.tensor(corners, dtype=torch.float64),) if corners else ()
    return Region("an intersection of half-planes", depth, True, reach, outline)


def polygon(corners: Tensor) -> Region:
    """The inside of a closed polygon, by the even–odd rule where its sides cross.

    Args:
        corners: (n, 2) in turn, n in [3, 64].

    Raises:
        ValueError: another shape, two equal corners in turn, all corners on one line.
    """
    corners = places("corners", corners)
    if corners.ndim != 2 or corners.shape[1] != 2 or not 3 <= len(corners) <= CORNERS:
        raise ValueError(
            f"expected corners of shape (n, 2), n in [3, {CORNERS}], got {tuple(corners.shape)}"
        )
    sides = corners.roll(-1, 0) - corners
    if bool((sides.norm(dim=1) == 0).any()):
        raise ValueError("expected corners that differ from their neighbours, got two alike")
    flat = torch.linalg.svdvals(corners - corners.mean(0))
    if flat[1] <= 1e-9 * flat[0]:
        raise ValueError("expected corners that span an area, got all of them on one line")

    def depth(p: Tensor) -> Tensor:
        off = p[..., None, :] - corners
        share = (off * sides).sum(-1) / (sides * sides).sum(-1)
        away = (off - share.clamp(0, 1)[..., None] * sides).norm(dim=-1).amin(-1)
        below = corners[:, 1] <= p[..., 1:]
        after = below.roll(-1, -1)  # the same answer for a corner as end and as start
        turn = sides[:, 0] * off[..., 1] - sides[:, 1] * off[..., 0]
        crossed = (below & ~after & (turn > 0)) | (~below & after & (turn < 0))
        return torch.where(crossed.sum(-1) % 2 == 1, away, -away)

    reach = float(corners.abs().max())
    return Region("a polygon", depth, _turns_one_way(sides), reach, (corners,))


def star(points: int = 5, inner: float = 0.4) -> Region:
    """A star of that many points on the unit circle, its inner corners at that radius."""
    require("points", points, 3, CORNERS // 2, integer=True)
    require("inner", inner, 0.01, 1)
    turn = torch.arange(2 * int(points), dtype=torch.float64) * (math.pi / points) + math.pi / 2
    radius = 1 - (1 - inner) * (torch.arange(2 * int(points), dtype=torch.float64) % 2)
    return polygon(radius[:, None] * torch.stack([turn.cos(), turn.sin()], 1))


def ball(p: float) -> Region:
    """‖x‖_p ≤ 1 for p in [0.2, ∞]: convex from p = 1 on."""
    if p != math.inf:
        require("p", p, 0.2)
    turn = torch.arange(4 * RIM, dtype=torch.float64) * (2 * math.pi / (4 * RIM))
    way = torch.stack([turn.cos(), turn.sin()], 1)
    return Region(
        f"the unit ball of L{'∞' if p == math.inf else format(p, 'g')}",
        lambda x: 1 - _length(x, p),
        p >= 1,
        1.0,
        (way / _length(way, p)[:, None],),
    )


def union(a: Region, b: Region) -> Region:
    """Points of a or b. Counted as convex only where one of them is empty of what the other adds:
    that is not looked at, so `convex` is False."""
    return _both("or", torch.maximum, a, b, False)


def intersection(a: Region, b: Region) -> Region:
    """Points of a and b: convex if both are; if not, nothing is known, and `convex` is False."""
    return _both("and", torch.minimum, a, b, a.convex and b.convex)


def leaving(region: Region, generator: torch.Generator) -> Segment | None:
    """A segment between two places of the set that leaves it, or None among those tried.

    4096 pairs of random places of the set and of its outline, and 15 places on each; then the
    deepest way out found is climbed. None is no proof: a dent of less than a hundredth of the set
    can be missed, except at the corners of a polygon, where every one is tried from close by.
    """
    reach = region.reach
    spots = reach * (2 * torch.rand(SAMPLE, 2, generator=generator, dtype=torch.float64) - 1)
    rim = [_along(curve) for curve in region.outline]
    spots = torch.cat([spots, *rim])
    spots = spots[region.depth(spots) >= 0]
    pairs = [_at_corners(curve) for curve in region.outline]
    if len(spots):
        which = torch.randint(len(spots), (2, PAIRS), generator=generator)
        pairs.append(spots[which])
    x, y = torch.cat(pairs, 1) if pairs else spots.new_zeros(2, 0, 2)
    within = (region.depth(x) >= 0) & (region.depth(y) >= 0)
    x, y = x[within], y[within]
    if not len(x):
        return None
    lam = torch.arange(1, SHARES + 1, dtype=torch.float64) / (SHARES + 1)
    deep, at = region.depth(_between(x[:, None], y[:, None], lam)).min(1)
    best = int(deep.argmin())
    if deep[best] >= -EDGE * reach:
        return None
    found = Segment(x[best], y[best], float(lam[at[best]]), float(deep[best]))
    return _climbed(region, found, generator)


def _climbed(region: Region, found: Segment, generator: torch.Generator) -> Segment:
    """A deeper way out nearby, by random moves of both ends and of λ that shrink."""
    size = region.reach / 4
    for _ in range(FOLDS):
        moves = torch.randn(64, 5, generator=generator, dtype=torch.float64) * size
        x, y = found.x + moves[:, :2], found.y + moves[:, 2:4]
        lam = (found.lam + moves[:, 4] / region.reach).clamp(0, 1)
        depth = region.depth(_between(x, y, lam))
        depth = depth.where((region.depth(x) >= 0) & (region.depth(y) >= 0), math.inf)
        best = int(depth.argmin())
        if depth[best] < found.depth:
            found = Segment(x[best], y[best], float(lam[best]), float(depth[best]))
        size *= 0.8
    return found


def _between(x: Tensor, y: Tensor, lam: Tensor) -> Tensor:
    return lam[..., None] * x + (1 - lam[..., None]) * y


def _round(radius: float) -> Tensor:
    turn = torch.arange(RIM, dtype=torch.float64) * (2 * math.pi / RIM)
    return radius * torch.stack([turn.cos(), turn.sin()], 1)


def _length(x: Tensor, p: float) -> Tensor:
    if p == math.inf:
        return x.abs().amax(-1)
    return x.abs().pow(p).sum(-1).pow(1 / p)


def _both(word: str, pick: Callable, a: Region, b: Region, convex: bool) -> Region:
    return Region(
        f"{a.name} {word} {b.name}",
        lambda p: pick(a.depth(p), b.depth(p)),
        convex,
        max(a.reach, b.reach),
        a.outline + b.outline,
    )


def _turns_one_way(sides: Tensor) -> bool:
    """Whether a polygon turns one way at all corners, and once around altogether."""
    after = sides.roll(-1, 0)
    cross = sides[:, 0] * after[:, 1] - sides[:, 1] * after[:, 0]
    angle = torch.atan2(cross, (sides * after).sum(1))
    small = 1e-12 * sides.norm(dim=1) * after.norm(dim=1)
    one_way = bool((cross >= -small).all()) or bool((cross <= small).all())
    return one_way and abs(abs(float(angle.sum())) - 2 * math.pi) < 1e-6


def _along(curve: Tensor) -> Tensor:
    """Places on every side of a closed curve, its corners among them."""
    if len(curve) > CORNERS:
        return curve
    share = torch.arange(SIDES, dtype=torch.float64)[:, None, None] / SIDES
    return torch.lerp(curve, curve.roll(-1, 0), share).reshape(-1, 2)


def _at_corners(curve: Tensor) -> Tensor:
    """Pairs on both sides of each corner, nearer and nearer to it, (2, n, 2)."""
    share = 0.5 ** torch.arange(0, 12, 2, dtype=torch.float64)[:, None, None]
    sides = (torch.lerp(curve, curve.roll(k, 0), share).reshape(-1, 2) for k in (1, -1))
    return torch.stack(list(sides))
