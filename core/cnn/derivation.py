"""The sheet's derivation of ∂R/∂w (L359 to L366), every line a number for every kernel entry.

y is the input (rows, columns), δ the gradient of the layer's output (K, L), w the kernel, each with
its indices counted from the middle. The printed lines that slipped (E-61) are evaluated as they
stand.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.convolution import convolve

SAME = 1e-9  # relative distance below which two gradients count as equal


class Line(NamedTuple):
    """One line of the derivation, evaluated for every kernel entry i."""

    text: str
    tex: str
    wrong: str = ""  # what is wrong with it in general; empty for a right line
    values: Tensor | None = None  # what it says ∂R/∂wᵢ is, shape of w
    agrees: bool = False  # whether it equals autograd for these numbers


_CONVOLUTION = (
    Line("Σₖ δₖ ∂zₖ/∂wᵢ", r"\sum_k \delta_k \frac{\partial z_k}{\partial w_i}"),
    Line(
        "Σₖ δₖ ∂/∂wᵢ [Σₒ yₖ₋ₒ wₒ]",
        r"\sum_k \delta_k \frac{\partial}{\partial w_i}\Bigl[\sum_{o=-p}^{p} y_{k-o} w_o\Bigr]",
    ),
    Line(
        "Σₖ δₖ yₖ₋ₚ",
        r"\sum_k \delta_k\, y_{k-p}",
        "p is the end of the sum and not the entry, so the line says one number for every i",
    ),
    Line("Σₖ δₖ yₖ₋ᵢ", r"\sum_k \delta_k\, y_{k-i}"),
    Line(
        "Σₖ δₖ Σ ∂(yₖ₋ᵢ wᵢ)/∂yₖ⁽ˡ⁾",
        r"\sum_k \delta_k \sum_{k-i} \frac{\partial}{\partial y_k^{(l)}}\, y_{k-i}^{(l-1)} w_i",
        "it differentiates by an output, on which no input depends, so as printed it is 0",
    ),
    Line(
        "Σₖ δₖ rot180(y)ₖ₋ᵢ",
        r"\sum_k \delta_k\, \mathrm{rot180}(y)_{k-i}",
        "rot180(y)ₖ₋ᵢ is yᵢ₋ₖ, so the index is the wrong way round",
    ),
    Line("Σₖ δₖ rot180(y)ᵢ₋ₖ", r"\sum_k \delta_k\, \mathrm{rot180}(y)_{i-k}"),
    Line("(δ ∗ rot180(y))ᵢ", r"(\delta * \mathrm{rot180}(y))_i"),
)
_CORRELATION = (
    _CONVOLUTION[0],
    Line(
        "Σₖ δₖ ∂/∂wᵢ [Σₒ yₖ₊ₒ wₒ]",
        r"\sum_k \delta_k \frac{\partial}{\partial w_i}\Bigl[\sum_{o=-p}^{p} y_{k+o} w_o\Bigr]",
    ),
    _CONVOLUTION[2],
    Line("Σₖ δₖ yₖ₊ᵢ", r"\sum_k \delta_k\, y_{k+i}"),
    *_CONVOLUTION[4:6],
    _CONVOLUTION[7]._replace(
        wrong="it belongs to a layer that convolves; here nothing is turned, so it comes out turned"
    ),
    Line("(δ ⋆ y)ᵢ", r"(\delta \star y)_i"),
)
LINES = len(_CONVOLUTION)
PRINTED_P, PRINTED_ROT = 2, 5  # the misprints of E-61


def derivation(
    y: Tensor, w: Tensor, delta: Tensor, flip: bool, autograd: Tensor
) -> tuple[Line, ...]:
    """Every line as written, for a layer that convolves (flip) or correlates, against autograd."""
    K, L = delta.shape

    def sums(reads: Tensor) -> Tensor:
        return torch.einsum("kl,klij->ij", delta, reads[:K, :L])

    # the layer is linear in w, so a difference of two outputs is a derivative
    units = torch.eye(w.numel(), dtype=w.dtype).view(-1, *w.shape)
    step = _layers(y, w + units, flip) - _layers(y, w[None], flip)
    mirror = turned(y)
    product = convolve(mirror, padded(delta, y), "valid")
    values = (
        (delta * _layers(y, units, flip)).sum((1, 2)).view_as(w),
        (delta * step).sum((1, 2)).view_as(w),
        torch.full_like(w, float((delta * y[:K, :L]).sum())),
        sums(reads(y, w, flip)),
        torch.zeros_like(w),
        sums(reads(mirror, w, flip=True)),
        sums(reads(mirror, w, flip=False).flip((0, 1))) if flip else product,
        product if flip else convolve(y, delta, "valid", flip=False),
    )
    return tuple(
        line._replace(values=value, agrees=not bool(differs(value, autograd).any()))
        for line, value in zip(_CONVOLUTION if flip else _CORRELATION, values, strict=True)
    )


def reads(y: Tensor, w: Tensor, flip: bool) -> Tensor:
    """y_{k−i} (y_{k+i} unless `flip`), which is ∂zₖ/∂wᵢ, (K, L) + w.shape; a view or a copy."""
    windows = y.unfold(0, w.shape[0], 1).unfold(1, w.shape[1], 1)
    return windows.flip((2, 3)) if flip else windows


def turned(y: Tensor) -> Tensor:
    """rot180(y)ⱼ = y₋ⱼ around the middle; an even side gets a zero first, so that it has one."""
    return rot180(padded(y, y))


def indices(count: int) -> list[int]:
    """Indices of so many samples, counted from the middle."""
    return list(range(-(count // 2), count - count // 2))


def padded(x: Tensor, y: Tensor) -> Tensor:
    """x with a zero at the end of every axis along which y is even."""
    return F.pad(x, (0, 1 - y.shape[1] % 2, 0, 1 - y.shape[0] % 2))


def rot180(x: Tensor) -> Tensor:
    """rot180(x)ᵢ = x₋ᵢ: flipped along all axes (CNN-28)."""
    return x.flip(tuple(range(x.ndim)))


def differs(a: Tensor, b: Tensor) -> Tensor:
    """Entry by entry, whether two gradients differ by more than rounding."""
    return (a - b).abs() > SAME * max(1.0, float(b.abs().max()))


def _layers(y: Tensor, kernels: Tensor, flip: bool) -> Tensor:
    """The layer without its bias for kernels (m, rows, columns): (m, K, L)."""
    kernels = kernels.flip((1, 2)) if flip else kernels
    return F.conv2d(y[None, None], kernels[:, None])[0]
