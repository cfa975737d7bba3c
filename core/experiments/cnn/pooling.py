"""The pooling bench: what a window keeps, where its gradient goes, what a shift of one pixel does.

A window is a picture of one row, so there is one code for both benches.
"""

import math
from typing import Annotated, Literal, NamedTuple

import torch.nn.functional as F
from torch import Tensor

from core.check import require
from core.cnn.pools import pooled, received, shares, shifted, windows
from core.signature import between, declared
from core.table import read, signal

LONGEST = 12  # numbers in a window, pixels in the frame
SIDE, FRAME = 8, 2  # pixels of a picture, and the zeros around it
LARGEST = 1000.0  # size of a number in a table
REACH = 20.0  # of beta
LEAST = 1e-3  # size of beta for log-sum-exp, which has no value at 0
DIGIT = (
    "0 0.1 0.6 0.9 0.9 0.6 0.2 0,0 0.2 0.8 0.5 0.6 1 0.5 0,0 0 0 0.4 0.9 0.9 0.2 0,"
    "0 0 0 0.7 0.9 0.1 0 0,0 0 0 0.1 0.9 0.7 0 0,0 0 0 0 0.1 0.9 0.2 0,"
    "0 0.1 0.3 0.4 0.8 1 0.4 0,0 0.1 0.8 0.8 0.8 0.7 0 0"
)


class Window(NamedTuple):
    """One window of the bench."""

    place: tuple[int, int]  # (row, column) of its output
    x: Tensor  # its values, (entries,)
    value: float  # what is kept of them
    share: Tensor  # ∂value/∂x, (entries,)

    def bound(self, beta: float) -> float:
        """ln n / |β|, what softmax pooling may stay away from the extreme; ∞ at β = 0."""
        return math.log(len(self.x)) / abs(beta) if beta else math.inf


class Bench(NamedTuple):
    """One pooling of one input, before and after a shift."""

    x: Tensor  # input, (rows, columns)
    shift: int  # how far to the right it moves
    size: tuple[int, int]  # (rows, columns) of the window
    stride: int  # how far apart the windows are
    beta: float  # β
    out: Tensor  # pooled values, (R, S)
    moved: Tensor  # the same after the shift
    shares: Tensor  # ∂outᵤ/∂xⱼ for every entry j of every window u, (R, S, entries)

    @property
    def shifted(self) -> Tensor:
        """The input moved, zeros entering."""
        return shifted(self.x, (0, self.shift))

    @property
    def changed(self) -> Tensor:
        """Which outputs differ after the shift, (R, S)."""
        return (self.out - self.moved).abs() > 1e-9

    @property
    def grad(self) -> Tensor:
        """∂(Σ out)/∂x, shape of x."""
        return received(self.shares, self.x.shape, self.size, self.stride)

    def window(self, u: int = 0) -> Window:
        """The window of output number u, that of output 0 when there is no such output."""
        i, j = place = divmod(u if u < self.out.numel() else 0, self.out.shape[1])
        x = windows(self.x, self.size, self.stride)[i, j]
        return Window(place, x, float(self.out[i, j]), self.shares[i, j])


@declared
def bench(
    bench: Literal["window", "picture"] = "picture",
    kind: Literal["max", "min", "average", "softmax", "lse"] = "max",
    beta: Annotated[float, between(-REACH, REACH)] = 1.0,
    values: str = "1 3 2 -1",
    pixels: str = DIGIT,
    r: Annotated[int, between(1, LONGEST)] = 2,
    s: Annotated[int, between(1, LONGEST)] = 2,
    dx: Annotated[int, between(-2, 2)] = 0,
) -> Bench:
    r"""max, min, mean or :math:`\sum_i \mathrm{softmax}(\beta x)_i\, x_i` of windows.

    Args:
        bench: "window" is one window holding `values`; "picture" slides over `pixels` in a frame
            of two zeros, r × r.
        kind: "lse" is (1/β) ln Σ exp(βx), which is not softmax pooling; it is refused for
            |β| < 0.001.
        values: 1 to 12 numbers; pixels: 8 × 8 numbers; all within ±1000.
        r, s, dx: side and stride of the window, shift to the right; not used by "window".
    """
    if kind == "lse" and abs(beta) < LEAST:
        raise ValueError(
            f"expected beta to be at least {LEAST} in size for log-sum-exp, got {beta:g}: "
            "(1/β) ln Σ exp(βx) grows without bound towards 0"
        )
    if bench == "window":
        x = signal(values, "values", LONGEST)[None]
        name, size, s, dx = "values", x.shape, 1, 0
    else:
        x = F.pad(read(pixels, "pixels", shapes=((SIDE, SIDE),)), (FRAME,) * 4)
        name, size = "pixels", (r, r)
    for value in x.aminmax():
        require(f"every number of {name}", float(value), -LARGEST, LARGEST)
    out, moved = (pooled(each, size, s, kind, beta) for each in (x, shifted(x, (0, dx))))
    return Bench(x, dx, tuple(size), s, beta, out, moved, shares(x, size, s, kind, beta))
