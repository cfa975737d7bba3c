"""Clouds of points in the plane: frame, rectangles, spread in every direction, means of many."""

import math

import numpy as np
import torch
from torch import Tensor

from core.probability import directional, ellipse
from core.words import number
from pages.figures.marks import arrows, dots, line, rule
from pages.figures.plot import Handle, Panel, axis, panel

FRAME = 1.6  # half a side of the smallest view
TURNS = torch.linspace(0, 2 * math.pi, 121, dtype=torch.float64)
CIRCLE = torch.stack([TURNS.cos(), TURNS.sin()]).numpy()


def square(*far: float, times: int = 1) -> dict:
    """Both axes, as far as is asked for and more, in steps of FRAME: a frame that rarely moves."""
    reach = times * FRAME * max(1, math.ceil(max(far) / FRAME - 0.01))
    return {"x": axis("x", -reach, reach), "y": axis("y", -reach, reach)}


def boxes(mean: Tensor, points: Tensor, role: str, name: str) -> dict | None:
    """A closed rectangle from the mean to each of the points (n, 2)."""
    at, corners = points.numpy(), np.full((2, len(points), 6), np.nan)
    corners[..., :5] = mean[:, None, None]
    corners[0][:, [1, 2]], corners[1][:, [2, 3]] = at[:, :1], at[:, 1:]
    x, y = corners.reshape(2, -1)
    filled = line(x, y, role, name, box=True, width=1) | {"fill": "toself"}
    return filled if len(points) else None


def directions(points: Tensor, sigma: Tensor, w1: float, w2: float) -> Panel:
    """σ of vᵀx for every direction v as a closed curve, with weights w1, w2 to drag."""
    sd = directional(sigma, TURNS).clamp(min=0).sqrt().numpy()
    return panel(
        "directions",
        f"a = ({number(w1)}, {number(w2)}), and the σ of every direction",
        dots(*(points - points.mean(0)).T, "data", "points less their mean", 4),
        line(*ellipse(torch.zeros(2), sigma, 1.0, 90).T, "theory", "ellipse of 1σ"),
        line(*sd * CIRCLE, "model", "σ in each direction", width=2.5, label="σ in each direction"),
        arrows([[0, 0]], [[w1, w2]], "force", "a", label="a"),
        **square(*(2.6 * sigma.diagonal().sqrt()).tolist(), 2.0),
        alt=f"The standard deviation is {number(sd.min(), zero=1e-6)} in the narrowest direction "
        f"and {number(sd.max())} in the widest.",
        handles=(Handle(w1, w2, ("w1", "w2"), "weights a", role="force"),),
        equal=True,
    )


def many(sigma: Tensor, most: int = 40) -> Panel:
    """Variance of the mean of n variables, any two of them as alike as the two of `sigma`.

    A covariance below 0 leaves room for few: all that there can be are drawn.
    """
    own, shared = float(sigma.diagonal().mean()), float(sigma[0, 1])
    n = np.arange(1, most + 1)
    found = (own + (n - 1) * shared) / n
    there = found >= -1e-12 * own
    high = 1.08 * max(own, 1e-12)
    floor = max(shared, 0.0)
    return panel(
        "many",
        "Mean of n variables, any two with this covariance",
        line(n, own / n, "theory", "if Cov were 0", label="if Cov were 0"),
        shared > 0 and rule("good", "Cov", y=floor, span=(1, most), label="Cov"),
        dots(n[there], found[there].clip(min=0), "model", "variance of the mean", 5),
        x=axis("number n", 0, most),
        y=axis("variance of the mean", -0.03 * high, high),
        alt=f"It is {number(own)} for one and {number(found[there][-1], zero=1e-9)} for "
        f"{int(n[there][-1])}.",
    )
