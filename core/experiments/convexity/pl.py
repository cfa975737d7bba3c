r"""Descent without convexity: x² + a sin² x, and a trough whose minima are a whole line.

With s = sin x/x the ratio of the inequality of Polyak and Łojasiewicz (PL) is

.. math:: \frac{\frac12 f'^2}{f - f^*} = \frac{2 (1 + a s \cos x)^2}{1 + a s^2}

without a difference of close numbers; it is even in x, and 2 far out. The trough is ½(x + 2y − 1)².
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.convexity import least_squares
from core.signature import between, declared

W = (1.0, 2.0)  # of the trough
MOST, FAR = 6.0, 10.0  # largest a and furthest start
FIRST = np.linspace(0, math.pi, 513)  # where the least ratio lies
FINER = np.linspace(-1, 1, 33)
HEIGHTS = np.linspace(0, MOST, 121)


class Descent(NamedTuple):
    """A run x₀, …, x_n and the constants of its function; f* = 0."""

    x: Tensor  # places (x, y), (n + 1, 2); y is 0 on the line
    f: Tensor  # (n + 1,)
    slope: Tensor  # ‖∇f‖, (n + 1,)
    mu: float  # the largest μ of the inequality, 0 where there is none
    L: float  # Lipschitz constant of the gradient


@declared
def descent(
    f: Literal["waves", "trough"] = "waves",
    a: Annotated[float, between(0, MOST)] = 3.0,
    x0: Annotated[float, between(-FAR, FAR)] = 3.0,
    y0: Annotated[float, between(-FAR, FAR)] = 6.0,
    lr_L: Annotated[float, between(0, 2, above=True)] = 1.0,
    steps: Annotated[int, between(1, 400)] = 40,
) -> Descent:
    """Gradient descent with step η from x0, on x² + a sin² x or on the trough from (x0, y0).

    Args:
        f: "waves" is x² + a sin² x, "trough" ½(x + 2y − 1)².
        a: height of the waves.
        lr_L: the step in units of 1/L.

    Sources: OPT-03 to OPT-05, OPT-07.
    """
    if f == "trough":
        w = torch.tensor(W, dtype=torch.float64)
        mu, L = least_squares(w[None])
        start = torch.tensor([x0, y0], dtype=torch.float64)
        first = w @ start - 1
        k = torch.arange(steps + 1, dtype=torch.float64)
        off = first * (1 - lr_L) ** k
        x = start + ((off - first) / L)[:, None] * w
        return Descent(x, off.square() / 2, off.abs() * math.sqrt(L), mu, L)
    L, here, path = 2 + 2 * a, float(x0), [float(x0)]
    for _ in range(steps):
        here -= lr_L / L * (2 * here + a * math.sin(2 * here))
        path.append(here)
    x = torch.tensor(path, dtype=torch.float64)
    slope = (2 * x + a * torch.sin(2 * x)).abs()
    value = x * x + a * torch.sin(x).square()
    return Descent(torch.stack([x, torch.zeros_like(x)], 1), value, slope, constant(a), L)


def ratio(a: float | np.ndarray, x: np.ndarray) -> np.ndarray:
    """½ f′²/(f − f*) of the waves; 2 + 2a at the minimum."""
    s = np.sinc(x / math.pi)
    return 2 * (1 + a * s * np.cos(x)) ** 2 / (1 + a * s * s)


@lru_cache(maxsize=256)
def constant(a: float) -> float:
    """The largest μ of the waves, the least ratio; 0 from the first other stationary place on."""
    x, apart = FIRST, FIRST[1]
    for _ in range(6):
        if (1 + a * np.sinc(x / math.pi) * np.cos(x)).min() <= 1e-12:
            return 0.0
        best = x[ratio(a, x).argmin()]
        x, apart = best + apart * FINER, apart / 16
    return min(float(ratio(a, x).min()), 2.0)


@lru_cache(maxsize=1)
def constants() -> np.ndarray:
    """The same over `HEIGHTS`."""
    return np.array([constant(float(a)) for a in HEIGHTS])


def factor(mu: float, L: float, lr_L: float) -> float:
    """What a step multiplies f − f* by at most: 1 − μ/L at η = 1/L."""
    return 1 - mu / L * lr_L * (2 - lr_L)
