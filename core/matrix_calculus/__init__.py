"""Derivatives by vectors and matrices: identities in both layouts, functionals, chains.

>>> import torch
>>> from core.matrix_calculus import chain_cost, gradient, own
>>> gradient("logdet", torch.tensor([[2.0, 1.0], [1.0, 3.0]]))  # [[0.6, −0.2], [−0.2, 0.4]]
>>> gradient(own("tr(X.T @ A @ X)"), torch.eye(2))  # A + Aᵀ with the A of `given(2)`
>>> chain_cost((1000, 64, 64, 1), mode="forward"), chain_cost((1000, 64, 64, 1))  # 4160000, 68096

Sources: MC-01 to MC-24.
"""

from core.matrix_calculus.chain import chain_cost, products, softmax_jacobian
from core.matrix_calculus.formula import own
from core.matrix_calculus.functionals import (
    Functional,
    Given,
    Undefined,
    central_difference,
    cofactors,
    determinant,
    functional,
    given,
    gradient,
    singular,
    tied,
    value,
)

__all__ = [
    "Functional",
    "Given",
    "Undefined",
    "central_difference",
    "chain_cost",
    "cofactors",
    "determinant",
    "functional",
    "given",
    "gradient",
    "own",
    "products",
    "singular",
    "softmax_jacobian",
    "tied",
    "value",
]
