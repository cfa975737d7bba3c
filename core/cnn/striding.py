"""What a stride meets: pictures that move, sines that are sampled, and the blur before it."""

import torch
from torch import Tensor

from core.convolution import convolve


def moved_by(x: Tensor, dy: int, dx: int, padding: str) -> Tensor:
    """x, (..., n, n), shifted down by dy and right by dx: wrapped around, or followed by black."""
    x = x.roll((dy, dx), (-2, -1))
    if padding == "zero":
        x[..., :dy, :] = 0.0
        x[..., :dx] = 0.0
    return x


def binomial(stride: int) -> Tensor:
    """(1, 2, 1)/4, s − 1 times, (2s − 1,); of a sine of frequency f it leaves cos(πf)^(2s − 2)."""
    h = torch.ones(1, dtype=torch.float64)
    for _ in range(stride - 1):
        h = convolve(h, torch.tensor([0.25, 0.5, 0.25], dtype=torch.float64))
    return h


def alias(f: float, stride: int) -> float:
    """Cycles per kept sample that every s-th sample of a sine shows, |f s − round(f s)|."""
    return abs(f * stride - round(f * stride))


def amplitudes(x: Tensor) -> Tensor:
    """Amplitude of each frequency j/n, j = 0, …, n // 2; a cosine on one of them has 1."""
    size = torch.fft.rfft(x).abs() / len(x)
    size[1 : (len(x) + 1) // 2] *= 2
    return size
