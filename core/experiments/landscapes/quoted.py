"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

import math

import torch

from core.experiments.landscapes.ball import TUNED, ball
from core.experiments.landscapes.bowl import bowl
from core.landscapes import condition_number, quadratic, rosenbrock
from core.optimizers import FALL, arrival, optimal, trajectories
from core.words import spaced

BANANA = rosenbrock()


def _banana_steps() -> str:
    """Steps of gradient descent with η = 0.001 from (−1.2, 1) to f < 10⁻⁶."""
    start = torch.tensor([-1.2, 1.0], dtype=torch.float64)
    f = trajectories(BANANA, ("gd",), start, 1e-3, 20_000).f[0]
    return spaced(int(arrival(f, 1e-6 / float(f[0]))))


def _adam_steps(angle: float) -> int:
    """Steps of Adam with η = 0.03 from (1, 1) in the valley of κ = 1000, turned by the angle."""
    bowl = quadratic(1000.0, angle)
    f = trajectories(bowl, ("adam",), bowl.axes.sum(-1), 0.03, 4000).f[0]
    return int(arrival(f, FALL))


def _stretched(s: float) -> int:
    """The same in a round bowl whose one axis, and the start on it, is stretched by s."""
    start = torch.tensor([s, 1.0], dtype=torch.float64)
    f = trajectories(quadratic(s * s), ("adam",), start, 0.03, 8000).f[0]
    return int(arrival(f, FALL))


def _share(kappa: float) -> str:
    """Steps of the tuned heavy ball from the steep wall over √κ."""
    lr, beta = optimal("momentum", 1.0, kappa)
    run = ball(kappa=kappa, lr_L=lr * kappa, beta=beta, start="free", x0=0.0)
    return f"{run.iterations / math.sqrt(kappa):.1f}"


NUMBERS = {
    "gutter": lambda: bowl(start="worst").needed,
    "no_zigzag": lambda: bowl(start="worst", lr_L=1.0, steps=700).needed,
    "no_flip": lambda: bowl(lr_L=1.0, steps=500).needed,
    "corner_best": lambda: bowl().needed,
    "near_long": lambda: bowl(start="free", x0=0.1, y0=1.0, lr_L=1.0).needed,
    "near_best": lambda: bowl(start="free", x0=0.1, y0=1.0).needed,
    "flips": lambda: bowl(lr_L=1.0, steps=500).flips,
    "ball": lambda: ball().iterations,
    "ball_0": lambda: ball(beta=0.0).iterations,
    "ball_99": lambda: ball(beta=0.99).iterations,
    "ball_first": lambda: ball().first,
    "ball_99_first": lambda: ball(beta=0.99).first,
    "ball_ema": lambda: ball(method="momentum_ema").iterations,
    "tuned": lambda: ball(**TUNED).iterations,
    "tuned_steep": lambda: ball(**TUNED, start="free", x0=0.0).iterations,
    "tuned_rise": lambda: f"{ball(**TUNED, start='free', x0=0.0).peak:.3g}",
    "share_10": lambda: _share(10.0),
    "share_1e5": lambda: _share(1e5),
    "tuned_beta": lambda: f"{optimal('momentum', 1.0, 100.0)[1]:.2f}",
    # the κ for which the tuned heavy ball has β = 0.9
    "kappa_09": lambda: round(((1 + math.sqrt(0.9)) / (1 - math.sqrt(0.9))) ** 2),
    "adam_axes": lambda: _adam_steps(0.0),
    "adam_five": lambda: _adam_steps(5.0),
    "adam_diagonal": lambda: _adam_steps(45.0),
    "stretched_1": lambda: _stretched(1.0),
    "stretched_10": lambda: _stretched(10.0),
    "stretched_100": lambda: _stretched(100.0),
    "banana": _banana_steps,
    "banana_kappa": lambda: round(float(condition_number(BANANA.hessian(BANANA.minima[0])))),
}
