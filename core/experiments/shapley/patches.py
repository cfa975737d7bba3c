"""Patches of a digit: which parts of a picture made the network say what it says.

The players are the patches of an 8 × 8 picture; v(S) is the score of the picture that shows the
patches in S and something else, the baseline, in the place of the others.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from core import table
from core.check import choose, require
from core.shapley.coalitions import sizes
from core.shapley.digits import GREY, READERS, Reader, digits, labels, load, mean_digit
from core.shapley.values import banzhaf_values, last_in, shapley_values

SOURCES = ("digit", "drawing")
BASELINES = ("paper", "grey", "mean", "blur", "digit")
VIEWS = ("deletion", "insertion", "indices")
TARGETS = ("predicted", *(str(digit) for digit in range(10)))
SIDES = ("2", "4")  # patches in a row; all 2^64 coalitions of single pixels are out of reach
MOST = 16  # patches
BAND = 0.8  # share of the random orders inside the band


class Curve(NamedTuple):
    """The score after 0, 1, …, p steps, each (p + 1,).

    Attributes:
        phi, last: patches taken in order of φ and of last-in, largest first.
        mean, low, high: over all orders, exactly: mean, and the quantiles 0.1 and 0.9.
    """

    phi: Tensor
    last: Tensor
    mean: Tensor
    low: Tensor
    high: Tensor


class Patches(NamedTuple):
    """One picture, explained.

    Attributes:
        x, absent: the picture and what stands where a patch is absent, (8, 8) grey levels.
        reader: the network.
        label: what the picture shows, −1 for a drawing.
        target, rival: the class explained, and the strongest other one on the whole picture.
        whole, empty: the ten scores of x and of `absent`.
        v: (2**p,) the score z_target − z_rival of every coalition, patch i is bit i, row by row.
        phi, last, banzhaf: (p,).
        order: (p,) the patches, largest φ first.
        curve: see `Curve`.
        reads: (p + 1,) the digit that is read after 0, 1, …, p steps in order of φ.
        step: number of steps taken now.
        shown: (8, 8) the picture after them; scores: its ten scores; coalition: its index in v.
        chosen: the patch that is looked at.
    """

    x: Tensor
    absent: Tensor
    reader: Reader
    label: int
    target: int
    rival: int
    whole: Tensor
    empty: Tensor
    v: Tensor
    phi: Tensor
    last: Tensor
    banzhaf: Tensor
    order: Tensor
    curve: Curve
    reads: Tensor
    step: int
    shown: Tensor
    scores: Tensor
    coalition: int
    chosen: int

    @property
    def players(self) -> int:
        """p."""
        return len(self.phi)

    @property
    def side(self) -> int:
        """Patches in a row."""
        return math.isqrt(self.players)

    @property
    def unchanged(self) -> Tensor:
        """Patches in which the picture already shows the baseline, (p,) bool."""
        return (tiles(self.x - self.absent, self.side) == 0).all(-1)

    def score(self, scores: Tensor) -> float:
        """z_target − z_rival of ten scores."""
        return float(scores[..., self.target] - scores[..., self.rival])


def patches(
    *,
    source: str,
    digit: int,
    pixels: str,
    model: str,
    side: str,
    baseline: str,
    other: int,
    target: str,
    view: str,
    removed: int,
    patch: int,
) -> Patches:
    """The Shapley values of the patches for z_target − z_rival, from all 2^p coalitions (XAI-18).

    The first layer is linear, so its 2^p sums are built by doubling: those with patch i are those
    without it plus W (x − baseline) restricted to patch i.

    Args:
        source: "digit" or "drawing".
        digit: index of the bundled digit, 0 to 1796.
        pixels: the drawing, 8 × 8 grey levels 0 to 16, see `core.table`.
        model: "net" (24 hidden ReLU units) or "linear".
        side: patches in a row, "2" or "4".
        baseline: what an absent patch shows: "paper" (0), "grey" (the mean grey of all digits),
            "mean" (their mean picture), "blur" (this picture, blurred) or "digit" (another one).
        other: index of that other digit.
        target: "predicted", or the digit that is explained. The rival is the strongest other class.
        view: "insertion" lays patches on the baseline, otherwise they are taken away from the whole
            picture; largest φ first.
        removed: how many steps, 0 to 16; beyond p as many as there are.
        patch: the patch looked at, 0 to 15; beyond the last the last.

    Raises:
        ValueError: a parameter outside its range, a drawing of another shape.
    """
    choose("source", source, SOURCES)
    choose("model", model, READERS)
    choose("baseline", baseline, BASELINES)
    choose("target", target, TARGETS)
    choose("view", view, VIEWS)
    choose("side", side, SIDES)
    require("removed", removed, 0, MOST, integer=True)
    require("patch", patch, 0, MOST - 1, integer=True)
    require("digit", digit, 0, len(digits()) - 1, integer=True)
    require("other", other, 0, len(digits()) - 1, integer=True)
    x = _picture(source, int(digit), pixels)
    absent = _absent(baseline, x, int(other))
    reader, p = load(model), int(side) ** 2
    whole, empty = reader.scores(torch.stack((x, absent)))
    named = int(whole.argmax()) if target == "predicted" else int(target)
    rival = int(whole.index_fill(0, torch.tensor(named), -torch.inf).argmax())
    v = all_scores(reader, x, absent, int(side), named, rival)
    phi, last = shapley_values(v), last_in(v)
    order = phi.argsort(descending=True, stable=True)
    by_last = last.argsort(descending=True, stable=True)
    mean, low, high = by_size(v)
    laid = view == "insertion"
    if not laid:
        mean, low, high = mean.flip(0), low.flip(0), high.flip(0)
    path = taken(order, laid)
    taking = patch_of(int(side)).flatten()
    present = (path[:, None] >> taking & 1).bool()
    pictures = torch.where(present, x, absent)
    read = reader.scores(pictures)
    step = min(int(removed), p)
    return Patches(
        x=x.view(8, 8),
        absent=absent.view(8, 8),
        reader=reader,
        label=labels()[int(digit)] if source == "digit" else -1,
        target=named,
        rival=rival,
        whole=whole,
        empty=empty,
        v=v,
        phi=phi,
        last=last,
        banzhaf=banzhaf_values(v),
        order=order,
        curve=Curve(v[path], v[taken(by_last, laid)], mean, low, high),
        reads=read.argmax(-1),
        step=step,
        shown=pictures[step].view(8, 8),
        scores=read[step],
        coalition=int(path[step]),
        chosen=min(int(patch), p - 1),
    )


# --- the picture and its patches -----------------------------------------------------------------


def _picture(source: str, digit: int, pixels: str) -> Tensor:
    if source == "digit":
        return digits()[digit]
    drawn = table.read(pixels, "pixels", shapes=((8, 8),))
    require("pixels", drawn.min().item(), 0, GREY)
    require("pixels", drawn.max().item(), 0, GREY)
    return drawn.flatten()


def _absent(baseline: str, x: Tensor, other: int) -> Tensor:
    match baseline:
        case "paper":
            return torch.zeros_like(x)
        case "grey":
            return torch.full_like(x, float(mean_digit().mean()))
        case "mean":
            return mean_digit()
        case "blur":
            B = _blur()
            return (B @ x.view(8, 8) @ B.T).flatten()
    return digits()[other]


@lru_cache(maxsize=1)
def _blur() -> Tensor:
    """Four times the weights 1 4 6 4 1 over 16, σ = 2 pixels; the edge is repeated outside."""
    padded = torch.eye(8, dtype=torch.float64)[torch.arange(-2, 10).clamp(0, 7)]
    weights = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0], dtype=torch.float64) / 16
    once = torch.stack([weights @ padded[i : i + 5] for i in range(8)])
    return torch.linalg.matrix_power(once, 4)


@lru_cache(maxsize=4)
def patch_of(side: int) -> Tensor:
    """The number of the patch each pixel lies in, (8, 8), patches counted row by row."""
    place = torch.arange(8) * side // 8
    return place[:, None] * side + place


def tiles(picture: Tensor, side: int) -> Tensor:
    """The pixels of each patch, (8, 8) -> (side², 64 / side²)."""
    edge = 8 // side
    grid = picture.reshape(side, edge, side, edge)
    return grid.transpose(1, 2).reshape(side**2, edge**2)


# --- all coalitions ------------------------------------------------------------------------------


def all_scores(
    reader: Reader, x: Tensor, absent: Tensor, side: int, target: int, rival: int
) -> Tensor:
    """z_target − z_rival of every coalition of patches, (2**p,); x and absent are (64,)."""
    row = reader.second[target] - reader.second[rival]
    bias = reader.bias2[target] - reader.bias2[rival]
    weights = row[None] if reader.first is None else reader.first
    change = (x - absent) * weights  # (units, 64)
    p = side**2
    steps = torch.zeros(len(weights), p, dtype=torch.float64)
    steps.index_add_(1, patch_of(side).flatten(), change)
    start = weights @ absent
    if reader.first is None:
        return doubled(start + bias, steps)[:, 0]
    return doubled(start + reader.bias1, steps).relu_() @ row + bias


def doubled(start: Tensor, steps: Tensor) -> Tensor:
    """start + Σ_{i∈S} steps[:, i] for every S, (units,), (units, p) -> (2**p, units)."""
    units, p = steps.shape
    sums = torch.empty(2**p, units, dtype=torch.float64)
    sums[0] = start
    for i in range(p):
        torch.add(sums[: 2**i], steps[:, i], out=sums[2**i : 2 ** (i + 1)])
    return sums


def taken(order: Tensor, laid: bool) -> Tensor:
    """The coalitions after 0, 1, …, p patches are laid down, or taken away: (p + 1,) indices."""
    joined = torch.cat((order.new_zeros(1), (1 << order).cumsum(0)))
    return joined if laid else joined[-1] - joined


def by_size(v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean and the quantiles 0.1 and 0.9 of v over the coalitions of each size, (p + 1,) each.

    After k arrivals of a random order every coalition of k players is equally likely, so these are
    the mean and the band of all p! orders.
    """
    p = len(v).bit_length() - 1
    rows = []
    for group in v[_sorted(p)].split(_counts(p)):
        cut = round((1 - BAND) / 2 * (len(group) - 1))
        low, high = group.kthvalue(cut + 1).values, group.kthvalue(len(group) - cut).values
        rows.append(torch.stack((group.mean(), low, high)))
    mean, low, high = torch.stack(rows, dim=1)
    return mean, low, high


@lru_cache(maxsize=4)
def _sorted(p: int) -> Tensor:
    return sizes(p).argsort(stable=True)


@lru_cache(maxsize=4)
def _counts(p: int) -> tuple[int, ...]:
    return tuple(sizes(p).bincount().tolist())


def area(curve: Tensor) -> float:
    """∫ of the curve over the share of patches, by trapezoids: a mean score."""
    return float(torch.trapezoid(curve, dx=1 / (len(curve) - 1)))
