r"""Attacks within a ball: FGSM, PGD with every iterate, and noise of the same size.

A model is any function of x, (n, d) -> scores (n, K), as in `core.adversarial.linearise`. Every
attack returns the attacked points x′, (n, d), and `outcome` says what became of them.

>>> from core.adversarial.nets import fit, labelled_cloud
>>> from core.rng import generator
>>> X, y = labelled_cloud("moons", 200, generator=generator(0))
>>> net = fit(X, y)
>>> bad = pgd(net, X, y, 0.3, norm=2, alpha=0.1, steps=20, generator=generator(1))

What an attack finds is a lower bound of the worst loss in the ball: one that fails proves nothing.
Points that are misread already are attacked like all others. For ∞ no entry of x′ − x exceeds ε
even by rounding, with ε as x's type holds it; for 1 and 2 sizes are at most ε up to rounding.

Sources: ROB-03, ROB-12, ROB-13; Goodfellow et al. 2015 (FGSM), Madry et al. 2018 (PGD).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from core.adversarial.balls import (
    dual_exponent,
    exponent,
    onto,
    radius,
    random_in_ball,
    shrink,
    threat,
    towards,
)
from core.adversarial.linearise import (
    Loss,
    Model,
    classes,
    cross_entropy,
    loss_slope,
    points,
    pulled,
)
from core.check import choose, require

Bounds = tuple[float, float] | None
Steps = Iterator[tuple[Tensor, Tensor]]  # after the step, and after projection and bounds


class Iterate(NamedTuple):
    """Where an attack is after k steps; those of PGD start with the dimension of the restarts."""

    k: int  # 0 is the start
    moved: Tensor  # after the step, before the projection and the bounds, (..., n, d)
    x: Tensor  # after them, (..., n, d)
    loss: Tensor  # at x, (..., n)


# --- the ball ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ascent:
    """Uphill inside the ball around x: the loss of y, or downhill that of a target."""

    model: Model
    x: Tensor
    y: Tensor
    eps: Tensor  # () or (n, 1)
    norm: float
    bounds: Bounds
    loss: Loss
    targeted: bool
    box: tuple[Tensor, Tensor] | None  # for ∞: the ball and the bounds in one
    slope: Callable[[Tensor], Tensor]  # of the loss by the scores
    q: float  # the dual exponent of the norm

    @classmethod
    def of(cls, model, x, y, eps, norm, bounds, loss, targeted, *, true=None, copies=1) -> "Ascent":
        """After refusing what makes no sense; `copies` of all points, one after another."""
        points(x, bounds)
        like = classes(model, x, y)
        if targeted and true is not None and bool((y == true).any()):
            at = int((y == true).nonzero()[0])
            raise ValueError(f"expected targets other than the true class, got {y[at]} at {at}")
        eps, x = radius(eps, x), x.detach()
        if copies > 1:
            x, y, like = x.repeat(copies, 1), y.repeat(copies), like.repeat(copies, 1)
            eps = eps.repeat(copies, 1) if isinstance(eps, Tensor) and eps.ndim == 2 else eps
        return cls.around(model, x, y, eps, norm, bounds, loss, targeted, like)

    @classmethod
    def around(
        cls, model, x, y, eps, norm, bounds=None, loss=cross_entropy, targeted=False, like=None
    ) -> "Ascent":
        """Without checks; scores `like` those of x, where they are known, save some work."""
        eps = torch.as_tensor(eps, dtype=x.dtype, device=x.device)
        box = _box(x, eps, bounds) if math.isinf(norm) else None
        slope = loss_slope(loss, y, like)
        return cls(model, x, y, eps, norm, bounds, loss, targeted, box, slope, dual_exponent(norm))

    def only(self, rows: Tensor) -> "Ascent":
        """The same for some of the points."""
        eps = self.eps[rows] if self.eps.ndim else self.eps
        x, y = self.x[rows], self.y[rows]
        return Ascent.around(
            self.model, x, y, eps, self.norm, self.bounds, self.loss, self.targeted
        )

    def ahead(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The scores at x, and the direction of size 1 in which the loss rises fastest there.

        That is 0 where the loss is flat.
        """
        scores, g = pulled(self.model, x, self.slope)
        if self.targeted:
            g = -g
        if self.norm == 1 and self.bounds is not None:  # only coordinates that can still move
            low, high = self.bounds
            g = torch.where(((x >= high) & (g > 0)) | ((x <= low) & (g < 0)), 0.0, g)
        return scores, towards(g, self.q)

    def back(self, moved: Tensor) -> Tensor:
        """The projection on the ball, then on the bounds, which leads no point out of the ball."""
        if self.box:
            return moved.clamp(*self.box)
        delta = moved - self.x
        if self.norm == 2:
            size = torch.linalg.vector_norm(delta, dim=1, keepdim=True)
            inside = torch.addcmul(self.x, delta, shrink(size, self.eps))
        else:
            inside = self.x + onto(delta, self.eps, self.norm)
        return inside if self.bounds is None else inside.clamp(*self.bounds)

    @torch.no_grad()
    def height(self, x: Tensor) -> Tensor:
        """What is climbed: the loss, or minus that of the target, (n,)."""
        value = self.loss(self.model(x), self.y)
        return -value if self.targeted else value

    def climb(self, x: Tensor, alpha: float | Tensor, steps: int) -> Steps:
        """So many steps from x."""
        alpha = torch.as_tensor(alpha, dtype=x.dtype, device=x.device)
        for _ in range(steps):
            moved = torch.addcmul(x, self.ahead(x)[1], alpha)
            x = self.back(moved)
            yield moved, x


