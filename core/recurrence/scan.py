r"""The linear recurrence without its loop: a parallel scan, and a convolution by FFT.

Two steps z ↦ A z + u, then z ↦ A z + v, are one step z ↦ A² z + (A u + v): steps compose, and
composing is associative, so that T of them take ⌈log₂ T⌉ rounds. From zero the states are a
convolution over time, :math:`z^t = \sum_{s<t} A^{t-1-s} B x^s`, with the kernel A^k B.

>>> A, B, x = torch.eye(2) / 2, torch.ones(2, 1), torch.ones(100, 1)
>>> scan(A, B, x, torch.zeros(2))[-1]  # 2, 2

Sources: RNN-01, RNN-02; Hillis and Steele 1986; Martin and Cundy 2018.
"""

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.check import require


class Cost(NamedTuple):
    """What a way to compute the states takes; additions are not counted."""

    multiplications: int  # of real numbers
    rounds: int  # multiplications that have to wait for one another


def scan(A: Any, B: Any, x: Any, z0: Any) -> Tensor:
    """The states z⁰, …, zᵀ, (T + 1, d), in ⌈log₂(T + 1)⌉ rounds; as `run`, and by autograd too.

    After k rounds every place holds what the last 2ᵏ steps have made of it. An error of rounding
    is about 1e-15 of ‖Aᵏ‖ times the largest state on the way.

    Args:
        A: (d, d); B: (d, k); x: (T, k), T ≥ 1; z0: (d,).

    Raises:
        ValueError: shapes that do not fit, powers of A that leave the range of floats.
    """
    A, B, x, z0 = fitting(A, B, x, z0)
    z, P, far = torch.cat([z0[None], x @ B.T]), A.T, 1
    while far < len(z):
        z = torch.cat([z[:far], torch.addmm(z[far:], z[:-far], P)])
        P, far = P @ P, 2 * far
    return _finite(z)


def by_fft(A: Any, B: Any, x: Any) -> Tensor:
    """The states from z⁰ = 0, (T + 1, d), as a convolution of the input with `kernel`.

    An error of rounding is about 1e-15 of the largest entry of the kernel times Σ |x|, at every t.

    Args:
        A: (d, d); B: (d, k); x: (T, k), T ≥ 1.

    Raises:
        ValueError: as `scan`.
    """
    A, B, x, _ = fitting(A, B, x, None)
    T, h = len(x), kernel(A, B, len(x))
    N = fft_size(T)
    if h.is_complex() or x.is_complex():
        seen = torch.fft.fft(h, N, dim=0) @ torch.fft.fft(x, N, dim=0)[..., None]
        z = torch.fft.ifft(seen[..., 0], dim=0)[:T]
    else:
        seen = torch.fft.rfft(h, N, dim=0) @ torch.fft.rfft(x, N, dim=0)[..., None]
        z = torch.fft.irfft(seen[..., 0], N, dim=0)[:T]
    return _finite(torch.cat([z.new_zeros(1, z.shape[1]), z]))


def kernel(A: Any, B: Any, T: int) -> Tensor:
    """Aᵏ B for k = 0, …, T − 1, (T, d, k), doubled in ⌈log₂ T⌉ rounds.

    Raises:
        ValueError: shapes that do not fit, T < 1.
    """
    A, B, _, _ = fitting(A, B, None, None)
    require("T", T, 1, integer=True)
    found, P = B[None], A
    while len(found) < T:
        found, P = torch.cat([found, P @ found]), P @ P
    return found[:T]


def fft_size(T: int) -> int:
    """The power of two in which a convolution of T with T samples does not wrap."""
    return 2 ** math.ceil(math.log2(2 * T - 1)) if T > 1 else 1


def costs(T: int, d: int = 2) -> dict[str, Cost]:
    """Of y^t = c·z^t for t = 1, …, T, from one input to one output, with d states.

    "steps" are T times A z, B x and c·z; "sum" are the T (T + 1)/2 products of the unrolled sum,
    "fft" are three complex transforms of length N, that of the kernel included, and N products in
    between, "scan" the rounds of `scan` and their powers of A. The kernel itself is taken as known.

    Raises:
        ValueError: T < 1, d < 1.
    """
    require("T", T, 1, integer=True)
    require("d", d, 1, integer=True)
    N = fft_size(T)
    bits, rounds = N.bit_length() - 1, T.bit_length()
    last = (T + 1) * rounds - (2**rounds - 1)  # Σ (T + 1 − 2ʲ) over the rounds
    return {
        "steps": Cost(T * (d * d + 2 * d), T + 2),
        "sum": Cost(T * (T + 1) // 2, 1),
        "fft": Cost(3 * 4 * (N // 2) * bits + 4 * N, 2 * bits + 1),
        "scan": Cost(last * d * d + (rounds - 1) * d**3 + 2 * T * d, rounds + 2),
    }


def fitting(A: Any, B: Any, x: Any, z0: Any) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
    """The four as float64 or complex128 of shapes that fit; None stays None.

    Raises:
        ValueError: naming what does not fit.
    """
    given = {"A": A, "B": B, "x": x, "z0": z0}
    tensors = {
        name: v if isinstance(v, Tensor) else torch.as_tensor(np.asarray(v))
        for name, v in given.items()
        if v is not None
    }
    whole = any(v.is_complex() for v in tensors.values())
    kind = torch.complex128 if whole else torch.float64
    tensors = {name: v.to(kind) for name, v in tensors.items()}
    A, B = tensors["A"], tensors["B"]
    d, k = A.shape[-1] if A.ndim else 0, B.shape[-1] if B.ndim else 0
    wanted = {"A": (d, d), "B": (d, k), "x": (len(tensors.get("x", A)), k), "z0": (d,)}
    for name, value in tensors.items():
        if value.shape != wanted[name] or not value.numel():
            shape = "(T, k)" if name == "x" else wanted[name]
            raise ValueError(f"expected {name} of shape {shape}, got {tuple(value.shape)}")
        if not value.isfinite().all():
            raise ValueError(f"expected {name} of finite numbers")
    return A, B, tensors.get("x"), tensors.get("z0")


def _finite(z: Tensor) -> Tensor:
    if not z.isfinite().all():
        raise ValueError("expected powers of A and states in the range of floats, use fewer steps")
    return z
