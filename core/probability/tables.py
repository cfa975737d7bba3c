r"""Joint tables of finitely many values: marginals, conditionals, the chain rule, independence.

A table has one axis for each variable and sums to 1; axis 0 is X, axis 1 is Y. NaN stands for a
probability that is undefined, because its condition has probability 0. Sources: PROB-01 to PROB-03.
"""

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor

from core.check import require
from core.probability.read import numbers, probabilities, vector, weights


def normalised(table: Tensor) -> Tensor:
    """The table divided by its sum: the one place where that is done, and only when asked for.

    Raises:
        ValueError: a negative or infinite cell, a sum of 0.
    """
    table = weights("table", table)
    return table / table.sum()


def marginal(table: Tensor, axis: int) -> Tensor:
    """The law of the variable on `axis`, all the others summed out, (size of that axis,).

    Args:
        table: probabilities of sum 1, an axis for each variable.
        axis: of the variable that is kept; −1 is the last.

    Raises:
        ValueError: a negative cell, NaN, a sum other than 1 (1e-6), an axis that is not there.
    """
    table = probabilities("table", table)
    axis = _axis(table, axis)
    return table.movedim(axis, 0).reshape(table.shape[axis], -1).sum(1)


def printed_marginal(table: Tensor) -> Tensor:
    """The sheet's Σⱼ P(xᵢ, yᵢ) of a table (n, m), literally (E-01): one cell, added m times.

    NaN at an i for which there is no yᵢ. Shape (n,).
    """
    table = _plane(table)
    n, m = table.shape
    cells = torch.full((n,), torch.nan, dtype=torch.float64)
    cells[: min(n, m)] = m * table.diagonal()
    return cells


def conditional(table: Tensor, axis: int, value: int) -> Tensor:
    """The law of all the other variables, given that the one on `axis` has its value no. `value`.

    Args:
        table, axis: as in `marginal`.
        value: index on that axis.

    Returns:
        The table without `axis`, of sum 1; NaN throughout where the value has probability 0: the
        conditional law is undefined then, not 0.

    Raises:
        ValueError: as `marginal`, a value that is not there, a table with one axis only.
    """
    table = probabilities("table", table)
    axis = _axis(table, axis)
    require("number of axes of table", table.ndim, 2)
    require("value", value, 0, table.shape[axis] - 1, integer=True)
    part = table.select(axis, int(value))
    return part / part.sum()  # 0/0 is NaN


def conditionals(table: Tensor, axis: int) -> Tensor:
    """All conditional laws given the variable on `axis`, in the place of the joint cells.

    Returns:
        A tensor of the table's shape: P(others | that value); NaN where the value never happens.
    """
    table = probabilities("table", table)
    axis = _axis(table, axis)
    others = [each for each in range(table.ndim) if each != axis]
    return table / (table.sum(others, keepdim=True) if others else table)


def product(p: Tensor, q: Tensor) -> Tensor:
    """The table p(x) q(y) of two independent variables, (n, m)."""
    p, q = probabilities("p", vector("p", p)), probabilities("q", vector("q", q))
    return p[:, None] * q


def independence_gap(table: Tensor) -> Tensor:
    """P(x, y) − P(x) P(y) in every cell of a table (n, m), all 0 iff X and Y are independent.

    Each row and each column of it sums to 0.
    """
    table = _plane(table)
    return table - table.sum(1, keepdim=True) * table.sum(0)


def dependent(p: Tensor, q: Tensor, theta: float) -> Tensor:
    """A table with the marginals p and q whose dependence is a dial.

    (1 − |θ|) p(x) q(y) + |θ| C(x, y), where C puts the values in order against each other: small x
    with small y for θ > 0 (the diagonal if p = q), small x with large y for θ < 0.

    Args:
        p, q: laws (n,) and (m,).
        theta: dependence in [−1, 1]; 0 is independence.
    """
    require("theta", theta, -1, 1)
    free = product(p, q)
    p, q = free.sum(1), free.sum(0)
    ordered = _ordered(p, q) if theta >= 0 else _ordered(p, q.flip(0)).flip(1)
    return (1 - abs(theta)) * free + abs(theta) * ordered


def _ordered(p: Tensor, q: Tensor) -> Tensor:
    """The comonotone coupling: cell (i, j) is the overlap of [P₋, P] and [Q₋, Q]."""
    above, beside = p.cumsum(0)[:, None], q.cumsum(0)
    low = torch.maximum(above - p[:, None], beside - q)
    return (torch.minimum(above, beside) - low).clamp_min(0.0)


def chain(table: Tensor, order: Sequence[int]) -> list[Tensor]:
    """The factors P(a), P(b | a), P(c | a, b), … of a table, its variables taken in `order`.

    Any order will do, a causal one or not. Factor k has the table's number of axes, of size 1 for
    variables that come later, so that the product of all factors is the table; NaN where its
    condition has probability 0.

    Raises:
        ValueError: `order` does not name each axis once.
    """
    table = probabilities("table", table)
    if sorted(order) != list(range(table.ndim)):
        axes = f"a permutation of 0 to {table.ndim - 1}"
        raise ValueError(f"expected order to be {axes}, got {list(order)}")
    factors, before = [], table.sum()
    for k in range(len(order)):
        later = list(order[k + 1 :])
        now = table.sum(later, keepdim=True) if later else table
        factors.append(now / before)
        before = now
    return factors


def orders(variables: int) -> list[tuple[int, ...]]:
    """All orders of that many variables, at most 5."""
    return list(itertools.permutations(range(int(require("variables", variables, 1, 5)))))


def expectation(values: Tensor, p: Tensor) -> float:
    """Σ x P(x) over values of any shape, with a table of probabilities of the same shape."""
    values = numbers("values", values)
    return float((values * probabilities("p", p, values.shape)).sum())


def _axis(table: Tensor, axis: int) -> int:
    require("axis", axis, -table.ndim, table.ndim - 1, integer=True)
    return int(axis) % table.ndim


def _plane(table: Tensor) -> Tensor:
    table = probabilities("table", table)
    if table.ndim != 2:
        raise ValueError(f"expected table of shape (n, m), got {tuple(table.shape)}")
    return table
