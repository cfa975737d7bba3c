"""One pixel of a filtered picture: what its sum is made of, and which sums it enters.

`reads` are the windows of a picture (`operator.windows`): per axis, which input pixel output u
meets at entry t of its window, −1 for a zero beyond the border.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

EYE = (0.299, 0.587, 0.114)  # share of red, green and blue in the brightness of a pixel


class Window(NamedTuple):
    """Pixels that meet weights: those under the window of an output pixel, or those that read one.

    `pixels` and `weights` are tables of shape (len(rows), len(columns)), float64.
    """

    rows: Tensor  # of the pixels read, −1 beyond the border; or of the outputs that read a pixel
    columns: Tensor  # likewise
    pixels: Tensor  # brightness of the input pixels
    weights: Tensor  # the weight that each one meets

    @property
    def products(self) -> Tensor:
        """What each pixel adds."""
        return self.weights * self.pixels


def under(x: Tensor, laid: Tensor, reads: Sequence[Tensor], row: int, col: int) -> Window:
    """The window of the output pixel (row, col): the pixels of x that its sum reads.

    x is (channels, rows, columns), laid the kernel as it lies on the picture, (k, l) float64.
    """
    rows, columns = reads[0][row], reads[1][col]
    pixels = brightness(x[:, rows.clamp(min=0)[:, None], columns.clamp(min=0)].double())
    return Window(rows, columns, pixels * (rows >= 0)[:, None] * (columns >= 0), laid)


def readers(x: Tensor, laid: Tensor, reads: Sequence[Tensor], row: int, col: int) -> Window:
    """The output pixels that read the input pixel (row, col), each with its weight."""
    (rows, down), (columns, right) = (_hits(axis, at) for axis, at in zip(reads, (row, col)))
    weights = down @ laid @ right.T
    value = float(brightness(x[:, row, col].double()))
    return Window(rows, columns, torch.full_like(weights, value), weights)


def _hits(reads: Tensor, here: int) -> tuple[Tensor, Tensor]:
    """The outputs along one axis that read pixel `here`, and how often at which weight, (n, k)."""
    hits = reads == here
    outputs = hits.any(1).nonzero()[:, 0]
    return outputs, hits[outputs].double()


def brightness(x: Tensor) -> Tensor:
    """Brightness of (channels, ...); a filter is linear, so brightness may be taken first."""
    return x[0] if len(x) == 1 else sum(share * channel for share, channel in zip(EYE, x))


def copies(f: Tensor, h: Tensor) -> Tensor:
    """Σ_t h[t] · (f moved by t), the definition of the full convolution, one copy per weight."""
    rows, columns = f.shape
    result = f.new_zeros(rows + h.shape[0] - 1, columns + h.shape[1] - 1)
    for i, j in h.nonzero().tolist():
        result[i : i + rows, j : j + columns] += h[i, j] * f
    return result


def as_bytes(values: Tensor, scale: float = 255.0, shift: float = 0.0) -> np.ndarray:
    """(rows, columns, 3) uint8 of scale · values + shift, cut to [0, 255]."""
    up = torch.tensor(shift + 0.5)
    planes = [torch.add(up, plane, alpha=scale).clamp_(0, 255).byte() for plane in values]
    return torch.stack(planes if len(planes) == 3 else 3 * planes, -1).numpy()
