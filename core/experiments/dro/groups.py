"""One linear model for two groups: fitted to all rows, and to the worst shares within a radius."""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.dro import group_fit, two_groups
from core.dro.fits import LOSSES, fit, losses
from core.dro.group import Rows
from core.rng import generator
from core.signature import between, declared

EACH = 200  # rows of either group, from which its risk is taken
GRID = torch.linspace(0, 1, 41, dtype=torch.float64)  # weights of group 2 along the axis


class Fit(NamedTuple):
    """The model of least mix (1 − q) R₁ + q R₂."""

    q: float  # weight of group 2
    beta: Tensor  # (d,)
    risks: Tensor  # R₁, R₂: mean loss in either group, (2,)

    def mix(self, q: float) -> float:
        """(1 − q) R₁ + q R₂ of this model."""
        return float((1 - q) * self.risks[0] + q * self.risks[1])

    def worst(self, low: float, high: float) -> float:
        """The largest mix with q in [low, high]."""
        return max(self.mix(low), self.mix(high))


class Path(NamedTuple):
    """The models of least mix at every weight of `GRID`, and where their risks are equal."""

    betas: Tensor  # (41, d)
    risks: Tensor  # (41, 2)
    even: float  # the weight of group 2 at which no other is worse, in [0, 1]


class Groups(NamedTuple):
    """The plain fit, the one for the worst shares within the radius, and all in between."""

    plain: Fit  # at the share of the data
    robust: Fit  # at the adversary's best weight
    path: Path
    low: float  # the adversary's weights of group 2, from here
    high: float  # to here

    # the worst mix within the radius
    value = property(lambda self: self.robust.worst(self.low, self.high))
    plain_value = property(lambda self: self.plain.worst(self.low, self.high))


@declared
def groups(
    share: Annotated[float, between(0, 1)] = 0.05,
    radius: Annotated[float, between(0, 1)] = 1.0,
    loss: Literal[LOSSES] = "squared",
    noise1: Annotated[float, between(0, 3)] = 0.3,
    noise2: Annotated[float, between(0, 3)] = 0.3,
    seed: Annotated[int, between(0, 999)] = 0,
) -> Groups:
    """Both fits to two groups of `core.dro.two_groups`.

    R₂ − R₁ falls as the weight of group 2 grows, so the adversary's best weight is the one where
    both risks are equal, or the end of the radius that is nearest to it.

    Args:
        share: of group 2 in the data.
        radius: by how much the adversary may change the share.
        loss: squared for a line, logistic for two classes.
        noise1, noise2: standard deviation in either group.
        seed: of the rows.

    Sources: DRO-03; Sagawa et al. 2020.
    """
    path = path_of(loss, noise1, noise2, seed)
    low, high = max(0.0, share - radius), min(1.0, share + radius)
    at = (share, min(max(path.even, low), high))
    rows = rows_of(loss, noise1, noise2, seed)
    plain, robust = (_fitted(rows, loss, q, path) for q in at)
    return Groups(plain, robust, path, low, high)


@lru_cache(maxsize=32)
def rows_of(loss: str, noise1: float, noise2: float, seed: int) -> tuple[Rows, Rows]:
    """The rows (X, y) of either group."""
    return two_groups(loss, EACH, (noise1, noise2), generator=generator(seed))


@lru_cache(maxsize=32)
def path_of(loss: str, noise1: float, noise2: float, seed: int) -> Path:
    """All fits along the axis."""
    rows = rows_of(loss, noise1, noise2, seed)
    found: list[Fit] = []
    for q in GRID.tolist():
        found.append(_at(rows, loss, q, found[-1].beta if found else None))
    even = float(group_fit(*rows, 0.5, 1.0, loss).weights[1])
    betas, risks = (torch.stack(each) for each in list(zip(*found, strict=True))[1:])
    return Path(betas, risks, even)


def _fitted(rows: tuple[Rows, Rows], loss: str, q: float, path: Path) -> Fit:
    return _at(rows, loss, q, path.betas[round(q * (len(GRID) - 1))])


def _at(rows: tuple[Rows, Rows], loss: str, q: float, start: Tensor | None) -> Fit:
    (X1, y1), (X2, y2) = rows
    weights = torch.cat([(1 - q) * torch.ones_like(y1), q * torch.ones_like(y2)]) / EACH
    beta = fit(torch.cat([X1, X2]), torch.cat([y1, y2]), loss, weights, start=start)
    return Fit(q, beta, torch.stack([losses(beta, *each, loss).mean() for each in rows]))
