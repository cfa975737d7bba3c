"""Signals by name: n samples, or a function of continuous time on [0, n)."""

import math
from functools import partial

import torch
from torch import Tensor

from core import table, words
from core.check import choose, require

SMOOTH = ("triangle", "ramp", "decay", "bump", "wave")  # between their kinks
SHAPES = ("box", *SMOOTH, "edge", "echo", "spike", "die", "drawn")
DECAY = 0.8  # of one unit of time
LONGEST = 32  # of a shape by name
LONGEST_DRAWN = 64
LARGEST = 1e6  # of a drawn sample or a number of a table
SMALLEST = 1e-9  # of those that are not 0: products of three of them are still ordinary floats


def samples(shape: str, n: int, drawn: str = "0", name: str = "drawn") -> Tensor:
    r"""n samples f[0], …, f[n − 1] of a shape, (n,) float64.

    box 1; triangle 1 2 3 … 2 1; ramp 1/n, …, 1; decay 0.8ᵏ; bump a Gaussian of height 1 with
    σ = n/8 in the middle; wave one period of a sine; edge −1, 0, …, 0, 1 (0 when n = 1); echo
    1, 0, …, 0, ½ (3/2 when n = 1); spike 0, …, 0, 1; die 1/n; drawn the numbers of the text.

    Args:
        shape: one of `SHAPES`.
        n: number of samples in [1, 32]; a drawn signal is as long as it is drawn.
        drawn: 1 to 64 numbers at spaces, read when shape is "drawn".
        name: of the text, for the sentence of refusal.

    Raises:
        ValueError: an unknown shape, n out of range, a text `core.table.signal` refuses or with a
            number beyond ±10⁶, or below 10⁻⁹ in size and not 0.
    """
    choose("shape", shape, SHAPES)
    if shape == "drawn":
        return hand_drawn(drawn, name)
    n = int(require("n", n, 1, LONGEST, integer=True))
    k = torch.arange(n, dtype=torch.float64)
    if shape in ("bump", "wave"):
        return function(shape, n, k + 0.5)
    smooth = {"triangle": torch.minimum(k + 1, n - k), "ramp": (k + 1) / n, "decay": DECAY**k}
    if shape in smooth:
        return smooth[shape]
    values = torch.full((n,), {"box": 1.0, "die": 1 / n}.get(shape, 0.0), dtype=torch.float64)
    first, last = {"edge": (-1, 1), "echo": (1, 0.5), "spike": (0, 1)}.get(shape, (0, 0))
    values[0] += first
    values[-1] += last
    return values


def function(shape: str, n: int, t: Tensor, drawn: str = "0", name: str = "drawn") -> Tensor:
    """f(t) in continuous time, 0 outside [0, n); one sample lasts one unit of time.

    triangle, ramp, decay, bump and wave are smooth between their kinks; of every other shape each
    sample is held for one unit, so that a delta becomes a pulse of area 1.

    t may have any shape; the others and the refusals are those of `samples`.
    """
    choose("shape", shape, SHAPES)
    n = len(hand_drawn(drawn, name)) if shape == "drawn" else n
    n = int(require("n", n, 1, LONGEST_DRAWN, integer=True))
    if shape not in SMOOTH:
        values = samples(shape, n, drawn, name)[t.long().clamp(0, n - 1)]
    elif shape == "triangle":
        values = torch.minimum(t, n - t)
    elif shape == "ramp":
        values = t / n
    elif shape == "decay":
        values = DECAY**t
    elif shape == "bump":
        values = torch.exp(-0.5 * ((t - n / 2) / width(n)) ** 2)
    else:
        values = torch.sin(2 * math.pi * t / n)
    return torch.where((t >= 0) & (t < n), values, 0.0)


def hand_drawn(text: str, name: str, longest: int = LONGEST_DRAWN) -> Tensor:
    """The numbers of a text, (n,) float64; refuses what `samples` refuses of a drawn signal."""
    values = table.signal(text, name, longest)
    require(f"the largest |{name}|", float(values.abs().max()), 0, LARGEST)
    return sizeable(values, name)


def moderate(values: Tensor, name: str) -> Tensor:
    """The values, refused by name when one is beyond ±1e6: products of them stay exact enough."""
    flat = values.flatten()
    require(name, float(flat[flat.abs().argmax()]), -LARGEST, LARGEST)
    return sizeable(values, name)


def sizeable(values: Tensor, name: str) -> Tensor:
    """The values, refused by name when one is not 0 and yet too small to be drawn or multiplied."""
    tiny = values[(values != 0) & (values.abs() < SMALLEST)]
    if len(tiny):
        wanted = f"{name} to be 0 or at least {SMALLEST:g} in size"
        raise ValueError(f"expected every number of {wanted}, got {float(tiny[0]):g}")
    return values


def width(n: int) -> float:
    """σ of the bump that is n long."""
    return n / 8


short = partial(words.number, digits=4, zero=5e-10)  # for a sentence; rounding errors are 0


def counted(count: int, noun: str) -> str:
    """So many of them: 1 sample, 5 samples."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
