"""Small kernels by name, their two factors, and what they do to waves."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require
from core.convolution.operator import convolve
from core.rng import generator

NAMES = (
    "identity",
    "box",
    "gaussian",
    "sobel-x",
    "sobel-y",
    "laplacian",
    "sharpen",
    "emboss",
    "gabor",
    "random",
)
SIZES = (3, 5, 7)

_SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
_LAPLACIAN = [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
_SLOPE = [[-2, -1, 0], [-1, 0, 1], [0, 1, 2]]


def kernel(
    name: str,
    size: int,
    *,
    sigma: float = 1.0,
    theta: float = 0.0,
    wavelength: float = 4.0,
    seed: int = 0,
) -> Tensor:
    r"""The kernel `name` as a table h[i, j], row i downwards and column j to the right.

    identity, box (1/size²) and gaussian :math:`\propto e^{-r^2/2\sigma^2}` sum to 1. sobel-x,
    sobel-y, laplacian, sharpen (δ − laplacian) and emboss (δ + slope along the diagonal) are the
    textbook tables of size 3; a larger one answers as the small one does after a binomial blur, so
    that a ramp, or a parabola, answers the same in every size. gabor is
    :math:`e^{-r^2/2\sigma^2}(\cos(2\pi(x\cos\theta+y\sin\theta)/\lambda)-c)`, y upwards, with c and
    a factor such that its positive weights sum to 1 and its negative ones to −1. random is normal
    with standard deviation 1/size.

    Args:
        size: 3, 5 or 7.
        sigma: width of gaussian and gabor in pixels, in [0.1, 10].
        theta: direction of gabor's wave in degrees, in [-360, 360].
        wavelength: of gabor in pixels, in [2, 100].
        seed: of random.

    Returns:
        (size, size) float64.

    Raises:
        ValueError: an unknown name or a number outside its range.
    """
    choose("kernel", name, NAMES)
    if size not in SIZES:
        raise ValueError(f"expected size to be 3, 5 or 7, got {size}")
    require("sigma", sigma, 0.1, 10)
    require("theta", theta, -360, 360)
    require("wavelength", wavelength, 2, 100)
    noise = generator(seed)
    delta = torch.zeros(size, size, dtype=torch.float64)
    delta[size // 2, size // 2] = 1
    match name:
        case "identity":
            return delta
        case "box":
            return torch.full_like(delta, 1 / size**2)
        case "gaussian":
            bell = _bell(size, sigma)
            return bell / bell.sum()
        case "sobel-x":
            return _blurred(_SOBEL, size)
        case "sobel-y":
            return _blurred(_SOBEL, size).T.contiguous()
        case "laplacian":
            return _blurred(_LAPLACIAN, size)
        case "sharpen":
            return delta - _blurred(_LAPLACIAN, size)
        case "emboss":
            return delta + _blurred(_SLOPE, size)
        case "gabor":
            return _gabor(size, sigma, math.radians(theta), wavelength)
    normal = torch.randn(size, size, dtype=torch.float64, generator=noise)
    return normal / size


def _bell(size: int, sigma: float) -> Tensor:
    i = torch.arange(size, dtype=torch.float64) - size // 2
    bell = torch.exp(-((i / sigma) ** 2) / 2)
    return torch.outer(bell, bell)


def _gabor(size: int, sigma: float, theta: float, wavelength: float) -> Tensor:
    i = torch.arange(size, dtype=torch.float64) - size // 2
    along = i[None, :] * math.cos(theta) - i[:, None] * math.sin(theta)
    bell = _bell(size, sigma)
    wave = bell * torch.cos(2 * math.pi / wavelength * along)
    wave -= bell * (wave.sum() / bell.sum())
    return wave * (2 / wave.abs().sum())


def _blurred(table: list[list[int]], size: int) -> Tensor:
    """The 3 x 3 table convolved with binomial weights of sum 1, which makes it size x size."""
    weights = [math.comb(size - 3, t) / 2 ** (size - 3) for t in range(size - 2)]
    weights = torch.tensor(weights, dtype=torch.float64)
    return convolve(torch.tensor(table, dtype=torch.float64), torch.outer(weights, weights))


class Factors(NamedTuple):
    """How a kernel splits into columns times rows.

    Attributes:
        singular: its singular values, descending, shape (min(rows, columns),).
        rank: how many of them are more than rounding; 1 means separable, 0 an all-zero kernel.
        column: (rows,) and
        row: (columns,), with h ≈ column ⊗ row as well as rank 1 allows; the entry of column
            furthest from zero is 1.
        product: their outer product, (rows, columns).
    """

    singular: Tensor
    rank: int
    column: Tensor
    row: Tensor
    product: Tensor

    def cost(self) -> int:
        """Multiplications per pixel: rows·columns at once, or rank·(rows + columns) in passes."""
        rows, columns = self.product.shape
        return min(rows * columns, max(self.rank, 1) * (rows + columns))


def factors(h: Tensor) -> Factors:
    """The best rank-1 approximation column ⊗ row of a kernel (rows, columns) by its SVD."""
    left, singular, right = torch.linalg.svd(h, full_matrices=False)
    rank = int((singular > 1e-7 * singular[0]).sum()) if singular[0] > 0 else 0
    top = left[left[:, 0].abs().argmax(), 0]
    column, row = left[:, 0] / top, right[0] * top * singular[0]
    return Factors(singular, rank, column, row, torch.outer(column, row))


def spectrum(h: Tensor, size: int = 48) -> Tensor:
    """|H(ω)| = |Σ_t h[t] e^{−iω·t}| at size x size frequencies, zero in the middle of the table.

    Entry (i, j) belongs to (i − size/2, j − size/2)/size cycles per pixel, down and to the right.
    """
    return torch.fft.fftshift(torch.fft.fft2(h, (size, size)).abs())
