"""A figure of a strided convolution whose numbers are those of stride 1.

A 5 × 5 input with a border of zeros, a 3 × 3 kernel, not turned: at stride 2 the result is 3 × 3.
The numbers that were drawn are the first three rows and columns of the 5 × 5 result of stride 1.
"""

from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.convolution import convolve
from core.signature import between, declared

INPUT = ((2, 2, 3, 3, 3), (0, 1, 3, 0, 3), (2, 3, 0, 1, 3), (3, 3, 2, 1, 2), (3, 3, 0, 2, 3))
KERNEL = ((2, 0, 1), (1, 0, 0), (0, 1, 1))
SIZE = 3  # of the kernel, and of the result that is shown


class Strided(NamedTuple):
    """What the figure shows, and what the windows give."""

    x: Tensor  # input with its border, (7, 7)
    shown: Tensor  # numbers of the figure, (3, 3)
    right: Tensor  # dot products with the windows, (3, 3)
    top: int  # of the window of the cell that is looked at
    left: int


@declared
def strided(
    code: Literal["published", "mended"] = "published",
    stride: Annotated[int, between(1, 2)] = 2,
    u: Annotated[int, between(0, 2)] = 0,
    v: Annotated[int, between(0, 2)] = 1,
) -> Strided:
    """The figure, and the window of its cell (u, v).

    Args:
        code: numbers of stride 1 whatever the stride, or those of the windows.
        stride: of the windows; of a larger result the first three rows and columns are shown.

    Source: vdumoulin/conv_arithmetic, issue 17, confirmed there.
    """
    x = torch.nn.functional.pad(torch.tensor(INPUT, dtype=torch.float64), (1, 1, 1, 1))
    kernel = torch.tensor(KERNEL, dtype=torch.float64)
    every = convolve(x, kernel, mode="valid", flip=False)
    right = every[::stride, ::stride][:SIZE, :SIZE]
    shown = every[:SIZE, :SIZE] if code == "published" else right
    return Strided(x, shown, right, stride * u, stride * v)
