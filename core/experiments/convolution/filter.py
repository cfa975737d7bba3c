"""A picture through a kernel: which pixels meet which weights, and what the sum looks like."""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core import pictures, table
from core.check import require
from core.convolution import kernels, pixels
from core.convolution.operator import BOUNDARIES, convolve, extend, reach, windows
from core.convolution.signals import sizeable
from core.signature import Own, between, declared

SHAPES = ((2, 2), (3, 3), (5, 5), (7, 7))
HEAVIEST = 1000.0  # weight of an own kernel
ROUNDING = 1e-5  # in float32; a value this little outside [0, 1] is not counted as outside
DRAWN = 16  # side of the student's drawing
DRAWING = table.write(torch.eye(DRAWN) + torch.eye(DRAWN).flip(1))
PICTURES = (*pictures.NAMES, "digit-5", "drawn")
KERNELS = ("own", *kernels.NAMES)


class Filtered(NamedTuple):
    """A filtered picture; of x and y each channel on its own."""

    source: np.ndarray  # the picture before, for the eye, (rows, columns, 3) uint8
    x: Tensor  # its values before, (channels, rows, columns) float32
    y: Tensor  # and after
    kernel: Tensor  # h as written, (k, l) float64
    laid: Tensor  # h as it lies on the picture, turned by 180° in a convolution
    reads: list[Tensor]  # see `core.convolution.pixels`
    border: str  # what lies outside: the edge again where a mirror image would be too short

    @property
    def factors(self) -> kernels.Factors:
        """The kernel as a column times a row."""
        return kernels.factors(self.kernel)

    @property
    def outside(self) -> tuple[float, float, float]:
        """Shares of the values after that lie below 0, above 1 and below −1."""
        y, r = self.y.numpy(), ROUNDING
        return tuple(np.count_nonzero(w) / w.size for w in (y < -r, y > 1 + r, y < -1 - r))

    def seen(self, view: str) -> str:
        """How R is shown: "fit" is "clamp" if Σh ≥ ½, as for a blur, else "shift"."""
        if view != "fit":
            return view
        return "clamp" if self.kernel.sum() >= 0.5 else "shift"

    def shown(self, view: str) -> np.ndarray:
        """The picture after as |R| (abs), R (clamp) or ½ + R/2, (rows, columns, 3) uint8."""
        if self.seen(view) == "shift":
            return pixels.as_bytes(self.y, 127.5, 127.5)
        return pixels.as_bytes(self.y.abs() if view == "abs" else self.y)

    def value(self, look: str, row: int, col: int) -> float | None:
        """Brightness of a pixel of the output, or of the input; None where there is none."""
        values = self.x if look == "input" else self.y
        if row >= values.shape[1] or col >= values.shape[2]:
            return None
        return float(pixels.brightness(values[:, row, col]))

    def window(self, look: str, row: int, col: int) -> pixels.Window | None:
        """What an output pixel reads, or which outputs read an input pixel."""
        if self.value(look, row, col) is None:
            return None
        job = pixels.readers if look == "input" else pixels.under
        return job(self.x, self.laid, self.reads, row, col)


@declared
def picture_filter(
    picture: Annotated[Literal[PICTURES], Own("picture")] = "china",
    drawing: str = DRAWING,
    kernel: Literal[KERNELS] = "sobel-x",
    h: str = "1 0 0,1 0 0,1 1 0",
    size: Literal["3", "5", "7"] = "3",
    sigma: Annotated[float, between(0.1, 10)] = 1.0,
    flip: bool = True,
    boundary: Literal[BOUNDARIES] = "reflect",
) -> Filtered:
    r"""The picture :math:`(f*h)[u] = \sum_{t\in\mathbb Z^2} f[t]\,h[u-t]`, each channel on its own.

    With `flip` off the cross-correlation :math:`(h\star f)[u] = \sum_t h[t]\,f[u+t]`. The output is
    as large as the picture.

    Args:
        drawing: the picture "drawn", 16 x 16 numbers in [0, 1], rows at commas.
        h: the kernel "own", 2 x 2, 3 x 3, 5 x 5 or 7 x 7 weights in [-1000, 1000], rows at commas.
        size, sigma: see `kernels.kernel`.
        boundary: what lies outside the picture, see `convolve`. The mirror image of a picture of
            so few rows or columns that it would not reach is replaced by its edge.
    """
    if kernel == "own":
        weights = sizeable(table.read(h, "h", shapes=SHAPES), "h")
        require("largest |weight| of h", float(weights.abs().max()), 0, HEAVIEST)
    else:
        weights = kernels.kernel(kernel, int(size), sigma=sigma)
    name = "drawn:" + drawing if picture == "drawn" else picture
    x, source = _source(name)
    how = x.shape[1:], weights.shape, "same", flip, (1, 1), (1, 1)
    margins = tuple(reach(*how, "zero"))
    short = any(max(margin) >= n for margin, n in zip(margins, x.shape[1:]))
    border = "replicate" if boundary == "reflect" and short else boundary
    y = convolve(_extended(name, margins, border), weights.float(), "valid", flip=flip)
    laid = torch.rot90(weights, 2) if flip else weights
    return Filtered(source, x, y, weights, laid, windows(*how, border), border)


@lru_cache(maxsize=4)
def _source(name: str) -> tuple[Tensor, np.ndarray]:
    """(channels, rows, columns) float32, and the same as bytes for the eye."""
    kind, _, drawing = name.partition(":")
    if kind != "drawn":
        x = pictures.picture(name)
    else:
        x = table.read(drawing, "drawing", shapes=((DRAWN, DRAWN),))[None].float()
        for value in x.aminmax():
            require("drawing", float(value), 0, 1)
    return x, pixels.as_bytes(x)


@lru_cache(maxsize=4)
def _extended(name: str, margins: tuple[tuple[int, int], ...], boundary: str) -> Tensor:
    return extend(_source(name)[0], margins, boundary)
