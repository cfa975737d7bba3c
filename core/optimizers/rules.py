"""The update rules, one class each: state for points of shape (2, n), changed in place.

`lr` and `beta` are tensors () or (n,). A step reads x and g and writes the next iterate to `out`;
the formulas stand in the docstring of the package.
"""

import math

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
METHODS = tuple(NAMES)


class Descent:
    """gd: x ← x − lr g."""

    looks_ahead = False
    method = "gd"
    hyper: tuple = ()  # lr, beta, betas and eps of one run in plain numbers

    def __init__(self, points: Tensor, lr: Tensor):
        self.lr, self.scaled = lr, torch.empty_like(points)

    def step(self, x: Tensor, g: Tensor, out: Tensor) -> None:
        torch.mul(g, self.lr, out=self.scaled)  # rounded on its own, so lr = 1/L cancels to 0
        torch.sub(x, self.scaled, out=out)


class NoisyDescent(Descent):
    """sgd: gd with Gaussian noise of standard deviation `noise` on each partial derivative."""

    def __init__(self, points, lr, noise: float, generator: torch.Generator | None):
        super().__init__(points, lr)
        self.noise, self.generator, self.draw = noise, generator, torch.empty_like(points)

    def step(self, x, g, out):
        if self.noise:
            g.add_(self.draw.normal_(generator=self.generator), alpha=self.noise)
        super().step(x, g, out)


class HeavyBall(Descent):
    """momentum: v ← beta v + g, x ← x − lr v."""

    def __init__(self, points, lr, beta: Tensor):
        super().__init__(points, lr)
        self.beta, self.v = beta, torch.zeros_like(points)

    def step(self, x, g, out):
        torch.addcmul(g, self.v, self.beta, out=self.v)
        super().step(x, self.v, out)


class AveragedBall(HeavyBall):
    """momentum_ema: v ← beta v + (1 − beta) g, x ← x − lr v."""

    def __init__(self, points, lr, beta):
        super().__init__(points, lr, beta)
        self.share = 1 - beta

    def step(self, x, g, out):
        self.v.lerp_(g, self.share)
        Descent.step(self, x, self.v, out)


class Nesterov(HeavyBall):
    """nesterov: the heavy ball, with g taken at the look-ahead point x − lr beta v."""

    looks_ahead = True

    def __init__(self, points, lr, beta):
        super().__init__(points, lr, beta)
        self.reach = -lr * beta

    def look(self, x: Tensor, out: Tensor) -> None:
        torch.addcmul(x, self.v, self.reach, out=out)


class RMSprop(Descent):
    """rmsprop: v ← beta v + (1 − beta) g², x ← x − lr g / (√v + eps)."""

    def __init__(self, points, lr, beta, eps: float):
        super().__init__(points, lr)
        self.share, self.eps = 1 - beta, eps
        self.v, self.scale = torch.zeros_like(points), torch.empty_like(points)

    def step(self, x, g, out):
        torch.mul(g, g, out=self.scaled)
        self.v.lerp_(self.scaled, self.share)
        torch.sqrt(self.v, out=self.scale).add_(self.eps)
        if not self.eps:
            self.scale.masked_fill_(self.scale == 0, 1.0)  # no gradient yet: 0 / 0 is no move
        torch.mul(g, self.lr, out=self.scaled)
        torch.addcdiv(x, self.scaled, self.scale, value=-1, out=out)


class Adam(Descent):
    """adam; without `corrected` m and v stand for m̂ and v̂, with `printed` a 1 stands for m̂."""

    def __init__(self, points, lr, betas: tuple[float, float], eps: float, corrected, printed):
        super().__init__(points, lr)
        self.betas, self.eps, self.corrected, self.printed = betas, eps, corrected, printed
        self.m, self.v, self.scale = (torch.zeros_like(points) for _ in range(3))
        self.k = 0

    def step(self, x, g, out):
        b1, b2 = self.betas
        self.k += 1
        self.m.lerp_(g, 1 - b1)
        self.v.mul_(b2).addcmul_(g, g, value=1 - b2)
        c1, c2 = (1 - b1**self.k, 1 - b2**self.k) if self.corrected else (1.0, 1.0)
        root = math.sqrt(c2)
        torch.sqrt(self.v, out=self.scale).add_(self.eps * root)  # root · (√v̂ + eps)
        if self.printed:
            self.scaled.copy_(self.lr)
            torch.addcdiv(x, self.scaled, self.scale, value=-root, out=out)
            return
        if not self.eps:
            self.scale.masked_fill_(self.scale == 0, 1.0)
        torch.mul(self.m, self.lr, out=self.scaled)
        torch.addcdiv(x, self.scaled, self.scale, value=-root / c1, out=out)


def rule(method: str, points: Tensor, lr: Tensor, beta: Tensor, betas, eps, noise, generator):
    """The rule called `method`, at rest, for points of shape (2, n)."""
    match method:
        case "gd":
            made = Descent(points, lr)
        case "sgd":
            made = NoisyDescent(points, lr, noise, generator)
        case "rmsprop":
            made = RMSprop(points, lr, beta, eps)
        case "momentum" | "momentum_ema" | "nesterov":
            made = BALLS[method](points, lr, beta)
        case _:
            kind = method != "adam_uncorrected", method == "adam_printed"
            made = Adam(points, lr, betas, eps, *kind)
    made.method = method
    if points.shape[1] == 1:
        made.hyper = lr.item(), beta.item(), betas, eps
    return made


BALLS = {"momentum": HeavyBall, "momentum_ema": AveragedBall, "nesterov": Nesterov}
