"""The receptive field: which inputs one unit depends on, and how much on each of them.

One axis is enough: a square kernel treats rows and columns alike. Layers are (k, s, d), kernel,
stride and dilation, counted from the input upwards; level 0 is the input. Unit u of level l sees
the inputs from J_l u to J_l u + r_l − 1, where J_l = s_1 ⋯ s_l.
"""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.check import Check, at_most, choose, equal, require
from core.convolution import receptive_field
from core.rng import generator
from core.table import read

STACKS = ("table", "deep")
WEIGHTS = ("uniform", "random", "sobel")
DEEPEST = 120
WIDEST = 1024  # inputs in a field
SHARE = 0.95  # of the gradient that the effective field holds


class Field(NamedTuple):
    """A stack of layers and one unit of it.

    Attributes:
        layers: (k, s, d) from the input upwards.
        r: receptive field of a unit of each level, r[0] = 1, shape (L + 1,).
        J: distance of neighbouring units in inputs, shape (L + 1,).
        units: how many units of each level are drawn, shape (L + 1,).
        found: whether there is a unit where the student points; otherwise the top one is taken.
        level, unit: the unit.
        cone: for each level up to `level`, which units it depends on through kernel entries.
        grad: ∂(unit)/∂(input), by autograd, shape (units[0],).
        theory: standard deviation of |gradient| in inputs for each level, as a sum of variances.
        spread: the same, measured for this unit.
        held: inputs between the 2.5 % and the 97.5 % point of |gradient|.
        learning: how many weights of the lowest layer have a gradient that is not 0.
        needed: layers, with more of the last one on top, until r ≥ n; −1 if never.
    """

    layers: tuple[tuple[int, int, int], ...]
    r: Tensor
    J: Tensor
    units: tuple[int, ...]
    found: bool
    level: int
    unit: int
    cone: tuple[Tensor, ...]
    grad: Tensor
    theory: Tensor
    spread: float
    held: int
    learning: int
    needed: int

    @property
    def first(self) -> int:
        """The first input of the field."""
        return int(self.J[self.level]) * self.unit

    @property
    def width(self) -> int:
        """Inputs in the field, from the first to the last."""
        return int(self.r[self.level])

    @property
    def inside(self) -> int:
        """Inputs of the field that a chain of kernel entries leads to."""
        return int(self.cone[0].sum())


def field(
    stack: str,
    layers: str,
    depth: int,
    n: int,
    weights: str,
    seed: int,
    down: int,
    at: int,
) -> Field:
    r"""Theoretical field :math:`r_l = 1 + \sum_{i \le l} d_i (k_i - 1) \prod_{j<i} s_j`, and grad.

    Args:
        stack: "table" takes `layers`, "deep" takes `depth` layers 3 x 3 of stride 1.
        layers: one to eight rows "k s d" of whole numbers, k 1..9, s 1..4, d 1..128.
        depth: 1..120.
        n: pixels in a row of the picture, 8..512.
        weights: "uniform" 1/k; "random", positive with sum 1, drawn with `seed`; "sobel", which is
            (1, 0, …, 0, −1)/2.
        seed: of the random weights and of the input on which the weights' gradients are taken.
        down, at: where the student points: levels below the top one, and inputs from the middle.
            The unit of that level nearest to that input is taken.

    Raises:
        ValueError: a parameter out of range, or a field of more than 1024 inputs.
    """
    choose("stack", stack, STACKS)
    choose("weights", weights, WEIGHTS)
    require("depth", depth, 1, DEEPEST, integer=True)
    require("n", n, 8, 512, integer=True)
    require("down", down, 0, integer=True)
    require("at", at, integer=True)
    rows = ((3, 1, 1),) * int(depth) if stack == "deep" else table(layers)
    r, J = sizes(rows)
    if r[-1] > WIDEST:
        raise ValueError(f"expected layers with a field of at most {WIDEST} inputs, got {r[-1]}")
    units = _units(rows, next(t for t in (5, 3, 1) if t == 1 or r[-1] + (t - 1) * J[-1] <= WIDEST))
    level, unit = len(rows) - int(down), 0
    place = units[0] // 2 + int(at)
    found = level >= 0 and 0 <= place < units[0]
    level = level if found else len(rows)
    place = place if found else units[0] // 2
    unit = min(max(round((place - (r[level] - 1) / 2) / J[level]), 0), units[level] - 1)
    k, d = torch.tensor(rows)[:, 0], torch.tensor(rows)[:, 2]
    w = _weights(k, weights, seed)
    grad, learning = _gradient(rows[:level], w, units[0], unit, seed)
    theory = ((d * torch.tensor(J[:-1])).square() * _variance(w.abs())).cumsum(0)
    total = grad.abs().cumsum(0)
    low = int((total < (1 - SHARE) / 2 * total[-1]).sum())
    high = int((total < (1 + SHARE) / 2 * (1 - 1e-12) * total[-1]).sum())
    return Field(
        layers=rows,
        r=torch.tensor(r),
        J=torch.tensor(J),
        units=units,
        found=found,
        level=level,
        unit=unit,
        cone=_cone(rows[:level], units, unit),
        grad=grad,
        theory=F.pad(theory, (1, 0)).sqrt(),
        spread=float(_variance(grad.abs())) ** 0.5,
        held=high - low + 1,
        learning=learning,
        needed=needed(rows, int(n)),
    )


