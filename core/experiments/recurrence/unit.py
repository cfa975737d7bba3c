r"""A unit that cannot explode: λ = exp(−e^ν + iθ), driven by white noise.

.. math:: z^{t+1} = \lambda z^t + \gamma x^t, \qquad
          \mathrm E|z^t|^2 = \gamma^2\,\frac{1 - |\lambda|^{2t}}{1 - |\lambda|^2}
"""

from functools import lru_cache
from typing import Annotated, NamedTuple

import torch
from torch import Tensor

from core.recurrence import below_one, by_fft, eigenvalue, input_scale, lru
from core.rng import generator
from core.signature import between, declared

STEPS, SEQUENCES = 256, 64


class Unit(NamedTuple):
    """One unit over many sequences of noise."""

    lam: complex
    gap: float  # 1 − |λ|
    gain: float  # γ
    z: Tensor  # states by a scan, (SEQUENCES, STEPS + 1), complex
    fft: Tensor  # those of the first sequence by FFT, (STEPS + 1,), complex
    spread: Tensor  # mean of |zᵗ|² over the sequences, (STEPS + 1,)


@declared
def unit(
    nu: Annotated[float, between(-5, 3)] = -2.0,
    theta: Annotated[float, between(0, 3.1416)] = 0.3,
    normalise: bool = True,
    seed: Annotated[int, between(0, 10_000)] = 0,
) -> Unit:
    """256 steps of the unit from 0, for 64 sequences of normal noise of variance 1.

    Args:
        nu: |λ| = exp(−e^ν).
        theta: angle of λ, radians.
        normalise: γ = √(1 − |λ|²), else 1.

    Sources: RNN-06; Orvieto et al. 2023.
    """
    x = noise(seed)
    z = lru(nu, theta, x, normalise)
    lam, gain = complex(eigenvalue(nu, theta)), float(input_scale(nu)) if normalise else 1.0
    A, B = torch.tensor([[[lam]], [[gain]]], dtype=torch.complex128)
    fft = by_fft(A, B, x[0, :, None])[:, 0]
    return Unit(lam, float(below_one(nu)), gain, z, fft, (z.real**2 + z.imag**2).mean(0))


@lru_cache(maxsize=16)
def noise(seed: int) -> Tensor:
    """(SEQUENCES, STEPS)."""
    return torch.randn(SEQUENCES, STEPS, dtype=torch.float64, generator=generator(seed))
