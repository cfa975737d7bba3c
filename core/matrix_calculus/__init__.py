"""Derivatives by vectors and matrices: identities in both layouts, functionals of a matrix, chains.

>>> from core.matrix_calculus import compare
>>> compare("MC-07", "denominator", 2, 1, 0).formula  # (A + Aᵀ)x = (4, 8)

Sources: MC-01 to MC-24.
"""

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
    "Identity",
    "Product",
    "compare",
    "differentiated",
    "evaluate",
    "factors",
    "holds",
    "judged",
    "layouts",
    "multiply",
    "numbers",
    "other",
    "recounted",
    "rule",
    "sentence",
    "state",
    "stepped",
    "tex",
    "theorem",
    "true_in",
    "verdict",
]
