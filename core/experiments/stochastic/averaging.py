r"""Averages along a noisy descent: the last iterate, the mean, an EMA, the mean of the last part.

On ½x² everything is linear in the start and in the noise: the mean of each average is x₀ times that
of a unit start, its variance σ² times that of unit noise, both exact, by recursions over all steps
at once. On eˣ − x a hundred chains are simulated.
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.rng import generator
from core.signature import between, declared
from core.stochastic import log_steps

NAMES = ("last", "mean", "EMA", "tail")
T = 10_000
BLOCK, SHORT = 100, 25  # steps that go on together; both divide T
CHAINS = 100
BETA, SHARE = 0.01, 0.5
AT = np.array(sorted({*log_steps(T, 60), T // 10}))
SHOWN = np.array(log_steps(T, 300))
EARLIER = AT.tolist().index(T // 10)  # where the last decade begins
K, NONE = np.arange(1, T + 1), np.empty((4, 0))


class Averaging(NamedTuple):
    """The four of `NAMES`, over all runs, and along one of them."""

    mean: Tensor  # E after the steps `AT`, shape (4, n); over the chains where they are simulated
    variance: Tensor  # the same of the variance
    x: Tensor  # one run, x₀ first, shape (T + 1,)
    along: Tensor  # mean, EMA and tail average of that run after the steps `SHOWN`, shape (3, m)
    ends: Tensor  # the four after T steps for each simulated chain, shape (4, 100); (4, 0) for ½x²

    error = property(lambda self: self.mean.square() + self.variance)  # mean squares, (4, n)


@declared
def averaging(
    f: Literal["parabola", "curve"] = "parabola",
    alpha: Annotated[float, between(0.001, 1.9)] = 0.1,
    p: Annotated[float, between(0, 1)] = 0.0,
    eta: Annotated[float, between(0.01, 0.5)] = 0.1,
    sigma: Annotated[float, between(0, 3)] = 1.0,
    x0: Annotated[float, between(-100, 100)] = 1.0,
    beta: Annotated[float, between(0.001, 0.5)] = BETA,
    share: Annotated[float, between(0.01, 1)] = SHARE,
    seed: Annotated[int, between(0, 999)] = 0,
) -> Averaging:
    """x ← x − αₖ(f′(x) + σξ) for 10 000 steps, ξ standard normal, and its averages.

    Args:
        f: ½x², or eˣ − x from 0 with σ = 1; both have their minimum and the curvature 1 at 0.
        alpha, p: on ½x² the steps are αₖ = α/kᵖ.
        eta: on eˣ − x the steps are constant, and the weights those of the defaults.
        sigma: standard deviation of the noise of a gradient, on ½x².
        x0: start, on ½x².
        beta: weight of the new value in the EMA, which begins at x₁; on ½x².
        share: the tail average is the mean of this last share of the iterates; on ½x².
        seed: of the run that is shown and of the chains.

    Sources: OPT-11.
    """
    if f == "curve":
        return simulated(eta, seed)
    mean, variance = units(alpha, p, beta, share)
    x = np.append(x0, x0 * still(alpha, p) + sigma * noisy(alpha, p, seed))
    along = averaged(x[None, 1:], beta, share, SHOWN)[1:, 0]
    return Averaging(*map(torch.tensor, (x0 * mean, sigma**2 * variance, x, along, NONE)))


def slopes(run: Averaging) -> list[float]:
    """The exponents r of the four mean squares ≈ c tʳ over the last decade; NaN where one is 0."""
    rows, t = run.error[:, EARLIER:].numpy(), np.log(AT[EARLIER:])
    level = (t - t.mean()) / np.square(t - t.mean()).sum()
    return [float((level * np.log(row)).sum()) if (row > 0).all() else math.nan for row in rows]


def steps(alpha: float, p: float) -> np.ndarray:
    """αₖ = α/kᵖ, (T,)."""
    return alpha * K**-p


def scan(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """yₖ = aₖ yₖ₋₁ + bₖ from 0, along the last of T steps; b is (…, T), a broadcasts to it.

    All blocks of steps go on together; what each leaves to the next is summed by doubling.
    """
    a = a.reshape((1,) * (b.ndim - a.ndim) + a.shape)
    y, kept = (np.moveaxis(c.reshape(*c.shape[:-1], -1, SHORT), -1, 0).copy() for c in (b, a))
    for i in range(1, SHORT):
        y[i] += kept[i] * y[i - 1]
        kept[i] *= kept[i - 1]
    ends, whole, d = y[-1].copy(), kept[-1].copy(), 1
    while d < ends.shape[-1]:
        ends[..., d:] += whole[..., d:] * ends[..., :-d]
        whole[..., d:] *= whole[..., :-d].copy()
        d *= 2
    y[..., 1:] += kept[..., 1:] * ends[..., :-1]
    return np.moveaxis(y, 0, -1).reshape(b.shape)


def decayed(keep: float, b: np.ndarray) -> np.ndarray:
    """The same where a is `keep` at every step: products of matrices."""
    within, across, left = _powers(keep)
    blocks = torch.from_numpy(b.reshape(*b.shape[:-1], -1, BLOCK)) @ within
    before = blocks[..., -1] @ across
    return (blocks + before[..., None] * left).numpy().reshape(b.shape)


@lru_cache(maxsize=64)
def _powers(keep: float) -> tuple[Tensor, Tensor, Tensor]:
    """What is left of each step in the later ones of its block, of each block in later ones."""
    powers = keep ** torch.arange(BLOCK + 1, dtype=torch.float64)
    blocks = powers[BLOCK] ** torch.arange(BLOCK, dtype=torch.float64)
    lags = torch.arange(BLOCK) - torch.arange(BLOCK)[:, None]
    within, across = powers[lags.clamp(min=0)], blocks[(lags - 1).clamp(min=0)]
    return within.triu(), across.triu(1), powers[1:]


@lru_cache(maxsize=16)
def still(alpha: float, p: float) -> np.ndarray:
    """x₁ … x_T on ½x² from 1 without noise."""
    return np.cumprod(1 - steps(alpha, p))


@lru_cache(maxsize=16)
def sums(alpha: float, p: float) -> tuple[np.ndarray, ...]:
    """1 − α, E x², E xS and E S² for unit noise, S being the sum of the iterates, and `_tail`'s."""
    step = steps(alpha, p)
    a = 1 - step
    xx = scan(a * a, step * step)
    xs, after = scan(np.stack([a, a[::-1]]), np.stack([xx, a[::-1]]))
    return a, xx, xs, np.cumsum(xx + 2 * a * _before(xs)), after


