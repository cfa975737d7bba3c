"""The normal law in several coordinates: density, blocks, conditionals.

Sources: PROB-28, PROB-30, PROB-31.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import require
from core.probability.read import SMALL, definite, numbers, semidefinite, vector


class Gaussian(NamedTuple):
    """A normal law."""

    mean: Tensor  # (d,)
    covariance: Tensor  # (d, d)


def gaussian_log_density(x: Tensor, mu: Tensor, Sigma: Tensor) -> Tensor:
    """ln N(x; μ, Σ) by Cholesky's factor, (...) for x of shape (..., d).

    Raises:
        ValueError: Σ with an eigenvalue ≤ 0: there is no density then.
    """
    mu = vector("mu", mu)
    Sigma = definite("Sigma", Sigma, len(mu))
    x = numbers("x", x)
    if x.shape[-1:] != mu.shape:
        raise ValueError(f"expected x of shape (..., {len(mu)}), got {tuple(x.shape)}")
    root = torch.linalg.cholesky(Sigma)
    off = (x - mu).reshape(-1, len(mu)).T
    z = torch.linalg.solve_triangular(root, off, upper=False)
    size = root.diagonal().log().sum() + 0.5 * len(mu) * math.log(2 * math.pi)
    return -0.5 * (z * z).sum(0).reshape(x.shape[:-1]) - size


def gaussian_marginal(mu: Tensor, Sigma: Tensor, kept: int | Sequence[int]) -> Gaussian:
    """The law of some coordinates: rows and columns of the others are dropped (PROB-30)."""
    mu = vector("mu", mu)
    Sigma = semidefinite("Sigma", Sigma, len(mu))
    at = _indices("kept", kept, len(mu))
    return Gaussian(mu[at], Sigma[at][:, at])


def gaussian_conditional(
    mu: Tensor,
    Sigma: Tensor,
    observed: int | Sequence[int],
    z: float | Tensor,
    pseudo_inverse: bool = False,
) -> Gaussian:
    """The law of the other coordinates given that those in `observed` are z (PROB-31).

    Mean u₂ + Σ₂₁Σ₁₁⁻¹(z − u₁), covariance Σ₂₂ − Σ₂₁Σ₁₁⁻¹Σ₁₂, which does not depend on z.

    Args:
        mu, Sigma: of the whole law, (d,) and (d, d).
        observed: index or indices, each once, not all of them.
        z: what was observed, a number or (number of indices,), in the order of `observed`.
        pseudo_inverse: takes Σ₁₁⁺ where Σ₁₁ is singular; z must be a value that can happen then.

    Returns:
        (mean, covariance) of the others, in their own order, (f,) and (f, f).

    Raises:
        ValueError: Σ no covariance, Σ₁₁ singular without `pseudo_inverse`, z off the plane on
            which the observed coordinates lie, an index that is not there.
    """
    mu = vector("mu", mu)
    Sigma = semidefinite("Sigma", Sigma, len(mu))
    one = _indices("observed", observed, len(mu))
    two = [k for k in range(len(mu)) if k not in one]
    require("number of coordinates that are not observed", len(two), 1)
    z = vector("z", z, len(one))
    S11, S21, S22 = Sigma[one][:, one], Sigma[two][:, one], Sigma[two][:, two]
    off = z - mu[one]
    if pseudo_inverse:
        inverse = torch.linalg.pinv(S11, rtol=SMALL, hermitian=True)
        stray = off - S11 @ (inverse @ off)
        if float(stray.abs().max()) > 1e-9 * (1 + float(off.abs().max())):
            raise ValueError(f"expected z in mu + the range of Sigma[observed], got {z.tolist()}")
    else:
        inverse = torch.linalg.inv(definite("Sigma[observed]", S11))
    gain = S21 @ inverse
    left = S22 - gain @ S21.T
    size = S22.diagonal()
    gone = left.diagonal() <= SMALL * size  # ρ = ±1: nothing is left but rounding
    left = torch.where(gone[:, None] | gone, 0.0, (left + left.T) / 2)
    return Gaussian(mu[two] + gain @ off, left)


def share_inside(radius: float | Tensor) -> Tensor:
    """P(Mahalanobis distance ≤ r) = 1 − e^{−r²/2} of a normal law in the plane."""
    r = numbers("radius", radius)
    require("the smallest radius", float(r.min()), 0)
    return -torch.expm1(-0.5 * r * r)


def _indices(name: str, which: int | Sequence[int], d: int) -> list[int]:
    which = torch.as_tensor(which).reshape(-1).tolist()
    found = [int(require(name, k, -d, d - 1, integer=True)) % d for k in which]
    if not found or len(set(found)) < len(found):
        raise ValueError(f"expected {name} with different indices, at least one, got {which}")
    return found
