r"""Inside adaptive steps: what a method keeps of given gradients, and the step it makes of them.

Coordinate 1 has the gradient 1 at every step, coordinate 2 has `size` at steps 1, 1 + gap, … and 0
between. On the losses of Reddi, Kale and Kumar (2018) there is one coordinate, held in [−1, 1]; its
gradient is `size` at those steps and −1 between.
"""

from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.signature import between, declared
from core.stochastic import adaptive as opened
from core.stochastic import reddi_gradients

METHODS = ("adagrad", "rmsprop", "adam", "adam_raw", "amsgrad")
ADAMS = METHODS[2:]
T = 100
REDDI = 0.4  # step ηₜ = 0.4/√t there, constant for AdaGrad


class Steps(NamedTuple):
    """Row t − 1 belongs to step t; d coordinates, two or one."""

    g: Tensor  # gradients, shape (T, d)
    m: Tensor  # mean of the gradients; g itself for AdaGrad and RMSProp, (T, d)
    v: Tensor  # sum (AdaGrad) or mean of their squares, (T, d)
    m_hat: Tensor  # m as it is used, (T, d)
    v_hat: Tensor  # v as it is used, (T, d)
    rate: Tensor  # effective step, of each coordinate, (T, d)
    move: Tensor  # Δθ before it is stopped at an end, (T, d)
    theta: Tensor  # where the coordinates are, from 0 on, (T + 1, d)


@declared
def steps(
    losses: Literal["rare", "reddi"] = "rare",
    method: Literal[METHODS] = "adagrad",
    gap: Annotated[int, between(1, T)] = 10,
    size: Annotated[float, between(0.1, 10)] = 1.0,
    beta1: Annotated[float, between(0, 1, below=True)] = 0.9,
    beta2: Annotated[float, between(0, 1, below=True)] = 0.99,
    eps: Annotated[float, between(0, 1)] = 1e-8,
    inside: bool = False,
) -> Steps:
    """A hundred steps of one method from 0.

    Args:
        losses: "rare" has two coordinates and η = 1, "reddi" one and η = 0.4/√t.
        method: of `METHODS`; adam_raw is Adam without bias correction, amsgrad that of the paper,
            without it too.
        gap: from one large or rare gradient to the next; 1 leaves no step without it.
        size: of those gradients.
        beta1: share kept of m, of the Adams; beta2: of v, of all but AdaGrad.
        eps: against a division by 0; inside: under the root.

    Sources: OPT-15, OPT-16, OPT-17.
    """
    g = gradients(losses, gap, size)
    run = opened(
        g,
        method.removesuffix("_raw"),
        sizes(losses, method),
        beta=beta2,
        betas=(beta1, beta2),
        eps=eps,
        inside=inside,
        corrected=method == "adam",
    )
    return Steps(g, *run, walked(run.step, losses))


def gradients(losses: str, gap: int, size: float) -> Tensor:
    """g₁ … g_T, (T, 2) or (T, 1)."""
    if losses == "reddi" and gap > 1:
        return reddi_gradients(T, size, gap)[:, None]
    if losses == "reddi":
        return torch.full((T, 1), size, dtype=torch.float64)
    g = torch.ones(T, 2, dtype=torch.float64)
    g[:, 1] = 0
    g[::gap, 1] = size
    return g


def sizes(losses: str, method: str) -> Tensor:
    """η of each step, (T,)."""
    if losses == "rare":
        return torch.ones(T, dtype=torch.float64)
    if method == "adagrad":
        return torch.full((T,), REDDI, dtype=torch.float64)
    return REDDI / torch.arange(1, T + 1, dtype=torch.float64).sqrt()


def walked(moves: Tensor, losses: str) -> Tensor:
    """Where the moves lead from 0, (T + 1, d)."""
    if losses == "rare":
        return torch.cat([torch.zeros(1, 2, dtype=torch.float64), moves.cumsum(0)])
    x = [0.0]
    for move in moves[:, 0].tolist():
        x.append(min(1.0, max(-1.0, x[-1] + move)))
    return torch.tensor(x, dtype=torch.float64)[:, None]


def best(gap: int, size: float) -> float | None:
    """The end of [−1, 1] that is best in each period; None where all points are equally good."""
    total = size - (gap - 1)
    return None if abs(total) < 1e-12 else -1.0 if total > 0 else 1.0
