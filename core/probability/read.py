"""How tensors enter this engine: as float64, finite, of the right shape, or refused by name."""

import torch
from torch import Tensor

from core.check import require

OFF = 1e-6  # by which probabilities may miss the sum 1: float32 ones do by rounding
SMALL, ROUNDED = 1e-12, 1e-6  # an eigenvalue above −SMALL · trace is 0; of a float32 matrix


def numbers(name: str, x: float | Tensor) -> Tensor:
    """x as float64, refused by name where it is not finite; a gradient may flow through it."""
    x = torch.as_tensor(x, dtype=torch.float64)
    bad = x[~x.isfinite()]
    if bad.numel():
        raise ValueError(f"expected {name} in (-inf, inf), got {bad[0].item():g}")
    return x


def vector(name: str, x: Tensor, length: int | None = None) -> Tensor:
    """x as float64 (n,), n ≥ 1; a number is read as (1,)."""
    x = numbers(name, x)
    x = x[None] if x.ndim == 0 else x
    if x.ndim != 1 or not len(x) or (length is not None and len(x) != length):
        size = "(n,) with n ≥ 1" if length is None else f"({length},)"
        raise ValueError(f"expected {name} of shape {size}, got {tuple(x.shape)}")
    return x


def points(name: str, x: Tensor, fewest: int = 2) -> Tensor:
    """x as float64 (n, d), n ≥ `fewest`; (n,) is read as (n, 1)."""
    x = numbers(name, x)
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or not x.shape[1]:
        raise ValueError(f"expected {name} of shape (n, d) with d ≥ 1, got {tuple(x.shape)}")
    require(f"number of rows of {name}", len(x), fewest)
    return x


def weights(name: str, p: Tensor, shape: tuple[int, ...] | None = None) -> Tensor:
    """p as float64, no entry negative, some of them positive."""
    p = torch.as_tensor(p, dtype=torch.float64)
    if not p.numel() or (shape is not None and p.shape != shape):
        wanted = "at least one entry" if shape is None else f"shape {tuple(shape)}"
        raise ValueError(f"expected {name} with {wanted}, got shape {tuple(p.shape)}")
    bad = p[~((p >= 0) & p.isfinite())]
    if len(bad):
        raise ValueError(f"expected {name} in [0, inf), got {bad[0].item():g}")
    if not float(p.sum()) > 0:
        raise ValueError(f"expected {name} with a sum in (0, inf), got {float(p.sum()):g}")
    return p


def probabilities(name: str, p: Tensor, shape: tuple[int, ...] | None = None) -> Tensor:
    """p as float64, no entry negative, of sum 1; nothing is scaled in silence."""
    p = weights(name, p, shape)
    total = float(p.sum())
    if abs(total - 1) > OFF:
        raise ValueError(f"expected {name} to sum to 1, got {total:.8g}")
    return p


def symmetric(name: str, Sigma: Tensor, d: int | None = None) -> Tensor:
    """Sigma as float64 (d, d) and symmetric; a number is read as (1, 1)."""
    Sigma = numbers(name, Sigma)
    Sigma = Sigma.reshape(1, 1) if Sigma.ndim == 0 else Sigma
    size = "(d, d)" if d is None else f"({d}, {d})"
    square = Sigma.ndim == 2 and Sigma.shape[0] == Sigma.shape[1] and Sigma.numel()
    if not square or (d is not None and len(Sigma) != d):
        raise ValueError(f"expected {name} of shape {size}, got {tuple(Sigma.shape)}")
    scale = float(Sigma.abs().max())
    if float((Sigma - Sigma.T).abs().max()) > ROUNDED * scale:
        raise ValueError(f"expected {name} to be symmetric, got {Sigma.tolist()}")
    return Sigma


def semidefinite(name: str, Sigma: Tensor, d: int | None = None) -> Tensor:
    """Sigma as `symmetric` reads it, with no eigenvalue below 0."""
    slack = ROUNDED if getattr(Sigma, "dtype", None) == torch.float32 else SMALL
    Sigma = symmetric(name, Sigma, d)
    low = float(torch.linalg.eigvalsh(Sigma)[0])
    if low < -slack * max(float(Sigma.diagonal().abs().sum()), 1e-300):
        raise ValueError(
            f"expected {name} with eigenvalues in [0, inf), got the eigenvalue {low:g}"
        )
    return Sigma


def definite(name: str, Sigma: Tensor, d: int | None = None) -> Tensor:
    """Sigma as `symmetric` reads it, with eigenvalues above 0, also beside rounding."""
    Sigma = symmetric(name, Sigma, d)
    low = float(torch.linalg.eigvalsh(Sigma)[0])
    if low <= SMALL * float(Sigma.diagonal().abs().sum()):
        raise ValueError(
            f"expected {name} with eigenvalues in (0, inf), got the eigenvalue {low:g}"
        )
    return Sigma
