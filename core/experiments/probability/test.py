"""What a positive test says: Bayes' rule in probabilities and in whole people.

Several tests of one person are taken to err independently of each other, given the state.
"""

from typing import Annotated, NamedTuple

import torch
from torch import Tensor

from core.probability import People, bayes, natural_frequencies, posterior
from core.signature import between, declared

PEOPLE, MOST = 1000, 5  # people drawn, tests in a row


class Tested(NamedTuple):
    """Both states after so many positive tests; NaN where these have probability 0."""

    both: Tensor  # P(ill | positive), P(well | positive), (2,)
    after: Tensor  # P(ill | k positive tests), k = 0 … MOST, (MOST + 1,)
    people: People  # whole numbers that add up to PEOPLE

    ill = property(lambda self: float(self.both[0]))
    defined = property(lambda self: bool(self.both.isfinite().all()))

    @property
    def needed(self) -> int:
        """How many positive tests make ill likelier than not; 0 if none is needed or MOST fail."""
        likelier = (self.after > 0.5).nonzero().flatten().tolist()
        return likelier[0] if likelier else 0


@declared
def screening(
    prevalence: Annotated[float, between(0, 1)] = 0.01,
    sensitivity: Annotated[float, between(0, 1)] = 0.9,
    false_alarm: Annotated[float, between(0, 1)] = 0.05,
    positives: Annotated[int, between(1, MOST)] = 1,
) -> Tested:
    """P(ill | positive) = P(positive | ill) P(ill) / P(positive).

    Args:
        prevalence: share of the ill, P(ill).
        sensitivity: P(positive | ill).
        false_alarm: P(positive | well).
        positives: tests in a row, all positive, independent given the state.

    Sources: PROB-05.
    """
    rates = prevalence, sensitivity, false_alarm
    return Tested(
        bayes(*laws(*rates, positives)),
        posterior(*rates, MOST),
        natural_frequencies(*rates, PEOPLE, positives),
    )


def laws(p: float, hit: float, alarm: float, positives: int) -> tuple[Tensor, Tensor]:
    """P(state) and P(so many positive tests | state), for ill and well."""
    prior = torch.tensor([p, 1 - p], dtype=torch.float64)
    return prior, torch.tensor([hit, alarm], dtype=torch.float64) ** positives
