"""How laws of finitely many outcomes are read: masses on the last axes, of sum 1, never scaled."""

import math

import torch
from torch import Tensor

from core.check import require

OFF = 1e-6  # by which a sum of masses may miss 1: float32 ones do by rounding
ENTRIES = 10_000_000  # of one call


def law(name: str, p: Tensor, axes: int = 1) -> Tensor:
    """Masses as float64, each law on the last `axes` axes and of sum 1; else refused by name.

    What rounding leaves of a sum within 1e-6 of 1 is divided out; the slope goes through that
    division, so it is a slope along the simplex.

    Raises:
        ValueError: too few axes, no outcome, a negative or infinite mass, a sum other than 1.
    """
    p = numbers(name, p)
    where = tuple(range(-axes, 0))
    if p.ndim < axes or not p.numel():
        wanted = ", ".join("klm"[:axes]) + ("," if axes == 1 else "")
        raise ValueError(f"expected {name} of shape ({wanted}) or more, got {tuple(p.shape)}")
    require(f"entries of {name}", p.numel(), 1, ENTRIES)
    bad = p[~((p >= 0) & (p < math.inf))]
    if len(bad):
        raise ValueError(f"expected {name} in [0, 1], got {bad[0].item():g}")
    total = p.sum(where, keepdim=True)
    off = total[~((total - 1).abs() <= OFF)]
    if len(off):
        raise ValueError(f"expected {name} to sum to 1, got {off[0].item():.8g}")
    return p / total


def pair(p: Tensor, q: Tensor) -> tuple[Tensor, Tensor]:
    """Two laws on the same outcomes, leading axes broadcast."""
    p, q = law("p", p), law("q", q)
    if p.shape[-1] != q.shape[-1]:
        raise ValueError(f"expected q with {p.shape[-1]} outcomes as p has, got {q.shape[-1]}")
    try:
        torch.broadcast_shapes(p.shape, q.shape)
    except RuntimeError:
        raise ValueError(
            f"expected q of a shape that goes with p's {tuple(p.shape)}, got {tuple(q.shape)}"
        ) from None
    return p, q


def numbers(name: str, x: Tensor) -> Tensor:
    """Anything of numbers as a float64 tensor, or a refusal."""
    try:
        return torch.as_tensor(x, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"expected {name} to be numbers of one shape, got {x!r:.60}") from None


def column(name: str, x: Tensor) -> Tensor:
    """Finite numbers, (n,) or (n, d), as float64 (n, d); else refused by name."""
    x = numbers(name, x).detach()
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or not x.numel():
        raise ValueError(f"expected {name} of shape (n,) or (n, d), got {tuple(x.shape)}")
    bad = x[~x.isfinite()]
    if len(bad):
        raise ValueError(f"expected {name} in (-inf, inf), got {bad[0].item():g}")
    return x


def log(p: Tensor) -> Tensor:
    """The natural logarithm, and 0 where p is 0: p log p is 0 there, and so is its slope."""
    return torch.where(p > 0, p, 1.0).log()
