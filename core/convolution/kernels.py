"""Small kernels by name, and their two factors."""

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
    "random",
)
SIZES = (3, 5, 7)

_SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
_LAPLACIAN = [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
_SLOPE = [[-2, -1, 0], [-1, 0, 1], [0, 1, 2]]


def kernel(name: str, size: int, *, sigma: float = 1.0, seed: int = 0) -> Tensor:
    r"""The kernel `name` as a table h[i, j], row i downwards and column j to the right.

    identity, box (1/size²) and gaussian :math:`\propto e^{-r^2/2\sigma^2}` sum to 1. sobel-x,
    sobel-y, laplacian, sharpen (δ − laplacian) and emboss (δ + slope along the diagonal) are the
    textbook tables of size 3; a larger one answers as the small one does after a binomial blur, so
    that a ramp, or a parabola, answers the same in every size. random is normal with standard
    deviation 1/size.

    Args:
        size: 3, 5 or 7.
        sigma: width of gaussian in pixels, in [0.1, 10].
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
    noise = generator(seed)
    delta = torch.zeros(size, size, dtype=torch.float64)
    delta[size // 2, size // 2] = 1
    match name:
        case "identity":
            return delta
        case "box":
            return torch.full_like(delta, 1 / size**2)
        case "gaussian":
            i = torch.arange(size, dtype=torch.float64) - size // 2
            bell = torch.exp(-((i / sigma) ** 2) / 2)
            bell = torch.outer(bell, bell)
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
    normal = torch.randn(size, size, dtype=torch.float64, generator=noise)
    return normal / size


def _blurred(table: list[list[int]], size: int) -> Tensor:
    """The 3 x 3 table convolved with binomial weights of sum 1, which makes it size x size."""
    weights = [math.comb(size - 3, t) / 2 ** (size - 3) for t in range(size - 2)]
    weights = torch.tensor(weights, dtype=torch.float64)
    return convolve(torch.tensor(table, dtype=torch.float64), torch.outer(weights, weights))


class Factors(NamedTuple):
    """How a kernel splits into columns times rows.

    Attributes:
        singular: its singular values, descending, shape (min(rows, columns),).
        column: (rows,) and
        row: (columns,), with h ≈ column ⊗ row as well as rank 1 allows; the entry of column
            furthest from zero is 1.
    """

    singular: Tensor
    column: Tensor
    row: Tensor

    @property
    def rank(self) -> int:
        """Singular values that are more than rounding: 1 is separable, 0 an all-zero kernel."""
        return int((self.singular > 1e-7 * self.singular[0]).sum()) if self.singular[0] > 0 else 0

    @property
    def product(self) -> Tensor:
        """The outer product, (rows, columns)."""
        return torch.outer(self.column, self.row)


def factors(h: Tensor) -> Factors:
    """The best rank-1 approximation column ⊗ row of a kernel (rows, columns) by its SVD."""
    left, singular, right = torch.linalg.svd(h, full_matrices=False)
    top = left[left[:, 0].abs().argmax(), 0]
    return Factors(singular, left[:, 0] / top, right[0] * top * singular[0])
