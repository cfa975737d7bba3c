"""Nine handwritten digits drawn out of noise, of a class that is asked for."""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.diffusion import digits as engine
from core.diffusion import grid
from core.signature import between, declared

SIDE = 3  # digits in a row
SHOWN = SIDE * SIDE
MOST = 50  # steps
LABELS = ("3", "0", "1", "2", "4", "5", "6", "7", "8", "9", "each")


class Drawn(NamedTuple):
    """The way from noise to nine digits; grey levels lie on [−1, 1]."""

    x: Tensor  # xₜ at the steps t of `times`, (steps + 1, 9, 64)
    x0: Tensor  # what the net takes for the finished picture there, (steps + 1, 9, 64)
    read: Tensor  # what a reader of digits sees in the last one, (9,)
    near: Tensor  # index of the digit learned from that is nearest to it, (9,)
    far: Tensor  # its distance, (9,)

    last = property(lambda self: self.x[-1].clamp(-1, 1))  # the digits as they are shown, (9, 64)
    times = property(lambda self: grid(engine.T, len(self.x) - 1))  # t, from 1000 down to 0


@declared
def digits(
    label: Literal[LABELS] = "3",
    w: Annotated[float, between(0, 4)] = 1.0,
    steps: Annotated[int, between(5, MOST)] = 12,
    eta: Annotated[float, between(0, 1)] = 0.0,
    seed: Annotated[int, between(0, 2**31)] = 0,
) -> Drawn:
    """DDIM with a network that was trained on 1437 digits of 8 × 8 pixels (DDPM-04, 08).

    Args:
        label: the digit asked for, or each in turn.
        w: guidance ε = ε_none + w (ε_class − ε_none): 0 any digit, 1 the class as it was learned.
        steps: of the way from t = 1000 to 0.
        eta: fresh noise on the way, 0 none, 1 as much as that of the chain.
        seed: of the noise it starts from.
    """
    net, table = stored()
    film = list(engine.draw(net, wanted(label), w, steps, eta, seed, table))
    last = film[-1].x.clamp(-1, 1)
    return Drawn(
        torch.stack([state.x for state in film]),
        torch.stack([state.x0 for state in film]),
        engine.read(last),
        *engine.nearest(last),
    )


@lru_cache(maxsize=1)
def stored() -> tuple[engine.Net, Tensor]:
    """The shipped network and its table of biases."""
    net = engine.load()
    return net, engine.biases(net)


def wanted(label: str) -> Tensor:
    """The class asked for of each of the nine, (9,)."""
    return torch.arange(SHOWN) if label == "each" else torch.full((SHOWN,), int(label))


def dialled(label: str) -> Tensor:
    """Shares read as wanted and of different nearest digits for each w of `engine.DIAL`, (2, 9)."""
    table = torch.stack(engine.dial())
    return table.mean(1) if label == "each" else table[:, int(label)]
