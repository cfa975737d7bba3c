"""Four ways from one starting noise: Euler, Heun, DDIM with fresh noise, DDPM.

In one dimension the probability flow keeps the order of points, so it takes quantiles to quantiles:
x₀ = q₀⁻¹(q_T(x_T)) with the c.d.f.s q is known exactly. All methods take S steps of equal angle,
cos φ = √ᾱ, from nearly pure noise to the data, two modes of weights 0.3 and 0.7 at ±2.
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.diffusion import Schedule, ddim, ddpm, ode
from core.diffusion.pair import Pair
from core.rng import generator
from core.signature import between, declared

WEIGHT, MEAN = 0.7, 2.0  # of the right mode
LEFT = 4.0358297653756e-05  # ᾱ at the end of 1000 steps from β = 0.0001 to 0.02
TOP = math.acos(math.sqrt(LEFT))  # the angle there
POINTS = 64  # starting noises in the middle of intervals of equal probability
COUNTS = (2, 4, 8, 16, 32, 64, 128, 256)  # steps at which errors are measured
FITTED = 3  # of them, the last, give the order
FLOW = 60  # angles at which the exact path is known
NOISY = ("beta", "posterior")


class Solvers(NamedTuple):
    """Paths from noise to data; column 0 starts at the student's x_T, 64 more at the quantiles."""

    euler: Tensor  # shape (S + 1, 65)
    heun: Tensor  # shape (S + 1, 65)
    ddim: Tensor  # with fresh noise η, shape (S + 1,)
    ddpm: Tensor  # shape (S + 1,)
    flow: Tensor  # the exact path at 61 equal angles, shape (61,)


@declared
def solvers(
    start: Annotated[float, between(-3, 3)] = 0.8,
    steps: Annotated[int, between(1, 100)] = 8,
    eta: Annotated[float, between(0, 1)] = 0.5,
    variance: Literal[NOISY] = "beta",
    sigma: Annotated[float, between(0.05, 1)] = 0.3,
    seed: Annotated[int, between(0, 999)] = 0,
) -> Solvers:
    """Go from the starting noise to data by Euler, Heun, DDIM and DDPM.

    Args:
        start: x_T.
        steps: S; Heun calls the model 2S − 1 times, the others S times.
        eta: fresh noise of DDIM, 0 for none.
        variance: σ² of DDPM, β or β̃.
        sigma: standard deviation of each mode.
        seed: of the fresh noise, the same for DDIM and DDPM.

    Sources: DDPM-08; Song et al. (2021); Karras et al. (2022).
    """
    pair, plan = data(sigma), even(steps)
    model = pair.model(plan.alpha_bar)
    lone = torch.tensor([start], dtype=torch.float64)
    many, fresh = torch.cat([lone, noises()]), generator(seed)
    level = angles(FLOW).cos().square()
    return Solvers(
        _path(ode(model, many, plan, steps, "euler")),
        _path(ode(model, many, plan, steps, "heun")),
        _path(ddim(model, lone, plan, steps, eta, fresh))[:, 0],
        _path(ddpm(model, lone, plan, variance, generator(seed)))[:, 0],
        pair.quantile(pair.cdf(lone, LEFT), level.flip(0)),
    )


def _path(states) -> Tensor:
    return torch.stack([state.x for state in states])


def data(sigma: float) -> Pair:
    """The two modes."""
    return Pair(WEIGHT, MEAN, sigma)


def angles(steps: int) -> Tensor:
    """0, …, the angle of nearly pure noise, shape (steps + 1,)."""
    return torch.arange(steps + 1, dtype=torch.float64) * (TOP / steps)


@lru_cache(maxsize=128)
def even(steps: int) -> Schedule:
    """The schedule whose steps turn by equal angles, ᾱ = cos² φ."""
    level = angles(steps).cos().square()
    alphas = torch.cat([level[:1], level[1:] / level[:-1]])
    return Schedule(1 - alphas, alphas, level)


@lru_cache(maxsize=1)
def noises() -> Tensor:
    """The middles of 64 intervals of equal probability of N(0, 1)."""
    middle = (torch.arange(POINTS, dtype=torch.float64) + 0.5) / POINTS
    return torch.special.ndtri(middle)


@lru_cache(maxsize=64)
def ends(sigma: float) -> Tensor:
    """Where the exact flow takes `noises`."""
    return data(sigma).quantile(data(sigma).cdf(noises(), LEFT))


def error(found: Tensor, sigma: float) -> float:
    """Mean distance to the exact ends: the W₁ distance of the laws where order is kept."""
    return float((found - ends(sigma)).abs().mean())


@lru_cache(maxsize=2048)
def mean_error(method: str, steps: int, sigma: float, eta: float = 0.0, seed: int = 0) -> float:
    """Of the ends from `noises`; method euler, heun, ddim, beta or posterior."""
    plan, x, source = even(steps), noises(), generator(seed)
    model = data(sigma).model(plan.alpha_bar)
    if method in NOISY:
        states = ddpm(model, x, plan, method, source)
    elif method == "ddim":
        states = ddim(model, x, plan, steps, eta, source)
    else:
        states = ode(model, x, plan, steps, method)
    *_, last = states
    return error(last.x, sigma)


def convergence(method: str, sigma: float, eta: float = 0.0, seed: int = 0) -> Tensor:
    """`mean_error` for all COUNTS of steps."""
    found = [mean_error(method, steps, sigma, eta, seed) for steps in COUNTS]
    return torch.tensor(found, dtype=torch.float64)


@lru_cache(maxsize=256)
def there_and_back(sigma: float, steps: int) -> float:
    """Mean distance of 64 quantiles of the data to what DDIM makes of the noise it makes of them.

    Encoding turns by the same angles, with the velocity predicted where a step begins.
    """
    pair, plan, x0 = data(sigma), even(steps), ends(sigma)
    model, turn, x = pair.model(plan.alpha_bar), TOP / steps, x0
    for t in range(steps):
        level = float(plan.alpha_bar[t])
        eps = model(x, t)
        v = eps * math.sqrt(level) - math.sqrt(1 - level) * pair.x0(x, level)
        x = math.cos(turn) * x + math.sin(turn) * v
    *_, last = ode(model, x, plan, steps, "euler")
    return float((last.x - x0).abs().mean())


def order(errors: Tensor) -> float:
    """Least-squares slope of log error against log steps over the last COUNTS, sign turned."""
    x = torch.tensor(COUNTS[-FITTED:], dtype=torch.float64).log()
    y = errors[-FITTED:].log()
    x = x - x.mean()
    return -float(x @ y / x.square().sum())
