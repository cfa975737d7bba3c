r"""The operator box: is T linear, does it commute with shifts, and what does one impulse tell?

Signals have N = 32 samples on a circle, so that every shift f_Δ[t] = f[t + Δ] is exact. K[u, t] =
(T δ_t)[u] collects the answers to all impulses; a linear T is its matrix, the discrete integral
transform Σ_t K[u, t] f[t].
"""

import math
from collections.abc import Callable
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core import table
from core.check import require
from core.convolution.operator import convolve
from core.convolution.signals import sizeable
from core.rng import generator
from core.signature import between, declared

N = 32
TIMES = torch.arange(N, dtype=torch.float64)
BLUR = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0], dtype=torch.float64) / 16
REACH = len(BLUR) // 2
LARGEST = 1e3  # of a drawn sample
TESTS = ("linear", "shift", "impulse")
SECOND = {
    "wave": torch.sin(2 * math.pi * TIMES / N),
    "spike": (TIMES == 20).double(),
    "step": (TIMES >= N // 2).double(),
    "zigzag": 1 - 2 * (TIMES % 2),
}


class Operator(NamedTuple):
    """One box."""

    label: str  # its name for the student
    apply: Callable[[Tensor], Tensor]  # T, (..., 32) -> (..., length), real or complex
    linear: bool  # whether T(αf + βg) = αTf + βTg always
    moves: str  # T f_Δ = (Tf)_Δ for shifts "all", "even", "inside" (far from the border), "none"
    still: bool = False  # whether T f_Δ = Tf: the answer does not move at all
    length: int = N  # samples of Tf

    @property
    def convolves(self) -> bool:
        """Whether T is linear and commutes with every shift (CNN-08)."""
        return self.linear and self.moves == "all"


def _blur(x: Tensor) -> Tensor:
    return convolve(x, BLUR, "circular").roll(-REACH, -1)


def _random(x: Tensor, seed: int = 0) -> Tensor:
    K = torch.randn(N, N, generator=generator(seed), dtype=torch.float64) / math.sqrt(N)
    return x @ K.T


def _maximum(x: Tensor) -> Tensor:
    return torch.stack([x.roll(1, -1), x, x.roll(-1, -1)]).amax(0)


OPERATORS = {
    "delay": Operator("delay by 3", lambda x: x.roll(3, -1), True, "all"),
    "blur": Operator("blur on the circle", _blur, True, "all"),
    "derivative": Operator(
        "derivative", lambda x: (x.roll(-1, -1) - x.roll(1, -1)) / 2, True, "all"
    ),
    "padded": Operator("blur, zeros outside", lambda x: convolve(x, BLUR, "same"), True, "inside"),
    "stride": Operator("blur, stride 2", lambda x: _blur(x)[..., ::2], True, "even", length=N // 2),
    "gain": Operator("fading in: gain t/32", lambda x: x * TIMES / N, True, "none"),
    "random": Operator("random kernel K", _random, True, "none"),
    "fourier": Operator("Fourier transform", torch.fft.fft, True, "none"),
    "magnitude": Operator(
        "Fourier magnitude", lambda x: torch.fft.fft(x).abs(), False, "none", True
    ),
    "square": Operator("square", torch.square, False, "all"),
    "clamp": Operator("clamp to ±1", lambda x: x.clamp(-1, 1), False, "all"),
    "plus": Operator("plus 1", lambda x: x + 1, False, "all"),
    "maximum": Operator("maximum of 3", _maximum, False, "all"),
    "mean": Operator(
        "global mean", lambda x: x.mean(-1, keepdim=True).expand(x.shape), True, "all", True
    ),
}


class Box(NamedTuple):
    """What a box answers."""

    op: str  # a key of `OPERATORS`
    f: Tensor  # the signal, (32,)
    g: Tensor  # the second one
    alpha: float  # its weights: αf + βg
    beta: float
    shift: int  # Δ of f_Δ[t] = f[t + Δ], so a positive Δ moves f to the left
    Tf: Tensor  # the answer to f, (length,), complex for the Fourier transform, like all below
    Tg: Tensor
    T_mixed: Tensor  # to αf + βg
    T_moved: Tensor  # to f_Δ
    K: Tensor  # to all impulses, as columns, (length, 32)

    @property
    def operator(self) -> Operator:
        """What is known about the box."""
        return OPERATORS[self.op]

    @property
    def mixed(self) -> Tensor:
        """αf + βg, (32,)."""
        return self.alpha * self.f + self.beta * self.g

    @property
    def compared(self) -> Tensor:
        """Where the sides of the shift test are compared, (length,) bool."""
        place = torch.arange(0, N, N // self.operator.length)
        if self.operator.moves != "inside":
            return place >= 0
        inside = (place >= REACH) & (place < N - REACH)
        return inside & inside.roll(-self.shift)

    def sides(self, test: str, at: int = 0) -> tuple[Tensor, Tensor]:
        """Left and right side of a test of `TESTS`, each (length,), with the impulse at `at`.

        T(αf + βg) and αTf + βTg; T(f_Δ) and (Tf)_Δ; Tf and what the impulse foretells, f ∗ Tδ.
        """
        length = self.operator.length
        step = N // length
        if test == "linear":
            return self.T_mixed, self.alpha * self.Tf + self.beta * self.Tg
        if test == "shift":
            return self.T_moved, self.Tf.roll(-(self.shift // step))
        # output u is foretold as Σ_t f[t] h[u − t], h the answer counted from its impulse
        t, u = torch.arange(N), torch.arange(length)
        shifted = self.K[:, at][(u[:, None] - (t - at) // step) % length]
        return self.Tf, shifted @ self.f.to(self.K.dtype)

    def size(self, test: str) -> float:
        """How large the numbers are that the sides of a test add up; 1 if all are 0."""
        x, y = float(self.f.abs().sum()), float(self.g.abs().sum())
        mixed = test == "linear"
        weight = abs(self.alpha) * x + abs(self.beta) * y if mixed else x
        answer = self.T_mixed if mixed else self.Tf
        return max(float(answer.abs().max()), float(self.K.abs().max()) * weight) or 1.0

    def gap(self, test: str, at: int = 0) -> float:
        """Their largest difference; in the shift test only where `compared`."""
        left, right = self.sides(test, at)
        apart = (left - right).abs()
        return float((apart[self.compared] if test == "shift" else apart).max())


@declared
def box(
    op: Literal[tuple(OPERATORS)] = "gain",
    f: str = "0 0 0 0.5 1 1.5 2 1.5 1 0.5 0 0 0 -1 -1 -1 0 0 0 1 0 0 0 0 0.5 0.5 0.5 0.5 0 0 0 0",
    g: Literal[tuple(SECOND)] = "wave",
    alpha: Annotated[float, between(-3, 3)] = 1.0,
    beta: Annotated[float, between(-3, 3)] = 1.0,
    shift: Annotated[int, between(-N // 2, N // 2)] = 5,
    seed: Annotated[int, between(0, 2**63 - 1)] = 0,
) -> Box:
    """The answers of one operator to f (32 numbers), g, αf + βg, f_Δ and every impulse.

    Args:
        op: a key of `OPERATORS`.
        shift: Δ, f_Δ[t] = f[t + Δ].
        seed: of the random kernel.
    """
    T, y = transform(op, seed), SECOND[g]
    x = sizeable(table.read(f, "f", shapes=((1, N),))[0], "f")
    require("the largest |f|", float(x.abs().max()), 0, LARGEST)
    answers = T(torch.stack([x, y, alpha * x + beta * y, x.roll(-shift)]))
    return Box(op, x, y, alpha, beta, shift, *answers, T(torch.eye(N, dtype=torch.float64)).mT)


def transform(op: str, seed: int) -> Callable[[Tensor], Tensor]:
    """T as a function (..., 32) -> (..., length)."""
    apply = OPERATORS[op].apply
    return (lambda x: apply(x, seed)) if op == "random" else apply
