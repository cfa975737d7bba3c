r"""Inner products and their parallelograms; how much a linear system magnifies errors.

>>> sensitivity(torch.tensor([[1.0, 100.0], [0.0, 1.0]])).kappa  # 10002, both eigenvalues are 1

Sources: ANA-02, ANA-03, ANA-19.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import require
from core.convexity.jets import places
from core.landscapes import condition_number

LARGEST = 512
DIMENSIONS = (2, 200)


def inner(u: Tensor, v: Tensor, M: Tensor | None = None) -> Tensor:
    """⟨u, v⟩ = uᵀ M v of vectors (..., d) -> (...); M is the identity by default.

    Raises:
        ValueError: shapes that do not fit, M not symmetric and positive definite.
    """
    u, v = _rooted(u, v, M)
    return (u * v).sum(-1)


def gram(u: Tensor, v: Tensor, M: Tensor | None = None) -> Tensor:
    """‖u‖²‖v‖² − ⟨u, v⟩² ≥ 0 in the inner product of M: the squared area of the parallelogram.

    Computed as ‖u‖² times the squared distance of v from the line of u, twice projected, which
    keeps its digits where u and v are almost parallel. Vectors (..., d) -> (...).
    """
    u, v = _rooted(u, v, M)
    scale = (u * u).sum(-1, keepdim=True)
    for _ in range(2):
        v = v - (u * v).sum(-1, keepdim=True) / scale.where(scale > 0, 1.0) * u
    return scale[..., 0] * (v * v).sum(-1)


def ratios(d: int, n: int, generator: torch.Generator) -> Tensor:
    """⟨u, v⟩²/(‖u‖²‖v‖²) of n pairs of Gaussian vectors in d dimensions, (n,): 1/d on average.

    Raises:
        ValueError: d outside [2, 200], n outside [1, 100 000].
    """
    require("d", d, *DIMENSIONS, integer=True)
    require("n", n, 1, 100_000, integer=True)
    u, v = torch.randn(2, int(n), int(d), generator=generator, dtype=torch.float64)
    return (u * v).sum(1).square() / (u.square().sum(1) * v.square().sum(1))


def ratio_density(t: Tensor, d: int) -> Tensor:
    """The density of `ratios` at t in (0, 1): that of Beta(½, (d − 1)/2)."""
    require("d", d, *DIMENSIONS, integer=True)
    t, b = places("t", t), (d - 1) / 2
    scale = math.lgamma(b + 0.5) - math.lgamma(0.5) - math.lgamma(b)
    return torch.exp(scale - 0.5 * t.log() + (b - 1) * torch.log1p(-t))


class Sensitivity(NamedTuple):
    """How much a relative error of b is magnified in x = A⁻¹b at most, and where it is."""

    kappa: float  # κ₂ = σ_max/σ_min; ∞ for a singular A
    directions: Tensor  # of b and of δb, unit vectors, (2, n)


def sensitivity(A: Tensor) -> Sensitivity:
    """κ₂(A) and the pair that attains it: b along the direction that A stretches most, the error
    δb along the one that it stretches least.

    Args:
        A: (n, n), n in [1, 512]. A matrix with κ₂ beyond 1/ε counts as singular.

    Raises:
        ValueError: A of another shape or not finite.
    """
    A = _square("A", A)
    U = torch.linalg.svd(A).U
    directions = torch.stack([U[:, 0], U[:, -1]])
    return Sensitivity(float(condition_number(A)), directions)


def amplification(A: Tensor, b: Tensor, delta: Tensor) -> Tensor:
    """(‖δx‖/‖x‖)/(‖δb‖/‖b‖) for Ax = b and A(x + δx) = b + δb, at most κ₂(A).

    A has shape (n, n), b and delta (..., n), neither of them 0; returns (...). ∞ for a singular A.
    """
    A, b, delta = _square("A", A), places("b", b), places("delta", delta)
    for name, vector in (("b", b), ("delta", delta)):
        if vector.shape[-1:] != A.shape[:1] or bool((vector.norm(dim=-1) == 0).any()):
            raise ValueError(f"expected {name} of shape (..., {len(A)}) and not 0, got {vector}")
    b, delta = torch.broadcast_tensors(b, delta)
    if not math.isfinite(float(condition_number(A))):
        return torch.full(b.shape[:-1], math.inf, dtype=torch.float64)
    x, moved = (torch.linalg.solve(A, side[..., None])[..., 0] for side in (b, delta))
    spread = moved.norm(dim=-1) / x.norm(dim=-1)
    return spread * b.norm(dim=-1) / delta.norm(dim=-1)


def hilbert(n: int) -> Tensor:
    """The matrix 1/(i + j − 1), (n, n), n in [1, 64]: symmetric, positive definite, hopeless."""
    require("n", n, 1, 64, integer=True)
    i = torch.arange(1, int(n) + 1, dtype=torch.float64)
    return 1 / (i[:, None] + i - 1)


def _rooted(u: Tensor, v: Tensor, M: Tensor | None) -> tuple[Tensor, Tensor]:
    """Lᵀu and Lᵀv with M = LLᵀ, whose ordinary inner product is that of M."""
    u, v = places("u", u), places("v", v)
    if not u.ndim or not v.ndim or u.shape[-1] != v.shape[-1]:
        shapes = f"{tuple(u.shape)} and {tuple(v.shape)}"
        raise ValueError(f"expected u and v of shape (..., d) with one d, got {shapes}")
    if M is None:
        return u, v
    M = _square("M", M)
    if len(M) != u.shape[-1]:
        raise ValueError(f"expected M of shape ({u.shape[-1]},)², got {tuple(M.shape)}")
    if not torch.allclose(M, M.T, rtol=1e-12, atol=0.0):
        raise ValueError(f"expected M to be symmetric, got {M.tolist()}")
    root, info = torch.linalg.cholesky_ex(M)
    if info:
        low = float(torch.linalg.eigvalsh(M)[0])
        raise ValueError(f"expected M with eigenvalues in (0, inf), got the eigenvalue {low:g}")
    return u @ root, v @ root


def _square(name: str, A: Tensor) -> Tensor:
    A = places(name, A)
    if A.ndim != 2 or A.shape[0] != A.shape[1] or not 1 <= len(A) <= LARGEST:
        size = f"(n, n), n in [1, {LARGEST}]"
        raise ValueError(f"expected {name} of shape {size}, got {tuple(A.shape)}")
    return A
