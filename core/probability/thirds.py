"""A third variable: tables indexed [x, y, z] that bind or free X and Y once Z is known.

NaN stands for what is undefined, because its condition has probability 0. Sources: PROB-04, 06, 07.
"""

import torch
from torch import Tensor

from core.check import choose, require
from core.probability.read import numbers, probabilities

TRIPLES = ("common_cause", "collider", "xor", "chain", "independent")


def triple(name: str, strength: float = 0.8) -> Tensor:
    """A table (2, 2, 2) of three binary variables, indexed [x, y, z].

    ============  ==========================================================  =========  =======
    name          how the values come about                                   X ⊥ Y      X ⊥ Y|Z
    ============  ==========================================================  =========  =======
    common_cause  Z is a coin; X and Y each copy it, X ← Z → Y                no         yes
    chain         X is a coin, Z copies X, Y copies Z, X → Z → Y              no         yes
    collider      X and Y are coins; Z copies "X or Y", X → Z ← Y             yes        no
    xor           X and Y are coins; Z copies "X differs from Y"              yes        no
    independent   three coins                                                 yes        yes
    ============  ==========================================================  =========  =======

    Args:
        strength: s in [0, 1]: a copy is right with probability (1 + s)/2, a coin at s = 0.
    """
    choose("triple", name, TRIPLES)
    require("strength", strength, 0, 1)
    copy = 0.5 * (1 + strength * (2 * torch.eye(2, dtype=torch.float64) - 1))  # [source, copy]
    half = torch.full((2,), 0.5, dtype=torch.float64)
    if name == "independent":
        return half[:, None, None] * half[:, None] * half
    if name == "common_cause":
        return torch.einsum("z,zx,zy->xyz", half, copy, copy)
    if name == "chain":
        return torch.einsum("x,xz,zy->xyz", half, copy, copy)
    both = torch.tensor([[0, 1], [1, 1 if name == "collider" else 0]])  # what Z copies
    return 0.25 * copy[both]


def given(table: Tensor) -> Tensor:
    """P(x, y | z) for every z, (n, m, k); NaN at a z that never happens."""
    table = _solid(table)
    return table / table.sum((0, 1))


def conditional_gap(table: Tensor) -> Tensor:
    """P(x, y | z) − P(x | z) P(y | z), (n, m, k): 0 for every z with P(z) > 0 iff X ⊥ Y | Z."""
    joint = given(table)
    return joint - joint.sum(1, keepdim=True) * joint.sum(0)


def told(table: Tensor) -> tuple[Tensor, Tensor]:
    """P(x | y, z), (n, m, k), and P(x | z), (n, k): the same iff Y says nothing more (PROB-07).

    NaN where the condition has probability 0.
    """
    table = _solid(table)
    pair = table.sum(1)
    return table / table.sum(0), pair / pair.sum(0)


def largest(gap: Tensor) -> float:
    """The largest size of an entry that is defined; 0 where none is."""
    gap = gap[~gap.isnan()].abs()
    return float(gap.max()) if len(gap) else 0.0


def factorised(pz: Tensor, px: Tensor, py: Tensor) -> Tensor:
    """The table P(z) P(x | z) P(y | z), which makes X ⊥ Y | Z.

    Args:
        pz: law of Z, (k,).
        px, py: P(x | z), (n, k), and P(y | z), (m, k); each column a law.
    """
    pz = probabilities("pz", pz)
    for name, p in (("px", px), ("py", py)):
        p = numbers(name, p)
        if p.ndim != 2 or p.shape[1:] != pz.shape:
            raise ValueError(f"expected {name} of shape (n, {len(pz)}), got {tuple(p.shape)}")
        for column in p.T:
            probabilities(name, column)
    return torch.einsum("z,xz,yz->xyz", pz, px.double(), py.double())


def _solid(table: Tensor) -> Tensor:
    table = probabilities("table", table)
    if table.ndim != 3:
        raise ValueError(f"expected table of shape (n, m, k), got {tuple(table.shape)}")
    return table
