r"""Convolution as a matrix: a band of shared weights, its deleted rows and its transpose.

y = T x with T[u, t] = h[u − t] (CNN-17): row u holds the kernel backwards, column t holds it as it
is, moved down by t. Of the rows of the full convolution the modes same, valid and causal keep a
slice, and a stride keeps every stride-th row of that. Tᵀ, the transposed convolution, sends the
outputs back to where they came from; it is no inverse.
"""

import math
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core import table
from core.convolution.matrices import doubly_block_toeplitz, spectrum, toeplitz
from core.convolution.operator import MODES
from core.convolution.signals import moderate
from core.convolution.sizes import kept, span
from core.signature import between, declared

LONGEST = 24  # samples of a signal
KERNELS = tuple((1, m) for m in range(1, 8))
STENCILS = ((2, 2), (3, 3), (1, 3), (3, 1))
PICTURES = tuple((s, s) for s in range(3, 7))
MOST = 199  # cells are numbered up to here; a number beyond the grid lights nothing


class Look(NamedTuple):
    """The matrix in the picture, with a row or a column lit."""

    names: tuple[str, str, str]  # of the matrix, T or Tᵀ, of what goes in and of what comes out
    matrix: Tensor  # deleted outputs are NaN
    band: Tensor  # where a kernel entry lies
    source: Tensor  # what goes in, flat
    result: Tensor  # what comes out, flat
    shapes: tuple[tuple[int, ...], tuple[int, ...]]  # of both
    kind: str  # "row" or "column", which is lit; "" when the cell is beyond the matrix
    lit: int  # its number
    ins: Tensor  # inputs that the lit weights join with outs
    outs: Tensor
    weights: Tensor  # of ins in a lit row, of outs in a lit column

    @property
    def zero(self) -> float:
        """What is rounding in the sum of a lit row."""
        return 1e-12 * float(self.weights.abs() @ self.source[self.ins].abs())


class Banded(NamedTuple):
    """The matrix T of a convolution and what it makes of x."""

    x: Tensor  # signal (n,) or picture (rows, columns)
    h: Tensor  # kernel, of as many dimensions
    mode: str
    stride: int
    dilation: int
    flip: bool
    T: Tensor  # the matrix, (outputs, inputs), deleted rows NaN
    band: Tensor  # where a kernel entry lies, be it zero or deleted, (outputs, inputs) bool
    y: Tensor  # T x, (outputs,), deleted ones NaN

    @property
    def spans(self) -> tuple[int, ...]:
        """Length of the kernel spread by the dilation, per axis."""
        return tuple(span(k, self.dilation) for k in self.h.shape)

    @property
    def frame(self) -> tuple[int, ...]:
        """Shape of all outputs, those of mode full (circular: of x)."""
        around = self.mode == "circular"
        return tuple(n if around else n + k - 1 for n, k in zip(self.x.shape, self.spans))

    def rows(self, stride: int) -> Tensor:
        """Which rows of the full convolution the mode and a stride leave, (outputs,) bool."""
        axes = zip(self.x.shape, self.spans)
        down, *across = (kept(n, k, self.mode, self.flip, stride) for n, k in axes)
        return (down[:, None] & across[0]).flatten() if across else down

    @property
    def kept(self) -> Tensor:
        """Which rows are left, (outputs,) bool."""
        return self.rows(self.stride)

    @property
    def outputs(self) -> int:
        """How many rows are left."""
        return int(self.kept.sum())

    @property
    def back(self) -> Tensor:
        """Tᵀ y, (inputs,)."""
        return self.T[self.kept].T @ self.y[self.kept]

    @property
    def miss(self) -> float:
        """‖TᵀTx − x‖ / ‖x‖, how far the transposed convolution is from undoing."""
        x = self.x.flatten()
        return float((self.back - x).norm() / (x.norm() or 1.0))

    @property
    def undoes(self) -> bool:
        """Whether TᵀT = I, so that the transposed convolution gives every x back."""
        kept = self.T[self.kept]
        return torch.allclose(kept.T @ kept, torch.eye(self.x.numel()).double())

    @property
    def too_long(self) -> str:
        """Why no window fits into x, or nothing."""
        told = "no window fits: the kernel spans {} entries, the input has {}"
        return next((told.format(k, n) for k, n in zip(self.spans, self.x.shape) if k > n), "")

    @property
    def circulant(self) -> bool:
        """Whether T depends on u − t on a circle only."""
        return self.mode == "circular" and self.stride == 1

    @property
    def response(self) -> Tensor:
        """The DFT of h on the circle, flat; its conjugate when h is not turned."""
        answer = spectrum(self.h, self.x.shape, self.dilation).flatten()
        return answer if self.flip else answer.conj_physical()

    def look(self, transpose: bool, u: int, t: int) -> Look:
        """T, or Tᵀ, with row u lit, or column t where there is no row u."""
        names, shapes = ("T", "x", "y"), (tuple(self.x.shape), self.frame)
        M, band, there = self.T, self.band, self.band & self.kept[:, None]
        source, result = self.x.flatten(), self.y
        if transpose:
            names, shapes, source, result = ("Tᵀ", "y", "x̂"), shapes[::-1], self.y, self.back
            M, band, there = M.T, band.T, there.T
        kind, lit = ("row", u) if u < len(M) else ("column", t) if t < M.shape[1] else ("", 0)
        ins = outs = torch.tensor([lit] if kind else [], dtype=torch.int64)
        if kind == "row":
            ins = there[lit].nonzero().flatten()
        elif kind:
            outs = there[:, lit].nonzero().flatten()
        weights = M[outs[:, None], ins].flatten()
        return Look(names, M, band, source, result, shapes, kind, lit, ins, outs, weights)


