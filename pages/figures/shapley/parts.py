"""What the figures of the page share: a colour for each player, and lying bars."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pages.figures.plot import axis, line

PLAYERS = ("model", "force", "third", "second", "fourth")  # roles of players 1 to 5
UP, DOWN = "model", "force"  # contributions that raise and that lower the value
PLAIN = {"showgrid": False, "zeroline": False}


def rows(names: Sequence[str], title: str, **more: Any) -> dict:
    """A vertical axis with one named row for each bar, the first on top."""
    ticks = {"tickvals": list(range(len(names))), "ticktext": list(names)}
    return axis(title, len(names) - 0.4, -0.6, **ticks, **PLAIN, **more)


def lying(
    start: np.ndarray, end: np.ndarray, at: np.ndarray, role: str, name: str, **meta: Any
) -> dict:
    """Lying bars from `start` to `end` at the heights `at`; arrays of equal length."""
    start, end, at = np.broadcast_arrays(start, end, at)
    gap = np.full(start.shape, np.nan)
    x = np.stack([start, end, gap], -1).ravel()
    y = np.stack([at, at, gap], -1).ravel()
    return line(x, y, role, name, **({"width": 14, "cap": "butt", "dash": "solid"} | meta))


def whiskers(values: np.ndarray, errors: np.ndarray, at: np.ndarray, name: str) -> dict:
    """Error bars values ± errors at the heights `at`."""
    values, errors = np.asarray(values), np.asarray(errors)
    return lying(values - errors, values + errors, at, "ink", name, width=1.6)


def members(index: int, apart: str = "") -> str:
    """The coalition with this index, players counted from 1: 5 is "13", 0 is "∅"."""
    inside = [str(i + 1) for i in range(int(index).bit_length()) if int(index) >> i & 1]
    return apart.join(inside) or "∅"


def tex(value: float, digits: int = 4, zero: float = 1e-12) -> str:
    """So many significant digits as LaTeX: 0.6667, -2, 1.5\\cdot10^{6}; below `zero` 0."""
    value = float(value)
    if math.isinf(value):
        return r"\infty" if value > 0 else r"-\infty"
    value = 0.0 if abs(value) < zero else value + 0.0
    mantissa, _, power = f"{value:.{digits}g}".partition("e")
    return rf"{mantissa}\cdot10^{{{int(power)}}}" if power else mantissa


def bracket(value: float) -> str:
    """The same behind an operator: a negative number in brackets."""
    return f"({tex(value)})" if value < 0 else tex(value)
