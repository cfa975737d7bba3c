"""The shape calculator: which cells a sliding window meets, and how many outputs that makes.

A picture has n x n cells; `core.cnn.sliding` says which of them meet.
"""

from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.cnn import sliding
from core.cnn.sliding import Axis, Lit
from core.convolution import convolve
from core.signature import between, declared

CONSTANT = 5  # what constant padding holds


class Shapes(NamedTuple):
    """A layer on a picture."""

    n: int  # cells in a row of the input
    axis: Axis  # how cells meet along a row or a column
    x: Tensor  # the padded input, shape (padded, padded)
    w: Tensor  # the weights, shape (k, k)
    y: Tensor  # the output, shape (size, size)

    @property
    def padded(self) -> int:
        """Cells in a row of the padded input."""
        return len(self.x)

    @property
    def size(self) -> int:
        """Cells in a row of the output."""
        return len(self.y)

    @property
    def span(self) -> int:
        """Cells in a row of one window, d(k − 1) + 1."""
        return int(self.axis.taps[0, -1] - self.axis.taps[0, 0]) + 1

    @property
    def seen(self) -> Tensor:
        """Which input columns lie under some window, shape (n,) bool."""
        seen = torch.zeros(self.n + 1, dtype=torch.bool)  # the last one for what is filled in
        seen[self.axis.source[self.axis.taps]] = True
        return seen[: self.n]

    @property
    def read(self) -> Tensor:
        """Which padded cells lie under some window, shape of x, bool."""
        under = torch.zeros(self.padded, dtype=torch.bool)
        under[self.axis.taps] = True
        return under[:, None] & under

    @property
    def gaps(self) -> int:
        """Input columns that no window sees although a later column is seen."""
        seen = self.seen.nonzero()[:, 0].tolist()
        return seen[-1] + 1 - len(seen) if seen else 0

    @property
    def left_over(self) -> int:
        """Input columns after the last one that is seen."""
        return self.n - int(self.seen.sum()) - self.gaps

    def lit(self, look: str, cell: int) -> Lit:
        """What belongs to number `cell` of a grid."""
        return sliding.lit(self.axis, self.x, self.w, look, cell)


@declared
def shapes(
    n: Annotated[int, between(1, sliding.WIDEST)] = 28,
    k: Annotated[int, between(1, 9)] = 5,
    p: Annotated[int, between(0, 4)] = 1,
    s: Annotated[int, between(1, 4)] = 1,
    d: Annotated[int, between(1, 3)] = 1,
    fill: Literal["zero", "constant", "reflect", "replicate", "circular"] = "zero",
    kind: Literal["layer", "true", "transposed"] = "layer",
) -> Shapes:
    r"""A k-wide window over n cells padded by p, with stride s and dilation d (CNN-18 to CNN-20).

    The sizes are :math:`\lfloor (n + 2p - d(k-1) - 1)/s \rfloor + 1` for a layer and
    :math:`(n-1)s - 2p + d(k-1) + 1` for a transposed one. A window wider than the padded input, a
    mirror image longer than the input and a transposed layer with fewer than 1 or more than 80
    outputs are refused.

    Args:
        n, k, p, s, d: input size, kernel size, padding, stride, dilation.
        fill: what padded cells hold: zeros (always in a transposed layer), 5, the input mirrored
            without its edge, the edge again, or the other end.
        kind: "layer" is what networks compute, cross-correlation; "true" turns the kernel by 180°;
            "transposed" is the transpose of the matrix of "layer".
    """
    if told := sliding.refusal(n, k, p, s, d, fill, kind):
        raise ValueError(told)
    axis = sliding.axis(n, k, p, s, d, fill, kind)
    held, back = axis.source.clamp(min=0), kind == "transposed"
    filled = (axis.source < 0)[:, None] | (axis.source < 0)
    x = sliding.grey(n)[held[:, None], held]
    x = x.masked_fill(filled, float(CONSTANT) if fill == "constant" and not back else 0.0)
    w, step = sliding.weights(k), 1 if back else s
    y = convolve(x, w, "valid", flip=kind != "layer", stride=step, dilation=d)
    return Shapes(n, axis, x, w, y)


def torch_code(p: int, s: int, d: int, fill: str, kind: str) -> str:
    """The layer as one call of torch.nn.functional (F) on x and w of shape (1, 1, …)."""
    steps = f"stride={s}, dilation={d}"
    if kind == "transposed":
        return f"F.conv_transpose2d(x, w, {steps}, padding={p})"
    mode = {"zero": "", "constant": f", value={CONSTANT}"}.get(fill, f", mode='{fill}'")
    x = f"F.pad(x, ({p}, {p}, {p}, {p}){mode})" if p else "x"
    return f"F.conv2d({x}, {'w.flip(2, 3)' if kind == 'true' else 'w'}, {steps})"
