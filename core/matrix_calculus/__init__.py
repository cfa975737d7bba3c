"""Derivatives by vectors and matrices: identities in both layouts, functionals, chains.

>>> import torch
>>> from core.matrix_calculus import chain_cost, gradient, own
>>> gradient("logdet", torch.tensor([[2.0, 1.0], [1.0, 3.0]]))  # [[0.6, −0.2], [−0.2, 0.4]]
>>> gradient(own("tr(X.T @ A @ X)"), torch.eye(2))  # A + Aᵀ with the A of `given(2)`
>>> chain_cost((1000, 64, 64, 1), mode="forward"), chain_cost((1000, 64, 64, 1))  # 4160000, 68096

Sources: MC-01 to MC-24.
"""

from core.matrix_calculus.chain import chain_cost, products, softmax_jacobian
from core.matrix_calculus.comparing import (
    Comparison,
    compare,
    differentiated,
    evaluate,
    factors,
    holds,
    judged,
    numbers,
    stepped,
    true_in,
)
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
from core.matrix_calculus.identities import IDENTITIES, LAYOUTS, Identity
from core.matrix_calculus.products import Factor, Product, multiply, tex
from core.matrix_calculus.verdicts import (
    layouts,
    other,
    recounted,
    rule,
    sentence,
    state,
    theorem,
    verdict,
)

__all__ = [
    "IDENTITIES",
    "LAYOUTS",
    "Comparison",
    "Factor",
    "Functional",
    "Given",
    "Identity",
    "Product",
    "Undefined",
    "central_difference",
    "chain_cost",
    "cofactors",
    "compare",
    "determinant",
    "differentiated",
    "evaluate",
    "factors",
    "functional",
    "given",
    "gradient",
    "holds",
    "judged",
    "layouts",
    "multiply",
    "numbers",
    "other",
    "own",
    "products",
    "recounted",
    "rule",
    "sentence",
    "singular",
    "softmax_jacobian",
    "state",
    "stepped",
    "tex",
    "theorem",
    "tied",
    "true_in",
    "value",
    "verdict",
]
