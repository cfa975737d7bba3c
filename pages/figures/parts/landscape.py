"""Stock panels and marks of landscapes: the field of a bowl, the start, the fall of f, methods."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.landscapes import quadratic
from core.words import pmatrix
from pages.figures.marks import contours
from pages.figures.plot import Handle, Panel, axis, panel

ROLES = {  # how each method looks, the same in every picture
    "gd": "model",
    "momentum": "second",
    "nesterov": "third",
    "rmsprop": "fourth",
    "adam": "ink",
    "adam_printed": "wrong",
    "adam_uncorrected": "wrong",
}
TINY = 1e-30  # zeros on a logarithmic axis fall out of the frame instead of vanishing


@lru_cache(maxsize=32)
def bowl_field(kappa: float, angle: float, reach: float) -> dict:
    """The colour field of `quadratic(kappa, angle)` over [-reach, reach]²."""
    land, side = quadratic(kappa, angle), np.linspace(-reach, reach, 80)
    grid = torch.from_numpy(np.stack(np.meshgrid(side, side), axis=-1))
    # Geometric levels show wall and floor alike; an ellipse thinner than the grid would show beads.
    lowest = max(0.02, 1.2 * kappa * (side[1] - side[0]) ** 2)
    return contours(side, side, land.f(grid).numpy(), np.geomspace(lowest, kappa * reach**2, 11))


def plane(
    title: str, kappa: float, angle: float, reach: float, names: str, *traces: Any, **more: Any
) -> Panel:
    """`quadratic(kappa, angle)` from above; `names` are those of the two axes."""
    x, y = (axis(name, -reach, reach) for name in names.split())
    field = bowl_field(kappa, angle, reach)
    return panel("plane", title, field, traces, x=x, y=y, equal=True, **more)


def start_at(point: Any, label: str = "start point", **more: Any) -> Handle:
    """The handle of a start, which sets x0 and y0 and frees the start."""
    x, y = (float(v) for v in point)
    return Handle(x, y, ("x0", "y0"), label, also={"start": "free"}, **more)


def toward(start: np.ndarray, direction: np.ndarray, length: float = 0.42) -> np.ndarray:
    """Tip of an arrow of fixed length, shape (1, 2)."""
    return (start + length * direction / np.hypot(*direction))[None]


def columns(paths: Mapping[str, Tensor], ends: str = "xy") -> dict[str, np.ndarray]:
    """Columns of a track: the coordinates of paths (n, 2), called name + x and name + y."""
    return {a + b: x for a, path in paths.items() for b, x in zip(ends, path.T.numpy())}


def fall(
    name: str, title: str, *traces: Any, last: float, y: str, low: float, high: float, alt: str,
    **more: Any,
) -> Panel:  # fmt: skip
    """A quantity over the steps on a logarithmic axis [low, high]."""
    steps, scale = axis("step k", 0, last), axis(y, low, high, log=True, **more)
    return panel(name, title, traces, x=steps, y=scale, alt=alt)


def pair(top: Any, bottom: Any) -> str:
    """A column of two entries in LaTeX."""
    return pmatrix([[str(top)], [str(bottom)]])
