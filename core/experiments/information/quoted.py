"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

from collections.abc import Callable

from core.experiments.information.feature import Sample, feature
from core.experiments.information.likelihood import Likely, likelihood
from core.words import number


def _independent() -> Sample:
    return feature(view="normal", rho=0.0, unit="nats").sample


def _sure(temperature: float) -> Likely:
    return likelihood(4.0, 1.0, -2.0, 0.0, temperature, 6, 3, 1)


def _warmth() -> float:
    """The temperature that explains the sample best, to 0.1."""
    return min((0.1 * i for i in range(1, 101)), key=lambda T: _sure(min(T, 10.0)).nll)


NUMBERS: dict[str, Callable[[], str]] = {
    "feature_both": lambda: number(feature(t=0.6).told.both),
    "feature_alone": lambda: number(feature(t=0.6).told.first),
    "feature_given": lambda: number(feature(t=0.6).told.first_given),
    "feature_plug": lambda: number(_independent().plug, 2),
    "feature_near": lambda: number(_independent().ksg, 1),
    "likelihood_T": lambda: number(_warmth(), 2),
    "likelihood_cold": lambda: number(_sure(1.0).nll),
    "likelihood_warm": lambda: number(_sure(_warmth()).nll),
}
