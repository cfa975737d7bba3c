r"""Small networks with SiLU whose backward pass is written by hand, points in columns.

A layer h ↦ W h + b is one matrix [W b] for columns (h, 1): one product forwards, one for the slope
of W and b together. The weights of a network are one flat vector, layer by layer.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.functional import silu

REACH = 2.5  # first bends of a network are spread over [-REACH, REACH] in every input


def count(sizes: Sequence[int]) -> int:
    """Weights of a network of these widths, from input to output."""
    return sum(o * (i + 1) for i, o in pairwise(sizes))


def start(sizes: Sequence[int], *, generator: torch.Generator, dtype: torch.dtype) -> Tensor:
    """Uniform weights of variance 2 / fan-in, biases 0, the last layer 0: the network is 0.

    The biases of the first layer put the bends of its units at random places of the data.
    """
    parts = []
    for k, (i, o) in enumerate(pairwise(sizes)):
        bound = math.sqrt(6 / i) if k < len(sizes) - 2 else 0.0
        W = bound * (2 * torch.rand(o, i, generator=generator, dtype=dtype) - 1)
        b = torch.zeros(o, dtype=dtype)
        if k == 0:
            places = REACH * (2 * torch.rand(o, i, generator=generator, dtype=dtype) - 1)
            b = -(W * places).sum(1)
        parts.append(torch.cat([W, b[:, None]], 1).flatten())
    return torch.cat(parts)


def matrices(theta: Tensor, sizes: Sequence[int]) -> list[Tensor]:
    """The matrices [W b] of a flat vector, as views."""
    shapes = [(o, i + 1) for i, o in pairwise(sizes)]
    parts = theta.split([rows * columns for rows, columns in shapes])
    return [part.view(shape) for part, shape in zip(parts, shapes)]


def through(layers: Sequence[Tensor], x: Tensor) -> Tensor:
    """Outputs (outputs, n) at the columns of x (inputs, n); differentiable."""
    for k, layer in enumerate(layers):
        x = torch.addmm(layer[:, -1:], layer[:, :-1], silu(x) if k else x)
    return x


class Pass:
    """Forward and backward for n columns, in memory of its own; slopes go to views of `grad`."""

    def __init__(self, theta: Tensor, grad: Tensor, sizes: Sequence[int], n: int):
        self.layers, self.slots = matrices(theta, sizes), matrices(grad, sizes)
        self.given = [theta.new_ones(size + 1, n) for size in sizes[:-1]]  # below them a row of 1
        self.before = [theta.new_empty(size, n) for size in sizes[1:]]

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (outputs, n), valid until the next call."""
        self.given[0][:-1] = x
        for k, layer in enumerate(self.layers):
            torch.mm(layer, self.given[k], out=self.before[k])
            if k + 1 < len(self.layers):
                torch.ops.aten.silu.out(self.before[k], out=self.given[k + 1][:-1])
        return self.before[-1]

    def backward(self, dy: Tensor) -> Tensor:
        """Writes the slope of a loss by the weights, dy being that by the outputs; that by x."""
        for k in range(len(self.layers) - 1, -1, -1):
            torch.mm(dy, self.given[k].T, out=self.slots[k])
            dy = self.layers[k][:, :-1].T @ dy
            if k:
                dy = torch.ops.aten.silu_backward(dy, self.before[k - 1])
        return dy
