"""The update rules: state for points of shape (2, n), changed in place.

`lr` and `beta` are tensors () or (n,). A step reads x and g and writes the next iterate to `out`;
the formulas stand in the docstring of the package.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

NAMES = {
    "gd": "gradient descent",
    "sgd": "noisy gradient descent",
    "momentum": "heavy ball",
    "nesterov": "Nesterov",
    "rmsprop": "RMSProp",
    "adam": "Adam",
    "momentum_ema": "averaged ball",
    "adam_uncorrected": "Adam, uncorrected",
    "adam_printed": "Adam as printed",
}
TITLES = {method: name[0].upper() + name[1:] for method, name in NAMES.items()}
METHODS = tuple(NAMES)
Step = Callable[[Tensor, Tensor, Tensor], None]  # (x, g, out)


class Rule(NamedTuple):
    """A method at rest."""

    method: str
    step: Step
    look: Callable[[Tensor, Tensor], None] | None  # (x, out): where g is taken, if not at x
    hyper: tuple  # lr, beta, betas and eps of a single run in plain numbers


def rule(method: str, points: Tensor, lr: Tensor, beta: Tensor, betas, eps, noise, generator):
    """The rule called `method` for points of shape (2, n)."""
    scaled, look = torch.empty_like(points), None

    def descend(x: Tensor, g: Tensor, out: Tensor) -> None:
        torch.mul(g, lr, out=scaled)  # rounded on its own, so lr = 1/L cancels to 0
        torch.sub(x, scaled, out=out)

    def noisy(x, g, out):
        if noise:
            g.add_(draw.normal_(generator=generator), alpha=noise)
        descend(x, g, out)

    draw = torch.empty_like(points)
    match method:
        case "gd":
            step = descend
        case "sgd":
            step = noisy
        case "momentum" | "nesterov" | "momentum_ema":
            step, look = _ball(method, descend, points, lr, beta)
        case "rmsprop":
            step = _rmsprop(points, lr, 1 - beta, eps, scaled)
        case _:
            step = _adam(method, points, lr, betas, eps, scaled)
    single = points.shape[1] == 1
    return Rule(method, step, look, (lr.item(), beta.item(), betas, eps) if single else ())


def _ball(method: str, descend: Step, points: Tensor, lr: Tensor, beta: Tensor):
    """v ← beta v + g, or the mean of momentum_ema; nesterov looks ahead to x − lr beta v."""
    v, share, reach = torch.zeros_like(points), 1 - beta, -lr * beta
    averaged = method == "momentum_ema"

    def step(x, g, out):
        if averaged:
            v.lerp_(g, share)
        else:
            torch.addcmul(g, v, beta, out=v)
        descend(x, v, out)

    def look(x, out):
        torch.addcmul(x, v, reach, out=out)

    return step, look if method == "nesterov" else None


def _rmsprop(points: Tensor, lr: Tensor, share: Tensor, eps: float, scaled: Tensor) -> Step:
    v, scale = torch.zeros_like(points), torch.empty_like(points)

    def step(x, g, out):
        torch.mul(g, g, out=scaled)
        v.lerp_(scaled, share)
        torch.sqrt(v, out=scale).add_(eps)
        if not eps:
            scale.masked_fill_(scale == 0, 1.0)  # no gradient yet: 0 / 0 is no move
        torch.mul(g, lr, out=scaled)
        torch.addcdiv(x, scaled, scale, value=-1, out=out)

    return step


def _adam(method: str, points: Tensor, lr: Tensor, betas, eps: float, scaled: Tensor) -> Step:
    """Uncorrected m and v stand for m̂ and v̂; as printed a 1 stands for m̂."""
    m, v, scale = (torch.zeros_like(points) for _ in range(3))
    (b1, b2), k, printed = betas, 0, method == "adam_printed"

    def step(x, g, out):
        nonlocal k
        k += 1
        m.lerp_(g, 1 - b1)
        v.mul_(b2).addcmul_(g, g, value=1 - b2)
        c1, c2 = (1.0, 1.0) if method == "adam_uncorrected" else (1 - b1**k, 1 - b2**k)
        root = math.sqrt(c2)
        torch.sqrt(v, out=scale).add_(eps * root)  # root · (√v̂ + eps)
        if printed:
            torch.addcdiv(x, scaled.copy_(lr), scale, value=-root, out=out)
            return
        if not eps:
            scale.masked_fill_(scale == 0, 1.0)
        torch.mul(m, lr, out=scaled)
        torch.addcdiv(x, scaled, scale, value=-root / c1, out=out)

    return step
