r"""The recurrence unrolled: its output is the input convolved with the kernel c·Aᵏ b.

.. math:: z^{t+1} = A z^t + b\,x^t,\quad y^t = c \cdot z^t = \sum_{s<t} h_{t-1-s}\,x^s,\quad
          h_k = c \cdot A^k b = r^k \cos \omega k

for A = r times the rotation by ω, b = c = (1, 0).
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.convolution.signals import hand_drawn
from core.recurrence import Cost, by_fft, costs, kernel, run, scan
from core.rng import generator
from core.signature import between, declared

LONGEST = 256
B = torch.tensor([[1.0], [0.0]], dtype=torch.float64)


class Unrolled(NamedTuple):
    """One output by every way, and what each way costs."""

    h: Tensor  # kernel, (T,)
    x: Tensor  # input, (T,)
    steps: Tensor  # y⁰, …, yᵀ, step by step, (T + 1,)
    scan: Tensor  # the same by a parallel scan
    fft: Tensor  # and by FFT
    unturned: Tensor  # Σ h_s xˢ over s < t: the kernel is laid on as it stands
    costs: dict[str, Cost]  # "steps", "sum", "fft", "scan"


@declared
def unrolled(
    r: Annotated[float, between(0, 1.05)] = 0.9,
    omega: Annotated[float, between(0, 3.1416)] = 0.5,
    x: Literal["impulse", "echo", "step", "noise", "drawn"] = "echo",
    drawn: str = "0 0 2 2 2 0 0 0 -1 -1 0 0",
    T: Annotated[int, between(4, LONGEST)] = 40,
) -> Unrolled:
    """The output for T inputs, from the state 0.

    Args:
        r: decay of the kernel; it grows for r > 1.
        omega: angle by which the state turns in a step, radians.
        x: "impulse" is one 1, "echo" two, "step" ones from the fourth input on; "drawn" is
            followed by zeros, its numbers beyond T are left out.
        drawn: up to 64 numbers.

    Sources: RNN-01, RNN-02.
    """
    c, s = r * math.cos(omega), r * math.sin(omega)
    A, given = torch.tensor([[c, -s], [s, c]], dtype=torch.float64), inputs(x, drawn, T)
    column, zero = given[:, None], torch.zeros(2, dtype=torch.float64)
    h = kernel(A, B, T)[:, 0, 0]
    return Unrolled(
        h,
        given,
        run(A, B, column, zero)[:, 0],
        scan(A, B, column, zero)[:, 0],
        by_fft(A, B, column)[:, 0],
        torch.cat([given.new_zeros(1), (h * given).cumsum(0)]),
        costs(T),
    )


def inputs(x: str, drawn: str, T: int) -> Tensor:
    """x⁰, …, x^{T−1}, (T,)."""
    if x == "noise":
        return _noise()[:T]
    given = torch.zeros(LONGEST, dtype=torch.float64)
    if x == "drawn":
        numbers = hand_drawn(drawn, "drawn")
        given[: len(numbers)] = numbers
    else:
        given[{"impulse": slice(3, 4), "echo": [3, 15], "step": slice(3, None)}[x]] = 1.0
    return given[:T]


@lru_cache(maxsize=1)
def _noise() -> Tensor:
    return torch.randn(LONGEST, dtype=torch.float64, generator=generator(0))
