"""Eigenvalues and condition numbers of batches of small matrices."""

import math

import torch
from torch import Tensor


def eigenvalues_2x2(H: Tensor) -> Tensor:
    """The two eigenvalues of symmetric 2×2 matrices in closed form.

    The one of larger modulus is t ± hypot(½(H₁₁ − H₂₂), H₁₂) with t = ½ tr H; the other is
    det H divided by it, which keeps the digits that the subtraction would lose.

    H has shape (..., 2, 2), of an unsymmetric one the symmetric part is taken; returns (..., 2) in
    ascending order.
    """
    _square(H, 2)
    a, c = H[..., 0, 0], H[..., 1, 1]
    b = (H[..., 0, 1] + H[..., 1, 0]) / 2
    t = (a + c) / 2
    large = t + torch.hypot((a - c) / 2, b).copysign(t)
    small = (a * c - b * b) / large.where(large != 0, 1.0)
    return torch.stack((torch.minimum(small, large), torch.maximum(small, large)), dim=-1)


def condition_number(A: Tensor) -> Tensor:
    """κ₂(A) = σ_max / σ_min ≥ 1 for A of shape (..., n, n), inf for a singular matrix (ANA-19).

    A matrix whose κ₂ exceeds 1/(machine epsilon) counts as singular.
    """
    _square(A)
    if A.shape[-1] == 2:
        scale = A.abs().amax((-2, -1), keepdim=True)
        A = A / scale.where(scale > 0, 1.0)
        (a, b), (c, d) = (row.unbind(-1) for row in A.unbind(-2))
        large = (torch.hypot(a + d, c - b) + torch.hypot(a - d, b + c)) / 2
        kappa = large * large / (a * d - b * c).abs()
    else:
        sigma = torch.linalg.svdvals(A)
        kappa = sigma[..., 0] / sigma[..., -1]
    regular = kappa < 1 / torch.finfo(A.dtype).eps
    return kappa.where(regular, math.inf).clamp_min(1.0)


def printed_condition_number(A: Tensor) -> Tensor:
    """|λ|_max / |λ|_min, the ratio of the sheet; not a condition number in general (E-18).

    It gives 1 for a saddle with eigenvalues ±1 and for [[1, 100], [0, 1]], whose κ₂ is 10002; inf
    when an eigenvalue is 0. A has shape (..., n, n).
    """
    _square(A)
    size = torch.linalg.eigvals(A).abs()
    low, high = size.amin(-1), size.amax(-1)
    return torch.where(low > 0, high / low.where(low > 0, 1.0), math.inf)


def _square(A: Tensor, n: int | None = None) -> None:
    if A.ndim < 2 or A.shape[-1] != A.shape[-2] or (n and A.shape[-1] != n):
        size = n or "n"
        raise ValueError(f"expected a matrix of shape (..., {size}, {size}), got {tuple(A.shape)}")
