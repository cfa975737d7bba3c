"""One run in plain numbers: the rules of `core.optimizers.rules` without a tensor for each step.

Two numbers are too few for a tensor: a dispatch costs a hundred times the multiplication. The same
operations in the same order give the same iterates.
"""

import math
from collections.abc import Callable, Iterator
from itertools import islice

Pair = tuple[float, float]
Slope = Callable[[float, float], Pair]
Step = Callable[[float, float, float, float], Pair]  # (x, y, ∂f/∂x, ∂f/∂y) -> the next x, y


def path(slope: Slope, method: str, start: Pair, steps: int, *hyper) -> list[Pair]:
    """[x₀, …, x_steps]; `hyper` are lr, beta, betas and eps."""
    return [start, *islice(iterates(slope, method, start, *hyper), steps)]


def iterates(
    slope: Slope, method: str, start: Pair, lr: float, beta: float, betas: Pair, eps: float
) -> Iterator[Pair]:
    """x₁, x₂, … of one method, for ever; infinite from the step on that has no value."""
    step, ahead = rule(method, lr, beta, betas, eps)
    x, y = start
    try:
        while True:
            gx, gy = slope(*ahead(x, y)) if ahead else slope(x, y)
            x, y = step(x, y, gx, gy)
            yield x, y
    except (ArithmeticError, ValueError):  # math.exp(1000), math.cos(inf), 1 / 0.0
        while True:
            yield math.inf, math.inf


def rule(
    method: str, lr: float, beta: float, betas: Pair, eps: float
) -> tuple[Step, Callable[[float, float], Pair] | None]:
    """The step of a method from rest, and where it takes the gradient if not where it stands."""
    match method:
        case "gd" | "sgd":
            return lambda x, y, gx, gy: (x - gx * lr, y - gy * lr), None
        case "momentum" | "nesterov" | "momentum_ema":
            return _ball(lr, beta, method)
        case "rmsprop":
            return _rmsprop(lr, beta, eps), None
    return _adam(lr, betas, eps, method), None


def _ball(lr: float, beta: float, method: str) -> tuple[Step, Callable | None]:
    vx = vy = 0.0
    reach, averaged = -lr * beta, method == "momentum_ema"

    def step(x, y, gx, gy):
        nonlocal vx, vy
        if averaged:
            vx, vy = lerp(vx, gx, 1 - beta), lerp(vy, gy, 1 - beta)
        else:
            vx, vy = gx + vx * beta, gy + vy * beta
        return x - vx * lr, y - vy * lr

    ahead = lambda x, y: (x + vx * reach, y + vy * reach)  # noqa: E731
    return step, ahead if method == "nesterov" else None


def _rmsprop(lr: float, beta: float, eps: float) -> Step:
    vx = vy = 0.0

    def step(x, y, gx, gy):
        nonlocal vx, vy
        vx, vy = lerp(vx, gx * gx, 1 - beta), lerp(vy, gy * gy, 1 - beta)
        sx, sy = math.sqrt(vx) + eps, math.sqrt(vy) + eps
        # without eps and gradient: 0 / 0 is no move
        return x - gx * lr / (sx or 1.0), y - gy * lr / (sy or 1.0)

    return step


def _adam(lr: float, betas: Pair, eps: float, method: str) -> Step:
    mx = my = vx = vy = 0.0
    b1, b2 = betas
    k, corrected, printed = 0, method != "adam_uncorrected", method == "adam_printed"

    def step(x, y, gx, gy):
        nonlocal mx, my, vx, vy, k
        k += 1
        mx, my = lerp(mx, gx, 1 - b1), lerp(my, gy, 1 - b1)
        vx, vy = vx * b2 + (1 - b2) * gx * gx, vy * b2 + (1 - b2) * gy * gy
        c1, c2 = (1 - b1**k, 1 - b2**k) if corrected else (1.0, 1.0)
        root = math.sqrt(c2)
        sx, sy = math.sqrt(vx) + eps * root, math.sqrt(vy) + eps * root  # root · (√v̂ + eps)
        if printed:
            return x - root * lr / sx, y - root * lr / sy
        pull = root / c1
        return x - pull * (mx * lr) / (sx or 1.0), y - pull * (my * lr) / (sy or 1.0)

    return step


def lerp(start: float, end: float, weight: float) -> float:
    """start + weight (end − start), from the nearer end, as torch.lerp."""
    if weight < 0.5:
        return start + weight * (end - start)
    return end - (end - start) * (1 - weight)
