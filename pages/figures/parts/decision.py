"""What a net in the plane says: its certainty as a field, its boundary, the points it learned."""

from functools import lru_cache

import numpy as np
import torch

from core.adversarial import Net
from core.adversarial.plane import HALF, ground_of, learned, zero_lines
from pages.figures.marks import contours, dots, segments
from pages.figures.plot import axis

LEVELS = np.array([0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98])  # of the probability of class 1
AXES = {"x": axis("x₁", -HALF, HALF, dtick=1), "y": axis("x₂", -HALF, HALF, dtick=1)}
CLASSES = (("fourth", "class 0"), ("second", "class 1"))  # role and name of the points of a class


@lru_cache(maxsize=32)
def stored(cloud: str, activation: str = "tanh") -> tuple[dict, ...]:
    """Field, boundary and points of the net that learned the cloud."""
    net, X, y = learned(cloud, activation)
    return (*field(net), *points(X, y))


def field(net: Net) -> tuple[dict, dict]:
    """The probability of class 1 in shades, and the line where both classes are as probable."""
    ground = ground_of(net)
    edge = zero_lines(*ground)
    return (
        contours(ground.x, ground.y, ground.z.sigmoid(), LEVELS),
        segments(*edge, "ink", "boundary", width=2.2),
    )


def points(X: torch.Tensor, y: torch.Tensor) -> tuple[dict, ...]:
    """The points of both classes, each with its colour and shape."""
    return tuple(dots(*X[y == c].T, *CLASSES[c], 5) for c in (0, 1))
