r"""Gradients through time, and a unit whose memory cannot explode.

.. math:: \frac{\partial z^T}{\partial z^{T-k}} = J^{T-1} \cdots J^{T-k}, \qquad
          J^t = \mathrm{diag}(\varphi'(A z^t + B x^t))\, A

>>> gradient_norms(0.9 * torch.eye(1), torch.zeros(1, 1), torch.zeros(50, 1), torch.zeros(1)).norms
tensor([1.0000, ..., 0.0052])

Sources: RNN-05, RNN-06; Pascanu, Mikolov and Bengio 2013; Orvieto et al. 2023.
"""

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.check import choose, require
from core.recurrence.scan import fitting


class Gradients(NamedTuple):
    """How strongly zᵀ depends on the states before it."""

    z: Tensor  # the states z⁰, …, zᵀ, (T + 1, d)
    slopes: Tensor  # φ′ of step t, (T, d), 1 where φ is the identity
    jacobians: Tensor  # ∂zᵀ/∂zᵀ⁻ᵏ for k = 0, …, T, (T + 1, d, d)
    norms: Tensor  # their largest singular values, (T + 1,)
    bound: Tensor  # ∏ ‖A‖ max φ′ over the k steps, (T + 1,)


def gradient_norms(A: Any, B: Any, x: Any, z0: Any, phi: str = "linear") -> Gradients:
    """‖∂zᵀ/∂zᵀ⁻ᵏ‖₂ over the lag k, for z⁺ = φ(A z + B x), and what it cannot exceed.

    Args:
        A: (d, d); B: (d, k); x: (T, k), T ≥ 1; z0: (d,).
        phi: "linear" or "tanh".

    Raises:
        ValueError: shapes that do not fit, another φ, states beyond the range of floats.
    """
    choose("phi", phi, ("linear", "tanh"))
    A, B, x, z0 = fitting(A, B, x, z0)
    A_, pushes, z = A.numpy(), (x @ B.T).numpy(), [z0.numpy()]
    with np.errstate(over="ignore", invalid="ignore"):
        for push in pushes:
            after = A_ @ z[-1] + push
            z.append(np.tanh(after) if phi == "tanh" else after)
        z = torch.from_numpy(np.stack(z))
        slopes = 1 - z[1:].square() if phi == "tanh" else torch.ones_like(z[1:])
        jacobians = [np.eye(len(A), dtype=A_.dtype)]
        for step in (slopes[:, :, None] * A).flip(0).numpy():
            jacobians.append(jacobians[-1] @ step)
        jacobians = torch.from_numpy(np.stack(jacobians))
    if not jacobians.isfinite().all() or not z.isfinite().all():
        raise ValueError("expected states and gradients in the range of floats, use fewer steps")
    most = slopes.abs().amax(1).flip(0) * torch.linalg.matrix_norm(A, 2)
    bound = torch.cat([most.new_ones(1), most.cumprod(0)])
    return Gradients(z, slopes, jacobians, spectral(jacobians), bound)


def spectral(M: Tensor) -> Tensor:
    """The largest singular values of (…, n, n) real matrices, to about 1e-12 of each."""
    size = M.abs().amax((-2, -1), keepdim=True)
    M = M / torch.where(size > 0, size, 1.0)
    squares = torch.linalg.eigvalsh(M @ M.mT)[..., -1]
    return size[..., 0, 0] * squares.clamp_min(0).sqrt()


def clipped(gradient: Tensor, most: float) -> Tensor | None:
    """The gradient, shortened to the length `most` if it is longer; None without a finite norm.

    An infinite entry has no direction left: dividing by its norm would give NaN.

    Raises:
        ValueError: most ≤ 0.
    """
    require("most", most, 0, above=True)
    size = gradient.abs().max()
    if not size.isfinite():
        return None
    if size == 0:
        return gradient
    norm = float(size) * float((gradient / size).norm())  # entries of 1e200 have a norm too
    return gradient if norm <= most else (gradient / size) * (most / (norm / float(size)))


def eigenvalue(nu: Any, theta: Any) -> Tensor:
    """λ = exp(−e^ν + iθ), complex128; its modulus is below 1 for every ν."""
    nu, theta = (torch.as_tensor(v, dtype=torch.float64) for v in (nu, theta))
    return torch.polar(*torch.broadcast_tensors(torch.exp(-torch.exp(nu)), theta))


def below_one(nu: Any) -> Tensor:
    """1 − |λ| = 1 − exp(−e^ν) without a difference of close numbers: 2.06e-9 at ν = −20."""
    return -torch.expm1(-torch.exp(torch.as_tensor(nu, dtype=torch.float64)))


def input_scale(nu: Any) -> Tensor:
    """√(1 − |λ|²), with which white noise of variance 1 keeps the variance of the state at 1."""
    return (-torch.expm1(-2 * torch.exp(torch.as_tensor(nu, dtype=torch.float64)))).sqrt()


def lru(nu: Any, theta: Any, x: Any, normalise: bool = True) -> Tensor:
    """The states of the unit z⁺ = λ z + γ x from 0, (…, T + 1), complex128, by a parallel scan.

    Args:
        nu, theta: one unit, or as many as fit the leading dimensions of x.
        x: (…, T), real.
        normalise: γ = √(1 − |λ|²), else 1.

    Raises:
        ValueError: an entry that is not finite, no input.
    """
    x = torch.as_tensor(x, dtype=torch.float64)
    lam, gain = eigenvalue(nu, theta), input_scale(nu) if normalise else torch.ones(())
    if not lam.isfinite().all() or not x.isfinite().all() or not x.numel() or not x.ndim:
        raise ValueError("expected finite nu, theta and x of shape (…, T) with T ≥ 1")
    pushed, P, far = x * gain[..., None], lam[..., None], 1
    states = lam.new_zeros(*pushed.shape[:-1], pushed.shape[-1] + 1)
    z = states[..., 1:]
    z.copy_(pushed)
    while far < z.shape[-1]:
        z[..., far:] += P * z[..., :-far]  # the product is complete before it is added
        P, far = P * P, 2 * far
    return states


def variance(nu: float, T: int, normalise: bool = True) -> Tensor:
    """E|zᵗ|² for t = 0, …, T and white noise of variance 1, (T + 1,): γ² Σ |λ|²ᵏ over k < t."""
    require("T", T, 0, integer=True)
    rate = 2 * math.exp(nu)
    grown = -torch.expm1(-rate * torch.arange(T + 1, dtype=torch.float64))
    return grown if normalise else grown / -math.expm1(-rate)
