"""Patches of a digit: which parts of a picture made the network say what it says.

The players are the patches of an 8 × 8 picture; v(S) is the score of the picture that shows the
patches in S and something else, the baseline, in the place of the others.
"""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core import table
from core.check import require
from core.pictures import DIGITS
from core.shapley.digits import GREY, READERS, digits, load, mean_digit
from core.shapley.patchwork import all_scores, area, band, shown, taken, tiles
from core.shapley.values import banzhaf_values, last_in, shapley_values
from core.signature import between, declared

SOURCES = ("digit", "drawing")
BASELINES = ("paper", "grey", "mean", "blur", "digit")
VIEWS = ("deletion", "insertion", "indices")
TARGETS = ("predicted", *(str(digit) for digit in range(10)))
SIDES = ("4", "2")  # patches in a row; all 2^64 coalitions of single pixels are out of reach
MOST = 16  # patches
THREE = (
    "0 1 8 10 14 10 0 0,0 12 10 6 6 16 2 0,0 3 0 0 7 14 1 0,0 0 0 0 9 11 0 0,"
    "0 0 0 0 2 16 1 0,0 0 0 0 0 8 12 0,0 0 4 0 2 11 9 0,0 0 12 16 14 12 4 0"
)


class Steps(NamedTuple):
    """What patches do that are laid down or taken away one after the other, largest φ first."""

    coalitions: Tensor  # after 0, 1, …, p steps, (p + 1,) indices
    pictures: Tensor  # (p + 1, 8, 8)
    scores: Tensor  # the ten scores of each, (p + 1, 10)
    by_phi: Tensor  # the lead in this order, (p + 1,)
    by_last: Tensor  # in that of last-in
    mean: Tensor  # over all orders, exactly
    low: Tensor  # their quantile 0.1
    high: Tensor  # and 0.9

    # the mean score in the order of φ, in random order, in that of last-in
    areas = property(lambda self: tuple(map(area, (self.by_phi, self.mean, self.by_last))))


@dataclass(frozen=True)
class Patches:
    """One picture, explained."""

    x: Tensor  # the picture, (8, 8) grey levels
    absent: Tensor  # what stands where a patch is absent, (8, 8)
    model: str  # the reader, of `READERS`
    target: int  # the class explained
    rival: int  # the strongest other one on the whole picture
    v: Tensor  # (2**p,) the score z_target − z_rival of every coalition, patch i is bit i
    phi: Tensor  # (p,) Shapley values
    band: Tensor  # mean, quantiles 0.1 and 0.9 of v by the number of patches, (3, p + 1)

    players = property(lambda self: len(self.phi))  # p
    side = property(lambda self: math.isqrt(self.players))  # patches in a row
    last = cached_property(lambda self: last_in(self.v))  # v(N) − v(N ∖ j), (p,)
    # the plain mean of contributions, (p,)
    banzhaf = cached_property(lambda self: banzhaf_values(self.v))
    # the patches, largest φ first, (p,)
    order = cached_property(lambda self: self.phi.argsort(descending=True, stable=True))
    # patches in which the picture already shows the baseline, (p,) bool
    unchanged = property(lambda self: (tiles(self.x - self.absent, self.side) == 0).all(-1))
    # patches of plain paper, (p,) bool
    inkless = property(lambda self: (tiles(self.x, self.side) == 0).all(-1))

    def scores(self, picture: Tensor) -> Tensor:
        """The ten scores of a picture (8, 8)."""
        return load(self.model).scores(picture.flatten())

    def lead(self, picture: Tensor) -> float:
        """z_target − z_rival of a picture (8, 8), the network asked anew."""
        scores = self.scores(picture)
        return float(scores[self.target] - scores[self.rival])

    def steps(self, view: str) -> Steps:
        """`view` "insertion" lays patches on the baseline, else they are taken away."""
        laid = view == "insertion"
        if laid not in self._kept:
            band = self.band if laid else self.band.flip(1)
            by_last = taken(self.last.argsort(descending=True, stable=True), laid)
            path = taken(self.order, laid)
            pictures = shown(path, self.x, self.absent, self.side)
            leads, scores = (self.v[path], self.v[by_last]), load(self.model).scores(pictures)
            self._kept[laid] = Steps(path, pictures.view(-1, 8, 8), scores, *leads, *band)
        return self._kept[laid]

    @cached_property
    def _kept(self) -> dict[bool, Steps]:
        return {}


@declared
def patches(
    source: Literal[SOURCES] = "digit",
    digit: Annotated[int, between(0, DIGITS - 1)] = 1180,
    pixels: str = THREE,
    baseline: Literal[BASELINES] = "mean",
    other: Annotated[int, between(0, DIGITS - 1)] = 125,
    target: Literal[TARGETS] = "predicted",
    model: Literal[READERS] = "net",
    side: Literal[SIDES] = "4",
) -> Patches:
    """The Shapley values of the patches for z_target − z_rival, from all 2^p coalitions (XAI-18).

    Args:
        source, digit: a drawing, or the bundled digit with this index.
        pixels: the drawing, 8 × 8 grey levels 0 to 16, see `core.table`.
        baseline, other: what an absent patch shows: "paper" (0), "grey" (the mean grey of all
            digits), "mean" (their mean picture), "blur" (of this picture) or another "digit".
        target: "predicted", or the digit that is explained. The rival is the strongest other class.
        model, side: "net" (24 hidden ReLU units) or "linear"; patches in a row.
    """
    x = digits()[digit] if source == "digit" else _drawn(pixels)
    missing = {
        "paper": lambda: torch.zeros_like(x),
        "grey": lambda: torch.full_like(x, float(mean_digit().mean())),
        "mean": mean_digit,
        "blur": lambda: (_blur() @ x.view(8, 8) @ _blur().T).flatten(),
        "digit": lambda: digits()[other],
    }
    absent, reader = missing[baseline](), load(model)
    whole = reader.scores(x).tolist()
    named = whole.index(max(whole)) if target == "predicted" else int(target)
    rival = max((k for k in range(10) if k != named), key=lambda k: whole[k])
    v = all_scores(reader, x, absent, int(side), named, rival)
    x, absent = x.view(8, 8), absent.view(8, 8)
    return Patches(x, absent, model, named, rival, v, shapley_values(v), band(v))


def _drawn(pixels: str) -> Tensor:
    drawn = table.read(pixels, "pixels", shapes=((8, 8),))
    require("pixels", drawn.min().item(), 0, GREY)
    require("pixels", drawn.max().item(), 0, GREY)
    return drawn.flatten()


@lru_cache(maxsize=1)
def _blur() -> Tensor:
    """Four times the weights 1 4 6 4 1 over 16, σ = 2 pixels; the edge is repeated outside."""
    padded = torch.eye(8, dtype=torch.float64)[torch.arange(-2, 10).clamp(0, 7)]
    weights = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0], dtype=torch.float64) / 16
    once = torch.stack([weights @ padded[i : i + 5] for i in range(8)])
    return torch.linalg.matrix_power(once, 4)
