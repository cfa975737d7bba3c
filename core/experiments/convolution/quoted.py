"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

import math

import torch

from core.convolution.kernels import factors
from core.experiments.convolution.frequency import frequency
from core.experiments.convolution.matrix import Banded, banded
from core.experiments.convolution.slide import Slide, slide


def _boxes() -> Slide:
    return slide(f="box", n=5, h="box", m=5)


def _row(run: Slide) -> str:
    return ",".join(f"{value:g}" for value in run.y.tolist())


def _gram(run: Banded, beside: int) -> str:
    """An entry of TᵀT, so far beside its diagonal."""
    return f"{float((run.T.T @ run.T)[2, 2 + beside]):g}"


def _pair() -> Banded:
    return banded(x="0 0 0 0 0 0", h="1 1")


def _passes() -> int:
    """Products per pixel of a column and then a row."""
    column_row = factors(torch.ones(31, 31, dtype=torch.float64))
    return len(column_row.column) + len(column_row.row)


NUMBERS = {
    "boxes": lambda: _row(_boxes()),
    "peak": lambda: f"{float(_boxes().y.max()):g}",
    "cells": lambda: banded().T.numel(),
    "band": lambda: int(banded().band.sum()),
    "weights": lambda: len(banded().T[banded().band].unique()),
    "gram": lambda: _gram(_pair(), 0),
    "gram_beside": lambda: _gram(_pair(), 1),
    "wrong": lambda: int(frequency(N=12).wrong.sum()),
    "length": lambda: len(frequency().direct),
    "gaussian": lambda: f"{math.exp(-math.pi * 0.7**2):.5f}",
    "passes": _passes,
    "products": lambda: 31 * 31,
}
