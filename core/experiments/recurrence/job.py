"""Four cells learn to recall a bit after a lag, all from the same memory at the start."""

from collections.abc import Iterator
from typing import Annotated, NamedTuple

import torch
from torch import Tensor

from core.recurrence.copying import CELLS, copying
from core.signature import between, declared

LAGS = (24, 12, 6, 3)  # each learned by nets of its own
EVERY = 5  # steps from one moment to the next


class Recalled(NamedTuple):
    """F moments so far, cells in the order of `CELLS`, lags in that of `LAGS`, S repetitions."""

    progress: float  # share of the steps done, in [0, 1]
    loss: Tensor  # mean loss of new sequences since the last moment, in nats, (F, 4, 4, S)
    right: Tensor  # share of their bits recalled, (F, 4, 4, S)

    @property
    def doing(self) -> str:
        """How far the training is, while it goes on."""
        return f"{self.progress:.0%} of the steps"


@declared
def job(
    noise: Annotated[float, between(0, 1)] = 0.6,
    keep: Annotated[float, between(0.3, 0.99)] = 0.95,
    steps: Annotated[int, between(10, 60)] = 40,
    seeds: Annotated[int, between(2, 4)] = 3,
    seed: Annotated[int, between(0, 999)] = 0,
) -> Iterator[Recalled]:
    """Trains a net for each cell, lag and repetition, and yields the record so far.

    Args:
        noise: standard deviation of what is seen between the bit and the question.
        keep: what a step keeps of the state before any learning.
        steps: of Adam, each on fresh sequences.
        seeds: repetitions, each with its own start and sequences.

    Sources: RNN-07, RNN-08.
    """
    kept: list[list[Tensor]] = [[], []]
    for now in copying(LAGS, seeds, steps, seed, noise=noise, keep=keep, every=EVERY):
        for part, each in zip(kept, now[1:], strict=True):
            part.append(each)
        yield Recalled(now.step / steps, *map(torch.stack, kept))


def moments(steps: int) -> list[int]:
    """The steps after which the record goes on."""
    return [*range(EVERY, steps, EVERY), steps]


def place(lag: int) -> int:
    """The number of the lag that is nearest by ratio."""
    return min(range(len(LAGS)), key=lambda j: max(LAGS[j] / lag, lag / LAGS[j]))


__all__ = ["CELLS", "EVERY", "LAGS", "Recalled", "job", "moments", "place"]
