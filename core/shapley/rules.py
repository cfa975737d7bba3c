"""Eight rules that share out a game, and the axioms each of them breaks on it (XAI-22)."""

from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.shapley.coalitions import Names, coalitions, players, sizes, slack, without
from core.shapley.games import random_game
from core.shapley.values import marginal_contributions, shapley_weights
from core.words import number

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
    """What one rule of `RULES` gives, and how far it misses each axiom of `AXIOMS` on this game."""

    name: str
    values: Tensor | None  # (n,); None where there are none (rescaled: Banzhaf values with sum 0)
    gaps: tuple[float | None, ...]  # 0: holds; None where the game has no twins, no dummy to test
    in_core: bool  # whether the values are in the core


def rules(v: Tensor, costs: bool) -> tuple[Rule, ...]:
    """Every rule on v; linear means f(2v − w) = 2 f(v) − f(w) for a second game w as large as v.

    With `costs` the core is that of −v.
    """
    n, rounding, sign = players(v), slack(v), -1 if costs else 1
    w, found = random_game(n, SECOND) * (v - v[0]).abs().max(), []
    given = torch.stack(list(values(torch.stack((v, w, 2 * v - w))).values())).numpy()
    given[np.abs(given) <= 1e-3 * rounding] = 0.0
    twin, idle = np.array(twins(v), dtype=int).reshape(-1, 2), list(dummies(v))
    alone = (v[[1 << j for j in idle]] - v[0]).numpy()  # what a dummy adds to every coalition
    gained = (v - v[0]).numpy() - given[:, 0] @ coalitions(n).numpy().T  # of leaving, (8, 2**n)
    for name, (of_v, of_w, of_both), e in zip(RULES, given, gained, strict=True):
        if np.isnan(of_v).any():
            found.append(Rule(name, None, (None,) * 4, False))
            continue
        bent = float(np.abs(of_both - 2 * of_v + of_w).max())
        gaps = (
            abs(float(e[-1])),
            float(np.abs(of_v[twin[:, 0]] - of_v[twin[:, 1]]).max()) if len(twin) else None,
            float(np.abs(of_v[idle] - alone).max()) if idle else None,
            None if np.isnan(bent) else bent,
        )
        stays = gaps[0] <= rounding and float((sign * e).max()) <= rounding
        gaps = tuple(0.0 if gap is not None and gap <= rounding else gap for gap in gaps)
        found.append(Rule(name, torch.from_numpy(of_v), gaps, stays))
    return tuple(found)


def values(v: Tensor) -> dict[str, Tensor]:
    """Every rule on a batch of games (..., 2**n), by name: (..., n).

    equal: (v(N) − v(∅)) / n. rescaled: Banzhaf times what makes it efficient, NaN where the Banzhaf
    values sum to 0. The others weigh the edges as `used` says.
    """
    n = players(v)
    found = torch.einsum("rjk,...jk->r...j", _weights(n), marginal_contributions(v))
    found = dict(zip(RULES, found, strict=True))
    total = (v[..., -1] - v[..., 0])[..., None]
    sums = found["banzhaf"].sum(-1, keepdim=True)
    scale = torch.where(sums.abs() > 1e3 * slack(v), total / sums, torch.nan)
    found["equal"] = (total / n).expand(found["equal"].shape)
    found["rescaled"] = found["banzhaf"] * scale
    return found


def used(rule: str, n: int) -> Tensor:
    """The weight a rule gives each edge, (n, 2**(n−1)) in the order of `without`; 0: not used.

    shapley, banzhaf, last, first: as in `core.shapley`. order: what each adds when they arrive as
    1, 2, …, n. printed (E-99): the Shapley sum over S ⊆ N − {i} for the next player i instead of
    N − {j}; where S holds j already, Δ_j(S) = 0. Zero everywhere for "equal", which looks at no
    edge; "rescaled" has those of Banzhaf.
    """
    S = without(n)
    size, j = sizes(n)[S], torch.arange(n)[:, None]
    shapley = shapley_weights(n)[size]
    plain = torch.full_like(shapley, 2.0 ** (1 - n))
    return {
        "shapley": shapley,
        "banzhaf": plain,
        "last": (size == n - 1).double(),
        "first": (size == 0).double(),
        "order": torch.eq(S, 2**j - 1).double(),
        "equal": torch.zeros_like(shapley),
        "rescaled": plain,
        "printed": shapley * (S >> (j + 1) % n & 1 == 0),
    }[rule]


@lru_cache(maxsize=8)
def _weights(n: int) -> Tensor:
    """`used` of every rule, (8, n, 2**(n − 1)); shared, do not write."""
    return torch.stack([used(rule, n) for rule in RULES])


def twins(v: Tensor) -> tuple[tuple[int, int], ...]:
    """Pairs i < k with v(S ∪ i) = v(S ∪ k) for every S that holds neither."""
    n, rounding, v, pairs = players(v), slack(v), v.numpy(), []
    S = np.arange(2**n)
    for i, k in combinations(range(n), 2):
        free = S[S & (1 << i | 1 << k) == 0]
        if np.abs(v[free | 1 << i] - v[free | 1 << k]).max() <= rounding:
            pairs.append((i, k))
    return tuple(pairs)


def dummies(v: Tensor) -> tuple[int, ...]:
    """Players who add the same to every coalition: Δ_j(S) = v({j}) − v(∅), often 0."""
    delta = marginal_contributions(v)
    uneven = (delta - delta[:, :1]).abs().amax(-1).tolist()
    return tuple(j for j, each in enumerate(uneven) if each <= slack(v))


def row(values: Tensor | np.ndarray, names: Names = ()) -> str:
    """The values, separated by commas, each behind the name of its player."""
    told, between = map(number, values.tolist()), ": " if "".join(names).isdigit() else " "
    return ", ".join(map(between.join, zip(names, told, strict=True)) if names else told)
