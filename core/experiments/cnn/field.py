"""The receptive field: which inputs one unit depends on, and how much on each of them.

Layers are (k, s, d), kernel, stride and dilation, counted from the input upwards; see
`core.cnn.stack`.
"""

from typing import Annotated, Literal, NamedTuple

from torch import Tensor

from core.check import require
from core.cnn import stack as tower
from core.cnn.stack import Layers, kernels, sizes, variance
from core.signature import between, declared
from core.table import read

DEEPEST = 120
WIDEST = 1024  # inputs in a field
SHARE = 0.95  # of the gradient that the effective field holds


class Field(NamedTuple):
    """A stack of layers and one unit of it."""

    layers: Layers  # (k, s, d) from the input upwards
    unit: int  # its number in its level
    cone: tuple[Tensor, ...]  # for each level up to its own, the units it depends on, bool
    grad: Tensor  # ∂(unit)/∂(input), by autograd, shape (units[0],)
    learning: int  # weights of the lowest layer with a gradient that is not 0

    @property
    def level(self) -> int:
        """The level of the unit."""
        return len(self.cone) - 1

    @property
    def below(self) -> Layers:
        """The layers below the unit."""
        return self.layers[: self.level]

    @property
    def units(self) -> tuple[int, ...]:
        """How many units of each level are drawn."""
        return units(self.layers)

    @property
    def width(self) -> int:
        """Inputs in the field, from the first to the last."""
        return sizes(self.below)[0][-1]

    @property
    def first(self) -> int:
        """The first input of the field."""
        return sizes(self.below)[1][-1] * self.unit

    @property
    def inside(self) -> int:
        """Inputs of the field that a chain of kernel entries leads to."""
        return int(self.cone[0].sum())

    @property
    def spread(self) -> float:
        """Standard deviation of |gradient| in inputs."""
        return variance(self.grad.abs().numpy()) ** 0.5

    @property
    def held(self) -> int:
        """How few inputs in the middle of the field hold 95 % of |gradient|."""
        shares = self.grad[self.first : self.first + self.width].abs()
        tail = (1 - SHARE) / 2 * (1 + 1e-12) * shares.sum()
        return self.width - 2 * int((shares.cumsum(0) <= tail).sum())


@declared
def field(
    stack: Literal["table", "deep"] = "table",
    layers: str = "3 1 1,3 1 1,3 1 1",
    depth: Annotated[int, between(1, DEEPEST)] = 4,
    weights: Literal["uniform", "sobel"] = "uniform",
    down: Annotated[int, between(0, DEEPEST)] = 0,
    at: Annotated[int, between(-WIDEST, WIDEST)] = 0,
) -> Field:
    r"""Theoretical field :math:`r_l = 1 + \sum_{i \le l} d_i (k_i - 1) \prod_{j<i} s_j`, and grad.

    Args:
        stack: "table" takes `layers`, "deep" takes `depth` layers 3 x 3 of stride 1.
        layers: one to eight rows "k s d" of whole numbers, k 1..9, s 1..4, d 1..128; a field of
            more than 1024 inputs is refused.
        weights: "uniform" 1/k; "sobel", which is (1, 0, …, 0, −1)/2.
        down, at: where the student points: levels below the top one, and inputs from the middle.
            The unit of that level nearest to that input is taken.
    """
    rows = ((3, 1, 1),) * depth if stack == "deep" else table(layers)
    widest = sizes(rows)[0][-1]
    if widest > WIDEST:
        raise ValueError(f"expected layers with a field of at most {WIDEST} inputs, got {widest}")
    level, unit, _ = pointed(rows, down, at)
    below, widths = rows[:level], units(rows)
    grad, by_weight = tower.gradient(below, kernels(below, weights), widths[0], unit)
    cone = tower.cone(below, widths, unit)
    return Field(rows, unit, cone, grad, int((by_weight != 0).sum()))


def table(text: str) -> Layers:
    """The rows "k s d" as whole numbers; else a ValueError that names the row."""
    rows = read(text, "layers", shapes=tuple((rows, 3) for rows in range(1, 9))).tolist()
    for i, row in enumerate(rows):
        for name, value, high in zip("ksd", row, (9, 4, 128)):
            require(f"{name} in row {i + 1} of layers", value, 1, high, integer=True)
    return tuple(tuple(map(int, row)) for row in rows)


def units(layers: Layers) -> tuple[int, ...]:
    """Units of each level that are drawn: five on top, or as many as fit."""
    r, J = sizes(layers)
    fits = (top for top in (5, 3) if r[-1] + (top - 1) * J[-1] <= WIDEST)
    return tower.units(layers, next(fits, 1))


def pointed(layers: Layers, down: int, at: int) -> tuple[int, int, bool]:
    """Level and unit of the place pointed at, and whether there is one; else those of the top."""
    (r, J), widths = sizes(layers), units(layers)
    level, place = len(layers) - down, widths[0] // 2 + at
    found = level >= 0 and 0 <= place < widths[0]
    if not found:
        level, place = len(layers), widths[0] // 2
    unit = round((place - (r[level] - 1) / 2) / J[level])
    return level, min(max(unit, 0), widths[level] - 1), found
