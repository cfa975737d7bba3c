"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

import math

import torch
from torch import Tensor

from core.convolution.kernels import factors
from core.experiments.convolution.frequency import frequency
from core.experiments.convolution.matrix import banded
from core.experiments.convolution.slide import slide


def _boxes() -> Tensor:
    """A box of five with itself."""
    return slide(f="box", n=5, h="box", m=5).y


def _gram(beside: int) -> str:
    """An entry of TᵀT for h = (1, 1), so far beside its diagonal."""
    T = banded(x="0 0 0 0 0 0", h="1 1").T
    return f"{float((T.T @ T)[2, 2 + beside]):g}"


NUMBERS = {
    "boxes": lambda: ",".join(f"{value:g}" for value in _boxes().tolist()),
    "peak": lambda: f"{float(_boxes().max()):g}",
    "cells": lambda: banded().T.numel(),
    "band": lambda: int(banded().band.sum()),
    "weights": lambda: len(banded().T[banded().band].unique()),
    "gram": lambda: _gram(0),
    "gram_beside": lambda: _gram(1),
    "wrong": lambda: int(frequency(N=12).wrong.sum()),
    "length": lambda: len(frequency().direct),
    "gaussian": lambda: f"{math.exp(-math.pi * 0.7**2):.5f}",
    # products per pixel of a column and then a row
    "passes": lambda: sum(map(len, factors(torch.ones(31, 31, dtype=torch.float64))[1:])),
    "products": lambda: 31 * 31,
}
