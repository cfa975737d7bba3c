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
    """One line of the derivation, evaluated for every kernel entry i.

    Attributes:
        text, tex: the line in Unicode and in LaTeX.
        values: what it says ∂R/∂wᵢ is, shape of w.
        agrees: whether it equals autograd for these numbers.
        wrong: what is wrong with it in general; empty for a right line.
    """

    text: str
    tex: str
    values: Tensor
    agrees: bool
    wrong: str


class _Written(NamedTuple):
    text: str
    tex: str
    wrong: str = ""


_CONVOLUTION = (
    _Written("Σₖ δₖ ∂zₖ/∂wᵢ", r"\sum_k \delta_k \frac{\partial z_k}{\partial w_i}"),
    _Written(
        "Σₖ δₖ ∂/∂wᵢ [Σₒ yₖ₋ₒ wₒ]",
        r"\sum_k \delta_k \frac{\partial}{\partial w_i}\Bigl[\sum_{o=-p}^{p} y_{k-o} w_o\Bigr]",
    ),
    _Written(
        "Σₖ δₖ yₖ₋ₚ",
        r"\sum_k \delta_k\, y_{k-p}",
        "p is the end of the sum and not the entry, so the line says one number for every i",
    ),
    _Written("Σₖ δₖ yₖ₋ᵢ", r"\sum_k \delta_k\, y_{k-i}"),
    _Written(
        "Σₖ δₖ Σ ∂(yₖ₋ᵢ wᵢ)/∂yₖ⁽ˡ⁾",
        r"\sum_k \delta_k \sum_{k-i} \frac{\partial}{\partial y_k^{(l)}}\, y_{k-i}^{(l-1)} w_i",
        "it differentiates by an output, on which no input depends, so as printed it is 0",
    ),
    _Written(
        "Σₖ δₖ rot180(y)ₖ₋ᵢ",
        r"\sum_k \delta_k\, \mathrm{rot180}(y)_{k-i}",
        "rot180(y)ₖ₋ᵢ is yᵢ₋ₖ, so the index is the wrong way round",
    ),
    _Written("Σₖ δₖ rot180(y)ᵢ₋ₖ", r"\sum_k \delta_k\, \mathrm{rot180}(y)_{i-k}"),
    _Written("(δ ∗ rot180(y))ᵢ", r"(\delta * \mathrm{rot180}(y))_i"),
)
_CORRELATION = (
    _CONVOLUTION[0],
    _Written(
        "Σₖ δₖ ∂/∂wᵢ [Σₒ yₖ₊ₒ wₒ]",
        r"\sum_k \delta_k \frac{\partial}{\partial w_i}\Bigl[\sum_{o=-p}^{p} y_{k+o} w_o\Bigr]",
    ),
    _CONVOLUTION[2],
    _Written("Σₖ δₖ yₖ₊ᵢ", r"\sum_k \delta_k\, y_{k+i}"),
    *_CONVOLUTION[4:6],
    _CONVOLUTION[7]._replace(
        wrong="it belongs to a layer that convolves; here nothing is turned, so it comes out turned"
    ),
    _Written("(δ ⋆ y)ᵢ", r"(\delta \star y)_i"),
)
LINES = len(_CONVOLUTION)
PRINTED_P, PRINTED_ROT = 2, 5  # the misprints of E-61


def derivation(
    y: Tensor, w: Tensor, delta: Tensor, flip: bool, autograd: Tensor
) -> tuple[Line, ...]:
    """Every line as written, for a layer that convolves (flip) or correlates.

    Args:
        y, w, delta: input (rows, columns), kernel (2p + 1, 2q + 1) and ∂R/∂z (K, L) of the layer.
        autograd: ∂R/∂w, which every line is held against.
    """
    K, L = delta.shape

    def sums(reads: Tensor) -> Tensor:
        return torch.einsum("kl,klij->ij", delta, reads[:K, :L])

    # the layer is linear in w, so a difference of two outputs is a derivative
    units = torch.eye(w.numel(), dtype=w.dtype).view(-1, *w.shape)
    unit = _layers(y, units, flip)
    step = _layers(y, w + units, flip) - convolve(y, w, "valid", flip=flip)
    mirror = turned(y)
    product = convolve(mirror, padded(delta, y), "valid")
    values = (
        (delta * unit).sum((1, 2)).view_as(w),
        (delta * step).sum((1, 2)).view_as(w),
        torch.full_like(w, float((delta * y[:K, :L]).sum())),
        sums(reads(y, w, flip)),
        torch.zeros_like(w),
        sums(reads(mirror, w, flip=True)),
        sums(reads(mirror, w, flip=False).flip((0, 1))) if flip else product,
        product if flip else convolve(y, delta, "valid", flip=False),
    )
    lines = _CONVOLUTION if flip else _CORRELATION
    return tuple(
        Line(line.text, line.tex, value, close(value, autograd), line.wrong)
        for line, value in zip(lines, values, strict=True)
    )


def reads(y: Tensor, w: Tensor, flip: bool) -> Tensor:
    """y_{k−i} (y_{k+i} unless `flip`), which is ∂zₖ/∂wᵢ, (K, L) + w.shape; a view or a copy."""
    windows = y.unfold(0, w.shape[0], 1).unfold(1, w.shape[1], 1)
    return windows.flip((2, 3)) if flip else windows


def turned(y: Tensor) -> Tensor:
    """rot180(y)ⱼ = y₋ⱼ around the middle; an even side gets a zero first, so that it has one."""
    return rot180(padded(y, y))


def padded(x: Tensor, y: Tensor) -> Tensor:
    """x with a zero at the end of every axis along which y is even."""
    return F.pad(x, (0, 1 - y.shape[1] % 2, 0, 1 - y.shape[0] % 2))


def rot180(x: Tensor) -> Tensor:
    """rot180(x)ᵢ = x₋ᵢ: flipped along all axes (CNN-28)."""
    return x.flip(tuple(range(x.ndim)))


def differs(a: Tensor, b: Tensor) -> Tensor:
    """Entry by entry, whether two gradients differ by more than rounding."""
    return (a - b).abs() > SAME * max(1.0, float(b.abs().max()))


def close(a: Tensor, b: Tensor) -> bool:
    """Whether two gradients are equal up to rounding."""
    return not bool(differs(a, b).any())


def _layers(y: Tensor, kernels: Tensor, flip: bool) -> Tensor:
    """The layer without its bias for kernels (m, rows, columns): (m, K, L)."""
    rows, columns = kernels.shape[1:]
    kernels = kernels if flip else kernels.flip((1, 2))
    full = convolve(kernels, y, "full")  # commutes
    return full[:, rows - 1 : full.shape[1] - rows + 1, columns - 1 : full.shape[2] - columns + 1]
