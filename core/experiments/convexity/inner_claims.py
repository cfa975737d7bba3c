"""What inner products claim: ANA-02, ANA-03."""

import math
from functools import lru_cache

import torch

from core.check import Check, at_least, at_most, equal, same
from core.convexity import gram
from core.convexity import inner as form
from core.experiments.convexity.inner import DIMENSIONS, EMPTY, PAIRS, Inner, drawn
from core.words import number

SURE = 5.0  # standard errors
SIZES = torch.arange(2, DIMENSIONS + 1)


def checks(
    run: Inner, *, u1: float, u2: float, v1: float, v2: float, m11: float, m12: float, d: int,
    seed: int,
) -> list[Check]:  # fmt: skip
    """The inequality, the area, the line of u, the other sign; sums in d dimensions."""
    u, v = torch.tensor([[u1, u2], [v1, v2]], dtype=torch.float64)
    M = torch.tensor([[m11, m12], [m12, 1.0]], dtype=torch.float64)
    definite = (run.definite, "M has an eigenvalue that is not positive: no inner product")
    both = float(run.squares.prod())
    bent = torch.outer(u, v).flatten() @ M.flatten()
    parallel = abs(u1 * v2 - u2 * v1) <= 1e-9
    flat = (parallel, "u and v are not parallel")
    direct = _direct(seed, d)
    error = math.sqrt(2 * (d - 1) / (d * d * (d + 2)) / PAIRS)  # of Beta(½, (d − 1)/2)
    area = gram(u, v, M) if run.definite else torch.linalg.det(M) * (u1 * v2 - u2 * v1) ** 2
    squares = torch.stack([u @ M @ u, v @ M @ v])
    known = (abs(float(squares[0])) > EMPTY, "⟨u, u⟩ = 0: u has no line to fall on")
    return [
        at_most("ANA-02", "Cauchy–Schwarz: |⟨u, v⟩| ≤ ‖u‖‖v‖", abs(run.product),
                math.sqrt(max(both, 0.0)), needs=(definite,)),
        equal("ANA-02", "the gap is the squared area: ‖u‖²‖v‖² − ⟨u, v⟩² = area², by projection",
              both - run.product**2, area),
        same("ANA-02", "⟨u, v⟩, ⟨u, u⟩, ⟨v, v⟩, area², and eigenvalues of M by their definition: "
             "difference", [run.product, *run.squares, run.gram, *run.eigen],
             [bent, *squares, area, *torch.linalg.eigvalsh(M)]),
        equal("ANA-02", "equality where u and v are parallel: |⟨u, v⟩| = ‖u‖‖v‖",
              abs(run.product), math.sqrt(max(both, 0.0)), needs=(definite, flat)),
        equal("ANA-02", "p, the foot of v on the line of u: ⟨u, v − p⟩ = 0", u @ M @ (v - run.foot)
              if known[0] else 0.0, 0.0, tol=1e-8, needs=(known,)),
        at_least("", "with eigenvalues of both signs it turns round: ⟨u, v⟩² ≥ ⟨u, u⟩⟨v, v⟩",
                 run.product**2, both,
                 needs=((float(run.eigen.prod()) < -EMPTY, "M has no negative eigenvalue"),)),
        same("ANA-03", "Σxᵢyᵢ over √(Σxᵢ² Σyᵢ²), pair by pair, none above 1: difference",
             torch.cat([run.ratios, run.ratios.amax()[None].clamp(min=1)]),
             torch.cat([direct, torch.ones(1, dtype=torch.float64)])),
        same("ANA-03", "mean of (Σxᵢyᵢ)²/(Σxᵢ² Σyᵢ²) = 1/d: away by so many standard errors above "
             f"{SURE:g}, and in every dimension from the pairs",
             [max(0.0, abs(float(run.means[d - 2]) - 1 / d) / error - SURE),
              *(run.means * SIZES).tolist()],
             [0.0, *(_means(seed) * SIZES).tolist()]),
    ]  # fmt: skip


@lru_cache(maxsize=16)
def _direct(seed: int, d: int) -> torch.Tensor:
    """The ratio of each pair from its first d entries."""
    x, y = drawn(seed)[:, :d].transpose(1, 2)
    return form(x, y).abs() / (form(x, x) * form(y, y)).sqrt()


@lru_cache(maxsize=16)
def _means(seed: int) -> torch.Tensor:
    """The mean square ratio in each dimension, with sums as products of matrices."""
    x, y = drawn(seed)
    until = torch.ones(len(x), len(x), dtype=torch.float64).tril()[1:]
    return ((until @ (x * y)).square() / (until @ (x * x)) / (until @ (y * y))).mean(1)


def says(run: Inner, *, u1: float, u2: float, v1: float, v2: float, d: int) -> str:
    """The product against the lengths, and random pairs."""
    return f"{_plane(run, u1, u2, v1, v2)} {_many(run, d)}"


def _plane(run: Inner, u1: float, u2: float, v1: float, v2: float) -> str:
    uu, vv = (float(each) for each in run.squares)
    p = number(run.product, zero=EMPTY)
    if (u1, u2) == (0, 0) or (v1, v2) == (0, 0):
        return "A vector is 0, and so is the product."
    if not run.definite:
        told = "M has an eigenvalue that is not positive, so that this is no inner product: "
        if min(uu, vv) <= EMPTY:
            which, least = ("u", uu) if uu <= vv else ("v", vv)
            return f"{told}⟨{which}, {which}⟩ = {number(least, zero=EMPTY)}."
        side = "not below" if run.gram <= 0 else "above"
        return (
            f"{told}⟨u, v⟩² = {number(run.product**2)} is {side} ⟨u, u⟩⟨v, v⟩ = {number(uu * vv)}."
        )
    lengths = number(math.sqrt(uu * vv))
    if run.gram <= 1e-12 * uu * vv:
        return f"u and v are parallel: |⟨u, v⟩| is as large as it can be, ‖u‖‖v‖ = {lengths}."
    area, share = number(math.sqrt(run.gram)), number(run.ratio, zero=EMPTY)
    return (
        f"⟨u, v⟩ = {p}: its size is {share} of ‖u‖‖v‖ = {lengths}. What is missing is the area "
        f"{area} of the parallelogram: ⟨u, v⟩² + area² = (‖u‖‖v‖)²."
    )


def _many(run: Inner, d: int) -> str:
    return (
        f"Of {PAIRS} random pairs in {d} dimensions half are within {number(90 - run.angle)}° of a "
        "right angle."
    )


def _signs(run: Inner) -> tuple[str, dict[str, object]]:
    product, lengths = run.product**2, run.squares.prod()
    gap = product - float(lengths)
    key = "same" if abs(gap) < 1e-9 else "product" if gap > 0 else "lengths"
    return key, {"product": product, "lengths": lengths}


answers = {
    "angle": lambda run: (run.angle, {"off": 90 - run.angle}),
    "skew": lambda run: (
        run.ratio,
        {"ratio": run.ratio, "angle": math.degrees(math.acos(min(run.ratio, 1.0)))},
    ),
    "signs": _signs,
}