def table(text: str) -> tuple[tuple[int, int, int], ...]:
    """The rows "k s d" as whole numbers.

    Raises:
        ValueError: naming the row and what is expected there.
    """
    rows = read(text, "layers", shapes=tuple((rows, 3) for rows in range(1, 9))).tolist()
    for i, row in enumerate(rows):
        for name, value, high in zip("ksd", row, (9, 4, 128)):
            require(f"{name} in row {i + 1} of layers", value, 1, high, integer=True)
    return tuple(tuple(int(v) for v in row) for row in rows)


def sizes(layers: tuple[tuple[int, int, int], ...]) -> tuple[list[int], list[int]]:
    """r_0, …, r_L and J_0, …, J_L."""
    r, J = [1], [1]
    for k, s, d in layers:
        r.append(r[-1] + d * (k - 1) * J[-1])
        J.append(J[-1] * s)
    return r, J


def needed(layers: tuple[tuple[int, int, int], ...], n: int) -> int:
    """How many layers see n inputs, the last one repeated as often as it takes; −1 if never."""
    r, jump, count = 1, 1, 0
    while r < n:
        if count >= len(layers) and layers[-1][0] == 1:
            return -1
        k, s, d = layers[min(count, len(layers) - 1)]
        r, jump, count = r + d * (k - 1) * jump, jump * s, count + 1
    return count


def _units(layers: tuple[tuple[int, int, int], ...], top: int) -> tuple[int, ...]:
    """Units of every level below `top` units of the last one, without padding."""
    units = [top]
    for k, s, d in reversed(layers):
        units.append((units[-1] - 1) * s + d * (k - 1) + 1)
    return tuple(reversed(units))


def _weights(k: Tensor, weights: str, seed: int) -> Tensor:
    """One kernel per layer, with Σ |w| = 1; row l holds k_l weights and then zeros, (L, 9)."""
    entry = torch.arange(9)
    if weights == "sobel":
        w = (entry == 0).double() - ((entry == k[:, None] - 1) & (entry > 0)).double()
    else:
        w = (entry < k[:, None]).double()
        if weights == "random":
            w *= 0.05 + torch.rand(w.shape, generator=generator(seed), dtype=torch.float64)
    return w / w.abs().sum(dim=1, keepdim=True)


def _gradient(
    layers: tuple[tuple[int, int, int], ...], w: Tensor, width: int, unit: int, seed: int
) -> tuple[Tensor, int]:
    """∂(unit)/∂(input) by autograd, (width,), and how many lowest weights have a gradient ≠ 0."""
    x = 1 + torch.rand(1, 1, width, generator=generator(seed), dtype=torch.float64)
    y = x.requires_grad_()
    lowest = w[0, : layers[0][0]].clone()[None, None].requires_grad_() if layers else None
    for i, (k, s, d) in enumerate(layers):
        y = F.conv1d(y, w[i, :k][None, None] if i else lowest, stride=s, dilation=d)
    if not layers:
        return torch.autograd.grad(y[0, 0, unit], x)[0][0, 0], 0
    grad, learning = torch.autograd.grad(y[0, 0, unit], (x, lowest))
    return grad[0, 0], int((learning != 0).sum())


def _cone(
    layers: tuple[tuple[int, int, int], ...], units: tuple[int, ...], unit: int
) -> tuple[Tensor, ...]:
    """Units of level 0, …, that chains of kernel entries lead to from `unit` above all layers."""
    chosen = torch.tensor([unit])
    masks = []
    for level in range(len(layers), -1, -1):
        mask = torch.zeros(units[level], dtype=torch.bool)
        mask[chosen] = True
        masks.append(mask)
        if level:
            k, s, d = layers[level - 1]
            chosen = (s * mask.nonzero() + d * torch.arange(k)).flatten()
    return tuple(reversed(masks))


def _variance(mass: Tensor) -> Tensor:
    """Variance of the position under masses ≥ 0, (..., n) -> (...)."""
    j = torch.arange(mass.shape[-1], dtype=mass.dtype)
    share = mass / mass.sum(dim=-1, keepdim=True)
    mean = (share * j).sum(dim=-1, keepdim=True)
    return (share * (j - mean).square()).sum(dim=-1)


