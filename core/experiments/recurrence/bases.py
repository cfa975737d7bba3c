r"""One matrix in two bases: A as it stands, and as numbers along its eigenvectors.

After one push the state is AᵏB. With :math:`A = P\Lambda P^{-1}` and :math:`\xi = P^{-1}z` each
coordinate goes its own way, :math:`\xi_i^{k+1} = \lambda_i\xi_i^k`, and :math:`z = P\xi`.
"""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core import table
from core.check import require
from core.convolution.signals import sizeable
from core.recurrence import DEFECTIVE, Diagonal, diagonalise, kreiss, power_norms, powers
from core.signature import between, declared

LARGEST = 10.0  # entry of A
LONGEST = 100  # steps
REACH = 1.5  # of B
Share = Annotated[float, between(-REACH, REACH)]


class Bases(NamedTuple):
    """States after one push, in both bases; k = 0, …, K."""

    z: Tensor  # AᵏB, (K + 1, 2)
    norms: Tensor  # ‖Aᵏ‖₂, (K + 1,)
    eigenvalues: Tensor  # (2,) complex
    P: Tensor  # eigenvectors of length 1 as columns, (2, 2) complex
    cond: float  # of P
    xi: Tensor | None  # ΛᵏP⁻¹B, (K + 1, 2) complex; None without a basis of eigenvectors
    printed: Tensor | None  # Re P Aᵏ P⁻¹ B, (K + 1, 2), where it is asked for and there is P⁻¹


@declared
def bases(
    A: str = "0.9 0.2,-0.1 0.8",
    b1: Share = 0.0,
    b2: Share = 1.0,
    K: Annotated[int, between(1, LONGEST)] = 60,
    form: Literal["right", "printed"] = "right",
) -> Bases:
    """States AᵏB, their coordinates along the eigenvectors of A, and the norms of the powers.

    Args:
        A: 2 x 2 numbers in [-10, 10], rows at commas.
        b1, b2: the state B after the push.
        K: steps.
        form: "printed" adds the states of A = PAP⁻¹.

    Sources: RNN-02 to RNN-04.
    """
    B = torch.tensor([b1, b2], dtype=torch.float64)
    (eigenvalues, P, cond), (all_powers, norms) = spectrum(A), _grown(A, K)
    xi = printed = None
    if cond <= DEFECTIVE:
        first = torch.linalg.solve(P, B.to(P.dtype))
        factors = torch.cat([torch.ones_like(first)[None], eigenvalues.expand(K, 2)])
        xi = first * factors.cumprod(0)
        if form == "printed":
            printed = (all_powers.to(P.dtype) @ first @ P.T).real
    return Bases(all_powers @ B, norms, eigenvalues, P, cond, xi, printed)


@lru_cache(maxsize=256)
def entries(A: str) -> Tensor:
    """The matrix that a text holds, (2, 2); refused by name where it holds another."""
    matrix = sizeable(table.read(A, "A", shapes=((2, 2),)), "A")
    require("largest |number| of A", float(matrix.abs().max()), 0, LARGEST)
    return matrix


@lru_cache(maxsize=256)
def spectrum(A: str) -> Diagonal:
    """Eigenvalues and eigenvectors."""
    return diagonalise(entries(A))


@lru_cache(maxsize=64)
def _grown(A: str, K: int) -> tuple[Tensor, Tensor]:
    """Aᵏ for k = 0, …, K, and their norms."""
    return powers(entries(A), K), power_norms(entries(A), K)


@lru_cache(maxsize=256)
def constant(A: str) -> float:
    """The Kreiss constant of the matrix."""
    return kreiss(entries(A))
