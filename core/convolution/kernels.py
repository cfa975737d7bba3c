"""Small kernels by name, and their two factors."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require
from core.convolution.operator import convolve
from core.rng import generator

_TABLES = {
    "sobel-x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel-y": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "laplacian": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "sharpen": [[0, -1, 0], [-1, 4, -1], [0, -1, 0]],  # without its δ
    "emboss": [[-2, -1, 0], [-1, 0, 1], [0, 1, 2]],  # without its δ
}
NAMES = ("identity", "box", "gaussian", *_TABLES, "random")
SIZES = (3, 5, 7)


def kernel(name: str, size: int, *, sigma: float = 1.0, seed: int = 0) -> Tensor:
    r"""The kernel `name` as a table h[i, j], row i downwards, column j to the right, float64.

    identity, box (1/size²) and gaussian :math:`\propto e^{-r^2/2\sigma^2}` sum to 1. sobel-x,
    sobel-y, laplacian, sharpen (δ − laplacian) and emboss (δ + slope along the diagonal) are the
    textbook tables of size 3; a larger one answers as the small one does after a binomial blur, so
    that a ramp, or a parabola, answers the same in every size. random is normal with standard
    deviation 1/size.

    The size is 3, 5 or 7; sigma, in [0.1, 10] pixels, is the width of gaussian, seed is of random.
    """
    choose("kernel", name, NAMES)
    if size not in SIZES:
        raise ValueError(f"expected size to be 3, 5 or 7, got {size}")
    require("sigma", sigma, 0.1, 10)
    noise = generator(seed)
    if name == "random":
        return torch.randn(size, size, dtype=torch.float64, generator=noise) / size
    if name in ("box", "gaussian"):
        i = torch.arange(size, dtype=torch.float64) - size // 2
        bell = torch.exp(-((i / sigma) ** 2) / 2) if name == "gaussian" else torch.ones_like(i)
        bell = torch.outer(bell, bell)
        return bell / bell.sum()
    h = torch.zeros(size, size, dtype=torch.float64)
    if name in _TABLES:
        h = torch.tensor(_TABLES[name], dtype=torch.float64)
        weights = [math.comb(size - 3, t) / 2 ** (size - 3) for t in range(size - 2)]
        blur = torch.tensor(weights, dtype=torch.float64)
        if size > 3:
            h = convolve(h, torch.outer(blur, blur))
    if name in ("identity", "sharpen", "emboss"):
        h[size // 2, size // 2] += 1
    return h


class Factors(NamedTuple):
    """How a kernel splits into columns times rows: h ≈ column ⊗ row as well as rank 1 allows."""

    singular: Tensor  # its singular values, descending, (min(rows, columns),)
    column: Tensor  # (rows,), the entry furthest from zero is 1
    row: Tensor  # (columns,)

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
