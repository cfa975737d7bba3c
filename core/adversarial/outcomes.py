r"""What an attack did, point by point, on the pixel grid, and at many radii at once.

On a boundary the class counts as lost (ROB-04, ROB-08): a point is fooled where y does not score
highest alone. With targets it is fooled where the target scores highest, alone or not.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from core.adversarial.attacks import Ascent, Bounds, counts, fgsm, highest, noise, start_of
from core.adversarial.balls import exponent, norm_of, threat
from core.adversarial.linearise import (
    Loss,
    Model,
    classes,
    cross_entropy,
    gradient,
    margin_loss,
    points,
)
from core.check import choose, require

ATTACKS = ("pgd", "fgsm", "noise")
PACE = 2.5  # of a sweep: all its steps together are 2.5 times as long as ε
ROWS = 4096  # points that a sweep attacks at once: about what a cache holds


class Outcome(NamedTuple):
    """What an attack did to each of n points."""

    size: Tensor  # ‖x′ − x‖_p, (n,)
    before: Tensor  # loss at x, (n,)
    after: Tensor  # loss at x′, (n,)
    read: Tensor  # class that the model gives x, (n,)
    now: Tensor  # class that it gives x′, (n,)
    wrong: Tensor  # fooled without any attack: x is its own adversarial example, (n,) bool
    fooled: Tensor  # x′ is adversarial, (n,) bool
    flat: Tensor  # the gradient of the loss at x is exactly 0: no attack learns from it, (n,) bool


class Sweep(NamedTuple):
    """One attack at m radii on n points."""

    eps: Tensor  # rising, (m,)
    x: Tensor  # attacked points, (m, n, d)
    loss: Tensor  # there, (m, n)
    now: Tensor  # class that the model gives them, (m, n)
    fooled: Tensor  # as in `Outcome`, (m, n) bool

    @property
    def accuracy(self) -> Tensor:
        """Share of the points on which this attack fails at each radius, (m,)."""
        return 1 - self.fooled.double().mean(1)

    @property
    def robust(self) -> Tensor:
        """The same with all that smaller radii found, whose balls lie inside; never rises, (m,)."""
        return 1 - self.fooled.cummax(0).values.double().mean(1)

    @property
    def first(self) -> Tensor:
        """The smallest of the radii at which each point is fooled, ∞ if none is, (n,)."""
        eps = self.eps.unsqueeze(1).expand(self.fooled.shape)
        return torch.where(self.fooled, eps, math.inf).amin(0)


@torch.no_grad()
def outcome(
    model: Model, x: Tensor, adv: Tensor, y: Tensor, *, norm: float = math.inf,
    targeted: bool = False, loss: Loss = cross_entropy,
) -> Outcome:  # fmt: skip
    """Size and success of the attacked points `adv`, (n, d), all read again from their numbers.

    Args:
        model, x, y, targeted, loss: as the attack got them.
        norm: p in (0, ∞] of the size.

    Raises:
        ValueError: adv of another shape than x, or not finite.
    """
    points(x)
    if adv.shape != x.shape or not bool(adv.isfinite().all()):
        raise ValueError(f"expected adv finite and like x {tuple(x.shape)}, got {tuple(adv.shape)}")
    before, after = classes(model, x, y), model(adv)
    _, slopes = gradient(model, x, y, loss=loss)
    return Outcome(
        norm_of(adv - x, exponent(norm, name="norm")),
        loss(before, y),
        loss(after, y),
        before.argmax(1),
        after.argmax(1),
        _fooled(before, y, targeted),
        _fooled(after, y, targeted),
        ~slopes.any(1),
    )


def _fooled(scores: Tensor, y: Tensor, targeted: bool) -> Tensor:
    gap = margin_loss(scores, y)
    return gap <= 0 if targeted else gap >= 0


def quantised(x: Tensor, adv: Tensor, levels: int = 16) -> Tensor:
    """x′ with every change cut to whole grey levels, towards x, so that it leaves no ball.

    Args:
        x: pictures on the grid 0, 1/levels, …, 1.
        adv: attacked pictures.
        levels: steps from 0 to 1. A change within 1e-4 of a whole level counts as whole.
    """
    require("levels", levels, 1, 65_535, integer=True)
    change = (adv - x) * levels
    whole = (change + 1e-4 * change.sign()).trunc()
    return ((x * levels).round() + whole) / levels


@torch.no_grad()
def eps_sweep(
    model: Model, x: Tensor, y: Tensor, eps: Sequence[float] | Tensor, *, norm: float = math.inf,
    attack: str = "pgd", steps: int = 40, restarts: int = 1,
    generator: torch.Generator | None = None, targeted: bool = False, bounds: Bounds = None,
    loss: Loss = cross_entropy,
) -> Sweep:  # fmt: skip
    """One attack on all points at all radii, in one batch: every radius on its own.

    Args:
        model, x, y, targeted, bounds, loss: as in `attacks.pgd`; x may be one point, (1, d).
        eps: radii ≥ 0, rising.
        norm: 1, 2 or ∞.
        attack: "pgd" with α = `PACE` ε / steps, "fgsm", or "noise".
        steps, restarts: of "pgd".
        generator: of the starts of "pgd", None for x itself; of "noise".

    Raises:
        ValueError: radii that fall or are negative, noise without a generator, and as `pgd`.
    """
    choose("attack", attack, ATTACKS)
    norm = threat(norm)
    points(x, bounds)
    eps = torch.as_tensor(eps, dtype=torch.float64, device=x.device)
    if eps.ndim != 1 or not len(eps) or not bool((eps.isfinite() & (eps >= 0)).all()):
        raise ValueError(f"expected eps to be radii in [0, inf), got {eps.tolist()}")
    if bool((eps.diff() < 0).any()):
        raise ValueError(f"expected eps to rise, got {eps.tolist()}")
    if attack == "noise" and generator is None:
        raise ValueError("expected a generator for noise, got None")
    counts(steps, restarts, generator)
    classes(model, x, y)
    rows = eps.to(x).repeat_interleave(len(x))
    many, label = x.repeat(len(eps), 1), y.repeat(len(eps))
    found = []
    for part in torch.arange(len(rows), device=x.device).split(ROWS):
        here, its, own = many[part], label[part], rows[part]
        if attack == "noise":
            found.append(noise(here, own, norm=norm, generator=generator, bounds=bounds))
        elif attack == "fgsm":
            how = {"targeted": targeted, "bounds": bounds, "norm": norm, "loss": loss}
            found.append(fgsm(model, here, its, own, **how))
        else:
            how = (norm, bounds, loss, targeted)
            way = Ascent.of(model, here, its, own, *how, copies=restarts)
            for _, last in way.climb(start_of(way, generator), PACE / steps * way.eps, steps):  # noqa: B007
                pass
            found.append(highest(way, last, restarts))
    attacked = torch.cat(found)
    scores = torch.cat([model(part) for part in attacked.split(ROWS)])
    shape = (len(eps), len(x))
    return Sweep(
        eps,
        attacked.view(*shape, -1),
        loss(scores, label).view(shape),
        scores.argmax(1).view(shape),
        _fooled(scores, label, targeted).view(shape),
    )
