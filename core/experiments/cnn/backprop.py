"""Backpropagation through a convolution layer, line by line, with the numbers of the student.

The layer is z = w ∗ y⁽ˡ⁻¹⁾ + b (or w ⋆ y⁽ˡ⁻¹⁾ + b), y⁽ˡ⁾ = φ(z), valid padding. Indices are
counted from the middle: entry 0 of a signal of n samples is sample n // 2, kernel entries run from
−p to p, and a signal is 0 outside itself. A signal is a picture of one row.
"""

from collections.abc import Container
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.check import require
from core.cnn.chain import SLOPE, Autograd, Product, by_autograd, input_products, kernel_products
from core.cnn.derivation import Line, derivation, reads
from core.convolution import backward, convolve
from core.signature import between, declared
from core.table import read

SHORTEST, LONGEST = 5, 12  # samples of the signal
LARGEST = 1000.0  # size of a number in a table


class Backprop(NamedTuple):
    """A layer, a gradient from above, and what arrives below; K = n − 2p outputs."""

    y: Tensor  # input y⁽ˡ⁻¹⁾, (1, n)
    w: Tensor  # kernel, (1, 2p + 1)
    z: Tensor  # w ∗ y + b, (1, K)
    upstream: Tensor  # ∂R/∂y⁽ˡ⁾, (1, K)
    delta: Tensor  # ∂R/∂z = ∂R/∂y⁽ˡ⁾ ⊙ φ′(z), (1, K)
    grad_w: Tensor  # ∂R/∂w, shape of w
    grad_y: Tensor  # ∂R/∂y⁽ˡ⁻¹⁾, shape of y
    autograd: Autograd  # the second route
    flip: bool  # whether the layer convolves (True) or correlates (False)

    @property
    def grad_b(self) -> float:
        """∂R/∂b."""
        return float(self.delta.sum())

    @property
    def untied(self) -> Tensor:
        """δₖ ∂zₖ/∂wᵢ, the gradient of a kernel of its own at each position, (K, 2p + 1)."""
        return self.delta[0, :, None] * reads(self.y, self.w, self.flip)[0, :, 0]

    @property
    def lines(self) -> tuple[Line, ...]:
        """The derivation of ∂R/∂w."""
        return derivation(self.y, self.w, self.delta, self.flip, self.autograd.w)

    def derived(self, view: str) -> tuple[Line, ...]:
        """The lines of the right derivation, or with "printed" those of the sheet."""
        return tuple(line for line in self.lines if view == "printed" or not line.wrong)

    def products(self, look: str, cell: int) -> list[Product]:
        """What ∂R/∂w ("kernel") or ∂R/∂y⁽ˡ⁻¹⁾ ("input") has at a place; none beyond the grid."""
        if look == "kernel" and cell < self.w.shape[1]:
            return kernel_products(self.y[0], self.w[0], self.delta[0], self.flip, cell)
        if look == "input" and cell < self.y.shape[1]:
            return input_products(self.w[0], self.delta[0], self.flip, cell)
        return []


@declared
def backprop(
    layer: Literal["conv", "corr"] = "conv",
    w: str = "0.5 1 2 -1 0",
    y: str = "0 1 3 2 -1 0 2 1 -2",
    upstream: Literal["one", "drawn"] = "one",
    out: Annotated[int, between(0, LONGEST)] = 2,
    delta: str = "1 1 1 1 1 1 1 1 1 1",
    act: Literal["identity", "relu", "tanh", "sigmoid"] = "identity",
    b: Annotated[float, between(-10, 10)] = 0.0,
) -> Backprop:
    r"""∂R/∂w = δ ∗ rot180(y), ∂R/∂y = δ ∗ rot180(w), ∂R/∂b = Σ δₖ, where δ = ∂R/∂y⁽ˡ⁾ ⊙ φ′(z).

    Args:
        layer: "conv" convolves, zₖ = Σ w_o y_{k−o} + b; "corr" correlates as torch does, y_{k+o}.
        w: the kernel, 3 or 5 numbers; y: the input, 5 to 12 numbers; all within ±1000.
        upstream: "one" is 1 at output number `out` and 0 elsewhere, 0 everywhere when there is no
            such output; "drawn" is `delta`, cut or filled with zeros.
        act: φ; the derivative of relu at 0 is 0, as in torch.
        b: bias.
    """
    x = _row(y, "y", range(SHORTEST, LONGEST + 1), f"{SHORTEST} to {LONGEST}")
    kernel = _row(w, "w", (3, 5), "3 or 5")
    drawn = _row(delta, "delta", range(1, LONGEST + 1), f"1 to {LONGEST}")
    flip = layer == "conv"
    z = convolve(x, kernel, "valid", flip=flip) + b
    above = torch.zeros_like(z)
    if upstream == "drawn":
        drawn = drawn[:, : z.shape[1]]
        above[:, : drawn.shape[1]] = drawn
    else:
        above[0, out : out + 1] = 1.0
    inner = above * SLOPE[act](z)
    grad_y, grad_w = backward(inner, x, kernel, "valid", flip=flip)
    autograd = by_autograd(x, kernel, b, act, above, flip)
    return Backprop(x, kernel, z, above, inner, grad_w, grad_y, autograd, flip)


def _row(text: str, name: str, lengths: Container[int], told: str) -> Tensor:
    table = read(text, name)
    rows, count = table.shape
    if rows != 1 or count not in lengths:
        got = f"{rows} rows of {count}"
        raise ValueError(f"expected {name} to be one row of {told} numbers, got {got}")
    for value in table.aminmax():
        require(f"every number of {name}", float(value), -LARGEST, LARGEST)
    return table
