r"""The linear recurrence z⁺ = A z + B x: its states, its eigenvalues, how long it remembers.

.. math:: z^{t+1} = A z^t + B x^t, \qquad z^t = A^t z^0 + \sum_{s<t} A^{t-1-s} B x^s

>>> power_norms(torch.tensor([[0.9, 5.0], [0.0, 0.9]]), 100).max()  # 19.38, at k = 9

Everything is float64, or complex128 where an argument is complex. Sources: RNN-01 to RNN-04.
"""

import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.check import require

DEFECTIVE = 1e12  # a larger cond(P) is that of a matrix without a basis of eigenvectors
LARGEST = 512  # dimension of a state
CIRCLE = 1e-9  # how near to 1 a modulus counts as 1
RADII = np.geomspace(1e-6, 1e2, 49)  # |z| − 1
ANGLES = np.linspace(0, 2 * math.pi, 32, endpoint=False)
CLOSER = np.linspace(-1, 1, 9)


class Diagonal(NamedTuple):
    """A = P Λ P⁻¹ over the complex numbers."""

    eigenvalues: Tensor  # (d,), complex
    P: Tensor  # eigenvectors of length 1 as columns, (d, d), complex
    cond: float  # ‖P‖‖P⁻¹‖; beyond `DEFECTIVE` A has no basis of eigenvectors


def run(A: Any, B: Any, x: Any, z0: Any) -> Tensor:
    """The states z⁰, …, zᵀ, (T + 1, d), step by step.

    Args:
        A: (d, d).
        B: (d, k).
        x: inputs x⁰, …, x^{T−1}, (T, k), T ≥ 1.
        z0: (d,).

    Raises:
        ValueError: shapes that do not fit, T < 1, an entry that is not finite, states that leave
            the range of floats.
    """
    A = _square(A)
    B, x, z = _finite("B", B), _finite("x", x), _finite("z0", z0)
    d = len(A)
    if B.ndim != 2 or len(B) != d:
        raise ValueError(f"expected B of shape ({d}, k), got {tuple(B.shape)}")
    if x.ndim != 2 or len(x) < 1 or x.shape[1] != B.shape[1]:
        raise ValueError(f"expected x of shape (T, {B.shape[1]}) with T ≥ 1, got {tuple(x.shape)}")
    if z.shape != (d,):
        raise ValueError(f"expected z0 of shape ({d},), got {tuple(z.shape)}")
    kind = torch.complex128 if any(v.is_complex() for v in (A, B, x, z)) else torch.float64
    A, z = A.to(kind), z.to(kind)
    states = [z]
    for push in x.to(kind) @ B.to(kind).T:
        z = torch.addmv(push, A, z)
        states.append(z)
    found = torch.stack(states)
    if not found.isfinite().all():
        first = int((~found.isfinite()).any(1).nonzero()[0])
        raise ValueError(f"expected states in the range of floats, left at step {first}")
    return found


def diagonalise(A: Any) -> Diagonal:
    """Eigenvalues, eigenvectors and the condition number of their basis.

    A matrix without a basis of eigenvectors still gives a P, nearly singular: cond ≈ 10¹⁶. Where
    rounding would hide this, as in a 2 x 2 matrix that is `defective`, P is singular: cond = ∞.

    Raises:
        ValueError: A not square or not finite.
    """
    A = _square(A)
    eigenvalues, P = torch.linalg.eig(A)
    cond = float(torch.linalg.cond(P))
    if len(A) == 2 and not A.is_complex() and cond <= DEFECTIVE and defective(A):
        (a, b), (c, d) = A.tolist()
        v = (b, (d - a) / 2) if abs(b) >= abs(c) else ((a - d) / 2, c)
        P = torch.tensor([[each / math.hypot(*v)] * 2 for each in v], dtype=P.dtype)
        return Diagonal(torch.full_like(eigenvalues, (a + d) / 2), P, math.inf)
    return Diagonal(eigenvalues, P, cond)


def defective(A: Tensor) -> bool:
    """Whether a real 2 x 2 matrix has one eigenvector only, up to the last digit of its entries.

    Its eigenvalues are equal where (a − d)² + 4bc = 0; as they are typed, the entries are exact.
    """
    a, b, c, d = (Fraction(repr(v)) for v in A.flatten().tolist())
    gap = a - d
    last = (abs(gap) * (abs(a) + abs(d)) + 2 * abs(b * c)) / 2**50
    return bool(b or c) and abs(gap * gap + 4 * b * c) <= last


