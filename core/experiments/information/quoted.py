"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

from collections.abc import Callable

from core.experiments.information.feature import Sample, feature
from core.words import number


def _independent() -> Sample:
    return feature(view="normal", rho=0.0, unit="nats").sample


NUMBERS: dict[str, Callable[[], str]] = {
    "feature_both": lambda: number(feature(t=0.6).told.both),
    "feature_alone": lambda: number(feature(t=0.6).told.first),
    "feature_given": lambda: number(feature(t=0.6).told.first_given),
    "feature_plug": lambda: number(_independent().plug, 2),
    "feature_near": lambda: number(_independent().ksg, 1),
}
