"""A generator of points in the plane as the warped grid of its noise."""

import numpy as np
import torch

from core.gan.film import LINES
from pages.figures.marks import as_f4, line
from pages.figures.plot import Panel, axis, panel

DENSE = (0.02, 0.08, 0.3, 1.0)  # densities from which on a cell gets one more wash


def warped(points: np.ndarray, z_dim: int, edge: float) -> Panel:
    """Where G sends the lines of z; a cell is as dark as the fakes are dense in it."""
    clip = np.clip(points, -9, 9)
    if z_dim == 1:
        traces, title = [line(*clip.T, "model", "G(z)")], "G bends the line of z into the plane"
    else:
        net = clip.reshape(LINES, LINES, 2)
        gap = np.full((LINES, 1, 2), np.nan)
        lines = [
            np.concatenate([each, gap], 1).reshape(-1, 2) for each in (net, net.swapaxes(0, 1))
        ]
        traces = [*_washes(net), line(*np.concatenate(lines).T, "model", "G(z)", width=1)]
        title = "G warps the grid of z: dark where fakes are dense"
        if z_dim > 2:
            title = "G warps a slice of z through 0"
    spread = points.max(0) - points.min(0)
    return panel(
        "warped",
        title,
        traces,
        x=axis("x₁ = G(z)₁", -edge, edge),
        y=axis("x₂ = G(z)₂", -edge, edge),
        alt=f"The grid of z, sent to a patch {spread[0]:.2g} wide and {spread[1]:.2g} high.",
        equal=True,
    )


def _washes(net: np.ndarray) -> list[dict]:
    """Every cell, once for each density that it exceeds: normal mass of z over warped area."""
    side = torch.linspace(-2, 2, LINES, dtype=torch.float64)
    mass = torch.special.ndtr(side).diff().numpy()
    a, b, c, d = net[:-1, :-1], net[1:, :-1], net[1:, 1:], net[:-1, 1:]
    one, two = c - a, d - b
    area = (one[..., 0] * two[..., 1] - one[..., 1] * two[..., 0]) / 2
    dense = np.outer(mass, mass) / np.maximum(np.abs(area), 1e-9)
    # one sense of rotation for all, so that a fold is no hole
    b, d = (np.where(area[..., None] > 0, *pair) for pair in ((b, d), (d, b)))
    loops = np.stack([a, b, c, d, a, np.full_like(a, np.nan)], 2)
    out = []
    for level in DENSE:
        x, y = loops[dense > level].reshape(-1, 2).T
        meta = {"canvas": True, "box": True, "role": "model", "width": 0}
        trace = {"type": "scatter", "mode": "none", "x": as_f4(x), "y": as_f4(y)}
        out.append(trace | {"fill": "toself", "name": "density", "meta": meta})
    return [trace for trace in out if len(trace["x"])]
