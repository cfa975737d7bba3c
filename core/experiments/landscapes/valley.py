r"""Turn the valley: five methods on ½xᵀHx, and how many steps each needs as the valley turns.

The start is (1, 1) in the eigen-coordinates of H, so it turns with the valley: whatever depends on
the angle is a property of the method. f is down from the step on from which it stays below
10⁻⁶ f(x₀). Here μ = 1 and L = κ.
"""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.landscapes import quadratic
from core.optimizers import (
    FALL,
    arrival,
    by_powers,
    first_below,
    iterations_to,
    optimal,
    trajectories,
)
from core.signature import between, declared

LINEAR = ("gd", "momentum", "nesterov")
VARIANTS = ("adam", "adam_printed")
LIMIT = 7000  # steps after which a count of an adaptive method is given up
ANGLES = torch.linspace(0, 90, 37, dtype=torch.float64)  # of the curve


class Race(NamedTuple):
    """Five runs from the same start."""

    kappa: float
    angle: float
    variant: str
    x: Tensor  # iterates of `methods`, shape (5, steps + 1, 2)
    f: Tensor  # f(x), shape (5, steps + 1)
    diverged_at: Tensor  # per method, −1 where it did not
    # steps until f is down by 10⁶ for good, and for the first time, at each of `ANGLES` and, last,
    # at 0° with ten times κ; −1 where it is not within `LIMIT`; shape (2, 38)
    adam_curve: Tensor
    rmsprop_curve: Tensor

    methods = property(lambda self: (*LINEAR, "rmsprop", self.variant))  # in the order of the runs

    @property
    def counts(self) -> dict[str, int]:
        """Method -> steps until f is down by 10⁶ for good at this angle; −1 where never."""
        return self._read(0)

    @property
    def firsts(self) -> dict[str, int]:
        """The same for the first time; f may rise again."""
        return self._read(1)

    def _read(self, row: int) -> dict[str, int]:
        adaptive = (read(each[row], self.angle) for each in (self.rmsprop_curve, self.adam_curve))
        return dict(zip(self.methods, (*linear_counts(self.kappa, self.angle)[row], *adaptive)))

    # whether the angle lies between two points of the curves
    between = property(lambda self: not bool((self.angle == ANGLES).any()))


@declared
def valley(
    kappa: Annotated[float, between(1, 1e5)] = 100.0,
    angle: Annotated[float, between(0, 90)] = 45.0,
    lr: Annotated[float, between(0, 10, above=True)] = 0.03,
    variant: Literal[VARIANTS] = "adam",
    steps: Annotated[int, between(1, 2000)] = 120,
) -> Race:
    r"""Race five methods down a valley turned by `angle`.

    Gradient descent takes the step 2/(L + μ), heavy ball and Nesterov their tuned step and β;
    RMSProp shares its step with Adam, keeps β = 0.99 and corrects nothing.

    Args:
        angle: degrees between the flat axis and x₁.
        lr: Adam's and RMSProp's step.
        variant: "adam" or "adam_printed", the misprint without m̂ (E-48).
        steps: what is drawn, not what is counted.

    Sources: PROB-15, OPT-13, OPT-14, OPT-16, OPT-17; Kingma and Ba (2015).
    """
    bowl = quadratic(kappa, angle)
    lrs, betas = zip(*(optimal(method, 1.0, kappa) for method in LINEAR))
    run = trajectories(
        bowl,
        (*LINEAR, "rmsprop", variant),
        bowl.axes.sum(-1),  # (1, 1) in eigen-coordinates
        (*lrs, lr, lr),
        steps,
        beta=(*betas, 0.99, 0.0),
    )
    curves = (counts_around(method, kappa, lr) for method in (variant, "rmsprop"))
    return Race(kappa, angle, variant, *run, *curves)


@lru_cache(maxsize=256)
def linear_counts(kappa: float, angle: float) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Steps of tuned gradient descent, heavy ball, Nesterov until f is down, as in the curves.

    By powers of the iteration matrix in the turned coordinates: measured, not assumed.
    """
    bowl, counts = quadratic(kappa, angle), []
    H = bowl.hessian(torch.zeros(2, dtype=torch.float64))
    for method, horizon in zip(LINEAR, (10 * kappa, 40 * kappa**0.5, 40 * kappa**0.5)):
        rates = optimal(method, 1.0, kappa)
        x = by_powers(method, *rates, H, bowl.axes.sum(-1), int(horizon) + 100)
        f = bowl.f(x)
        counts.append((int(arrival(f, FALL)), int(first_below(f, FALL))))
    return tuple(zip(*counts))


@lru_cache(maxsize=64)
def counts_around(method: str, kappa: float, lr: float) -> Tensor:
    """Steps of an adaptive method as in `Race`, shape (2, 38).

    A fraction of a second, then remembered: turning the valley costs nothing here.
    """
    angle = torch.cat([ANGLES, torch.zeros(1, dtype=torch.float64)])
    kappas = torch.full_like(angle, kappa)
    kappas[-1] = 10 * kappa
    bowls = quadratic(kappas, angle)
    return torch.stack(iterations_to(bowls, method, bowls.axes.sum(-1), lr, FALL, LIMIT))


def read(curve: Tensor, angle: float) -> int:
    """A count on a curve, between its points by a straight line; −1 if either end is unknown."""
    place = angle / float(ANGLES[1])
    left = min(int(place), len(ANGLES) - 2)
    low, high, share = int(curve[left]), int(curve[left + 1]), place - left
    if (low < 0 and share < 1) or (high < 0 and share):
        return -1
    return round(low * (1 - share) + high * share)


def in_words(count: int, about: bool = False) -> str:
    """A number of steps as a person says it."""
    if count < 0:
        return f"not within {LIMIT}"
    return f"about {count}" if about else str(count)
