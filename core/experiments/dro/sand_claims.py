"""What moving sand claims: DRO-04, DRO-05, GAN-09."""

import math
from fractions import Fraction

import numpy as np

from core.check import Check, at_least, at_most, equal, same
from core.dro.transport import distances
from core.experiments.dro.sand import LONGEST, Sand, mean_way, sand
from core.words import number

RIGHT = 1e-6  # a marginal error from which on the blurred plan is no plan of these piles yet


def checks(
    run: Sand, *, sand: str, a: str, b: str, places: int, shift: float, lift: float, n: int,
    p: float, infinite: bool, blur: float, seed: int,
) -> list[Check]:  # fmt: skip
    """Marginals, no better plan, translation, the order of p, heights, area, the blurred plan."""
    power = math.inf if infinite else p
    plan, far = run.plan.numpy(), distances(run.a, run.b).numpy()
    long = float(far.max()) or 1.0
    moved = {"piles": abs(places), "points": abs(shift)}.get(sand, math.hypot(shift, lift))
    copy = (sand != "plane" and run.a.shape == run.b.shape and a.split() == b.split(),
            "Q is not P moved as a whole")  # fmt: skip
    ends = [_mean(run, far, q) for q in ((1.0, math.inf) if run.line else ())]
    apart = not _places(run.a, run.v).keys() & _places(run.b, run.w).keys()
    blurred = run.soft.numel() > 0
    off = _off(run) if blurred else 0.0
    return [
        same(
            "DRO-05",
            "the plan takes all of P and fills all of Q, places and masses as they were set: "
            "largest difference",
            [*plan.sum(1), *plan.sum(0), *_set(run, long), run.error],
            [*run.v, *run.w, *_told(sand, a, b, places, shift, lift, n, seed, long), off],
        ),
        equal(
            "DRO-05",
            f"W is the mean of ways to the power p = {number(power)}, and its root, over the "
            "longest distance",
            run.distance / long,
            _mean(run, far, power) / long,
        ),
        at_most(
            "DRO-05",
            "no two arrows of the plan get cheaper by changing their ends: largest gain",
            _gain(run, far / long, power),
            0.0,
        ),
        equal(
            "DRO-05",
            "a pile that is moved as a whole is as far as it was moved, for every p",
            run.distance,
            moved,
            needs=(copy,),
        ),
        at_most(
            "DRO-04",
            "W₁ ≤ Wₚ ≤ W∞, so that the ball of a radius shrinks as p grows: largest excess",
            max(ends[0] - run.distance, run.distance - ends[1]) / long if ends else 0.0,
            0.0,
            needs=((run.line, "in the plane every p has a plan of its own"),),
        ),
        same(
            "GAN-09",
            "piles without a common place: KL = ∞ both ways, and JSD = log 2, however far apart"
            if apart
            else "KL both ways and JSD, summed place by place: largest difference",
            [run.kl, run.back, run.jsd],
            [math.inf, math.inf, math.log(2)] if apart else _heights(run),
        ),
        equal(
            "DRO-05",
            "on a line W₁ is the area between the two distribution functions",
            run.distance / long,
            _area(run) / long if run.line else 0.0,
            needs=((run.line and power == 1, "this is about p = 1 on a line"),),
        ),
        at_least(
            "",
            f"the blurred plan, its sums off by {number(run.error, 2)}, has ways no shorter than "
            "Wₚ: difference over the longest distance",
            (run.dear(power) - run.distance) / long,
            0.0,
            tol=RIGHT,
            needs=((blurred, "no blur, or p = ∞"),
                   (run.error < RIGHT, "the steps have not made the sums right yet")),
        ),
    ]  # fmt: skip


def _off(run: Sand) -> float:
    """By how much the sums of the blurred plan miss the masses."""
    rows, columns = run.soft.sum(1) - run.v, run.soft.sum(0) - run.w
    return float(rows.abs().sum() + columns.abs().sum())


def _set(run: Sand, long: float) -> list[float]:
    """Everything that P and Q consist of, in units of the longest distance."""
    return [*(run.a / long).flatten(), *(run.b / long).flatten(), *run.v, *run.w]


def _told(sand_: str, a, b, places, shift, lift, n, seed, long: float) -> list[float]:
    """The same as the settings have it: by hand on a line, drawn anew in the plane."""
    if sand_ == "plane":
        still = sand(sand="plane", n=n, seed=seed, shift=0.0, lift=0.0)
        moved = still.b.numpy() + np.array([shift, lift])
        even = [1 / n] * n
        return [*(still.a / long).flatten(), *(moved / long).flatten(), *even, *even]
    rows = [[float(cell) for cell in text.split()] for text in (a, b)]
    move = places if sand_ == "piles" else shift
    if sand_ == "points":
        where, mass = rows, [[1 / len(row)] * len(row) for row in rows]
    else:
        where = [list(range(len(row))) for row in rows]
        mass = [[_part(each, row) for each in row] for row in rows]
    x, y = where[0], [each + move for each in where[1]]
    return [each / long for each in (*x, *y)] + [*mass[0], *mass[1]]


