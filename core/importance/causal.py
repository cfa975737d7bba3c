r"""Seeing and doing: a linear model with a common cause, and rates of a table with strata.

The linear model is Z = U₁, X = aZ + U₂, Y = bX + cZ + U₃ with independent standard normal U.
Setting X = x by hand cuts the arrow from Z to X: E[Y | do(x)] = bx, while E[Y | x] is

.. math:: \Bigl(b + \frac{ca}{a^2 + 1}\Bigr) x .

Sources: XAI-04, CAUS-01, CAUS-03. Charig, Webb, Payne and Wickham, BMJ 292 (1986), 879: the counts.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from core.check import require

ROUNDING = 1e-14  # a column that varies by less is constant
# of two treatments of kidney stones: small stones, then large; (cured, treated) by A, then by B
KIDNEY = (((81, 87), (234, 270)), ((192, 263), (55, 80)))


class Sample(NamedTuple):
    """Draws of the linear model, each (n,)."""

    z: Tensor
    x: Tensor
    y: Tensor


def linear_sample(a: float, b: float, c: float, n: int, generator: torch.Generator) -> Sample:
    """n draws of the model with the arrows Z → X (a), X → Y (b), Z → Y (c)."""
    require("n", n, 1, integer=True)
    return structural(a, b, c, torch.randn(3, n, generator=generator, dtype=torch.float64))


def structural(a: float, b: float, c: float, noise: Tensor) -> Sample:
    """The same from its noise Z, U₂, U₃, (3, n)."""
    z, u, v = noise
    x = a * z + u
    return Sample(z, x, b * x + c * z + v)


def seen_slope(a: float, b: float, c: float) -> float:
    """Slope of E[Y | x] in the linear model, b + ca/(a² + 1); that of E[Y | do(x)] is b."""
    return b + c * a / (a * a + 1)


def slope(x: Tensor, y: Tensor) -> float:
    """Slope of the least-squares line of y (n,) over x (n,).

    Raises:
        ValueError: shapes that differ, fewer than 2 points, x constant.
    """
    return float(_coefficients(y, x)[0])


def adjusted_slope(x: Tensor, y: Tensor, z: Tensor) -> float:
    """Coefficient of x in the least-squares plane of y over x and z: z is held fixed.

    Args:
        x, y, z: (n,), n ≥ 3.

    Raises:
        ValueError: shapes that differ, too few points, x a linear function of z.
    """
    return float(_coefficients(y, x, z)[0])


def plane(x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    """Both coefficients of that plane, of x and of z, (2,)."""
    return _coefficients(y, x, z)


def _coefficients(y: Tensor, *columns: Tensor) -> Tensor:
    y, *columns = (torch.as_tensor(each, dtype=torch.float64) for each in (y, *columns))
    if any(each.shape != y.shape or each.ndim != 1 for each in columns):
        shapes = ", ".join(str(tuple(each.shape)) for each in (y, *columns))
        raise ValueError(f"expected y and its regressors of one shape (n,), got {shapes}")
    require("n", len(y), len(columns) + 1)
    X = torch.stack(columns, 1)
    size, X, y = float(X.abs().max()), X - X.mean(0), y - y.mean()
    if len(columns) == 1 and float(X.abs().max()) > ROUNDING * size:
        return (X.T @ y) / X.square().sum()
    found = torch.linalg.lstsq(X, y[:, None], driver="gelsd")
    if len(columns) == 1 or int(found.rank) < len(columns):
        raise ValueError("expected regressors that vary, none a linear function of the others")
    return found.solution[:, 0]


class Rates(NamedTuple):
    """Rates of two or more treatments in a table with strata."""

    within: Tensor  # P(y | x, z), (strata, treatments)
    raw: Tensor  # P(y | x), (treatments,)
    adjusted: Tensor  # Σ_z P(y | x, z) P(z), (treatments,)
    mix: Tensor  # P(z | x), (strata, treatments)
    strata: Tensor  # P(z), (strata,)


def rates(counts: Tensor) -> Rates:
    """What a table of counts says, with and without regard to the stratum.

    Args:
        counts: (strata, treatments, 2), how many were cured and how many treated.

    Raises:
        ValueError: another shape, nobody treated somewhere, more cured than treated.
    """
    counts = torch.as_tensor(counts, dtype=torch.float64)
    if counts.ndim != 3 or counts.shape[2] != 2:
        shape = tuple(counts.shape)
        raise ValueError(f"expected counts of shape (strata, treatments, 2), got {shape}")
    cured, treated = counts.unbind(2)
    if not bool(((cured >= 0) & (cured <= treated) & (treated > 0)).all()):
        raise ValueError("expected 0 ≤ cured ≤ treated and treated > 0 in every cell of counts")
    all_treated = treated.sum(0)
    strata = treated.sum(1) / treated.sum()
    within = cured / treated
    return Rates(within, cured.sum(0) / all_treated, strata @ within, treated / all_treated, strata)