@declared
def banded(
    domain: Literal["signal", "picture"] = "signal",
    h: str = "1 2 3 -1 -2",
    kernel: str = "1 0 -1,2 0 -2,1 0 -1",
    mode: Literal[MODES] = "full",
    stride: Annotated[int, between(1, 8)] = 1,
    dilation: Annotated[int, between(1, 4)] = 1,
    flip: bool = True,
    x: str = "1 2 0 -1 1 3 2 0 0 1 -2 1",
    picture: str = "0 0 1 1 0 0,0 1 2 2 1 0,1 2 3 3 2 1,1 2 3 3 2 1,0 1 2 2 1 0,0 0 1 1 0 0",
) -> Banded:
    """T with T x = h ∗ x (h ⋆ x when `flip` is off).

    Args:
        domain: "signal" takes x, 1 to 24 numbers, and h, 1 to 7; "picture" takes picture, 3 x 3 to
            6 x 6 with rows at commas, and kernel, 2 x 2, 3 x 3, 1 x 3 or 3 x 1.
        mode: as in `core.convolution.convolve`. In valid a kernel longer than x leaves no row.
        stride: keep every stride-th row of what the mode leaves; of same too.
        dilation: distance of neighbouring kernel entries.
    """
    if domain == "signal":
        source = moderate(table.signal(x, "x", LONGEST), "x")
        weights = moderate(table.read(h, "h", shapes=KERNELS)[0], "h")
        build, shape = toeplitz, len(source)
    else:
        source = moderate(table.read(picture, "picture", shapes=PICTURES), "picture")
        weights = moderate(table.read(kernel, "kernel", shapes=STENCILS), "kernel")
        build, shape = doubly_block_toeplitz, tuple(source.shape)
    whole = "circular" if mode == "circular" else "full"
    both, how = (weights, torch.ones_like(weights)), {"flip": flip, "dilation": dilation}
    T, band = (build(each, shape, whole, **how) for each in both)
    run = Banded(source, weights, mode, stride, dilation, flip, T, band > 0, source)
    T = torch.where(run.kept[:, None], T, math.nan)
    return run._replace(T=T, y=T @ source.flatten())
