r"""A pair of eigenvalues: what it makes of a signal, step by step.

A turns by θ and stretches by |λ|, B is the first axis. With w = z₁ + i z₂ and λ = |λ|e^{iθ}

.. math:: w^{t+1} = \lambda w^t + x^t, \qquad w^t = \sum_{s<t} \lambda^{t-1-s} x^s
"""

import math
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core import table
from core.check import require
from core.convolution.signals import sizeable
from core.recurrence import diagonalise, half_life, run
from core.rng import generator
from core.signature import between, declared

MOST = 1.2  # of |λ|
HALF_TURN = 3.1416  # a little above π, so that a π of any digits is allowed
LONGEST = 240  # steps
DRAWN = 40  # samples of the signal that is drawn at first
LOUDEST = 10.0  # of a drawn sample
TUNE = "0 0 " + "1 " * 6 + "0 " * 8 + "-1 " * 3 + "0 " * 9 + "0.5 " * 6 + "0 " * 5 + "0"
SIGNALS = ("impulse", "step", "noise", "drawn")


class Echo(NamedTuple):
    """Input and states; `classic` only where it is asked for."""

    x: Tensor  # (T,)
    z: Tensor  # z⁰ = 0, …, zᵀ, (T + 1, 2)
    eigenvalues: Tensor  # of A, (2,) complex
    half: float  # steps, see `half_life`
    classic: Tensor | None  # states with tanh around A z + B x, (T + 1, 2)


@declared
def echo(
    modulus: Annotated[float, between(0, MOST)] = 0.95,
    angle: Annotated[float, between(0, HALF_TURN)] = 0.3,
    signal: Literal[SIGNALS] = "impulse",
    drawn: str = TUNE,
    seed: Annotated[int, between(0, 9999)] = 0,
    T: Annotated[int, between(2, LONGEST)] = 80,
    form: Literal["linear", "classic"] = "linear",
) -> Echo:
    """States of z⁺ = A z + B x from z⁰ = 0, where A has the eigenvalues |λ|e^{±iθ}.

    Args:
        modulus: |λ|.
        angle: θ in radians.
        signal: impulse 1, 0, 0, …; step 1, 1, …; noise, independent standard normal; drawn.
        drawn: 1 to 64 numbers in [-10, 10] at spaces; 0 follows.
        T: steps.
        form: "classic" adds the states of z⁺ = tanh(A z + B x).

    Sources: RNN-01 to RNN-04.
    """
    c, s = modulus * math.cos(angle), modulus * math.sin(angle)
    A = torch.tensor([[c, -s], [s, c]], dtype=torch.float64)
    B, rest = torch.tensor([[1.0, 0.0], [0.0, 0.0]], dtype=torch.float64)
    x = _input(signal, drawn, seed, T)
    classic = None
    if form == "classic":
        states = [rest]
        for push in x[:, None] * B:
            states.append(torch.tanh(A @ states[-1] + push))
        classic = torch.stack(states)
    z = run(A, B[:, None], x[:, None], rest)
    return Echo(x, z, diagonalise(A).eigenvalues, half_life(modulus), classic)


def _input(signal: str, drawn: str, seed: int, T: int) -> Tensor:
    if signal == "noise":
        return torch.randn(T, generator=generator(seed), dtype=torch.float64)
    if signal == "step":
        return torch.ones(T, dtype=torch.float64)
    x = torch.zeros(T, dtype=torch.float64)
    if signal == "impulse":
        x[0] = 1.0
        return x
    samples = written(drawn)[:T]
    x[: len(samples)] = samples
    return x


def written(drawn: str) -> Tensor:
    """All numbers of a drawn signal, also those after the last step.

    Raises:
        ValueError: what is none, or one out of range.
    """
    samples = sizeable(table.signal(drawn, "drawn"), "drawn")
    require("largest |number| of drawn", float(samples.abs().max()), 0, LOUDEST)
    return samples
