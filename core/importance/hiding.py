r"""A feature hidden from a model: what stands in for x_j, and the prediction that is left.

With the features normal, X ~ N(μ, Σ), whatever stands in for x_j is a normal law N(m, s²):

conditional  m = μ_j + β (x_{-j} − μ_{-j}), s² = Σ_jj − β Σ_{-j,j}, with β = Σ_{j,-j} Σ_{-j,-j}⁻¹
marginal     m = μ_j, s² = Σ_jj
mean         m = μ_j, s² = 0
zero         m = 0, s² = 0

and f̄(x_{-j}) = E f(X̃_j, x_{-j}) over it. The first is E[f(X) | X_{-j} = x_{-j}]: if f = E[Y | X] it
is E[Y | X_{-j}] (tower property), the best that can be said without x_j, and the contributions
f(X) − f̄(X_{-j}) average to 0 (XAI-05). None of the others has either property in general.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.check import choose
from core.importance.curves import Predict

WAYS = ("conditional", "marginal", "mean", "zero")


class Quadratic(NamedTuple):
    """f(x) = c + bᵀx + ½ xᵀQx of rows (N, p); b (p,), Q (p, p) symmetric."""

    c: float
    b: Tensor
    Q: Tensor

    def __call__(self, X: Tensor) -> Tensor:
        return self.c + X @ self.b + ((X @ self.Q) * X).sum(-1) / 2


def stand_in(way: str, X: Tensor, j: int, mean: Tensor, cov: Tensor) -> tuple[Tensor, float]:
    """Mean (N,) and variance of what stands in for x_j in the rows X (N, p).

    Args:
        way: one of `WAYS`.
        mean, cov: of the features, (p,) and (p, p).

    Raises:
        ValueError: another way.
    """
    choose("way", way, WAYS)
    if way == "zero":
        return torch.zeros_like(X[:, j]), 0.0
    if way != "conditional":
        return torch.full_like(X[:, j], float(mean[j])), float(cov[j, j]) * (way == "marginal")
    rest = [k for k in range(len(mean)) if k != j]
    S, at, rows = cov.numpy(), mean.numpy(), X.numpy()  # a third of the time for so few numbers
    told = np.linalg.solve(S[rest][:, rest], S[rest, j])
    m = at[j] + (rows[:, rest] - at[rest]) @ told
    return torch.from_numpy(m), max(float(S[j, j] - S[j, rest] @ told), 0.0)


def hide(
    predict: Predict, way: str, X: Tensor, j: int, mean: Tensor, cov: Tensor, nodes: int = 20
) -> Tensor:
    """f̄ = E f(X̃_j, x_{-j}) of each row, by Gauss and Hermite: (N, p) -> (N,).

    Exact for polynomials in x_j of a degree below twice the nodes.
    """
    return hide_each(predict, (way,), X, j, mean, cov, nodes)[0]


def hide_each(
    predict: Predict, ways: Sequence[str], X: Tensor, j: int, mean: Tensor, cov: Tensor,
    nodes: int = 20,
) -> Tensor:  # fmt: skip
    """The same in each of the ways, f asked once for all: (N, p) -> (ways, N)."""
    m, variances = zip(*(stand_in(way, X, j, mean, cov) for way in ways))
    z, weights = _hermite(nodes if any(variances) else 1)
    sd = mean.new_tensor(variances).sqrt()
    rows = X[None, :, None].repeat(len(ways), 1, len(z), 1)
    rows[..., j] = torch.stack(m)[..., None] + sd[:, None, None] * z
    return predict(rows.view(-1, X.shape[1])).view(len(ways), len(X), -1) @ weights


def hidden(f: Quadratic, way: str, X: Tensor, j: int, mean: Tensor, cov: Tensor) -> Tensor:
    """The same in closed form: f at the mean of what stands in, and ½ Q_jj s² more."""
    m, variance = stand_in(way, X, j, mean, cov)
    rows = X.clone()
    rows[:, j] = m
    return f(rows) + float(f.Q[j, j]) * variance / 2


def expected(f: Quadratic, mean: Tensor, cov: Tensor) -> float:
    """E f(X) of normal features: f(μ) + ½ tr(QΣ)."""
    return float(f(mean[None])[0] + (f.Q * cov).sum() / 2)


def cloud(mean: Tensor, cov: Tensor, nodes: int = 20) -> tuple[Tensor, Tensor]:
    """Points (nodes², 2) and weights that integrate polynomials over N(mean, cov) in the plane."""
    z, weights = _squared(nodes)
    return mean + z @ torch.linalg.cholesky(cov).T, weights


@lru_cache(maxsize=8)
def _squared(nodes: int) -> tuple[Tensor, Tensor]:
    z, weights = _hermite(nodes)
    return torch.cartesian_prod(z, z), torch.outer(weights, weights).flatten()


@lru_cache(maxsize=8)
def _hermite(nodes: int) -> tuple[Tensor, Tensor]:
    z, weights = np.polynomial.hermite_e.hermegauss(nodes)
    return torch.from_numpy(z), torch.from_numpy(weights / weights.sum())