def _box(x: Tensor, eps: float | Tensor, bounds: Bounds) -> tuple[Tensor, Tensor]:
    """The least and the largest x′ with |x′ − x| ≤ ε in floating point, within the bounds."""
    low, high = x - eps, x + eps
    # an end that was rounded outwards goes inwards by one float
    low = low.where(x - low <= eps, low.nextafter(x))
    high = high.where(high - x <= eps, high.nextafter(x))
    return (low, high) if bounds is None else (low.clamp(*bounds), high.clamp(*bounds))


# --- attacks -------------------------------------------------------------------------------------


@torch.no_grad()
def fgsm(
    model: Model, x: Tensor, y: Tensor, eps: float | Tensor, *, targeted: bool = False,
    bounds: Bounds = None, norm: float = math.inf, loss: Loss = cross_entropy,
    true: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """x + ε sign ∇L(x): the best step in the ball for the linearised loss, not always for L.

    Args:
        model: x (n, d) -> scores (n, K).
        x: points, (n, d).
        y: their classes, (n,) int64; with `targeted` the classes they are to be read as.
        eps: ε ≥ 0, or one for each point, (n,).
        targeted: down the loss of the target, which one step often does not reach.
        bounds: least and largest value of an entry; x′ is clipped to them.
        norm: of the ball, in [1, ∞]; the step is `balls.steepest` in it.
        loss: of each point, from scores and classes.
        true: the true classes, from which targets have to differ.

    Returns:
        x′, (n, d). Where an entry of the gradient is 0, x′ = x, since sign 0 = 0.

    Raises:
        ValueError: ε < 0, p < 1, a target that is the true class, x outside the bounds.
    """
    norm = exponent(norm, 1, name="norm")
    way = Ascent.of(model, x, y, eps, norm, bounds, loss, targeted, true=true)
    moved = torch.addcmul(way.x, way.ahead(way.x)[1], way.eps)
    if way.box:
        return way.back(moved)
    return moved if bounds is None else moved.clamp(*bounds)


def noise(
    x: Tensor, eps: float | Tensor, *, norm: float, generator: torch.Generator,
    bounds: Bounds = None,
) -> Tensor:  # fmt: skip
    """x + noise of size ε, the honest control: a random corner for ∞, direction for 2, point of
    the surface for 1; then clipped to the bounds.

    Raises:
        ValueError: ε < 0, another norm than 1, 2, ∞, x outside the bounds.
    """
    points(x, bounds)
    moved = x + random_in_ball(x, eps, norm, generator=generator, rim=True)
    if math.isinf(norm):
        return moved.clamp(*_box(x, radius(eps, x), bounds))
    return moved if bounds is None else moved.clamp(*bounds)


@torch.no_grad()
def pgd(
    model: Model, x: Tensor, y: Tensor, eps: float | Tensor, *, norm: float, alpha: float,
    steps: int, restarts: int = 1, generator: torch.Generator | None, targeted: bool = False,
    bounds: Bounds = None, loss: Loss = cross_entropy, keep: str = "last",
    true: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Steps of length α along the steepest ascent, each followed by the projection on the ball.

    Args:
        model, x, y, eps, targeted, bounds, loss, true: as in `fgsm`.
        norm: 1, 2 or ∞. For 1 a step moves one entry, among those that the bounds leave free.
        alpha: length of a step in that norm, above 0.
        steps: at least 1.
        restarts: starts, uniform in the ball; for each point the one that ends highest counts.
        generator: source of the starts; None starts once, at x itself.
        keep: the "last" iterate of each start, or the "best" of all, x included.

    Returns:
        x′, (n, d).

    Raises:
        ValueError: ε < 0, α ≤ 0, steps or restarts < 1, another norm, a target that is the true
            class, x outside the bounds, restarts without a generator.
    """
    choose("keep", keep, ("last", "best"))
    require("alpha", alpha, 0, above=True)
    counts(steps, restarts, generator)
    way = Ascent.of(
        model, x, y, eps, threat(norm), bounds, loss, targeted, true=true, copies=restarts
    )
    start = start_of(way, generator)
    if keep == "last":
        for _, found in way.climb(start, alpha, steps):  # noqa: B007
            pass
    else:
        found, top = way.x, way.height(way.x)
        for _, here in _from(start, way.climb(start, alpha, steps)):
            value = way.height(here)
            found = torch.where((value > top).unsqueeze(1), here, found)
            top = top.maximum(value)
    return highest(way, found, restarts)


def pgd_iterates(
    model: Model, x: Tensor, y: Tensor, eps: float | Tensor, *, norm: float, alpha: float,
    steps: int, restarts: int = 1, generator: torch.Generator | None, targeted: bool = False,
    bounds: Bounds = None, loss: Loss = cross_entropy, true: Tensor | None = None,
) -> Iterator[Iterate]:  # fmt: skip
    """`pgd` step by step: start and `steps` iterates of all restarts, (restarts, n, d) each.

    The loss is that of y, also with `targeted`, where it falls. Arguments as in `pgd`.
    """
    require("alpha", alpha, 0, above=True)
    counts(steps, restarts, generator)
    way = Ascent.of(
        model, x, y, eps, threat(norm), bounds, loss, targeted, true=true, copies=restarts
    )
    start = start_of(way, generator)
    return _told(way, _from(start, way.climb(start, alpha, steps)), (restarts, len(x)))


# --- starts and ends -----------------------------------------------------------------------------


def counts(steps: int, restarts: int, generator: torch.Generator | None) -> None:
    """Refuses steps and restarts below 1, and restarts from one and the same point."""
    require("steps", steps, 1, 100_000, integer=True)
    require("restarts", restarts, 1, 1000, integer=True)
    if generator is None and restarts > 1:
        raise ValueError(f"expected a generator for {restarts} restarts, got None")


def start_of(way: Ascent, generator: torch.Generator | None, *, rim: bool = False) -> Tensor:
    """x itself, or a uniform point of the ball (or of its rim), within the bounds."""
    if generator is None:
        return way.x
    eps = way.eps.squeeze(-1) if way.eps.ndim else float(way.eps)
    return way.back(way.x + random_in_ball(way.x, eps, way.norm, generator=generator, rim=rim))


def highest(way: Ascent, found: Tensor, restarts: int) -> Tensor:
    """Of each point the restart that ends highest."""
    if restarts == 1:
        return found
    which = way.height(found).view(restarts, -1).argmax(0)
    each = torch.arange(len(which), device=which.device)
    return found.view(restarts, -1, found.shape[1])[which, each]


def _from(start: Tensor, steps: Steps) -> Steps:
    yield start, start
    yield from steps


@torch.no_grad()
def _told(way: Ascent, steps: Steps, shape: tuple[int, ...]) -> Iterator[Iterate]:
    for k, (moved, x) in enumerate(steps):
        loss = way.loss(way.model(x), way.y).view(shape)
        yield Iterate(k, moved.view(*shape, -1), x.view(*shape, -1), loss)
