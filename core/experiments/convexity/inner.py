r"""Cauchy and Schwarz: two vectors and a matrix M in the plane, random pairs in many dimensions.

⟨u, v⟩ = uᵀMv is an inner product if M has positive eigenvalues only. Then ‖u‖²‖v‖² − ⟨u, v⟩² is
the squared area of their parallelogram, det M (u₁v₂ − u₂v₁)²; this identity holds for every M.
"""

import math
from functools import lru_cache
from typing import Annotated, NamedTuple

import torch
from torch import Tensor

from core.rng import generator
from core.signature import between, declared

PAIRS, DIMENSIONS = 1000, 200
SIDE = 2.0
EMPTY = 1e-12  # what is smaller counts as 0


class Inner(NamedTuple):
    """What M makes of u and v, and how random pairs stand to each other."""

    product: float  # ⟨u, v⟩
    squares: Tensor  # ⟨u, u⟩ and ⟨v, v⟩, (2,)
    gram: float  # ⟨u, u⟩⟨v, v⟩ − ⟨u, v⟩²
    eigen: Tensor  # eigenvalues of M, ascending, (2,)
    foot: Tensor  # where v falls on the line of u, (2,); NaN if ⟨u, u⟩ = 0
    ratios: Tensor  # |⟨x, y⟩|/(‖x‖‖y‖) of random pairs in d dimensions, (1000,)
    means: Tensor  # mean of its square in 2, 3, …, 200 dimensions, (199,)

    definite = property(lambda self: float(self.eigen[0]) > EMPTY)

    @property
    def ratio(self) -> float:
        """|⟨u, v⟩|/(‖u‖‖v‖); NaN where a square is not positive."""
        if float(self.squares.min()) <= EMPTY:
            return math.nan
        return abs(self.product) / math.sqrt(float(self.squares.prod()))

    @property
    def angle(self) -> float:
        """Of the lines of a random pair, in degrees: half of the pairs have a larger one."""
        return math.degrees(math.acos(float(self.ratios.quantile(0.5))))


@declared
def inner(
    u1: Annotated[float, between(-SIDE, SIDE)] = 1.6,
    u2: Annotated[float, between(-SIDE, SIDE)] = 0.4,
    v1: Annotated[float, between(-SIDE, SIDE)] = 0.5,
    v2: Annotated[float, between(-SIDE, SIDE)] = 1.5,
    m11: Annotated[float, between(-2, 4)] = 1.0,
    m12: Annotated[float, between(-2, 2)] = 0.0,
    d: Annotated[int, between(2, DIMENSIONS)] = 200,
    seed: Annotated[int, between(0, 999)] = 0,
) -> Inner:
    """u and v in the product of M = [[m11, m12], [m12, 1]], and random pairs in the usual one.

    Args:
        u1, u2, v1, v2: the two vectors.
        m11, m12: of M; the theorem asks for m11 > m12².
        d: dimension of the random pairs, whose entries are independent and normal.
        seed: draws them; in a smaller dimension they are cut off.

    Sources: ANA-02, ANA-03.
    """
    w1, w2 = m11 * u1 + m12 * u2, m12 * u1 + u2  # Mu
    uu, uv = u1 * w1 + u2 * w2, v1 * w1 + v2 * w2
    vv = m11 * v1 * v1 + 2 * m12 * v1 * v2 + v2 * v2
    share = uv / uu if abs(uu) > EMPTY else math.nan
    middle, reach = (m11 + 1) / 2, math.hypot((m11 - 1) / 2, m12)
    ratios, means = pairs(seed)
    return Inner(
        uv,
        torch.tensor([uu, vv], dtype=torch.float64),
        (m11 - m12 * m12) * (u1 * v2 - u2 * v1) ** 2,
        torch.tensor([middle - reach, middle + reach], dtype=torch.float64),
        torch.tensor([share * u1, share * u2], dtype=torch.float64),
        ratios[d - 2],
        means,
    )


@lru_cache(maxsize=8)
def pairs(seed: int) -> tuple[Tensor, Tensor]:
    """The ratios of all pairs in 2, …, 200 dimensions, (199, 1000), and their mean squares."""
    x, y = drawn(seed)
    products, lengths = (x * y).cumsum(0), (x * x).cumsum(0) * (y * y).cumsum(0)
    ratios = (products.abs() / lengths.sqrt())[1:].clamp(max=1.0)
    return ratios, ratios.square().mean(1)


@lru_cache(maxsize=2)
def drawn(seed: int) -> Tensor:
    """The pairs, a column each, (2, 200, 1000)."""
    size = 2, DIMENSIONS, PAIRS
    return torch.randn(size, generator=generator(seed), dtype=torch.float64)