def powers(A: Any, K: int) -> Tensor:
    """A⁰, …, A^K, (K + 1, d, d); ∞ or NaN where they leave the range of floats.

    Raises:
        ValueError: A not square or not finite, K not a whole number in [0, 100 000].
    """
    A, K = _square(A), int(require("K", K, 0, 100_000, integer=True))
    found = torch.stack([torch.eye(len(A), dtype=A.dtype), A])
    while len(found) <= K:  # A⁰ … Aᵐ times Aᵐ: twice as many
        found = torch.cat([found, found[-1] @ found[1:]])
    return found[: K + 1]


def power_norms(A: Any, K: int) -> Tensor:
    """‖Aᵏ‖₂ for k = 0, …, K, (K + 1,): the most that k steps stretch a state.

    Raises:
        ValueError: as `powers`; norms beyond the range of floats.
    """
    found = powers(A, K)
    if not found.isfinite().all():
        raise ValueError("expected powers in the range of floats, use a smaller K")
    if found.shape[1] == 2 and not found.is_complex():
        a, b, c, d = found.flatten(1).unbind(1)
        return (torch.hypot(a + d, b - c) + torch.hypot(a - d, b + c)) / 2  # σ₁ of two columns
    return torch.linalg.matrix_norm(found, ord=2)


def half_life(modulus: float) -> float:
    """Steps ln ½/ln |λ| after which |λ|ᵏ is a half: 0 for 0, ∞ for 1.

    Negative for |λ| > 1, which grows: −7.27 (|λ| = 1.1) says that it doubles in 7.27 steps.

    Raises:
        ValueError: a modulus that is negative or not finite.
    """
    require("modulus", float(modulus), 0)
    if modulus == 0:
        return 0.0
    return math.inf if modulus == 1 else math.log(0.5) / math.log(modulus)


def kreiss(A: Any) -> float:
    """The Kreiss constant sup (|z| − 1)‖(zI − A)⁻¹‖₂ over |z| > 1, to about 1e-6 from below.

    K ≤ sup ‖Aᵏ‖ ≤ e d K (Kreiss, Spijker). ∞ where the powers are unbounded: an eigenvalue beyond
    the unit circle, or one on it without its full number of eigenvectors. Sought on rays through
    32 angles and those of the eigenvalues, then ever closer around the largest value.

    Raises:
        ValueError: A not square or not finite.
    """
    A = _square(A)
    found, A = diagonalise(A), A.to(torch.complex128)
    most = float(found.eigenvalues.abs().max())
    if most > 1 + CIRCLE or (most >= 1 - CIRCLE and found.cond > DEFECTIVE):
        return math.inf
    angles = np.concatenate([ANGLES, found.eigenvalues.angle().numpy()])
    log, theta = np.meshgrid(np.log(RADII), angles)
    wide = np.array([math.log(RADII[1] / RADII[0]), ANGLES[1]])
    best = 1.0  # far out
    for _ in range(8):
        value = np.exp(log) * _resolvent(A.numpy(), (1 + np.exp(log)) * np.exp(1j * theta))
        at = np.unravel_index(value.argmax(), value.shape)
        best = max(best, float(value[at]))
        log, theta = np.meshgrid(
            np.clip(log[at] + wide[0] * CLOSER, math.log(1e-9), None), theta[at] + wide[1] * CLOSER
        )
        wide = wide / 4
    return best


def _resolvent(A: np.ndarray, z: np.ndarray) -> np.ndarray:
    """‖(zI − A)⁻¹‖₂, of the shape of z."""
    if len(A) != 2:
        return 1 / np.linalg.svd(z[..., None, None] * np.eye(len(A)) - A, compute_uv=False)[..., -1]
    (a, b), (c, d) = A
    first, second = z - a, z - d
    product = np.abs(first * second - b * c)  # |det| is σ₁σ₂
    squares = np.abs(first) ** 2 + np.abs(second) ** 2 + abs(b) ** 2 + abs(c) ** 2  # σ₁² + σ₂²
    gap = np.sqrt(np.maximum(squares - 2 * product, 0) * (squares + 2 * product))
    return np.sqrt((squares + gap) / 2) / np.maximum(product, 1e-300)


def _finite(name: str, value: Any) -> Tensor:
    value = torch.as_tensor(value if isinstance(value, Tensor) else np.asarray(value))
    value = value.to(torch.complex128 if value.is_complex() else torch.float64)
    if not value.isfinite().all():
        raise ValueError(f"expected {name} of finite numbers")
    return value


def _square(A: Any) -> Tensor:
    A = _finite("A", A)
    if A.ndim != 2 or A.shape[0] != A.shape[1] or not 1 <= len(A) <= LARGEST:
        raise ValueError(f"expected A of shape (d, d), d in [1, {LARGEST}], got {tuple(A.shape)}")
    return A
