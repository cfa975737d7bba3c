r"""Two groups, one model: the adversary chooses the shares of the groups within a radius.

With risks R₁, R₂ and a share s of the second group, min over β of max over |q − s| ≤ r of
(1 − q) R₁ + q R₂. Radius 0 is the plain fit, radius 1 group DRO, where only the worse group counts.
The maximum over q of min over β is the same number (the risks are convex), and R₂ − R₁ at the best
β falls as q grows: q is found where both risks are equal, or at an end. Sources: DRO-03; Sagawa et
al. 2020.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require
from core.dro.fits import LOSSES, fit, losses, table
from core.dro.laws import masses

LINES = ((0.0, 1.0), (1.0, -0.5))  # offset and slope of the two groups, squared loss
REACH, SPURIOUS = 2.0, 1.5  # half the range of x; distance of the misleading feature from 0
ROUNDS, SAME = 100, 1e-11

Rows = tuple[Tensor, Tensor]  # X (n, d), y (n,)


class GroupFit(NamedTuple):
    """A model, the adversary's answer to it, and the proof that neither can do better."""

    beta: Tensor  # (d,)
    risks: Tensor  # mean loss of either group, (2,)
    weights: Tensor  # the adversary's shares (1 − q, q), (2,)
    value: float  # the worst mix of the risks within the radius
    gap: float  # how far above the lower bound min over β at these shares it is, ≥ 0


def two_groups(
    loss: str, n: int, noise: tuple[float, float], *, generator: torch.Generator
) -> tuple[Rows, Rows]:
    """n rows of each of two groups that one linear model cannot serve alike.

    squared: X = (1, x), x uniform on [−2, 2], y = x in the first group and 1 − x/2 in the second,
    plus normal noise. logistic: X = (1, true, misleading) and fair classes; the true feature is ±1
    for either group, the misleading one ±1.5 on the side of the class in the first group and on the
    other side in the second; both blurred by the noise of the group.

    Args:
        loss: one of `LOSSES`.
        n: in [2, 100_000].
        noise: standard deviation in either group, ≥ 0.
    """
    choose("loss", loss, LOSSES)
    require("n", n, 2, 100_000, integer=True)
    for each in noise:
        require("noise", each, 0)
    draw = {"generator": generator, "dtype": torch.float64}
    made = []
    for (offset, slope), spread, side in zip(LINES, noise, (1, -1)):
        one, blur = torch.ones(int(n)).double(), spread * torch.randn(int(n), 2, **draw)
        if loss == "squared":
            x = REACH * (2 * torch.rand(int(n), **draw) - 1)
            made.append((torch.stack([one, x], 1), offset + slope * x + blur[:, 0]))
        else:
            y = (torch.rand(int(n), **draw) < 0.5).double()
            sign = 2 * y - 1
            both = torch.stack([sign, side * SPURIOUS * sign], 1) + blur
            made.append((torch.cat([one[:, None], both], 1), y))
    return made[0], made[1]


def group_fit(
    first: Rows, second: Rows, share: float, radius: float, loss: str, *, ridge: float | None = None
) -> GroupFit:
    """The β whose worst mix of the two risks is least.

    Args:
        first, second: rows (X, y) of the two groups; each group counts by its share, not its size.
        share: of the second group in the data, in [0, 1].
        radius: by how much the adversary may change the share, in [0, 1].
        loss: one of `LOSSES`; y is 0 or 1 for the logistic one.
        ridge: > 0, see `core.dro.fits.RIDGE`; part of what is minimised, not of the risks.

    Raises:
        ValueError: a value outside its range, rows that do not fit.
    """
    require("share", share, 0, 1)
    require("radius", radius, 0, 1)
    groups = table(*first, loss), table(*second, loss)
    if groups[0][0].shape[1] != groups[1][0].shape[1]:
        raise ValueError("expected second with as many columns as first, got others")
    X, y = (torch.cat(parts) for parts in zip(*groups))
    each = [masses("weights", None, len(rows[1])) for rows in groups]

    def best(q: float, start: Tensor | None) -> tuple[Tensor, Tensor]:
        weights = torch.cat([(1 - q) * each[0], q * each[1]])
        beta = fit(X, y, loss, weights, ridge=ridge, start=start)
        return beta, torch.stack([losses(beta, *rows, loss).mean() for rows in groups])

    low, high = max(0.0, share - radius), min(1.0, share + radius)
    q = _balanced(best, low, high)
    beta, risks = best(q, None)
    mixes = [(1 - end) * risks[0] + end * risks[1] for end in (low, high)]
    value = float(max(mixes))
    bound = float((1 - q) * risks[0] + q * risks[1])
    return GroupFit(
        beta, risks, torch.tensor([1 - q, q], dtype=torch.float64), value, value - bound
    )


def _balanced(best, low: float, high: float) -> float:
    """The share in [low, high] at which the adversary gains nothing by changing it."""
    beta, risks = best(low, None)
    left = float(risks[1] - risks[0])
    if left <= 0 or low == high:
        return low
    beta, risks = best(high, beta)
    right = float(risks[1] - risks[0])
    if right >= 0:
        return high
    q = high
    for _ in range(ROUNDS):  # false position; an end that stays twice counts half (Illinois)
        q = (low * right - high * left) / (right - left)
        beta, risks = best(q, beta)
        now = float(risks[1] - risks[0])
        if abs(now) <= SAME * float(risks.sum()) or high - low <= SAME:
            break
        if now > 0:
            low, left, right = q, now, right / 2
        else:
            high, right, left = q, now, left / 2
    return q
