r"""The inside of adaptive steps for given gradients g₁ … g_T, and where Adam does not converge.

Every method but one moves by −lr m̂ / (√v̂ + ε):

=============  ========================================================================
adagrad        m̂ = g, v̂ = v = g₁² + … + g_t²
rmsprop        m̂ = g, v̂ = v = β v + (1 − β) g²
adam           m = β₁ m + (1 − β₁) g, v = β₂ v + (1 − β₂) g², m̂ = m / (1 − β₁ᵗ),
               v̂ = v / (1 − β₂ᵗ)
amsgrad        adam with v̂ = max(v₁, …, v_t) / (1 − β₂ᵗ), as in torch; without correction v̂
               never falls (Reddi et al. 2018)
adam_printed   −lr / (√v̂ + ε), the sheet's misprint without direction (E-48)
=============  ========================================================================

Sources: OPT-15, OPT-16, OPT-17, E-47, E-48; Reddi, Kale and Kumar 2018. `core.optimizers`
has their paths on a landscape.
"""

from itertools import accumulate
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require
from core.optimizers.runs import discounted

METHODS = ("adagrad", "rmsprop", "adam", "amsgrad", "adam_printed")


class Adaptive(NamedTuple):
    """What happens inside each step, each (T, d)."""

    m: Tensor  # mean of past gradients; g itself for adagrad and rmsprop
    v: Tensor  # sum (adagrad) or mean of past squares
    m_hat: Tensor  # what moves, after bias correction
    v_hat: Tensor  # what divides: after bias correction, for amsgrad after the maximum too
    rate: Tensor  # effective step lr / (√v̂ + ε) of each coordinate; 0 where √v̂ + ε is 0
    step: Tensor  # the move Δθ


def adaptive(
    gradients: Tensor,
    method: str,
    lr: float | Tensor,
    *,
    beta: float = 0.99,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    inside: bool = False,
    corrected: bool = True,
) -> Adaptive:
    """m, v, m̂, v̂ and the move of every step, from rest.

    Args:
        gradients: (T, d), finite.
        method: one of `METHODS`.
        lr: > 0, a number or one for each step, (T,).
        beta: of rmsprop, in [0, 1).
        betas: (β₁, β₂) of the others, each in [0, 1).
        eps: ≥ 0; with 0 a coordinate that has had no gradient does not move. > 0 for adam_printed.
        inside: √(v̂ + ε) as the sheet prints RMSProp, instead of torch's √v̂ + ε.
        corrected: whether Adam and its kin divide by 1 − βᵗ.

    Raises:
        ValueError: a value outside its range, an unknown method, another shape.
    """
    g = torch.as_tensor(gradients, dtype=torch.float64)
    if g.ndim != 2 or not g.numel() or not bool(g.isfinite().all()):
        raise ValueError(f"expected gradients (T, d) of finite numbers, got {tuple(g.shape)}")
    choose("method", method, METHODS)
    lr = torch.as_tensor(lr, dtype=torch.float64)
    if lr.shape not in ((), (len(g),)):
        raise ValueError(f"expected lr a number or ({len(g)},), got {tuple(lr.shape)}")
    for end in (lr.min(), lr.max()):
        require("lr", end.item(), 0, above=True)
    require("beta", beta, 0, 1, below=True)
    for name, each in zip(("betas[0]", "betas[1]"), betas, strict=True):
        require(name, each, 0, 1, below=True)
    require("eps", eps, 0, above=method == "adam_printed")
    m, v, m_hat, v_hat = _means(g, method, beta, betas, corrected)
    scale = (v_hat + eps).sqrt() if inside else v_hat.sqrt() + eps
    rate = torch.where(scale > 0, lr.expand(len(g))[:, None] / scale, 0.0)
    step = -rate if method == "adam_printed" else -rate * m_hat
    return Adaptive(m, v, m_hat, v_hat, rate, step)


