r"""Sensitivity against contribution: a unit that saturates, and a network that reads digits.

The sensitivity of f to x_j is ∂f/∂x_j, the contribution f(x) − f̄ with f̄ the mean of f over X_j,
the other features kept. X_j is drawn by its own law: for the unit, whose features are independent,
that is E[f(X) | X_−j = x_−j].
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.pictures import DIGITS
from core.shapley.digits import GREY, digits, held_out, load
from core.signature import between, declared

WORLDS = ("unit", "digit")
REACH, SIDE, STEEP = 6.0, 3.0, 4.0  # of x₁, of x₂, of w₁
SECOND = 0.5  # w₂
LEVELS = int(GREY) + 1
NODES = torch.linspace(-10, 10, 1001, dtype=torch.float64)  # trapezoids of an analytic function
MASS = torch.exp(-NODES.square() / 2) * 0.02 / math.sqrt(math.tau)


class Saliency(NamedTuple):
    """f at one x, and what each feature is said to be worth."""

    x: Tensor  # as measured: (x₁, c x₂), or 64 grey levels
    f: float
    slope: Tensor  # ∂f/∂x_j, x_j as measured, (p,)
    mean: Tensor  # f̄ with x_j drawn by its own law, (p,)
    reads: int  # the digit with the largest score; 0 for the unit
    rival: int  # the next one
    along: Tensor  # f over the grey levels 0 to 16 of each pixel, (64, 17); (0,) for the unit

    contribution = property(lambda self: self.f - self.mean)  # (p,)


@declared
def saliency(
    world: Literal[WORLDS] = "unit",
    x1: Annotated[float, between(-REACH, REACH)] = 4.0,
    x2: Annotated[float, between(-SIDE, SIDE)] = 1.0,
    w1: Annotated[float, between(0.5, STEEP)] = 2.0,
    c: Annotated[float, between(0.01, 100)] = 1.0,
    digit: Annotated[int, between(0, DIGITS - 1)] = 530,
) -> Saliency:
    """Sensitivities and contributions at x.

    Args:
        world: "unit" is f = 1/(1 + e^−a), a = w₁x₁ + x₂/2, of independent standard normal
            features; "digit" the lead of the digit read, z − z of the next, of a small network.
        x1, x2, w1: of the unit.
        c: x₂ is measured in a unit 1/c as large, as c x₂.
        digit: number of the bundled digit.

    Sources: XAI-05, XAI-06.
    """
    if world == "digit":
        return _digit(digit)
    a = torch.tensor([w1 * x1, SECOND * x2], dtype=torch.float64)
    w = torch.tensor([w1, SECOND], dtype=torch.float64)
    f, rest = torch.sigmoid(a.sum()), torch.sigmoid(-a.sum())
    mean = torch.sigmoid(w[:, None] * NODES + a.flip(0)[:, None]) @ MASS
    unit = torch.tensor([1.0, c], dtype=torch.float64)
    x = torch.tensor([x1, x2], dtype=torch.float64) * unit
    return Saliency(x, float(f), w * f * rest / unit, mean, 0, 0, x[:0])


@lru_cache(maxsize=1)
def shares() -> Tensor:
    """How often each pixel has each grey level in the digits learned from, (64, 17)."""
    seen = digits()[~held_out()].long()
    return torch.stack([(seen == level).double().mean(0) for level in range(LEVELS)], 1)


@lru_cache(maxsize=64)
def _digit(number: int) -> Saliency:
    """All grey levels of every pixel at once: one pixel moves the hidden units along a line."""
    net, x = load("net"), digits()[number]
    scores = net.scores(x)
    reads, rival = scores.topk(2).indices.tolist()
    out = net.second[reads] - net.second[rival]
    hidden = net.first @ x + net.bias1
    slope = (out * (hidden > 0)) @ net.first
    step = torch.arange(LEVELS, dtype=torch.float64) - x[:, None]
    moved = (hidden + step[..., None] * net.first.T[:, None]).relu()
    along = moved @ out + net.bias2[reads] - net.bias2[rival]
    mean = (along * shares()).sum(1)
    lead = float(scores[reads] - scores[rival])
    return Saliency(x, lead, slope, mean, reads, rival, along)
