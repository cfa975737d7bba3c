"""From noise to data: DDPM, DDIM and the probability-flow equation, one state after the other."""

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require
from core.diffusion.schedules import Schedule, noise_like

VARIANCES = ("beta", "posterior", "none")
SOLVERS = ("euler", "heun")
Model = Callable[[Tensor, int], Tensor]  # (x, t) -> predicted noise, shape of x


class State(NamedTuple):
    """One state of a sampler on its way from t = T to t = 0."""

    t: int  # step
    x: Tensor  # shape of xT
    eps: Tensor | None  # noise predicted at x, shape of x; None at t = 0, where none is asked for
    x0: Tensor  # data predicted from both, shape of x; x itself at t = 0


def ddpm(
    eps_model: Model,
    xT: Tensor,
    schedule: Schedule,
    variance: str = "beta",
    generator: torch.Generator | None = None,
) -> Iterator[State]:
    """Ancestral sampling, T + 1 states (DDPM-07).

    xₜ₋₁ = (xₜ − βₜ / √(1 − ᾱₜ) ε(xₜ, t)) / √αₜ + σₜ z, without noise at t = 1.

    Args:
        eps_model: called as eps_model(x, t) with t a whole number in [1, T], without gradients.
        xT: start, any shape, such as standard normal points (n,) or (n, d).
        variance: σₜ² is beta, βₜ; posterior, β̃ₜ = (1 − ᾱₜ₋₁) / (1 − ᾱₜ) βₜ; or none, 0, a common
            mistake that sends every sample to one point.
        generator: source of z; not needed for none.

    Raises:
        ValueError: an unknown variance, no generator, xT not of real numbers, a model whose answer
            has another shape than x.
    """
    choose("variance", variance, VARIANCES)
    _require_generator(generator, variance != "none", f"variance is {variance!r}")
    return _ddpm(eps_model, _start(xT), schedule, variance, generator)


def _ddpm(eps_model, x, schedule, variance, generator) -> Iterator[State]:
    added = {"beta": schedule.betas, "posterior": schedule.posterior_variances}.get(variance)
    for t in range(schedule.T, 0, -1):
        beta, level = float(schedule.betas[t]), float(schedule.alpha_bar[t])
        state = _state(eps_model, x, t, level)
        yield state
        x = (x - beta / math.sqrt(1 - level) * state.eps) / math.sqrt(1 - beta)
        if added is not None and t > 1:
            x = x + math.sqrt(float(added[t])) * noise_like(x, generator)
    yield State(0, x, None, x)


def ddim(
    eps_model: Model,
    xT: Tensor,
    schedule: Schedule,
    steps: int,
    eta: float = 0.0,
    generator: torch.Generator | None = None,
) -> Iterator[State]:
    """Denoising diffusion implicit models, steps + 1 states on `grid` (DDPM-08).

    From t to s: x̂₀ = (xₜ − √(1 − ᾱₜ) ε) / √ᾱₜ and xₛ = √ᾱₛ x̂₀ + √(1 − ᾱₛ − σ²) ε + σ z with
    σ² = eta² (1 − ᾱₛ) / (1 − ᾱₜ) (1 − ᾱₜ / ᾱₛ), which is 0 for s = 0.

    Args:
        steps: in [1, T].
        eta: in [0, 1]; 0 is deterministic in xT, 1 with all steps is `ddpm` with the posterior
            variance.
        generator: source of z, needed where eta > 0.
        eps_model, xT, schedule: as in `ddpm`, with the same refusals.
    """
    times = grid(schedule.T, steps)
    require("eta", eta, 0, 1)
    _require_generator(generator, eta > 0, "eta > 0")
    return _ddim(eps_model, _start(xT), schedule, times, float(eta), generator)


def _ddim(eps_model, x, schedule, times, eta, generator) -> Iterator[State]:
    for t, s in pairwise(times):
        level, next_level = float(schedule.alpha_bar[t]), float(schedule.alpha_bar[s])
        state = _state(eps_model, x, t, level)
        yield state
        added = eta**2 * (1 - next_level) / (1 - level) * (1 - level / next_level)
        kept = math.sqrt(max(0.0, 1 - next_level - added))
        x = math.sqrt(next_level) * state.x0 + kept * state.eps
        if added > 0:
            x = x + math.sqrt(added) * noise_like(x, generator)
    yield State(0, x, None, x)


