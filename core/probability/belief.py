"""Bayes' rule, several tests in a row, and the same in counts of people. Source: PROB-05."""

from typing import NamedTuple

import torch
from torch import Tensor

from core.check import require
from core.probability.read import probabilities, vector

MOST = 50  # tests in a row


def bayes(prior: Tensor, likelihood: Tensor) -> Tensor:
    """P(Y_k | X) = P(X | Y_k) P(Y_k) / Σ_i P(X | Y_i) P(Y_i).

    Args:
        prior: P(Y_k) of a partition, (k,), of sum 1.
        likelihood: P(X | Y_k), (k,), each in [0, 1]; they need not sum to 1.

    Returns:
        The posterior, (k,), of sum 1; NaN throughout where P(X) = 0: it is undefined then.

    Raises:
        ValueError: a prior that is no law, a likelihood outside [0, 1], two lengths.
    """
    prior, likelihood = _read(prior, likelihood)
    joint = prior * likelihood
    return joint / joint.sum()  # 0/0 is NaN


def printed_bayes(prior: Tensor, likelihood: Tensor) -> Tensor:
    """The sheet's last fraction Σ P(X | Y_i) P(Y_i) / Σ P(X | Y_i), literally (E-02): one number.

    Returns:
        It for every class, (k,): it does not depend on k, and need not sum to 1.
    """
    prior, likelihood = _read(prior, likelihood)
    return ((prior * likelihood).sum() / likelihood.sum()).expand_as(prior).clone()


def posterior(prevalence: float, sensitivity: float, false_alarm: float, positives: int = 1):
    """P(ill | that many positive tests in a row), the tests independent given the state.

    Returns:
        (positives + 1,) float64, the prevalence first; NaN from where such a run of tests has
        probability 0.

    Args:
        prevalence, sensitivity, false_alarm: P(ill), P(+ | ill), P(+ | well), in [0, 1].
        positives: number of tests, 0 to 50.
    """
    rates = _rates(prevalence, sensitivity, false_alarm)
    require("positives", positives, 0, MOST, integer=True)
    k = torch.arange(int(positives) + 1, dtype=torch.float64)
    ill, well = rates[0] * rates[1] ** k, (1 - rates[0]) * rates[2] ** k
    return ill / (ill + well)


class People(NamedTuple):
    """Whole numbers of people that add up to everybody."""

    ill_positive: int
    ill_negative: int
    well_positive: int
    well_negative: int

    @property
    def share(self) -> float:
        """The ill among the positive; NaN where nobody is positive."""
        positive = self.ill_positive + self.well_positive
        return self.ill_positive / positive if positive else float("nan")


def natural_frequencies(
    prevalence: float,
    sensitivity: float,
    false_alarm: float,
    people: int = 1000,
    positives: int = 1,
) -> People:
    """How many of `people` are ill or well, and positive in every one of so many tests or not.

    As one counts: the ill are the nearest whole number, then the positive among the ill and among
    the well, a half upwards. So they add up, and each is less than 1 from its expectation.

    Args:
        people: 1 to 1e6. The others as in `posterior`.
    """
    rates = _rates(prevalence, sensitivity, false_alarm)
    people = int(require("people", people, 1, 1_000_000, integer=True))
    require("positives", positives, 0, MOST, integer=True)
    hit, alarm = (rate ** int(positives) for rate in rates[1:])
    ill = _nearest(people * rates[0])
    a, c = _nearest(ill * hit), _nearest((people - ill) * alarm)
    return People(a, ill - a, c, people - ill - c)


def _nearest(x: float) -> int:
    """A half goes up, also beside rounding."""
    return int(round(x, 9) + 0.5)


def _rates(prevalence: float, sensitivity: float, false_alarm: float) -> tuple[float, ...]:
    require("prevalence", prevalence, 0, 1)
    require("sensitivity", sensitivity, 0, 1)
    require("false_alarm", false_alarm, 0, 1)
    return prevalence, sensitivity, false_alarm


def _read(prior: Tensor, likelihood: Tensor) -> tuple[Tensor, Tensor]:
    prior = probabilities("prior", vector("prior", prior))
    likelihood = vector("likelihood", likelihood, len(prior))
    bad = likelihood[(likelihood < 0) | (likelihood > 1)]
    if len(bad):
        raise ValueError(f"expected likelihood in [0, 1], got {bad[0].item():g}")
    return prior, likelihood
