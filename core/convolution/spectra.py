r"""Convolution by way of spectra, F[k] = Σ_t f[t] exp(−2πi k t / N), and what it costs."""

import math
from functools import cache

import torch
from torch import Tensor

from core.check import require


def by_spectra(f: Tensor, h: Tensor, N: int, conjugate: bool = False) -> Tensor:
    """DFT⁻¹(F H), the circular convolution of length N; DFT⁻¹(F conj H), the circular correlation.

    Zeros are appended to f (n,) and h (m,), float64, up to N; output u of a correlation, Σ_t h[t]
    f[u + t], stands at u mod N.

    Raises:
        ValueError: N is no whole number ≥ max(n, m): a shorter DFT truncates.
    """
    N = int(require("N", N, max(len(f), len(h)), integer=True))
    H = torch.fft.fft(h, N)
    return torch.fft.ifft(torch.fft.fft(f, N) * (H.conj() if conjugate else H)).real


def dft_matrix(N: int) -> Tensor:
    """K[k, t] = exp(−2πi k t / N), complex (N, N): the Fourier kernel of CNN-04 on N samples."""
    k = torch.arange(N)
    angle = -2 * math.pi / N * ((k[:, None] * k) % N).double()
    return torch.polar(torch.ones_like(angle), angle)


def filled(values: Tensor, length: int) -> Tensor:
    """The values cut, or continued by zeros, to a length."""
    answer = values.new_zeros(length)
    answer[: len(values)] = values[:length]
    return answer


def next_power(N: int) -> int:
    """The smallest power of two ≥ N."""
    return 1 << (N - 1).bit_length()


def butterflies(N: int) -> int:
    """c(N) = 2 c(N/2) + N/2 and c(1) = 0, multiplications of a radix-2 FFT of N = 2ʲ points."""
    return 0 if N == 1 else 2 * butterflies(N // 2) + N // 2


def cost_direct(n: int, m: int) -> int:
    """Real multiplications of Σ_t h[t] f[u − t] over all u: every sample meets every tap."""
    return n * m


@cache
def cost_fft(n: int, m: int) -> int:
    """Real multiplications by way of spectra: three FFTs and the product, four for each complex.

    The length is the next power of two that holds n + m − 1.
    """
    N = next_power(n + m - 1)
    return 4 * (3 * butterflies(N) + N)


@cache
def crossing() -> int:
    """The smallest n = 2ʲ from which the spectra cost less, for a kernel as long as the signal."""
    return next(n for n in (1 << j for j in range(30)) if cost_fft(n, n) < cost_direct(n, n))
