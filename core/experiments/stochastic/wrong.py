"""Adam beside Adam with one part left out or wrong, on the bowl ½(x₁² + κ x₂²)."""

import math
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.signature import between, declared

PARTS = ("uncorrected", "multiplied", "rootless", "memoryless", "undivided", "squared", "printed")
EPS = 1e-8
BOUND = 1e9  # a path that leaves it stays where it is


class Wrong(NamedTuple):
    """Two paths from one start."""

    x: Tensor  # of Adam, shape (steps + 1, 2)
    y: Tensor  # of Adam with the one part changed, (steps + 1, 2)

    @property
    def size(self) -> Tensor:
        """The longer coordinate of each move of both, (2, steps)."""
        return torch.stack([path.diff(dim=0).abs().amax(1) for path in self])


@declared
def wrong(
    part: Literal[PARTS] = "uncorrected",
    lr: Annotated[float, between(0.001, 1)] = 0.1,
    beta1: Annotated[float, between(0, 1, below=True)] = 0.9,
    beta2: Annotated[float, between(0, 1, below=True)] = 0.999,
    kappa: Annotated[float, between(1, 100)] = 10.0,
    x0: Annotated[float, between(-100, 100)] = -1.5,
    y0: Annotated[float, between(-100, 100)] = 0.6,
    steps: Annotated[int, between(1, 200)] = 50,
) -> Wrong:
    """Both paths of so many steps.

    Args:
        part: uncorrected has m and v for m̂ and v̂; multiplied has them times 1 − βᵗ instead of
            divided by it; rootless divides by v̂ + ε; memoryless moves along g instead of m̂;
            undivided does not divide at all; squared averages g² in m too; printed has no m̂.
        lr: the step α.
        beta1, beta2: shares kept of m and of v.
        kappa: curvature along the second coordinate, 1 along the first.
        x0, y0: the start.

    Sources: OPT-17.
    """
    start, settings = (x0, y0), (lr, beta1, beta2, (1.0, kappa))
    paths = (walk(each, start, steps, *settings) for each in ("", part))
    return Wrong(*(torch.tensor(path, dtype=torch.float64) for path in paths))


def walk(
    part: str,
    start: tuple[float, float],
    steps: int,
    lr: float,
    beta1: float,
    beta2: float,
    curvatures: tuple[float, float],
) -> list[list[float]]:
    """A path, by plain numbers; part "" is Adam."""
    x, m, v, path = list(start), [0.0, 0.0], [0.0, 0.0], [list(start)]
    for t in range(1, steps + 1):
        a, b = 1 - beta1**t, 1 - beta2**t
        moved = []
        for i in (0, 1):
            g = curvatures[i] * x[i]
            m[i] = beta1 * m[i] + (1 - beta1) * (g * g if part == "squared" else g)
            v[i] = beta2 * v[i] + (1 - beta2) * g * g
            moved.append(x[i] - lr * direction(part, g, m[i], v[i], a, b))
        if max(map(abs, moved)) <= BOUND:
            x = moved
        path.append(list(x))
    return path


def direction(part: str, g: float, m: float, v: float, a: float, b: float) -> float:
    """What α is multiplied by; a and b are 1 − β₁ᵗ and 1 − β₂ᵗ."""
    match part:
        case "uncorrected":
            return m / (math.sqrt(v) + EPS)
        case "multiplied":
            return m * a / (math.sqrt(v * b) + EPS)
        case "rootless":
            return m / a / (v / b + EPS)
        case "memoryless":
            return g / (math.sqrt(v / b) + EPS)
        case "undivided":
            return m / a
        case "printed":
            return 1 / (math.sqrt(v / b) + EPS)
    return m / a / (math.sqrt(v / b) + EPS)
