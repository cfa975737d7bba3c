"""Coalitions as numbers: S is the index Σ_{i∈S} 2^i of a table v with 2^n entries (XAI-14).

Code counts the players 0 … n − 1, sentences call them 1 … n.
"""

import math
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

import torch
from torch import Tensor

from core.check import require

MOST = 20  # players of a table: 2^20 values are 8 MB
LARGEST = 1e300  # sums of larger values may overflow
KEPT = 16  # players up to which what depends on n alone is remembered; beyond, it weighs megabytes

Table = TypeVar("Table")
Names = tuple[str, ...]  # of the players; () where they are just numbered 1, 2, …


def kept(build: Callable[[int], Table]) -> Callable[[int], Table]:
    """`build`, its answers for up to 16 players remembered."""
    remembered = lru_cache(maxsize=KEPT + 1)(build)

    @wraps(build)
    def table(n: int) -> Table:
        return remembered(n) if n in range(KEPT + 1) else build(n)

    return table


def players(v: Tensor) -> int:
    """n ≤ 20 of a table v of shape (..., 2**n), float64 and up to 1e300; a refusal names S."""
    kind = v.dtype if isinstance(v, Tensor) else type(v).__name__
    if kind != torch.float64:
        raise ValueError(f"expected v to be a float64 tensor, got {kind}")
    size = v.shape[-1] if v.ndim else 0
    n = size.bit_length() - 1
    if size < 2 or size != 2**n:
        got = f"{size}: v({spelled(size)}) is missing"
        raise ValueError(f"expected v with 2**n values, one for each coalition, got {got}")
    require("the number of players", n, 1, MOST, integer=True)
    if not torch.linalg.vector_norm(v, math.inf) <= LARGEST:  # NaN is not
        wrong = (~(v.abs() <= LARGEST)).nonzero()[0]
        value, S = v[tuple(wrong)].item(), spelled(int(wrong[-1]))
        if math.isfinite(value):
            raise ValueError(f"expected v({S}) in [-1e+300, 1e+300], got {value:g}")
        raise ValueError(f"expected v({S}) to be finite, got {value:g}")
    return n


def spelled(index: int, names: Names = ()) -> str:
    """The coalition in words: 5 is "{1, 3}", or "{Ann, Cem}", 0 is "∅"."""
    members = [called(i, names) for i in range(index.bit_length()) if index >> i & 1]
    return "{" + ", ".join(members) + "}" if members else "∅"


def called(player: int, names: Names = (), what: str = "") -> str:
    """A player's own name; where that is a number, with `what`, "player 1"."""
    name = names[player] if names else str(player + 1)
    return f"{what} {name}".strip() if name.isdigit() else name


def complete(given: dict[int, float], n: int, names: Names = ()) -> Tensor:
    """The table v, (2**n,), of n players from v(S) by index; a coalition without one is named."""
    for S in range(2**n):
        if S not in given:
            raise ValueError(
                f"expected {2**n} values, one for each coalition of {n} player{'s' * (n > 1)}, "
                f"got {len(given)}: v({spelled(S, names)}) is missing"
            )
    return torch.tensor([given[S] for S in range(2**n)], dtype=torch.float64)


def slack(v: Tensor, tol: float = 1e-9) -> float:
    """What rounding may do to differences of v: `tol` of their range, a little more far from 0."""
    return tol * float((v - v[..., :1]).abs().max()) + 1e-14 * float(v.abs().max())


def tolerance(v: Tensor) -> float:
    """`tol` of a check whose sides are as large as v, so that it allows `slack(v)`."""
    return slack(v) / max(1.0, float(v.abs().max()))


@kept
def coalitions(n: int) -> Tensor:
    """Who is in which coalition, (2**n, n) bool, row S the members of S; shared, do not write."""
    require("the number of players", n, 0, MOST, integer=True)
    return (torch.arange(2**n)[:, None] >> torch.arange(n) & 1).bool()


@kept
def sizes(n: int) -> Tensor:
    """|S| of every coalition, (2**n,) int64; shared, do not write."""
    count = torch.zeros(1, dtype=torch.long)
    for _ in range(n):
        count = torch.cat((count, count + 1))
    return count


@kept
def by_size(n: int) -> Tensor:
    """The coalitions ∅, 1, 2, …, 12, 13, …, as indices (2**n,); shared, do not write."""
    order = sorted(range(2**n), key=lambda S: (S.bit_count(), [-(S >> k & 1) for k in range(n)]))
    return torch.tensor(order)


@kept
def without(n: int) -> Tensor:
    """The coalitions that player i may join, (n, 2**(n − 1)) indices in increasing order."""
    rest = torch.arange(2 ** (n - 1))
    return torch.stack([(rest >> i << i + 1) + rest % (1 << i) for i in range(n)])


def member_sums(u: Tensor) -> Tensor:
    """Σ_{S∋i} u(S) for every player i: (..., 2**n) -> (..., n), in O(2^n).

    A player of the lower half of the bits asks only for the sums over the upper half, and the
    other way round, so that no table with a column for each player is needed.
    """
    grid, low, high = _grid(u)
    return torch.cat((grid.sum(-2) @ low, grid.sum(-1) @ high), dim=-1)


def pair_sums(u: Tensor) -> Tensor:
    """Σ_{S∋i,j} u(S) for every pair, and Σ_{S∋i} u(S) on the diagonal: (..., n, n)."""
    grid, low, high = _grid(u)
    cross = high.T @ (grid @ low)
    upper = torch.cat((low.T @ (grid.sum(-2)[..., None] * low), cross.mT), dim=-1)
    lower = torch.cat((cross, high.T @ (grid.sum(-1)[..., None] * high)), dim=-1)
    return torch.cat((upper, lower), dim=-2)


def _grid(u: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    n = u.shape[-1].bit_length() - 1
    low = n // 2
    return u.unflatten(-1, (2 ** (n - low), 2**low)), _members(low), _members(n - low)


@kept
def _members(n: int) -> Tensor:
    return coalitions(n).double()
