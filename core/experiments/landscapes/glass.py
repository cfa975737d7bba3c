r"""Inside one step: gradient, m, v, correction and move of momentum, Nesterov, RMSProp and Adam.

Notation of OPT-13 to OPT-17: g the gradient, m and v the running moments (here m also holds the
velocity of momentum and Nesterov), m̂ and v̂ the same divided by 1 − βᵗ; lr is η or α.
"""

from itertools import accumulate
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.landscapes import quadratic
from core.optimizers import trajectories
from core.signature import between, declared

METHODS = ("momentum", "nesterov", "rmsprop", "adam", "adam_printed")
BALLS = METHODS[:2]  # no second moment
EPS = 1e-8


class Glass(NamedTuple):
    """A run with the lid off: row k belongs to the step that leaves xₖ.

    Attributes:
        method, lr: as in `glass`.
        betas: what m and v keep; RMSProp has no m but g itself, momentum and Nesterov no v.
        x: iterates, shape (n + 1, 2) for n = steps + 1; fewer when the run diverges.
        at: where the gradient is taken, xₖ or Nesterov's look-ahead point, shape (n, 2).
        g: gradient there, shape (n, 2).
        m: velocity (momentum, Nesterov) or first moment (Adam); g for RMSProp, shape (n, 2).
        v: second moment, 0 for momentum and Nesterov, shape (n, 2).
        other: `size` for a run with the one thing changed that is at issue, shape (n,): gradient
            descent for momentum and Nesterov, RMSProp with correction, Adam without, the true
            Adam beside the printed one.
        diverged_at: −1 if it did not.
    """

    method: str
    lr: float
    betas: tuple[float, float]
    x: Tensor
    at: Tensor
    g: Tensor
    m: Tensor
    v: Tensor
    other: Tensor
    diverged_at: int

    @property
    def m_hat(self) -> Tensor:
        """m as it is used: corrected by Adam."""
        return self.m / self._lack(self.betas[0])

    @property
    def v_hat(self) -> Tensor:
        """v as it is used: corrected by Adam."""
        return self.v / self._lack(self.betas[1])

    def _lack(self, beta: float) -> Tensor | float:
        """1 − βᵗ, by which a moment that began at 0 is too small, where the method corrects it."""
        if not self.method.startswith("adam"):
            return 1.0
        return 1 - beta ** torch.arange(1, len(self.g) + 1, dtype=torch.float64)[:, None]

    @property
    def scale(self) -> Tensor:
        """Effective step of each coordinate: η, or α/(√v̂ + ε)."""
        balls = self.method in BALLS
        return torch.full_like(self.v, self.lr) if balls else self.lr / (self.v_hat.sqrt() + EPS)

    @property
    def move(self) -> Tensor:
        """xₖ₊₁ − xₖ, shape (n, 2)."""
        return self.x.diff(dim=0)

    @property
    def size(self) -> Tensor:
        """Largest coordinate of the move in units of lr, shape (n,)."""
        return self.move.abs().amax(-1) / self.lr

    @property
    def end(self) -> Tensor:
        """The last iterate asked for."""
        return self.x[-2]


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
        method: one of `METHODS`; "adam_printed" is the sheet's update without m̂.
        kappa: condition number; angle: of the flat axis in degrees.
        lr: η or α.
        beta: of momentum, Nesterov and RMSProp.
        beta1, beta2: of Adam.
        x0, y0: the start.
        steps: number of steps.

    Sources: OPT-13, OPT-14, OPT-16, OPT-17.
    """
    bowl = quadratic(kappa, angle)
    start = torch.tensor([x0, y0], dtype=torch.float64)
    betas = (beta1, beta2)
    if method == "rmsprop":
        betas = (0.0, beta)  # corrected, it is Adam with these
    beside = {"momentum": "gd", "nesterov": "gd", "adam": "adam_uncorrected"}.get(method, "adam")
    # one step more than asked for, so that the last iterate too has a step that leaves it
    both = (method, beside)
    run = trajectories(bowl, both, start, lr, steps + 1, beta=beta, betas=betas, eps=EPS)
    diverged_at = int(run.diverged_at[0])
    n = steps + 1 if diverged_at < 0 else max(diverged_at - 1, 1)
    x, other = run.x[0, : n + 1], run.x[1, : n + 1]
    at = x[:-1]
    if method == "nesterov":
        at = at + beta * at.diff(dim=0, prepend=at[:1])
    g = bowl.grad(at)
    if method in BALLS:
        betas = (beta, 0.0)
        m, v = running(g, beta), torch.zeros_like(g)
    else:
        m, v = ((1 - b) * running(part, b) for b, part in zip(betas, (g, g.square())))
    size = other.diff(dim=0).abs().amax(-1) / lr
    return Glass(method, lr, betas, x, at, g, m, v, size, diverged_at)


def running(g: Tensor, beta: float) -> Tensor:
    """m ← βm + g from m = 0, shape of g."""
    rows = accumulate(g.numpy(), lambda kept, new: beta * kept + new)
    return torch.from_numpy(np.stack(list(rows)))