def _means(g: Tensor, method: str, beta: float, betas, corrected: bool) -> tuple[Tensor, ...]:
    if method == "adagrad":
        v = g.square().cumsum(0)
        return g, v, g, v
    if method == "rmsprop":
        v = (1 - beta) * discounted(g.square(), beta)
        return g, v, g, v
    b1, b2 = betas
    m, v = (1 - b1) * discounted(g, b1), (1 - b2) * discounted(g.square(), b2)
    top = v.cummax(0).values if method == "amsgrad" else v
    if not corrected:
        return m, v, m, top
    t = torch.arange(1, len(g) + 1, dtype=torch.float64)[:, None]
    return m, v, m / (1 - b1**t), top / (1 - b2**t)


def sparse_gradients(
    T: int, rate: float, generator: torch.Generator, *, noise: float = 0.0
) -> Tensor:
    """Gradients of two coordinates, (T, 2): 1 at every step, and 1 with probability `rate` else 0.

    `noise` is the standard deviation of what is added where there is a gradient.
    """
    require("T", T, 1, 1_000_000, integer=True)
    require("rate", rate, 0, 1)
    require("noise", noise, 0)
    draw = {"generator": generator, "dtype": torch.float64}
    there, blur = torch.rand(int(T), **draw) < rate, torch.randn(int(T), 2, **draw)
    there = torch.stack([torch.ones_like(there), there], 1)
    return there * (1 + noise * blur)


# --- where Adam does not converge ----------------------------------------------------------------


class Online(NamedTuple):
    """A run on linear losses g_t x, x in [−1, 1]."""

    x: Tensor  # x₁ … x_{T+1}, (T + 1,)
    gradients: Tensor  # g₁ … g_T, (T,)
    inside: Adaptive  # moves before x is put back into [−1, 1], each (T, 1)
    regret: (
        Tensor  # mean over t ≤ k of g_t (x_t − best), best −1 where C > period − 1, else 1, (T,)
    )


def reddi_gradients(
    T: int, C: float = 3.0, period: int = 3, generator: torch.Generator | None = None
) -> Tensor:
    """g_t = C once in each period, beginning at t = 1, and −1 otherwise, (T,).

    The best point is −1 where C > period − 1. With a generator the C comes at random with
    probability 1/period instead.
    """
    require("T", T, 1, 1_000_000, integer=True)
    require("C", C, 0, 1e6, above=True)
    require("period", period, 2, 10_000, integer=True)
    if generator is None:
        large = torch.arange(int(T)) % int(period) == 0
    else:
        large = torch.rand(int(T), generator=generator, dtype=torch.float64) < 1 / period
    values = torch.tensor([-1.0, C], dtype=torch.float64)
    return values[large.long()]


def reddi(
    method: str,
    lr: float = 0.1,
    T: int = 5000,
    *,
    C: float = 3.0,
    period: int = 3,
    betas: tuple[float, float] | None = None,
    start: float = 0.0,
    generator: torch.Generator | None = None,
) -> Online:
    """Adam and its kin on the losses of Reddi et al. 2018, with steps lr / √t (adagrad: lr).

    The large gradient outweighs the others, so −1 is best; but Adam divides it by a root that it
    has filled itself and that has faded when the small ones come. With β₁ = 0, β₂ = 1/(1 + C²) and
    period 3 Adam ends at +1, the worst point, for every C > 2 (their theorem 1).

    Args:
        method: one of `METHODS`; "adam" and "amsgrad" without bias correction, as theirs.
        lr, T: > 0, in [1, 1e6].
        C, period, generator: of `reddi_gradients`.
        betas: (0, 1/(1 + C²)) by default; rmsprop takes the second.
        start: x₁ in [−1, 1].
    """
    g = reddi_gradients(T, C, period, generator)
    require("start", start, -1, 1)
    require("lr", lr, 0, above=True)
    betas = (0.0, 1 / (1 + C * C)) if betas is None else betas
    t = torch.arange(1, len(g) + 1, dtype=torch.float64)
    rates = lr if method == "adagrad" else lr / t.sqrt()
    inside = adaptive(g[:, None], method, rates, beta=betas[1], betas=betas, corrected=False)
    moves = inside.step[:, 0].tolist()
    x = list(accumulate(moves, lambda x, move: min(1.0, max(-1.0, x + move)), initial=start))
    x = torch.tensor(x, dtype=torch.float64)
    best = -1.0 if period - 1 < C else 1.0
    regret = (g * (x[:-1] - best)).cumsum(0) / t
    return Online(x, g, inside, regret)
