"""Six ways to train the same small network on bundled digits, each at seven rates."""

from collections.abc import Iterator
from typing import Annotated, NamedTuple

import torch
from torch import Tensor

from core.signature import between, declared
from core.stochastic.digits import METHODS, Snapshot, Tuned, race, rate_of, tuned

MOMENTS = 20  # after the first, at which all networks are judged


class Digits(NamedTuple):
    """F moments so far, methods in the order of `METHODS`, seven rates, S repetitions."""

    progress: float  # share of the steps done, in [0, 1]
    train: Tensor  # mean loss of the digits learned from, in nats, shape (F, 6, 7, S)
    validation: Tensor  # of those by which a rate is chosen, (F, 6, 7, S)
    test: Tensor  # of those held out, (F, 6, 7, S)
    accuracy: Tensor  # share of those held out that are read right, (F, 6, 7, S)

    @property
    def doing(self) -> str:
        """How far the training is, while it goes on."""
        best = self.tuned.accuracy.mean(-1).max()
        return f"{self.progress:.0%} of the steps, {best:.1%} of fresh digits read right"

    @property
    def tuned(self) -> Tuned:
        """Each method now at the rate with the least mean validation loss."""
        return tuned(Snapshot(0, 0, *(each[-1] for each in self[1:])))


@declared
def digits(
    steps: Annotated[int, between(20, 400)] = 300,
    batch: Annotated[int, between(4, 48)] = 32,
    ema: Annotated[float, between(0.005, 1)] = 0.02,
    seeds: Annotated[int, between(2, 5)] = 3,
    seed: Annotated[int, between(0, 999)] = 0,
) -> Iterator[Digits]:
    """Trains 28 networks for each repetition side by side, and yields the record so far.

    Args:
        steps: of each training.
        batch: digits in a mini-batch.
        ema: weight of the new value in the moving average of the weights of SGD.
        seeds: repetitions, each with its own start and order of the digits.
        seed: of the first; the others take those after it.

    Sources: OPT-09, OPT-11, OPT-13, OPT-16, OPT-17.
    """
    kept: list[list[Tensor]] = [[], [], [], []]
    for now in race(seeds, steps, seed, batch=batch, ema=ema, every=every(steps)):
        for part, each in zip(kept, now[2:], strict=True):
            part.append(each)
        yield Digits(now.step / steps, *(torch.stack(part) for part in kept))


def every(steps: int) -> int:
    """Steps from one moment to the next."""
    return -(-steps // MOMENTS)


def moments(steps: int) -> list[int]:
    """The steps at which the networks are judged."""
    return [*range(0, steps, every(steps)), steps]


def place(method: str, rate: float) -> int:
    """The number of the rate of a method's grid that is nearest to this one, as a ratio."""
    return min(range(7), key=lambda i: abs(torch.tensor(rate_of(method)[i] / rate).log().item()))


__all__ = ["METHODS", "MOMENTS", "Digits", "digits", "every", "moments", "place", "rate_of"]
