r"""The least perturbation of a classifier that is not linear: DeepFool.

Each step takes the scores as linear and moves to the nearest boundary of the linearised classes,
δᵢ = −m_j/‖∇m_j‖_q in the steepest direction, with j the class of the smallest |m_j|/‖∇m_j‖_q. The
result is x + (1 + η) Σδᵢ: the overshoot η multiplies the whole perturbation, from x on. Were it
applied to each step, the last one would end within rounding of the boundary. Entries that have
come to a bound stay there, and the others go all the way.

Source: Moosavi-Dezfooli, Fawzi, Frossard 2016; ROB-10, ROB-11.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from core.adversarial.attacks import Bounds, Iterate
from core.adversarial.balls import dual_exponent, exponent, norm_of, steepest
from core.adversarial.linearise import Model, classes, jacobian, margin_loss, points
from core.check import require


def deepfool(
    model: Model, x: Tensor, y: Tensor, *, norm: float = 2, steps: int = 50,
    overshoot: float = 0.02, bounds: Bounds = None,
) -> Tensor:  # fmt: skip
    """A small perturbation that leaves class y, point by point.

    Args:
        model: x (n, d) -> scores (n, K).
        x, y: points, (n, d), and their classes, (n,) int64.
        norm: in which the perturbation is to be small, p in [1, ∞].
        steps: at most so many for each point.
        overshoot: η ≥ 0. With 0 a point ends on the boundary, up to rounding.
        bounds: least and largest value of an entry.

    Returns:
        x′, (n, d). A point that is misread or on a boundary already stays where it is, and so does
        one at which all scores are flat: it has no direction to go. `outcome` tells them apart.

    Raises:
        ValueError: p < 1, steps < 1, η < 0, x outside the bounds.
    """
    found = x
    for _, found in _steps(model, x, y, norm, steps, overshoot, bounds):  # noqa: B007
        pass
    return found


@torch.no_grad()
def deepfool_iterates(
    model: Model, x: Tensor, y: Tensor, *, norm: float = 2, steps: int = 50,
    overshoot: float = 0.02, bounds: Bounds = None,
) -> Iterator[Iterate]:  # fmt: skip
    """`deepfool` step by step until every point has left its class; the loss is `margin_loss`.

    It is below 0 while the class is y. Arguments as in `deepfool`.
    """
    for k, (moved, here) in enumerate(_steps(model, x, y, norm, steps, overshoot, bounds)):
        yield Iterate(k, moved, here, margin_loss(model(here), y))


@torch.no_grad()
def _steps(
    model, x, y, norm, steps: int, overshoot: float, bounds
) -> Iterator[tuple[Tensor, Tensor]]:
    norm = exponent(norm, 1, name="norm")
    require("steps", steps, 1, 100_000, integer=True)
    require("overshoot", overshoot, 0)
    points(x, bounds)
    left = (margin_loss(classes(model, x, y), y) < 0).nonzero().squeeze(1)
    x = x.detach()
    total, moved, here = torch.zeros_like(x), x, x
    yield moved, here
    for _ in range(int(steps)):
        if not len(left):
            return
        step, stuck = _nearest_boundary(model, here[left], y[left], norm, bounds)
        total = total.index_add(0, left, step)
        moved = x + (1 + overshoot) * total
        if bounds is None:
            here = moved
        else:
            here = moved.clamp(*bounds)
            total = (here - x) / (1 + overshoot)
        yield moved, here
        stays = margin_loss(model(here[left]), y[left]) < 0
        left = left[stays & ~stuck]


def _nearest_boundary(
    model: Model, x: Tensor, y: Tensor, norm: float, bounds: Bounds
) -> tuple[Tensor, Tensor]:
    """The step to the nearest linearised boundary, (n, d), and where there is none, (n,) bool."""
    scores, rows = model(x), jacobian(model, x)
    each = torch.arange(len(x), device=x.device)
    margins = scores[each, y].unsqueeze(1) - scores
    apart = rows[each, y].unsqueeze(1) - rows
    if bounds is not None:
        low, high = (x <= bounds[0]).unsqueeze(1), (x >= bounds[1]).unsqueeze(1)
        apart = apart.masked_fill((low & (apart > 0)) | (high & (apart < 0)), 0.0)
    norms = norm_of(apart, dual_exponent(norm))
    open_ = (norms > 0).scatter(1, y.unsqueeze(1), False)
    distance, j = torch.where(open_, margins / torch.where(open_, norms, 1.0), math.inf).min(1)
    stuck = distance.isinf()
    step = -torch.where(stuck, 0.0, distance).unsqueeze(1) * steepest(apart[each, j], norm)
    return step, stuck
