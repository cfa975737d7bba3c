"""What sets claim: ANA-05, ANA-06."""

import math
from functools import lru_cache

import numpy as np
import torch

from core.check import Check, at_least, at_most, same
from core.convexity import leaving
from core.convexity.regions import PAIRS
from core.experiments.convexity.sets import (
    BOX,
    LINES,
    Sets,
    Way,
    cells,
    combined,
    corners,
    first,
    key,
)
from core.rng import generator
from core.words import number, spaced


@lru_cache(maxsize=64)
def searched(shape: str, how: str, bx: float, radii: str) -> Way | None:
    """A segment that leaves, by the long search."""
    found = leaving(combined(shape, how, bx, radii), generator(0))
    return found and Way(torch.stack([found.x, found.y]), found.lam, found.depth)


def proof(run: Sets, shape: str, how: str, bx: float, radii: str) -> Way | None:
    """The segment that proves the set not convex."""
    return run.way or searched(*key(shape, how, bx, radii))


def checks(run: Sets, *, shape: str, how: str, bx: float, radii: str, lam: float) -> list[Check]:
    """The point between, the way out, depths by hand, both sets, union, the straight line."""
    way = proof(run, shape, how, bx, radii)
    ends = (run.within, "x or x′ is not in the set")
    none = (way is None, "a segment found leaves the set: it is not convex")
    whole = combined(*key(shape, how, bx, radii))
    worst = float(whole.depth(way.place)) if way else 0.0
    if way and not bool((whole.depth(way.ends) >= 0).all()):
        worst = math.inf
    a = float(by_hand(run.point[None].numpy(), shape, "alone", bx, radii)[0])
    b = 1 - math.dist(run.point.tolist(), (bx, 0.0))
    convex = (first(shape, radii).convex, "A is not convex")
    share = "A and B are convex, so what both share is: depth of the point in A and in B"
    return [
        at_least("ANA-05", "x and x′ are in the set, so is λx + (1 − λ)x′: its depth",
                 float(run.depth[2]), 0.0, needs=(ends, none)),
        at_most("ANA-05", "two points of the set, a place between them outside: its depth",
                worst, 0.0, tol=0.0, needs=((way is not None, "no segment found leaves"),)),
        _depths(run, shape, how, bx, radii, lam),
        at_least("ANA-06", share, min(a, b), 0.0,
                 needs=((how == "and", "not both at once are asked for"), ends, convex)),
        at_least("ANA-06", "with A or B: at λx + (1 − λ)x′ the larger of both depths",
                 float(run.depth[2]), max(a, b),
                 needs=((how == "or", "A and B are not joined"),)),
        _straight(run, lam),
    ]  # fmt: skip


def _depths(run: Sets, shape: str, how: str, bx: float, radii: str, lam: float) -> Check:
    claim = "depths by another route, of x, x′, the point, the segment, the cells: largest fault"
    t = np.linspace(0, 1, len(run.along))[:, None]
    ends = run.ends.numpy()
    line = t * ends[0] + (1 - t) * ends[1]
    hand = [
        by_hand(each, shape, how, bx, radii)
        for each in (np.vstack([ends, run.point.numpy()]), line, cells().numpy().reshape(-1, 2))
    ]
    told = [run.depth.numpy(), run.along.numpy()]
    faults = [float(np.abs(mine - each).max()) for mine, each in zip(hand, told)]
    clear = np.abs(hand[2]) > 1e-9  # the edge itself is decided by rounding
    faults.append(float(((hand[2] >= 0) != run.inside.numpy().ravel())[clear].any()))
    if run.way:
        there = run.way.lam * run.way.ends[0] + (1 - run.way.lam) * run.way.ends[1]
        depth = by_hand(there[None].numpy(), shape, how, bx, radii)[0]
        faults.append(abs(float(depth) - run.way.depth))
        faults.append(-min(0.0, float(by_hand(run.way.ends.numpy(), shape, how, bx, radii).min())))
    return same("ANA-05", claim, faults, 0.0, tol=1e-8)


