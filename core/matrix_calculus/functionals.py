r"""Scalar functions of a square matrix and their gradients.

The gradient G of f has the shape of X, G[i, j] = ∂f/∂X[i, j], so that df = tr(Gᵀ dX) up to what
is quadratic in dX. The constants A, B (n, n) and a, b (n,) are those of `given(n)` unless others
are handed over. No units. Closed forms are exact up to rounding times the condition of X.

Sources: MC-20 to MC-23; the gradient of det by cofactors, since X need not have an inverse.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require

LARGEST = 4  # rows of X
SINGULAR = 1e-9  # smallest over largest singular value: less counts as no inverse
CLOSER = torch.logspace(-4, -7, 4, dtype=torch.float64)  # steps in which a kink stays a kink
SEEN = 1e-6  # of the gradient: a smaller change of slope is none


class Undefined(ValueError):
    """There is no value or no gradient at this X."""


class Given(NamedTuple):
    """The constants of the functionals."""

    A: Tensor  # (n, n), not symmetric
    B: Tensor  # (n, n)
    a: Tensor  # (n,)
    b: Tensor  # (n,)


Value = Callable[[Tensor, Given], Tensor]  # X (..., n, n) -> (...)


@dataclass(frozen=True)
class Functional:
    """f with its gradient; `gradient` None is left to autograd."""

    name: str
    value: Value = field(repr=False)
    gradient: Callable[[Tensor, Given], Tensor] | None = field(default=None, repr=False)
    inverts: bool = False  # whether X has to be invertible


_A = ((2, 1, 0, -1), (-1, 1, 2, 0), (1, 0, 3, 1), (0, -2, 1, 1))
_B = ((1, 0, -1, 2), (2, 1, 0, 0), (0, -1, 1, 1), (1, 0, 0, -1))
_a, _b = (1, 2, -1, 1), (2, -1, 1, 1)


@lru_cache(maxsize=8)
def given(n: int) -> Given:
    """The upper left corners of fixed matrices of whole numbers."""
    A, B, a, b = (torch.tensor(each, dtype=torch.float64) for each in (_A, _B, _a, _b))
    return Given(A[:n, :n], B[:n, :n], a[:n], b[:n])


@lru_cache(maxsize=8)
def _permutations(n: int) -> tuple[Tensor, Tensor]:
    orders = list(itertools.permutations(range(n)))
    odd = [sum(p[i] > p[j] for i in range(n) for j in range(i + 1, n)) % 2 for p in orders]
    return torch.tensor(orders).T, 1 - 2 * torch.tensor(odd, dtype=torch.float64)


def determinant(X: Tensor) -> Tensor:
    """det X as a sum over permutations, (..., n, n) -> (...).

    A polynomial, with the right derivatives at a singular X too; those of `torch.linalg.det` are
    wrong there.
    """
    orders, signs = _permutations(X.shape[-1])
    product = X[..., 0, orders[0]]
    for row in range(1, len(orders)):
        product = product * X[..., row, orders[row]]
    return product @ signs


def cofactors(X: Tensor) -> Tensor:
    """The gradient of det, (n, n): det of X without row i and column j, with the sign of i + j."""
    n = len(X)
    found = torch.ones(n, n, dtype=torch.float64)
    for i, j in itertools.product(range(n), repeat=2) if n > 1 else ():
        rows, columns = [r for r in range(n) if r != i], [c for c in range(n) if c != j]
        found[i, j] = (-1) ** (i + j) * determinant(X[rows][:, columns])
    return found


def _inverse(X: Tensor) -> Tensor:
    return torch.linalg.inv_ex(X).inverse


def _total(entries: Tensor) -> Tensor:
    return entries.sum((-2, -1))


def _by_inverse(X: Tensor, k: Given) -> Tensor:
    inverse = _inverse(X)
    return -torch.outer(inverse.mT @ k.a, inverse @ k.b)


def _by_length(X: Tensor, k: Given) -> Tensor:
    if not X.any():
        raise Undefined("the length of X has no gradient at X = 0")
    return X / X.norm()


def _by_softmax(X: Tensor, k: Given) -> Tensor:
    s = torch.softmax(X @ k.b, 0)
    s[0] -= 1
    return torch.outer(s, k.b)


FUNCTIONALS = {
    f.name: f
    for f in (
        Functional("bilinear", lambda X, k: k.a @ X @ k.b, lambda X, k: torch.outer(k.a, k.b)),
        Functional("transposed", lambda X, k: k.b @ X @ k.a, lambda X, k: torch.outer(k.b, k.a)),
        Functional("trace", lambda X, k: _total(k.A.mT * X), lambda X, k: k.A.mT),
        Functional("quadratic", lambda X, k: _total(X * (k.A @ X)),
                   lambda X, k: (k.A + k.A.mT) @ X),
        Functional("gram", lambda X, k: ((X @ k.a) * (X @ k.b)).sum(-1),
                   lambda X, k: X @ (torch.outer(k.a, k.b) + torch.outer(k.b, k.a))),
        Functional("norm", lambda X, k: _total(X * X), lambda X, k: 2 * X),
        Functional("residual", lambda X, k: _total((k.A @ X - k.B).square()),
                   lambda X, k: 2 * k.A.mT @ (k.A @ X - k.B)),
        Functional("det", lambda X, k: determinant(X), lambda X, k: cofactors(X)),
        Functional("logdet", lambda X, k: determinant(X).abs().log(),
                   lambda X, k: _inverse(X).mT, inverts=True),
        Functional("inverse", lambda X, k: k.a @ _inverse(X) @ k.b, _by_inverse, inverts=True),
        Functional("length", lambda X, k: _total(X * X).sqrt(), _by_length),
        Functional("softmax", lambda X, k: (X @ k.b).logsumexp(-1) - (X @ k.b)[..., 0],
                   _by_softmax),
    )
}  # fmt: skip
NAMES = tuple(FUNCTIONALS)


def functional(f: "str | Functional") -> Functional:
    """A functional by its name, one of `NAMES`: aᵀXb, aᵀXᵀb, tr(AX), tr(XᵀAX), aᵀXᵀXb, ‖X‖²,
    ‖AX − B‖², det X, log|det X|, aᵀX⁻¹b, ‖X‖ and −log softmax(Xb)₁, norms of Frobenius."""
    return f if isinstance(f, Functional) else FUNCTIONALS[choose("functional", f, NAMES)]


def _ready(f: "str | Functional", X: Tensor, k: Given | None) -> tuple[Functional, Tensor, Given]:
    f, X = functional(f), torch.as_tensor(X, dtype=torch.float64)
    if X.ndim != 2 or X.shape[0] != X.shape[1] or not 1 <= len(X) <= LARGEST:
        size = " x ".join(map(str, X.shape))
        raise ValueError(f"expected X from 1 x 1 to {LARGEST} x {LARGEST}, got {size}")
    if not X.isfinite().all():
        raise ValueError("expected X to hold finite numbers, got one that is not")
    if f.inverts and singular(X):
        raise Undefined("X is singular: it has no inverse, and log|det X| no value")
    k = k or given(len(X))
    if k.A.shape != X.shape or k.B.shape != X.shape or not len(k.a) == len(k.b) == len(X):
        raise ValueError(f"expected A, B, a and b of {len(X)} rows, as X")
    return f, X, k


def singular(X: Tensor) -> bool:
    """Whether a direction shrinks to a billionth of the longest, or to nothing."""
    sizes = torch.linalg.svdvals(X)
    return not float(sizes[-1]) > SINGULAR * float(sizes[0])


def value(f: "str | Functional", X: Tensor, k: Given | None = None) -> float:
    """f(X).

    Raises:
        ValueError: a size that is not 1 x 1 to 4 x 4; `Undefined` where f has no value.
    """
    f, X, k = _ready(f, X, k)
    found = float(f.value(X, k))
    if not abs(found) < float("inf"):
        raise Undefined("f has no finite value at this X")
    return found


def gradient(f: "str | Functional", X: Tensor, k: Given | None = None) -> Tensor:
    """G with G[i, j] = ∂f/∂X[i, j], (n, n).

    >>> gradient("logdet", torch.tensor([[2.0, 1.0], [1.0, 3.0]]))  # [[0.6, −0.2], [−0.2, 0.4]]

    Raises:
        ValueError: like `value`; also where f has no gradient.
    """
    f, X, k = _ready(f, X, k)
    if f.gradient:
        return f.gradient(X, k).clone()
    with torch.inference_mode(False), torch.enable_grad():
        leaf = X.clone().requires_grad_()
        at = f.value(leaf, k)
        G = torch.autograd.grad(at, leaf, allow_unused=True)[0] if at.requires_grad else None
    G = torch.zeros_like(X) if G is None else G
    if not G.isfinite().all():
        raise Undefined("f has no gradient at this X")
    if kinked(f, X, k, SEEN * max(1.0, float(G.abs().max()))):
        raise Undefined("f has a kink at this X")
    return G


def kinked(f: Functional, X: Tensor, k: Given, least: float = 0.0) -> bool:
    """Whether the slope along an entry jumps at X by more than `least`.

    (f(X + hE) + f(X − hE) − 2f(X))/h falls like h where f is smooth, rises like 1/h where it is
    rounding, and is the jump of the slope at a kink, whatever h is.
    """
    n, h = len(X), CLOSER * max(1.0, float(X.abs().max()))
    moves = h[:, None, None, None] * torch.eye(n * n, dtype=torch.float64).reshape(-1, n, n)
    right, left = f.value(X + torch.stack([moves, -moves]), k)
    bend = (right + left - 2 * f.value(X, k)).abs() / h[:, None]
    low, high = bend.amin(0), bend.amax(0)
    return bool(((low > least) & (high < 2 * low)).any())


def tied(G: Tensor) -> Tensor:
    """The slopes where X[j, i] moves with X[i, j], as in a matrix kept symmetric, (n, n)."""
    return G + G.mT - G.diag().diag()


def central_difference(
    f: "str | Functional", X: Tensor, h: float | Tensor, along: Tensor | None = None,
    k: Given | None = None,
) -> Tensor:  # fmt: skip
    """(f(X + hE) − f(X − hE))/2h.

    Args:
        h: step, above 0; or (m,) steps beside `along`.
        along: E (n, n); by default every entry by itself.

    Returns:
        (n, n) for every entry, else () or (m,). The error is h² f‴/6 and, from rounding, about
        10⁻¹⁶ |f|/h.

    Raises:
        ValueError: a step that is not above 0, and like `value`.
    """
    f, X, k = _ready(f, X, k)
    steps = torch.as_tensor(h, dtype=torch.float64)
    require("h", float(steps.min()), 0, above=True)
    if along is None:
        n = len(X)
        moves = steps * torch.eye(n * n, dtype=torch.float64).reshape(n, n, n, n)
        return (f.value(X + moves, k) - f.value(X - moves, k)) / (2 * steps)
    moves = steps[..., None, None] * along
    return (f.value(X + moves, k) - f.value(X - moves, k)) / (2 * steps)