@lru_cache(maxsize=16)
def units(alpha: float, p: float, beta: float, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the four for x₀ = 1 without noise, variance for unit noise, (4, n) both, exact."""
    (a, xx, xs, ss, after), keep = sums(alpha, p), 1 - beta
    new = beta * xx
    new[0] = xx[0]
    xy = scan(keep * a, new)  # y is the EMA
    fresh = beta**2 * xx + 2 * keep * beta * a * _before(xy)
    fresh[0] = xx[0]
    yy = decayed(keep**2, fresh)
    variance = [xx[AT - 1], ss[AT - 1] / AT**2, yy[AT - 1], _tail(a, xs, ss, after, share)]
    return averaged(still(alpha, p)[None], beta, share, AT)[:, 0], np.stack(variance)


def _before(x: np.ndarray) -> np.ndarray:
    """The values one step earlier, 0 at first."""
    return np.append(0.0, x[:-1])


def _tail(a: np.ndarray, xs: np.ndarray, ss: np.ndarray, after: np.ndarray, share: float):
    """E of the squared mean of the last iterates.

    With s = S_t − S_u: E s² = E S_t² − E S_u² − 2 h E x_u S_u, where h = Σ_{j=u+1}^t a_{u+1} … a_j.
    """
    size = _sizes(AT, share)
    begin = AT - size
    h = np.append(after[::-1], 0.0)  # the same sums up to T, from every u on
    log = np.append(0.0, np.cumsum(np.log(np.maximum(np.abs(a), 1e-300))))
    sign = np.append(1.0, np.cumprod(np.where(a < 0, -1.0, 1.0)))
    ratio = sign[AT] * sign[begin] * np.exp(log[AT] - log[begin])
    xs, ss = np.append(0.0, xs), np.append(0.0, ss)
    square = ss[AT] - ss[begin] - 2 * (h[begin] - ratio * h[AT]) * xs[begin]
    return square.clip(min=0) / size**2


def _sizes(at: np.ndarray, share: float) -> np.ndarray:
    """How many iterates the tail average has after the steps `at`, as `core.stochastic.window`."""
    return np.maximum(1, np.ceil(share * at - 1e-9)).astype(int)


def averaged(x: np.ndarray, beta: float, share: float, at: np.ndarray) -> np.ndarray:
    """The four of runs x₁ … x_T after the steps `at`, (r, T) -> (4, r, len(at))."""
    total = np.cumsum(x, -1)
    rest = np.cumsum(x[:, ::-1], -1)[:, ::-1]  # sums from a step on: exact where they are tiny
    rest = np.concatenate([rest, np.zeros((len(x), 1))], 1)
    new = beta * x
    new[:, 0] = x[:, 0]
    ema = decayed(1 - beta, new)
    size = _sizes(at, share)
    tail = (rest[:, at - size] - rest[:, at]) / size
    return np.stack([x[:, at - 1], total[:, at - 1] / at, ema[:, at - 1], tail])


@lru_cache(maxsize=16)
def noisy(alpha: float, p: float, seed: int) -> np.ndarray:
    """x₁ … x_T on ½x² from 0 with σ = 1."""
    step = steps(alpha, p)
    return scan(1 - step, -step * noise(1, seed)[0])


def noise(n: int, seed: int) -> np.ndarray:
    """Standard normal, (n, T)."""
    return torch.randn(n, T, generator=generator(seed), dtype=torch.float64).numpy()


@lru_cache(maxsize=32)
def simulated(eta: float, seed: int) -> Averaging:
    """On eˣ − x, over the chains; the first of them is the run shown."""
    x = chains(eta, seed)
    after = averaged(x[:, 1:], BETA, SHARE, AT)
    along = averaged(x[:1, 1:], BETA, SHARE, SHOWN)[1:, 0]
    parts = after.mean(1), after.var(1), x[0], along, after[:, :, -1]
    return Averaging(*map(torch.tensor, parts))


def chains(eta: float, seed: int) -> np.ndarray:
    """The chains on eˣ − x from 0, (100, T + 1)."""
    x = np.zeros((T + 1, CHAINS))
    push = eta * (1 - noise(CHAINS, seed).T)  # all of a step but −ηeˣ
    slope = np.empty(CHAINS)
    for k in range(T):
        np.exp(x[k], out=slope)
        np.multiply(slope, -eta, out=slope)
        slope += x[k]
        np.add(slope, push[k], out=x[k + 1])
    return x.T.copy()
