"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

from collections.abc import Callable

from core.experiments.information.bars import Bars, bars
from core.experiments.information.code import code
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


def _least(run: Bars) -> float:
    """n H of a text."""
    return run.bits / run.length * run.entropy


NUMBERS: dict[str, Callable[[], str]] = {
    "bars_skewed": lambda: number(bars(p="9 1").entropy),
    "bars_three": lambda: number(bars(p="1 1 1").entropy),
    "bars_asked": lambda: number(bars(p="1 1 1").length),
    "bars_text": lambda: number(bars(law="text").bits),
    "bars_least": lambda: number(_least(bars(law="text")), 4),
    "bars_narrow": lambda: number(bars(law="density", unit="nats").entropy),
    "code_forth": lambda: number(code(laws="9 1,1 1").kl[0]),
    "code_back": lambda: number(code(laws="9 1,1 1").kl[1]),

    "feature_both": lambda: number(feature(t=0.6).told.both),
    "feature_alone": lambda: number(feature(t=0.6).told.first),
    "feature_given": lambda: number(feature(t=0.6).told.first_given),
    "feature_plug": lambda: number(_independent().plug, 2),
    "feature_near": lambda: number(_independent().ksg, 1),
    "likelihood_T": lambda: number(_warmth(), 2),
    "likelihood_cold": lambda: number(_sure(1.0).nll),
    "likelihood_warm": lambda: number(_sure(_warmth()).nll),
}