def checks(run: Field, *, n: int, weights: str, **_) -> list[Check]:
    """CNN-21 (E-57), CNN-22 (E-58) and CNN-23 for this unit."""
    below = run.level > 0
    return [
        *_by_entries(run, weights, below),
        *_width(run, n, weights, below),
        _outside(run),
    ]


def _by_entries(run: Field, weights: str, below: bool) -> list[Check]:
    moved = int((run.grad != 0).sum())
    zeros = weights == "sobel" and moved < run.inside
    return [
        equal(
            "CNN-21",
            "inputs with ∂x/∂xⱼ ≠ 0, by autograd = inputs reached through kernel entries",
            moved,
            run.inside,
            applies=not zeros,
            why=f"zeros and cancelling signs hide {run.inside - moved} inputs; the field is a "
            "matter of entries, not of values (E-57)"
            if zeros
            else "",
        ),
        equal(
            "CNN-21",
            "weights of the lowest layer with ∂x/∂w ≠ 0 = its k entries, those that are 0 too "
            "(E-57)",
            run.learning,
            run.layers[0][0],
            applies=below,
            why="" if below else "an input has no weights below it",
        ),
    ]


def _width(run: Field, n: int, weights: str, below: bool) -> list[Check]:
    reached = run.grad.nonzero()[:, 0]
    k, _, d = run.layers[0]
    alike = set(run.layers) == {(k, 1, d)} and k > 1
    wide = all(k > 1 for k, _, _ in run.layers[: run.level]) and below
    positive = weights != "sobel"
    return [
        equal(
            "CNN-22",
            "from the first to the last input with a gradient, by autograd = "
            "1 + Σ dₗ (kₗ − 1) ∏ sᵢ, i < l",
            int(reached[-1] - reached[0]) + 1,
            receptive_field(list(run.layers[: run.level])),
        ),
        equal(
            "CNN-22",
            "equal layers of stride 1 grow linearly: layers until r ≥ n, counted = "
            "⌈(n − 1)/(d (k − 1))⌉ (E-58)",
            run.needed,
            math.ceil((n - 1) / (d * (k - 1))) if alike else 0,
            applies=alike,
            why="" if alike else "needs equal layers with stride 1 and k > 1",
        ),
        at_most(
            "CNN-22",
            "a stack has no more weights than one kernel with its field: Σ kₗ² ≤ r²",
            sum(k * k for k, _, _ in run.layers[: run.level]),
            run.width**2,
            applies=wide,
            why="" if wide else "needs layers with k > 1 below the unit",
        ),
        equal(
            "CNN-22",
            "variances add up: σ² of the gradient = Σ σₗ² (dₗ ∏ sᵢ)², so equal layers give √L, "
            "not L",
            run.spread**2,
            float(run.theory[run.level]) ** 2,
            tol=1e-8,
            applies=positive,
            why="" if positive else "signs cancel: needs weights ≥ 0",
        ),
    ]


def _outside(run: Field) -> Check:
    outside = run.grad.clone()
    outside[run.first : run.first + run.width] = 0
    return equal(
        "CNN-23",
        "∂x/∂xⱼ outside the field: largest value, exactly 0",
        float(outside.abs().max()),
        0.0,
        tol=0.0,
    )


def says(run: Field, *, n: int, weights: str, **_) -> str:
    """What the unit sees, what of it counts, and how far that is from the whole picture."""
    if not run.found:
        told = (
            f"No unit at the place chosen before; the top one, in layer {run.level}, is taken: it "
        )
    elif run.level == 0:
        return "An input sees itself alone. Point at a unit higher up in the tower."
    else:
        told = f"The unit in layer {run.level} "
    gaps = f", with {run.width - run.inside} of them left out" if run.inside < run.width else ""
    share = "the whole row" if run.width >= n else f"{run.width / n:.0%}"
    told += f"sees {run.width} pixels in a row{gaps}: {share} of {n}. "
    told += f"95 % of its gradient sits on {run.held} of them"
    if weights != "sobel":
        told += f" (σ = {run.spread:.3g})"
    if run.needed < 0:
        return told + ". More layers like the last one would never see the whole picture."
    if run.needed <= len(run.layers):
        return told + f". Layer {run.needed} is the first to see the whole picture."
    return told + f". Seeing the whole picture takes {run.needed} layers, the last one repeated."


def share_in_words(run: Field) -> str:
    """How much of the field holds 95 % of the gradient."""
    share = run.held / run.width
    return (
        "about a third"
        if share < 0.5
        else "about two thirds"
        if share < 0.85
        else "nearly all of it"
    )


def learning_in_words(run: Field) -> str:
    """Whether a weight that is 0 gets a gradient."""
    return "yes" if run.learning == run.layers[0][0] else "no"