def by_hand(p: np.ndarray, shape: str, how: str, bx: float, radii: str) -> np.ndarray:
    """Depths of points (n, 2), written out one set at a time."""
    a = _first(p, shape, radii)
    b = 1 - np.hypot(p[:, 0] - bx, p[:, 1])
    return a if how == "alone" else np.maximum(a, b) if how == "or" else np.minimum(a, b)


def _first(p: np.ndarray, shape: str, radii: str) -> np.ndarray:
    x, y = p.T
    r, box = np.hypot(x, y), BOX - np.maximum(abs(x), abs(y))
    match shape:
        case "ring":
            return np.minimum(1 - r, r - 0.5)
        case "star":
            turn = np.pi / 2 + np.arange(10) * np.pi / 5
            out = np.where(np.arange(10) % 2 == 0, 1.0, 0.4)
            return _polygon(p, np.c_[out * np.cos(turn), out * np.sin(turn)])
        case "planes":
            sides = [(c - a * x - b * y) / math.hypot(a, b) for a, b, c in LINES]
            return np.minimum(box, np.min(sides, 0))
        case "ball":
            return 1 - (abs(x) ** 0.5 + abs(y) ** 0.5) ** 2
        case "above":
            return np.minimum(y - x**2 + 1, box)
        case "wells":
            return np.minimum(y - (x**2 - 1) ** 2 + 1, box)
        case "polygon":
            return _polygon(p, corners(radii).numpy())
    return 1 - r


def _polygon(p: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Distance to the sides, inside where the corners turn around the point."""
    z, u = p[:, 0] + 1j * p[:, 1], c[:, 0] + 1j * c[:, 1]
    v = np.roll(u, -1)
    w = (z[:, None] - u) / (v - u)
    away = np.abs(w - w.real.clip(0, 1)) * np.abs(v - u)
    off = u - z[:, None]
    off = np.where(off == 0, 1.0, off)
    turns = np.angle(np.roll(off, -1, 1) / off).sum(1)
    return np.where(np.abs(turns) > np.pi, 1, -1) * away.min(1)


def _straight(run: Sets, lam: float) -> Check:
    """By the distances, and by the share of the way."""
    claim = "λx + (1 − λ)x′ lies between x and x′: its distances to both, λ and 1 − λ of the whole"
    whole, sides = math.dist(*run.ends.tolist()), run.ends - run.point
    return same("ANA-06", claim, sides.norm(dim=1), [(1 - lam) * whole, lam * whole])


def says(run: Sets, *, shape: str, how: str, bx: float, radii: str) -> str:
    """Whether the set is convex, and where the segment in hand runs."""
    way, a = proof(run, shape, how, bx, radii), first(shape, radii)
    if way is not None:
        found = "Not convex: a segment between two of its points leaves the set"
        if how == "or" and a.convex:
            found += ", though A and B are convex"
    elif combined(shape, how, bx, radii).convex:
        why = ", as A and B are" if how == "and" else ""
        found = f"Convex{why}: none of {spaced(PAIRS)} segments tried leaves the set"
    else:
        found = f"None of {spaced(PAIRS)} segments tried leaves the set, which is no proof"
    return f"{found}. {_segment(run)}"


def _segment(run: Sets) -> str:
    if not run.within:
        both = bool((run.depth[:2] < 0).all())
        which = "x and x′ are" if both else "x is" if run.depth[0] < 0 else "x′ is"
        return f"{which} not in the set: of such segments convexity says nothing."
    if run.out == 0:
        return "The segment in hand stays inside."
    return f"Of the segment in hand {number(100 * run.out, 2)} % are outside."


answers = {
    "union": lambda run: ("no", {"gap": -run.way.depth}) if run.way else "yes",
    "wells": lambda run: "yes" if run.way is None else "no",
}
