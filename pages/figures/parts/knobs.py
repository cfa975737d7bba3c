"""Knobs that slide along a line."""

from typing import Any, NamedTuple

import numpy as np

from pages.figures.plot import Handle


class Rail(NamedTuple):
    """A line with a knob: in its middle it means 0, the share `unit` of the line further on 1."""

    tail: np.ndarray  # (2,)
    way: np.ndarray  # from the tail to the tip, (2,)
    unit: float
    matrix: tuple[tuple[float, float]]  # how a knob is read, see `Handle`
    offset: tuple[float]

    def at(self, share: float) -> np.ndarray:
        """The place after this share of the way."""
        return self.tail + share * self.way

    def knob(self, value: float, param: str, label: str, **more: Any) -> Handle:
        """The knob that sets a parameter."""
        x, y = self.at(0.5 + self.unit * value).tolist()
        return Handle(x, y, (param,), label, self.matrix, self.offset, click=False, **more)


def rail(tail: tuple[float, float], tip: tuple[float, float], unit: float) -> Rail:
    """The line from `tail` to `tip`."""
    tail, tip = np.array(tail), np.array(tip)
    way = tip - tail
    read = way / (way @ way) / unit
    offset = float(-0.5 / unit - read @ tail)
    return Rail(tail, way, unit, (tuple(read.tolist()),), (offset,))
