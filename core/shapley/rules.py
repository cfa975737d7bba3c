"""Eight rules that share out a game, and the axioms each of them breaks on it (XAI-22)."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from core.shapley.coalitions import players, without
from core.shapley.games import random_game
from core.shapley.stability import in_core
from core.shapley.values import (
    banzhaf_values,
    first_in,
    last_in,
    marginal_contributions,
    shapley_values,
    shapley_weights,
)

RULES = {
    "shapley": "Shapley",
    "banzhaf": "Banzhaf",
    "last": "last in",
    "first": "first in",
    "order": "one order",
    "equal": "equal",
    "rescaled": "rescaled",
    "printed": "printed",
}
SHARES = ("shapley", "order", "equal", "rescaled")  # efficient in every game
AXIOMS = ("efficiency", "symmetry", "dummy", "linearity")
SECOND = 22  # seed of the second game


class Rule(NamedTuple):
    """What one rule gives, and how far it misses each axiom on this game.

    Attributes:
        name: of `RULES`.
        values: (n,), or None where the rule has no value (rescaled: Banzhaf values with sum 0).
        gaps: in the order of `AXIOMS`, the largest difference between what the axiom says and what
            the rule gives; None where the game has nothing to test (no two symmetric players, no
            dummy).
        in_core: whether the values are in the core.
    """

    name: str
    values: Tensor | None
    gaps: tuple[float | None, ...]
    in_core: bool


def rules(
    v: Tensor, alike: tuple[tuple[int, int], ...], dummies: tuple[int, ...], costs: bool
) -> tuple[Rule, ...]:
    """Every rule on v; linear means f(2v − w) = 2 f(v) − f(w) for a second game w.

    Args:
        v: (2**n,) float64.
        alike: `twins` of v.
        dummies: players with Δ_j(S) = 0 for every S.
        costs: whether the core is that of −v.
    """
    w = random_game(players(v), SECOND)
    three = values(torch.stack((v, w, 2 * v - w)))
    total, rounding = float(v[-1] - v[0]), slack(v)
    found = []
    for name in RULES:
        of_v, of_w, of_both = three[name]
        if not of_v.isfinite().all():
            found.append(Rule(name, None, (None,) * 4, False))
            continue
        bent = (of_both - 2 * of_v + of_w).abs().max().item()
        gaps = (
            abs(of_v.sum().item() - total),
            max((abs(of_v[i] - of_v[k]).item() for i, k in alike), default=None),
            max((abs(of_v[j]).item() for j in dummies), default=None),
            bent if math.isfinite(bent) else None,
        )
        stays = in_core(-v, -of_v) if costs else in_core(v, of_v)
        gaps = tuple(0.0 if gap is not None and gap <= rounding else gap for gap in gaps)
        found.append(Rule(name, of_v, gaps, stays))
    return tuple(found)


def values(v: Tensor) -> dict[str, Tensor]:
    """Every rule on a batch of games (..., 2**n), by name: (..., n).

    shapley, banzhaf, last, first: as in `core.shapley`. order: what each adds when they arrive as
    1, 2, …, n. equal: (v(N) − v(∅)) / n. rescaled: Banzhaf times what makes it efficient, NaN where
    the Banzhaf values sum to 0. printed (E-99): the Shapley sum over S ⊆ N − {i} for the next
    player i instead of N − {j}; where S holds j already, Δ_j(S) = 0.
    """
    n = players(v)
    total = (v[..., -1] - v[..., 0])[..., None]
    beta = banzhaf_values(v)
    sums = beta.sum(-1, keepdim=True)
    scale = torch.where(sums.abs() > 1e3 * slack(v), total / sums, torch.nan)
    chain = v[..., [2**k - 1 for k in range(n + 1)]]  # ∅, 1, 12, …, N
    return {
        "shapley": shapley_values(v),
        "banzhaf": beta,
        "last": last_in(v),
        "first": first_in(v),
        "order": chain.diff(dim=-1),
        "equal": (total / n).expand(beta.shape),
        "rescaled": beta * scale,
        "printed": (marginal_contributions(v) * used("printed", n)).sum(-1),
    }


def used(rule: str, n: int) -> Tensor:
    """The weight a rule gives each edge, (n, 2**(n−1)) in the order of `delta`; 0: not used.

    Zero everywhere for "equal", which looks at no edge; "rescaled" has those of Banzhaf.
    """
    S = without(n)
    size = sum(S >> i & 1 for i in range(n))
    j = torch.arange(n)[:, None]
    shapley = shapley_weights(n)[size]
    none = torch.zeros_like(shapley)
    match rule:
        case "shapley":
            return shapley
        case "banzhaf" | "rescaled":
            return none + 2.0 ** (1 - n)
        case "last":
            return (size == n - 1).double()
        case "first":
            return (size == 0).double()
        case "order":
            return torch.eq(S, 2**j - 1).double()
        case "printed":
            return shapley * (S >> (j + 1) % n & 1 == 0)
    return none


def twins(v: Tensor) -> tuple[tuple[int, int], ...]:
    """Pairs i < k with v(S ∪ i) = v(S ∪ k) for every S that holds neither."""
    n = players(v)
    S = torch.arange(2**n)
    pairs = []
    for i in range(n):
        for k in range(i + 1, n):
            free = S[(S >> i & 1 | S >> k & 1) == 0]
            if (v[free | 1 << i] - v[free | 1 << k]).abs().max() <= slack(v):
                pairs.append((i, k))
    return tuple(pairs)


def slack(v: Tensor) -> float:
    """1e-9 of the largest value: what rounding may do."""
    return 1e-9 * max(1.0, float(v.abs().max()))
