"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

from collections.abc import Callable

from core.experiments.information.bars import Bars, bars
from core.experiments.information.code import code
from core.experiments.information.feature import Sample, feature
from core.words import number


def _independent() -> Sample:
    return feature(view="normal", rho=0.0, unit="nats").sample


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
    "feature_near": lambda: number(_independent().ksg),
}
