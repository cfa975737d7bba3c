"""The two-number game V = x y under three updates: generator x descends, referee y climbs."""

from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.gan import UPDATES, field, game
from core.signature import between, declared


class Circle(NamedTuple):
    """The three updates from one start; the chosen one is looked at."""

    update: str
    eta: float
    r1: float
    paths: Tensor  # (x, y), shape (3, steps + 1, 2), in the order of `UPDATES`

    path = property(lambda self: self.paths[UPDATES.index(self.update)])  # (steps + 1, 2)
    radius = property(lambda self: self.path.norm(dim=-1))  # distance to the balance, (steps + 1,)
    value = property(lambda self: self.path.prod(-1))  # V = x y, which x lowers and y raises
    # what y lowers, −V and the penalty
    referee = property(lambda self: self.r1 / 2 * self.path[:, 1] ** 2 - self.value)
    steps = property(lambda self: self.paths.shape[1] - 1)

    @property
    def via(self) -> Tensor:
        """What a step passes on its way, (steps + 1, 2).

        The point looked ahead at for "extragradient", else the corner where x has moved and y has
        not.
        """
        ahead = self.path + self.eta * field(self.path, self.r1)
        if self.update != "extragradient":
            ahead[:, 1] = self.path[:, 1]
        return ahead

    @property
    def turns(self) -> float:
        """How often the run has gone round the balance, counterclockwise."""
        x, y = self.path.T
        turned = torch.atan2(x[:-1] * y[1:] - y[:-1] * x[1:], x[:-1] * x[1:] + y[:-1] * y[1:])
        return float(turned.sum() / (2 * torch.pi))


@declared
def circle(
    update: Literal[UPDATES] = "simultaneous",
    eta: Annotated[float, between(0, 0.5, above=True)] = 0.1,
    r1: Annotated[float, between(0, 2)] = 0.0,
    steps: Annotated[int, between(1, 500)] = 100,
    x0: Annotated[float, between(-10, 10)] = 1.0,
    y0: Annotated[float, between(-10, 10)] = 0.0,
) -> Circle:
    """min over x, max over y of V = x y − ½ r1 y².

    Args:
        update: one of `UPDATES`: both at once, x and then y, or with the gradients of a point
            looked ahead at.
        eta: step of both players.
        r1: weight of the penalty on y, the slope of the referee at the data.
        steps: number of steps.
        x0, y0: start.

    Sources: GAN-08; Mescheder, Geiger and Nowozin (2018); Korpelevich (1976).
    """
    paths = [game(eta, steps, each, r1, (x0, y0)) for each in UPDATES]
    return Circle(update, eta, r1, torch.stack(paths))
