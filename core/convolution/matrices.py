"""Convolution with a fixed kernel as a matrix (CNN-17): every entry placed, nothing convolved."""

import math

import torch
from torch import Tensor

from core.check import require
from core.convolution.operator import Steps, check_tensor, per_axis, windows


def toeplitz(
    h: Tensor,
    n: int,
    mode: str = "full",
    stride: int = 1,
    flip: bool = True,
    dilation: int = 1,
    boundary: str = "zero",
) -> Tensor:
    """T with T x = h ∗ x (h ⋆ x when flip is False) for x of n entries, (length of T x, n).

    With stride 1 and zeros outside, T[u, j] depends on u − j only: column j is h moved down by j,
    a row holds h backwards. A stride keeps every stride-th row. Tᵀ is the transposed convolution.

    h is (k,); mode, stride, flip, dilation, boundary and refusals as in `convolve`. Differentiable
    in h.
    """
    return _placed(h, (n,), mode, stride, flip, dilation, boundary)


def circulant(h: Tensor, n: int) -> Tensor:
    """C[u, j] = Σ h[t] over t ≡ u − j (mod n), the matrix of mode circular, (n, n).

    h is (k,). The eigenvectors of C are the Fourier modes exp(2πi k u / n), its eigenvalues the DFT
    of h.
    """
    check_tensor("h", h)
    if h.ndim != 1:
        raise ValueError(f"expected h with 1 dimension, got {h.ndim}")
    n = int(require("n", n, 1, integer=True))
    u = torch.arange(n, device=h.device)
    folded = h.new_zeros(n).index_add(0, torch.arange(len(h), device=h.device) % n, h)
    return folded[(u[:, None] - u) % n]


def spectrum(h: Tensor, lengths: tuple[int, ...], dilation: int = 1) -> Tensor:
    """The DFT of h laid round circles of these lengths, Σ_t h[t] exp(−2πi k dilation t / n).

    Its entries are the eigenvalues of the matrix of mode circular, for real h and flip=False the
    conjugates. h is (k,) or (rows, columns), an axis of it may be longer than the circle.
    """
    answer = h.to(torch.complex128)
    for axis, n in enumerate(lengths):
        lag = dilation * torch.arange(h.shape[axis])
        turn = -2 * math.pi / n * (torch.arange(n)[:, None] * lag % n).double()
        waves = torch.polar(torch.ones_like(turn), turn)
        answer = torch.tensordot(waves, answer, dims=([1], [axis])).movedim(0, axis)
    return answer


def doubly_block_toeplitz(
    h: Tensor,
    shape: tuple[int, int],
    mode: str = "full",
    stride: Steps = 1,
    flip: bool = True,
    dilation: Steps = 1,
    boundary: str = "zero",
) -> Tensor:
    """T with T vec(x) = vec(h ∗ x) for pictures, vec row by row: Toeplitz blocks, laid Toeplitz.

    h is a table, `shape` (rows, columns) of x, the others as in `convolve`. Returns (outputs,
    inputs), differentiable in h and dense: 32 × 32 pictures take 8 MB in float64.
    """
    return _placed(h, tuple(shape), mode, stride, flip, dilation, boundary)


def _placed(
    h: Tensor, shape: tuple, mode: str, stride: Steps, flip: bool, dilation: Steps, boundary: str
) -> Tensor:
    """The matrix that adds h[t] where output u meets input j under window entry t."""
    check_tensor("h", h)
    if h.ndim != len(shape):
        wanted = "1 dimension" if len(shape) == 1 else f"{len(shape)} dimensions"
        raise ValueError(f"expected h with {wanted}, got {h.ndim}")
    stride, dilation = per_axis("stride", stride, h.ndim), per_axis("dilation", dilation, h.ndim)
    lengths = [int(require("length of x", n, 1, integer=True)) for n in shape]
    meets = torch.zeros(1, 1, dtype=torch.long)  # (outputs, entries of h), row by row; −1: zeros
    for n, axis in zip(lengths, windows(lengths, h.shape, mode, flip, stride, dilation, boundary)):
        both = n * meets[:, None, :, None] + axis[:, None]
        inside = (meets[:, None, :, None] >= 0) & (axis[:, None] >= 0)
        meets = torch.where(inside, both, -1).flatten(2).flatten(0, 1)
    u, t = (meets >= 0).nonzero(as_tuple=True)
    window = h.flip(tuple(range(h.ndim))) if flip else h
    T = h.new_zeros(len(meets), math.prod(lengths))
    u, t, j = u.to(h.device), t.to(h.device), meets[u, t].to(h.device)
    return T.index_put((u, j), window.flatten()[t], accumulate=True)
