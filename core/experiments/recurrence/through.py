r"""How far a gradient reaches back: ∂zᵀ/∂zᵀ⁻ᵏ of z⁺ = φ(A z + x), and the gradient of a loss.

The loss is ½‖zᵀ‖². Its gradient in A is summed over the steps,

.. math:: G = \sum_{t<T} \mathrm{diag}(\varphi'_t)
          \Bigl(\frac{\partial z^T}{\partial z^{t+1}}\Bigr)^{\!\top} z^T (z^t)^\top ,

and clipped as training would: kept in single precision, then shortened.
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.recurrence import Gradients, clipped, gradient_norms
from core.rng import generator
from core.signature import between, declared

TURN = 0.5  # angle of the rotation
SKEW = ((1.0, 2.0), (0.0, 0.6))
RANDOM = 6  # states of the random matrix
LARGEST = float(torch.finfo(torch.float32).max)
LONGEST = 200


class Through(NamedTuple):
    """A run, the gradients through it, and the gradient of its loss."""

    A: Tensor  # (d, d)
    back: Gradients  # of the T steps
    G: Tensor  # gradient of the loss in A, (d, d), float64
    step: Tensor | None  # G in single precision and clipped, (d, d); None without a finite norm


@declared
def through(
    matrix: Literal["rotation", "skewed", "random"] = "rotation",
    phi: Literal["linear", "tanh"] = "linear",
    scale: Annotated[float, between(0.5, 1.5)] = 0.9,
    T: Annotated[int, between(1, LONGEST)] = 50,
    drive: Annotated[float, between(0, 3)] = 0.5,
    clip: Annotated[float, between(0.1, 100)] = 1.0,
    seed: Annotated[int, between(0, 10_000)] = 0,
) -> Through:
    """The gradient through T steps of a recurrence with the largest |eigenvalue| `scale`.

    Args:
        matrix: "rotation" stretches nothing, "skewed" is [[1, 2], [0, 0.6]], "random" has normal
            entries; each is multiplied so that its largest |eigenvalue| is `scale`.
        drive: size of the noise that comes in at every step.
        clip: length to which the gradient of the loss is shortened.

    Sources: RNN-05; Pascanu, Mikolov and Bengio 2013.
    """
    A = scale * unscaled(matrix, seed)
    d = len(A)
    back = gradient_norms(A, torch.eye(d), drive * noise(d, seed)[:T], start(d), phi)
    pulled = back.jacobians[:T].flip(0).mT @ back.z[-1]  # ∂loss/∂zᵗ⁺¹, (T, d)
    G = (back.slopes * pulled).T @ back.z[:-1]
    return Through(A, back, G, clipped(G.float(), clip))


def start(d: int) -> Tensor:
    """z⁰, of length 1."""
    return torch.full((d,), 1 / math.sqrt(d), dtype=torch.float64)


@lru_cache(maxsize=64)
def noise(d: int, seed: int) -> Tensor:
    """Normal numbers of variance 1, (LONGEST, d)."""
    return torch.randn(LONGEST, d, dtype=torch.float64, generator=generator(seed))


@lru_cache(maxsize=64)
def unscaled(matrix: str, seed: int) -> Tensor:
    """The matrix with the largest |eigenvalue| 1."""
    if matrix == "rotation":
        c, s = math.cos(TURN), math.sin(TURN)
        return torch.tensor([[c, -s], [s, c]], dtype=torch.float64)
    if matrix == "skewed":
        return torch.tensor(SKEW, dtype=torch.float64)
    A = torch.randn(RANDOM, RANDOM, dtype=torch.float64, generator=generator(seed + 1))
    return A / torch.linalg.eigvals(A).abs().max()
