r"""A classifier to first order: f(x + δ) = f(x) + J(x)δ + o(‖δ‖), its gradients and its error.

J(x), (K, d), has the rows ∇f_k(x): the saliency of each class. A ReLU network is linear inside one
activation region, so the error is 0 until δ leaves it; a smooth one has an error of order ‖δ‖².

A model is any function of x, (n, d) -> scores (n, K), whose rows do not see each other; the slopes
of a `core.adversarial.nets.Net` are written by hand, those of any other come from autograd.
Source: ROB-11.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.adversarial.balls import random_in_ball, steepest, threat
from core.adversarial.nets import Net
from core.check import require

Model = Callable[[Tensor], Tensor]
Loss = Callable[[Tensor, Tensor], Tensor]  # scores (n, K) and classes (n,) -> (n,)
FEW = 16  # points


class Surface(NamedTuple):
    """The loss on a plane through x."""

    reach: Tensor  # coordinates along each axis, from −reach to reach, (m,)
    loss: Tensor  # [i, j] at x + reach[j] along + reach[i] across, (m, m)
    along: Tensor  # size 1, where the loss rises most at x, (d,); 0 where the gradient is 0
    across: Tensor  # size 1, random, (d,)
    flat: bool  # the gradient at x is exactly 0


def cross_entropy(scores: Tensor, y: Tensor) -> Tensor:
    """−log softmax(scores)_y of each point, (n,)."""
    return F.cross_entropy(scores, y, reduction="none")


def margin_loss(scores: Tensor, y: Tensor) -> Tensor:
    """max_{j≠y} score_j − score_y, (n,): ≥ 0 where y is not read alone, and never saturated."""
    mine = y.unsqueeze(1)
    return scores.scatter(1, mine, -math.inf).amax(1) - scores.gather(1, mine).squeeze(1)


def gradient(
    model: Model, x: Tensor, y: Tensor, *, loss: Loss = cross_entropy
) -> tuple[Tensor, Tensor]:
    """The scores, (n, K), and the gradient of each point's loss by that point, (n, d).

    The loss is summed over the points, so that none of them sees how many there are.
    """
    return pulled(model, x, loss_slope(loss, y))


def pulled(model: Model, x: Tensor, slope: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
    """The scores, and `slope` of them, (n, K) -> (n, K), taken back to the points, (n, d)."""
    if isinstance(model, Net):
        scores, kept = model.forward(x)
        return scores, model.pull(slope(scores), kept)
    with torch.enable_grad():
        point = x.detach().clone().requires_grad_()
        scores = model(point)
        return scores.detach(), _pull(scores, point, slope(scores.detach()))


def jacobian(model: Model, x: Tensor) -> Tensor:
    """Rows ∇f_k of the scores at each point, (n, K, d)."""
    if isinstance(model, Net):
        return model.jacobian(x)
    with torch.enable_grad():
        point = x.detach().clone().requires_grad_()
        scores = model(point)
        rows = torch.eye(scores.shape[1], dtype=scores.dtype, device=scores.device)
        each = [_pull(scores, point, row.expand_as(scores)) for row in rows]
    return torch.stack(each, 1)


def _pull(scores: Tensor, point: Tensor, slope: Tensor) -> Tensor:
    if not scores.requires_grad:  # scores that do not depend on the point
        return torch.zeros_like(point)
    (found,) = torch.autograd.grad(scores, point, slope, retain_graph=True, allow_unused=True)
    return torch.zeros_like(point) if found is None else found.detach()


def loss_slope(loss: Loss, y: Tensor, like: Tensor | None = None) -> Callable[[Tensor], Tensor]:
    """The gradient of the summed loss by the scores, as a function of the scores, (n, K).

    Where scores `like` those to come are given, what depends on y alone is done once.

    For the cross-entropy it is p_j where j ≠ y and −Σ_{j≠y} p_j at y. Written as p_y − 1 it would
    be 0 as soon as p_y rounds to 1, and the gradient by x would point the wrong way.
    """
    if loss is not cross_entropy:
        return lambda scores: _by_autograd(loss, y, scores)
    if like is None:
        return lambda scores: loss_slope(loss, y, scores)(scores)
    own = torch.zeros_like(like).scatter_(1, y.unsqueeze(1), -1.0)
    others = own + 1

    def slope(scores: Tensor) -> Tensor:
        few = len(scores) < FEW  # along many short rows torch's softmax is several times slower
        p = scores.softmax(1) if few else scores.T.softmax(0).T
        p.mul_(others)
        return p.addcmul_(own, p.sum(1, keepdim=True))

    return slope


def _by_autograd(loss: Loss, y: Tensor, scores: Tensor) -> Tensor:
    with torch.enable_grad():
        scores = scores.detach().requires_grad_()
        return torch.autograd.grad(loss(scores, y).sum(), scores)[0]


# --- how far to trust it -------------------------------------------------------------------------


@torch.no_grad()
def linearisation_error(model: Model, x: Tensor, delta: Tensor) -> Tensor:
    """‖f(x + δ) − f(x) − J(x)δ‖₂ in the space of the scores, (..., n).

    Args:
        x: points, (n, d).
        delta: one perturbation of each, or many, (..., n, d).

    Raises:
        ValueError: shapes that do not fit, numbers that are not finite.
    """
    points(x)
    if delta.shape[-2:] != x.shape or not bool(delta.isfinite().all()):
        raise ValueError(f"expected delta finite, (..., n, d) like x, got {tuple(delta.shape)}")
    there = model((x + delta).reshape(-1, x.shape[1])).view(*delta.shape[:-1], -1)
    first = (jacobian(model, x) @ delta.unsqueeze(-1)).squeeze(-1)
    return torch.linalg.vector_norm(there - model(x) - first, dim=-1)


@torch.no_grad()
def loss_surface(
    model: Model, x: Tensor, y: int, *, reach: float, n: int = 41, norm: float = math.inf,
    generator: torch.Generator, loss: Loss = cross_entropy,
) -> Surface:  # fmt: skip
    """The loss around one point, along its gradient and along a random direction.

    Both directions have size 1 in the norm, so the square shows the ball of radius `reach` cut
    along them. For 2 they are orthogonal.

    Args:
        x: the point, (d,), d ≥ 2.
        y: its class.
        reach: half the side, above 0.
        n: points along each side, odd so that x is one of them.

    Raises:
        ValueError: n even, reach ≤ 0, d < 2, another norm than 1, 2, ∞.
    """
    norm = threat(norm)
    require("reach", reach, 0, above=True)
    require("n", n, 3, 401, integer=True)
    if x.ndim != 1 or len(x) < 2 or n % 2 == 0:
        raise ValueError(f"expected x (d,) with d ≥ 2 and n odd, got {tuple(x.shape)} and {n}")
    one, y = x[None], torch.tensor([y], device=x.device)
    classes(model, one, y)
    g = gradient(model, one, y, loss=loss)[1][0]
    along = steepest(g, norm)
    across = random_in_ball(x, 1.0, norm, generator=generator, rim=True)
    if norm == 2:
        across = steepest(across - (across @ along) * along, norm)
    steps = torch.linspace(-reach, reach, int(n), dtype=x.dtype, device=x.device)
    plane = x + steps[None, :, None] * along + steps[:, None, None] * across
    found = loss(model(plane.view(-1, len(x))), y.expand(n * n)).view(n, n)
    return Surface(steps, found, along, across, not bool(g.any()))


# --- what is refused -----------------------------------------------------------------------------


def points(x: Tensor, bounds: tuple[float, float] | None = None) -> None:
    """Refuses x unless it is (n, d), floating, finite, and within the bounds."""
    if x.ndim != 2 or not x.is_floating_point():
        raise ValueError(f"expected x floating, (n, d), got {x.dtype}, {tuple(x.shape)}")
    if not x.numel():
        raise ValueError(f"expected at least one point, got x of shape {tuple(x.shape)}")
    least, most = (float(end) for end in x.aminmax())
    if not math.isfinite(most - least):
        raise ValueError("expected x to be finite, got an infinite entry or NaN")
    if bounds is not None:
        low, high = bounds
        if not low < high:
            raise ValueError(f"expected bounds low < high, got {bounds}")
        if not low <= least <= most <= high:
            raise ValueError(f"expected x in [{low:g}, {high:g}], got {least:g} … {most:g}")


@torch.no_grad()
def classes(model: Model, x: Tensor, y: Tensor) -> Tensor:
    """The scores, (n, K), after refusing y unless it is (n,) int64 in 0 … K − 1."""
    scores = model(x)
    if scores.ndim != 2 or len(scores) != len(x) or scores.shape[1] < 2:
        raise ValueError(f"expected scores (n, K) with K ≥ 2, got {tuple(scores.shape)}")
    if y.dtype != torch.int64 or y.shape != x.shape[:1]:
        raise ValueError(f"expected y int64 of shape ({len(x)},), got {y.dtype}, {tuple(y.shape)}")
    least, most = (int(end) for end in y.aminmax())
    if not 0 <= least <= most < scores.shape[1]:
        raise ValueError(f"expected y in [0, {scores.shape[1] - 1}], got {least} … {most}")
    return scores
