r"""Inside one step: gradient, m, v, correction and move of momentum, Nesterov, RMSProp and Adam.

Notation of OPT-13 to OPT-17: g the gradient, m and v the running moments (here m also holds the
velocity of momentum and Nesterov), m̂ and v̂ the same divided by 1 − βᵗ; lr is the step η.
"""

from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.landscapes import quadratic
from core.optimizers import opened, trajectories
from core.signature import between, declared

METHODS = ("momentum", "nesterov", "rmsprop", "adam", "adam_printed")
BALLS = METHODS[:2]  # no second moment
# the run beside each: without memory, with correction, without it, the true one beside the printed
BESIDE = dict(zip(METHODS, ("gd", "gd", "adam", "adam_uncorrected", "adam")))
EPS = 1e-8


class Glass(NamedTuple):
    """A run with the lid off: row k belongs to the step that leaves xₖ; n = steps + 1 of them."""

    method: str
    lr: float
    betas: tuple[float, float]  # what m and v keep: RMSProp's m is g itself, the balls have no v
    x: Tensor  # iterates, shape (n + 1, 2); fewer when the run diverges
    at: Tensor  # where the gradient is taken, xₖ or Nesterov's look-ahead point, shape (n, 2)
    g: Tensor  # gradient there, shape (n, 2)
    m: Tensor  # velocity (momentum, Nesterov) or first moment (Adam), shape (n, 2)
    v: Tensor  # second moment, 0 for momentum and Nesterov, shape (n, 2)
    other: Tensor  # `size` for `BESIDE`, the same run with the one thing at issue changed
    diverged_at: int  # −1 if it did not

    # m as it is used: corrected by Adam
    m_hat = property(lambda self: self.m / self._lack(self.betas[0]))
    # v as it is used: corrected by Adam
    v_hat = property(lambda self: self.v / self._lack(self.betas[1]))

    def _lack(self, beta: float) -> Tensor | float:
        """1 − βᵗ, by which a moment that began at 0 is too small, where the method corrects it."""
        if not self.method.startswith("adam"):
            return 1.0
        return 1 - beta ** torch.arange(1, len(self.g) + 1, dtype=torch.float64)[:, None]

    @property
    def scale(self) -> Tensor:
        """Effective step of each coordinate: η, or η/(√v̂ + ε)."""
        balls = self.method in BALLS
        return torch.full_like(self.v, self.lr) if balls else self.lr / (self.v_hat.sqrt() + EPS)

    move = property(lambda self: self.x.diff(dim=0))  # xₖ₊₁ − xₖ, shape (n, 2)
    # largest coordinate of the move in units of lr, shape (n,)
    size = property(lambda self: self.move.abs().amax(-1) / self.lr)
    end = property(lambda self: self.x[-2])  # the last iterate asked for


@declared
def glass(
    method: Literal[METHODS] = "adam",
    kappa: Annotated[float, between(1, 1e4)] = 10.0,
    angle: Annotated[float, between(-180, 180)] = 30.0,
    lr: Annotated[float, between(0, 100, above=True)] = 0.1,
    beta: Annotated[float, between(0, 1, below=True)] = 0.9,
    beta1: Annotated[float, between(0, 1, below=True)] = 0.9,
    beta2: Annotated[float, between(0, 1, below=True)] = 0.999,
    x0: Annotated[float, between(-1e6, 1e6)] = -1.0,
    y0: Annotated[float, between(-1e6, 1e6)] = -1.0,
    steps: Annotated[int, between(1, 1000)] = 25,
) -> Glass:
    r"""Everything inside the first steps of one method on ½xᵀHx.

    Args:
        method: one of `METHODS`; "adam_printed" is the misprint without m̂.
        kappa: condition number; angle: of the flat axis in degrees.
        lr: η.
        beta: of momentum, Nesterov and RMSProp; beta1, beta2: of Adam.
        x0, y0: the start.

    Sources: OPT-13, OPT-14, OPT-16, OPT-17.
    """
    bowl, start = quadratic(kappa, angle), torch.tensor([x0, y0], dtype=torch.float64)
    # RMSProp corrected is Adam with these
    betas = (0.0, beta) if method == "rmsprop" else (beta1, beta2)
    # one step more than asked for, so that the last iterate too has a step that leaves it
    given = {"lr": lr, "steps": steps + 1, "beta": beta, "betas": betas, "eps": EPS}
    run = trajectories(bowl, (method, BESIDE[method]), start, **given)
    end = int(run.diverged_at[0])
    n = steps + 1 if end < 0 else max(end - 1, 1)
    x, other = run.x[:, : n + 1]
    g, at, m, v, *_ = opened(bowl, method, x, lr, beta, betas)
    if method in BALLS:
        betas, m, v = (beta, 0.0), v, torch.zeros_like(g)
    size = other.diff(dim=0).abs().amax(-1) / lr
    return Glass(method, lr, betas, x, at, g, g if m is None else m, v, size, end)
