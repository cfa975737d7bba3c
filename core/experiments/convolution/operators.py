r"""The operator box: is T linear, does it commute with shifts, and what does one impulse tell?

Signals have N = 32 samples on a circle, so that every shift f_Δ[t] = f[t + Δ] is exact. K[u, t] =
(T δ_t)[u] collects the answers to all impulses; a linear T is its matrix, the discrete integral
transform Σ_t K[u, t] f[t].
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from core import table
from core.check import choose, require
from core.convolution.operator import convolve
from core.rng import generator

N = 32
BLUR = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0], dtype=torch.float64) / 16
REACH = len(BLUR) // 2
LARGEST = 1e3  # of a drawn sample
TESTS = {"linear": "linear?", "shift": "shift?", "impulse": "impulse"}
SECOND = {"wave": "wave", "spike": "spike", "step": "step", "zigzag": "zigzag"}


class Operator(NamedTuple):
    """One box.

    Attributes:
        label: its name for the student.
        apply: T, (..., 32) -> (..., length), real or complex.
        linear: whether T(αf + βg) = αTf + βTg always.
        moves: when T f_Δ = (Tf)_Δ: for shifts "all", "even", "inside" (away from the border), or
            "none".
        still: whether T f_Δ = Tf: the answer does not move at all.
        length: samples of Tf.
    """

    label: str
    apply: Callable[[Tensor], Tensor]
    linear: bool
    moves: str
    still: bool = False
    length: int = N

    @property
    def convolves(self) -> bool:
        """Whether T is linear and commutes with every shift (CNN-08)."""
        return self.linear and self.moves == "all"


def _blur(x: Tensor) -> Tensor:
    return convolve(x, BLUR, "circular").roll(-REACH, -1)


def _neighbours(x: Tensor) -> Tensor:
    return torch.stack([x.roll(1, -1), x, x.roll(-1, -1)])


def _random(x: Tensor, seed: int = 0) -> Tensor:
    K = torch.randn(N, N, generator=generator(seed), dtype=torch.float64) / math.sqrt(N)
    return x @ K.T


OPERATORS = {
    "delay": Operator("delay by 3", lambda x: x.roll(3, -1), True, "all"),
    "blur": Operator("blur on the circle", _blur, True, "all"),
    "derivative": Operator(
        "derivative", lambda x: (x.roll(-1, -1) - x.roll(1, -1)) / 2, True, "all"
    ),
    "padded": Operator("blur, zeros outside", lambda x: convolve(x, BLUR, "same"), True, "inside"),
    "stride": Operator("blur, stride 2", lambda x: _blur(x)[..., ::2], True, "even", length=N // 2),
    "gain": Operator(
        "fading in: gain t/32", lambda x: x * torch.arange(N, dtype=x.dtype) / N, True, "none"
    ),
    "random": Operator("random kernel K", _random, True, "none"),
    "fourier": Operator("Fourier transform", torch.fft.fft, True, "none"),
    "magnitude": Operator(
        "Fourier magnitude", lambda x: torch.fft.fft(x).abs(), False, "none", True
    ),
    "square": Operator("square", torch.square, False, "all"),
    "clamp": Operator("clamp to ±1", lambda x: x.clamp(-1, 1), False, "all"),
    "plus": Operator("plus 1", lambda x: x + 1, False, "all"),
    "maximum": Operator("maximum of 3", lambda x: _neighbours(x).amax(0), False, "all"),
    "mean": Operator(
        "global mean", lambda x: x.mean(-1, keepdim=True).expand(x.shape), True, "all", True
    ),
}
LABELS = {name: operator.label for name, operator in OPERATORS.items()}


class Box(NamedTuple):
    """What a box answers to three tests.

    Attributes:
        f, g: the signals, (32,).
        Tf: (length,), complex for the Fourier transform, like every answer of the box.
        mixed: αf + βg, (32,).
        linear: T(αf + βg) and αTf + βTg, (2, length).
        moved: f_Δ, (32,).
        shift: T(f_Δ) and (Tf)_Δ, (2, length).
        delta: the impulse, (32,).
        h: its answer Tδ, (length,).
        impulse: Tf and what h alone foretells, f ∗ h, (2, length).
        K: answers to all impulses as columns, (length, 32).
        compared: where the sides of the shift test are compared, (length,) bool.
    """

    f: Tensor
    g: Tensor
    Tf: Tensor
    mixed: Tensor
    linear: Tensor
    moved: Tensor
    shift: Tensor
    delta: Tensor
    h: Tensor
    impulse: Tensor
    K: Tensor
    compared: Tensor

    def sides(self, test: str) -> tuple[Tensor, Tensor]:
        """Left and right side of a test of `TESTS`, each (length,)."""
        left, right = {"linear": self.linear, "shift": self.shift, "impulse": self.impulse}[test]
        return left, right

    def gap(self, test: str) -> float:
        """Their largest difference; in the shift test only where `compared`."""
        left, right = self.sides(test)
        apart = (left - right).abs()
        if test == "shift":
            apart = apart[self.compared]
        return float(apart.max()) if len(apart) else 0.0


def box(
    op: str,
    test: str,
    f: str,
    g: str,
    alpha: float,
    beta: float,
    shift: int,
    at: int,
    row: int,
    seed: int,
) -> Box:
    """Linearity, shifts and the impulse response of one operator.

    Args:
        op: a key of `OPERATORS`.
        test: a key of `TESTS`, the one in the picture; all three are computed.
        f: 32 numbers.
        g: a key of `SECOND`.
        alpha, beta: in [-3, 3].
        shift: Δ in [-16, 16]; f_Δ[t] = f[t + Δ], so a positive Δ moves f to the left.
        at: place of the impulse in [0, 31].
        row: the output u in [0, 31] whose products are written out; there may be none.
        seed: of the random kernel.

    Raises:
        ValueError: an unknown name, a number out of range, an f that is not 32 numbers.
    """
    choose("test", test, tuple(TESTS))
    require("alpha", alpha, -3, 3)
    require("beta", beta, -3, 3)
    shift = int(require("shift", shift, -N // 2, N // 2, integer=True))
    at = int(require("at", at, 0, N - 1, integer=True))
    require("row", row, 0, N - 1, integer=True)
    T, operator = transform(op, seed), OPERATORS[op]
    x = table.read(f, "f", shapes=((1, N),))[0]
    require("the largest |f|", float(x.abs().max()), 0, LARGEST)
    y = second(g)
    mixed, moved = alpha * x + beta * y, x.roll(-shift)
    every = torch.eye(N, dtype=torch.float64)
    Tf, Tg, T_mixed, T_moved = T(torch.stack([x, y, mixed, moved]))
    K = T(every).mT
    step = N // operator.length
    # output u is foretold as Σ_t f[t] h[u − t], with h the answer K[:, at] counted from its impulse
    t, u = torch.arange(N), torch.arange(operator.length)
    shifted = K[:, at][(u[:, None] - (t - at) // step) % operator.length]
    place = u * step
    inside = (place >= REACH) & (place < N - REACH)
    compared = inside & inside.roll(-shift) if operator.moves == "inside" else inside | ~inside
    return Box(
        f=x,
        g=y,
        Tf=Tf,
        mixed=mixed,
        linear=torch.stack([T_mixed, alpha * Tf + beta * Tg]),
        moved=moved,
        shift=torch.stack([T_moved, Tf.roll(-(shift // step))]),
        delta=every[at],
        h=K[:, at],
        impulse=torch.stack([Tf, shifted @ x.to(K.dtype)]),
        K=K,
        compared=compared,
    )


def transform(op: str, seed: int) -> Callable[[Tensor], Tensor]:
    """T as a function (..., 32) -> (..., length).

    Raises:
        ValueError: an unknown name, a seed out of range.
    """
    choose("op", op, tuple(OPERATORS))
    require("seed", seed, 0, 2**63 - 1, integer=True)
    apply = OPERATORS[op].apply
    return (lambda x: apply(x, int(seed))) if op == "random" else apply


def second(g: str) -> Tensor:
    """The signal g by name, (32,): wave, spike, step or zigzag."""
    choose("g", g, tuple(SECOND))
    t = torch.arange(N, dtype=torch.float64)
    match g:
        case "wave":
            return torch.sin(2 * math.pi * t / N)
        case "spike":
            return (t == 20).double()
        case "step":
            return (t >= N // 2).double()
    return 1 - 2 * (t % 2)