def _part(each: float, row: list[float]) -> float:
    return float(Fraction(each) / sum(Fraction(other) for other in row))


def _mean(run: Sand, far: np.ndarray, p: float) -> float:
    """The p-th mean of the ways of the best plan."""
    ways, mass = far[run.i.numpy(), run.j.numpy()], run.mass.numpy()
    longest = float(ways.max())
    if math.isinf(p) or longest == 0:
        return longest
    return longest * float(mass @ (ways / longest) ** p) ** (1 / p)


def _gain(run: Sand, far: np.ndarray, p: float) -> float:
    """What changing the ends of two arrows would save at most; of the longest one for p = ∞."""
    i, j = run.i.numpy(), run.j.numpy()
    own, crossed = far[i, j], far[np.ix_(i, j)]
    if math.isinf(p):
        k = int(own.argmax())
        after = np.maximum(crossed[k], crossed[:, k])
        return float((own[k] - np.maximum(after, 0)).max()) if len(own) > 1 else 0.0
    own, crossed = own**p, crossed**p
    return float((own + own[:, None] - crossed - crossed.T).max())


def _places(x, mass) -> dict[tuple, float]:
    """Mass of every place that has some."""
    found: dict[tuple, float] = {}
    for place, each in zip(x.tolist(), mass.tolist(), strict=True):
        if each > 0:
            key = tuple(round(coordinate, 9) + 0.0 for coordinate in place)
            found[key] = found.get(key, 0.0) + each
    return found


def _heights(run: Sand) -> list[float]:
    """KL, KL back, JSD."""
    p, q = _places(run.a, run.v), _places(run.b, run.w)
    middle = {k: (p.get(k, 0.0) + q.get(k, 0.0)) / 2 for k in {**p, **q}}
    return [_kl(p, q), _kl(q, p), (_kl(p, middle) + _kl(q, middle)) / 2]


def _kl(p: dict, q: dict) -> float:
    if any(k not in q for k in p):
        return math.inf
    return math.fsum(mass * math.log(mass / q[k]) for k, mass in p.items())


def _area(run: Sand) -> float:
    """∫ |F − G| over the line."""
    x = np.concatenate([run.a[:, 0], run.b[:, 0]])
    rise = np.concatenate([run.v, -run.w])
    order = np.argsort(x, kind="stable")
    return float(np.abs(np.cumsum(rise[order]))[:-1] @ np.diff(x[order]))


def says(
    run: Sand, *, sand: str, a: str, b: str, p: float, infinite: bool, blur: float
) -> str:  # fmt: skip
    """How far, and what the heights say."""
    name = "W∞" if infinite else f"Wₚ with p = {number(p)}"
    told = f"{name} is {number(run.distance)}: "
    told += "the longest way. " if infinite else "the mean way, longer ones counting more. "
    if not infinite and p == 1:
        told = f"W₁ is {number(run.distance)}, the mean way of the sand. "
    if run.apart:
        told += "P and Q share no place: JSD is log 2 = 0.693, KL is ∞. "
    else:
        told += f"JSD is {number(run.jsd)}, KL {number(run.kl)} and back {number(run.back)}. "
    if sand == "piles":
        sums = [math.fsum(float(cell) for cell in row.split()) for row in (a, b)]
        if sums[0] != sums[1]:
            told += (
                f"Each pile is divided by its own sum, {number(sums[0])} and {number(sums[1])}. "
            )
    if run.soft.numel():
        told += f"The blurred plan's way is {number(run.dear(p))}"
        told += ". " if run.error < RIGHT else f", its sums still off by {number(run.error, 2)}. "
    return told.strip()


def _ratio(run: Sand, places: int, **values: object) -> tuple[float, dict[str, str]]:
    """JSD of Q carried twice as far over that of Q as it stands."""
    kept = {k: v for k, v in values.items() if k in ("a", "b", "sand", "p", "infinite")}
    there = sand(**kept, places=max(-LONGEST, min(LONGEST, 2 * places)))
    facts = {"one": number(run.distance), "two": number(there.distance), "jsd": number(run.jsd)}
    return there.jsd / run.jsd if run.jsd else 1.0, facts


answers = {
    "apart": _ratio,
    "grain": lambda run: (run.distance, {"one": number(mean_way(run.ways, run.mass, 1.0))}),
    "read": lambda run: (run.distance, {"way": number(run.distance)}),
}