def ode(
    eps_model: Model, xT: Tensor, schedule: Schedule, steps: int, method: str = "heun"
) -> Iterator[State]:
    """The probability-flow equation dx/dφ = v on `grid`, φ the angle with cos φ = √ᾱ.

    v = √ᾱ ε − √(1 − ᾱ) x̂₀ is the predicted velocity. The solutions have at every t the law of the
    diffused data, without any noise added on the way (Song et al. 2021). Where x̂₀ and ε stay as
    they are, x turns on a circle:

    - euler turns by the whole angle δ to the next step, x ← cos δ x + sin δ v, and is `ddim` with
      eta = 0: of order 1 in δ;
    - heun asks the model a second time, at the end of that turn, and adds δ/2 times what the
      velocity there differs from the turned one, cos δ v − sin δ x: of order 2. Its last step is
      one of euler, since at t = 0 a model has nothing to predict.

    Angles are bounded, while the noise-to-signal ratio in which the equation is often written has
    steps too large for Heun where ᾱ_T is as small as that of the cosine.

    Args:
        steps: in [1, T].
        method: euler or heun.
        eps_model, xT, schedule: as in `ddpm`, with the same refusals.
    """
    times = grid(schedule.T, steps)
    choose("method", method, SOLVERS)
    return _ode(eps_model, _start(xT), schedule, times, method)


def _ode(eps_model, x, schedule, times, method) -> Iterator[State]:
    for t, s in pairwise(times):
        level, next_level = float(schedule.alpha_bar[t]), float(schedule.alpha_bar[s])
        state = _state(eps_model, x, t, level)
        yield state
        v, delta = _velocity(state, level), _angle(next_level) - _angle(level)
        x, turned = (
            math.cos(delta) * x + math.sin(delta) * v,
            math.cos(delta) * v - math.sin(delta) * x,
        )
        if method == "heun" and s > 0:
            there = _velocity(_state(eps_model, x, s, next_level), next_level)
            x = x + delta / 2 * (there - turned)
    yield State(0, x, None, x)


def grid(T: int, steps: int) -> list[int]:
    """The steps from T down to 0 that steps equal strides visit, steps + 1 whole numbers.

    The i-th is T (steps − i) / steps, rounded, a half up ("trailing" spacing).
    """
    T = int(require("T", T, 1, integer=True))
    steps = int(require("steps", steps, 1, T, integer=True))
    return [(2 * T * (steps - i) + steps) // (2 * steps) for i in range(steps + 1)]


def _state(eps_model: Model, x: Tensor, t: int, level: float) -> State:
    eps = _predicted(eps_model, x, t)
    return State(t, x, eps, (x - math.sqrt(1 - level) * eps) / math.sqrt(level))


def _velocity(state: State, level: float) -> Tensor:
    return math.sqrt(level) * state.eps - math.sqrt(1 - level) * state.x0


def _angle(level: float) -> float:
    return math.atan2(math.sqrt(1 - level), math.sqrt(level))


def _predicted(eps_model: Model, x: Tensor, t: int) -> Tensor:
    with torch.no_grad():
        eps = eps_model(x, t)
    if eps.shape != x.shape:
        shapes = f"{tuple(x.shape)}, got {tuple(eps.shape)}"
        raise ValueError(f"expected eps_model to return the shape of x, {shapes}")
    return eps.to(x)


def _start(xT: Tensor) -> Tensor:
    wanted = "expected xT to be a tensor of finite floating-point numbers, got "
    if not isinstance(xT, Tensor):
        raise ValueError(wanted + type(xT).__name__)
    if not xT.is_floating_point():
        raise ValueError(wanted + str(xT.dtype))
    wrong = xT[~xT.isfinite()]
    if len(wrong):
        raise ValueError(wanted + f"{float(wrong[0]):g}")
    return xT.detach()


def _require_generator(generator, needed: bool, when: str) -> None:
    if needed and generator is None:
        raise ValueError(f"expected a generator where {when}, got None")
