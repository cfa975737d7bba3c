r"""One entry of X is moved: how f follows, and what its gradient promised.

Along E, which has a 1 in the entry (and in its mirror image where X is kept symmetric), f(X + tE)
has the slope tr(GᵀE). The central difference over ±hE comes near it until rounding takes over.
"""

import math
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core import table
from core.matrix_calculus.formula import own
from core.matrix_calculus.functionals import (
    NAMES,
    Functional,
    Undefined,
    functional,
    given,
    gradient,
    tied,
    value,
)
from core.signature import between, declared

SIZES = ((1, 1), (2, 2), (3, 3), (4, 4))
LARGEST, LEAST = 20.0, 0.01  # of an entry that is not 0
REACH = 2.0  # how far the entry is moved
T = torch.linspace(-REACH, REACH, 161, dtype=torch.float64)
STEPS = torch.from_numpy(np.logspace(-12, 0, 73))  # of the central difference


class Wiggle(NamedTuple):
    """f, its gradient, and what one entry does; where X has no value only X and E are there."""

    X: Tensor  # (n, n)
    E: Tensor  # what moves, (n, n), of 0 and 1
    G: Tensor  # ∂f/∂X, (n, n)
    at: Tensor  # f(X) and f(X + dE), (2,); not finite where f is not
    path: Tensor  # f(X + tE) over `T`
    slopes: Tensor  # central differences along E over `STEPS`, and that for h, (m + 1,)
    refused: str = ""  # why f has no value or no gradient at X

    df = property(lambda self: float(self.at[1] - self.at[0]))
    slope = property(lambda self: float((self.G * self.E).sum()))  # tr(GᵀE)
    errors = property(lambda self: (self.slopes - self.slope).abs())

    def shown(self, kept: bool) -> Tensor:
        """The slopes of all entries, each with its mirror image where X is kept symmetric."""
        return tied(self.G) if kept else self.G

    def error(self, h: float) -> float:
        """The median error of steps within a third of a decade of h."""
        near = (STEPS / h).log10().abs() <= 0.34
        return float(self.errors[:-1][near].median()) if near.any() else math.nan


@declared
def wiggle(
    f: Literal[(*NAMES, "own")] = "logdet",
    formula: str = "log(1 + tr(X.T @ X))",
    X: str = "2 1,1 3",
    i: Annotated[int, between(1, 4)] = 1,
    j: Annotated[int, between(1, 4)] = 1,
    d: Annotated[float, between(-REACH, REACH)] = 1.0,
    kept: bool = False,
    h: Annotated[float, between(1e-12, 1)] = 1e-5,
) -> Wiggle:
    """Move the entry i, j of X by d, and take the central difference there with step h.

    Args:
        f: one of `core.matrix_calculus.NAMES`, or the formula.
        formula: see `core.matrix_calculus.own`.
        X: 1 x 1 to 4 x 4, "2 1,1 3"; entries are 0 or from 0.01 to 20 in size.
        i, j: row and column from 1 on; beyond X the last.
        kept: whether the entry j, i moves too, so that a symmetric X stays so.

    Sources: MC-20 to MC-23.
    """
    M = matrix(X)
    g, k, E = made(f, formula), given(len(M)), direction(len(M), i, j, kept)
    try:
        at, G = value(g, M), gradient(g, M)
    except Undefined as missing:
        nothing = torch.zeros(0, dtype=torch.float64)
        return Wiggle(M, E, torch.zeros_like(M), nothing, nothing, nothing, str(missing))
    steps = torch.cat([STEPS, STEPS.new_tensor([h])])
    moves = torch.cat([T.new_tensor([d]), T, steps, -steps])
    found = g.value(M + moves[:, None, None] * E, k)
    there, path, right, left = found.split([1, len(T), len(steps), len(steps)])
    both = torch.cat([T.new_tensor([at]), there])
    return Wiggle(M, E, G, both, path, (right - left) / (2 * steps))


def made(f: str, formula: str) -> Functional:
    """The functional of that name, or that of the formula."""
    return own(formula) if f == "own" else functional(f)


def matrix(text: str) -> Tensor:
    """X.

    Raises:
        ValueError: another size, or an entry that is too large or too small.
    """
    X = table.read(text, "X", shapes=SIZES)
    odd = X[(X != 0) & ((X.abs() < LEAST) | (X.abs() > LARGEST))]
    if len(odd):
        wanted = f"every number of X to be 0 or from {LEAST:g} to {LARGEST:g} in size"
        raise ValueError(f"expected {wanted}, got {float(odd[0]):g}")
    return X


def direction(n: int, i: int, j: int, kept: bool) -> Tensor:
    """E, (n, n)."""
    E = torch.zeros(n, n, dtype=torch.float64)
    i, j = min(i, n) - 1, min(j, n) - 1
    E[i, j] = 1
    if kept:
        E[j, i] = 1
    return E
