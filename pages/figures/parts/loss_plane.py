"""The loss around a point: on the way to another one, and on a plane through it."""

from functools import lru_cache

import numpy as np
import torch

from core.adversarial import Net, loss_surface, margin_loss
from core.adversarial.plane import zero_lines
from core.rng import generator
from core.words import number
from pages.figures.marks import contours, dots, line, segments
from pages.figures.parts.terrain import quantiles
from pages.figures.plot import Panel, axis, coarse, panel

SIDE = 31  # places along each side
BALL = np.array([[-1, 1, 1, -1, -1], [-1, -1, 1, 1, -1]])


def loss_plane(
    key: str,
    net: Net,
    x: torch.Tensor,
    y: int,
    *,
    norm: float,
    unit: float,
    most: float,
    eps: float,
) -> Panel:
    """The plane up to ε = `most` both ways; `unit` is the size of a push in `norm` where ε = 1."""
    ground, flat = _ground(net, x.numpy().tobytes(), y, norm, unit * most)
    field, (tails, tips) = ground
    first = "slope 0: no direction" if flat else "along the slope"
    return panel(
        key,
        f"The loss of {y} around x: {first}, and a random one",
        contours(most * field[0], most * field[0], field[1], field[2]),
        segments(most * tails, most * tips, "ink", "boundary", width=2.2),
        line(*(eps * BALL), "wrong", "changes up to ε", label="up to ε"),
        dots([0], [0], "ink", "x", 8),
        x=axis(f"change ε {first}", -most, most),
        y=axis("change ε, random", -most, most),
        alt=f"The loss along its slope and along a random direction, up to ε = {most:g}; "
        f"{'a boundary crosses' if len(tails) else 'no boundary in'} this plane.",
        equal=True,
    )


def loss_way(key: str, title: str, way: torch.Tensor) -> Panel:
    """The loss on a way, with the scores and with itself to first order, (3, n)."""
    true, scores, loss = way.numpy()
    t, top = np.linspace(0, 1, len(true)), coarse(max(float(true.max()), 0.1))
    return panel(
        key,
        title,
        line(t, scores, "theory", "scores to first order", label="scores linearised"),
        line(t, loss, "force", "loss to first order", label="loss linearised"),
        line(t, true, "model", "loss", label="loss", width=2.6),
        x=axis("share t of δ", 0, 1),
        y=axis("loss", min(0.0, -coarse(-float(loss.min()))), 1.05 * top),
        alt=f"At x + δ the loss is {number(true[-1])}; with the scores to first order "
        f"{number(scores[-1])}, itself to first order {number(loss[-1])}.",
    )


@lru_cache(maxsize=64)
def _ground(net: Net, x: bytes, y: int, norm: float, reach: float) -> tuple[tuple, bool]:
    """(places over the reach, loss, levels), the boundary of y, and whether the slope is 0."""
    point = torch.frombuffer(bytearray(x), dtype=torch.float64)
    seen = loss_surface(net, point, y, reach=reach, n=SIDE, norm=norm, generator=generator(0))
    right, up = seen.reach[None, :, None] * seen.along, seen.reach[:, None, None] * seen.across
    scores = net((point + right + up).flatten(0, 1))
    lead = margin_loss(scores, torch.full((SIDE * SIDE,), y)).view(SIDE, SIDE)
    at, z = seen.reach / reach, seen.loss.numpy()
    edge = tuple(ends.numpy() for ends in zero_lines(at, at, lead))
    return ((at.numpy(), z, quantiles(z)), edge), seen.flat
