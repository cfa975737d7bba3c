r"""What holding against attacks costs: a linear classifier of the table, trained to the minimum.

One strong feature is ±1 and right in 90 % of the rows, twenty weak ones are ½y + N(0, 1). In the
L∞ ball of size ε the worst loss of a row is log(1 + exp(−(y(wᵀx + b) − ε‖w‖₁))), convex in (w, b),
so that the minimum of its mean is found by Newton's method, orthant by orthant: a weight that
would change its sign stops at 0 and leaves it only where the slope beats ε.
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import softplus

from core.adversarial import tabular
from core.adversarial.training import PULL, STRONG, WEAK
from core.rng import generator
from core.signature import between, declared

ROWS = 4000
GRID = torch.linspace(0, 1, 26, dtype=torch.float64)  # ε of the trainings along the axis
NEAR = ("worst", "random")
WIDTH = 1 + WEAK + 1  # weights and the offset
TINY, MOST = 1e-8, 100  # slopes below are 0; steps of Newton's method
CASES = torch.tensor([(1, 1), (1, -1), (-1, 1), (-1, -1)], dtype=torch.float64)  # y, strong · y
SHARES = torch.tensor([STRONG, 1 - STRONG] * 2, dtype=torch.float64) / 2


class Table(NamedTuple):
    """Rows to learn from, and one push for each of them."""

    X: Tensor  # (4000, 21), the strong feature first
    y: Tensor  # (4000,) −1 or 1
    push: Tensor  # (4000, 21), uniform in [−1, 1]


class Trained(NamedTuple):
    """Weights of least mean loss."""

    w: Tensor  # (..., 21)
    b: Tensor  # (...)

    lost = property(lambda self: self.w.abs().sum(-1))  # ‖w‖₁, by which ε lowers every margin

    def accuracy(self, eps: float | Tensor) -> Tensor:
        """Share of new rows that are read right under attacks of size ε, by the law of the table.

        Without weights the answer is the same for all rows, and right for half of them.
        """
        weak = self.w[..., 1:]
        spread = torch.linalg.vector_norm(weak, dim=-1)
        eps = torch.as_tensor(eps, dtype=torch.float64)
        fixed = PULL * weak.sum(-1) - eps * self.lost
        means = fixed[..., None] + CASES[:, 0] * self.b[..., None] + CASES[:, 1] * self.w[..., :1]
        # a margin that does not vary is right or wrong; 0 is wrong
        z = torch.where(means > 0, math.inf, -math.inf)
        z = torch.where(spread[..., None] > 0, means / spread[..., None], z)
        shares = torch.special.ndtr(z) @ SHARES
        return torch.where(self.lost > 0, shares, 0.5)

    # how many of the twenty weak features have a weight
    weak = property(lambda self: int((self.w[1:] != 0).sum()))


class Price(NamedTuple):
    """Training against attacks of one size, and of every size along the axis."""

    trained: Trained  # at ε
    path: Trained  # at every ε of `GRID`, (26, 21) and (26,)

    # without attacks or pushes
    plain = property(lambda self: Trained(self.path.w[0], self.path.b[0]))


@declared
def price(
    eps: Annotated[float, between(0, 1)] = 0.5,
    near: Literal[NEAR] = "worst",
    seed: Annotated[int, between(0, 999)] = 0,
) -> Price:
    """The least mean of the losses of 4000 rows, each at a point near it.

    Args:
        eps: how far each number of a row is moved in training.
        near: "worst" moves each row to where its loss is largest, "random" by ε times a push that
            is drawn once for each row.
        seed: of the rows and of the pushes.

    Sources: ROB-14; Madry et al. (2018); Tsipras et al. (2019) for the table.
    """
    path = ladder(near, seed)
    k, share = divmod(eps * (len(GRID) - 1), 1)
    low, high = ([each[i] for each in path] for i in (int(k), min(int(k) + 1, len(GRID) - 1)))
    start = Trained(*(torch.lerp(*pair, share) for pair in zip(low, high, strict=True)))
    return Price(least(rows_of(near, seed, eps), eps * (near == "worst"), start), path)


@lru_cache(maxsize=8)
def table(seed: int, rows: int = ROWS) -> Table:
    """The rows of a seed."""
    draws = generator(seed)
    X, c = tabular(rows, generator=draws)
    push = 2 * torch.rand(X.shape, generator=draws, dtype=torch.float64) - 1
    return Table(X, 2 * c.double() - 1, push)


@lru_cache(maxsize=16)
def ladder(near: str, seed: int) -> Trained:
    """The trainings along the axis, each from the one before."""
    found = [Trained(torch.zeros(WIDTH - 1, dtype=torch.float64), torch.tensor(0.0))]
    for eps in GRID.tolist():
        found.append(least(rows_of(near, seed, eps), eps * (near == "worst"), found[-1]))
    return Trained(*(torch.stack(each) for each in zip(*found[1:], strict=True)))


def rows_of(near: str, seed: int, eps: float) -> Tensor:
    """y (x, 1) of the rows as they are learned from, but for the worst push, (4000, 22)."""
    rows, pushes = _signed(seed)
    return rows if near == "worst" else rows + eps * pushes


@lru_cache(maxsize=8)
def _signed(seed: int) -> tuple[Tensor, Tensor]:
    X, y, push = table(seed)
    one = torch.ones(len(X), 1, dtype=torch.float64)
    pair = torch.cat([X, one], 1), torch.cat([push, 0 * one], 1)
    return pair[0] * y[:, None], pair[1] * y[:, None]


def least(A: Tensor, eps: float, start: Trained) -> Trained:
    """The least mean of log(1 + exp(−(A (w, b) − ε‖w‖₁))), by Newton's method from `start` on.

    The weights that are not 0 move, and those whose slope beats ε; one that would change its sign
    stops at 0.
    """
    toll = torch.full((WIDTH,), eps, dtype=torch.float64)
    toll[-1] = 0.0  # the offset is free
    v = torch.cat([start.w, start.b.reshape(1).double()])
    margin = A @ v - toll @ v.abs()
    loss = float(softplus(-margin).mean())
    for _ in range(MOST):
        p = torch.sigmoid(-margin)
        up, wrong = p @ A / len(A), p.mean()
        sign = torch.where(v != 0, v.sign(), up.sign() * (up.abs() > toll * wrong + TINY))
        sign[-1] = 1.0
        free = sign.nonzero().flatten()
        down = toll * sign
        slope = (up - wrong * down)[free]
        if float(slope.abs().max()) < TINY:
            break
        # Σ h (a − down)(a − down)ᵀ, multiplied out
        h = p * (1 - p) / len(A)
        cross = torch.outer(h @ A, down)
        curve = A.T @ (A * h[:, None]) - cross - cross.T + h.sum() * torch.outer(down, down)
        curve.diagonal().add_(1e-10)
        step, length = torch.linalg.solve(curve[free][:, free], slope), 1.0
        sign, kept = sign[free], v[free]
        while length > TINY:
            moved = kept + length * step
            crossed = (moved * sign < 0) & (toll[free] > 0)
            trial = v.index_put((free,), torch.where(crossed, 0.0, moved))
            margin = A @ trial - toll @ trial.abs()
            after = float(softplus(-margin).mean())
            if after <= loss + 1e-15:
                break
            length /= 2
        v, loss = trial, after
    return Trained(v[:-1], torch.where(v[-1].abs() < 10 * TINY, 0.0, v[-1]))
