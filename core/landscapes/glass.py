r"""Inside one step: gradient, m, v, correction and move of momentum, Nesterov, RMSProp and Adam.

Notation of OPT-13 to OPT-17: g the gradient, m and v the running moments, m̂ and v̂ the same
divided by 1 − βᵗ, Δθ the move; `lr` is η or α.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import Check, at_most, choose, equal, require
from core.landscapes.surfaces import quadratic
from core.optimizers import internals

METHODS = ("momentum", "nesterov", "rmsprop", "adam", "adam_printed")
EPS = 1e-8


class Glass(NamedTuple):
    """A run with the lid off; row k of every (steps, 2) tensor belongs to the step from xₖ.

    Attributes:
        x: iterates, shape (steps + 1, 2).
        f: values, shape (steps + 1,).
        diverged_at: −1 if it did not.
        at: where the gradient is taken: xₖ, or Nesterov's look-ahead point.
        g: gradient there.
        m: the velocity of momentum and Nesterov after the step, Adam's first moment, 0 for RMSProp.
        v: second moment, 0 for momentum and Nesterov.
        m_hat, v_hat: bias-corrected; equal to m and v where the method corrects nothing.
        scale: what multiplies g or m̂ in each coordinate: η, or α/(√v̂ + ε).
        move: xₖ₊₁ − xₖ.
        bare: largest coordinate of the move / α at each step of the same method without bias
            correction, shape (steps,); for momentum and Nesterov of gradient descent.
    """

    x: Tensor
    f: Tensor
    diverged_at: int
    at: Tensor
    g: Tensor
    m: Tensor
    v: Tensor
    m_hat: Tensor
    v_hat: Tensor
    scale: Tensor
    move: Tensor
    bare: Tensor
