"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

from collections.abc import Callable

from core.experiments.probability.cancel import cancel
from core.experiments.probability.joint import joint
from core.experiments.probability.test import laws, screening
from core.probability import printed_bayes, printed_marginal
from core.words import number

NUMBERS: dict[str, Callable[[], str]] = {}

NUMBERS |= {
    "joint_x": lambda: number(joint(law="mine").px[1]),
    "joint_y": lambda: number(joint(law="mine").py[1]),
    "joint_product": lambda: number(joint(law="mine").px[1] * joint(law="mine").py[1]),
    "joint_alarm": lambda: number(2 * joint(law="common_cause", strength=0.8).table[1, 1]),
    "joint_printed": lambda: number(printed_marginal(joint().table)[0]),
    "joint_right": lambda: number(joint().px[0]),
}

NUMBERS |= {
    "cancel_exact": lambda: number(cancel().exact),
    "cancel_ten": lambda: number(cancel().one_pass),
    "cancel_thousand": lambda: number(cancel(c=1e3).one_pass),
    "cancel_million": lambda: number(cancel(c=1e6).one_pass),
    "cancel_two": lambda: number(cancel(c=1e6).two_pass),
    "cancel_double": lambda: number(cancel(c=1e8, precision="double").one_pass),
    "cancel_time": lambda: number(cancel(c=1.8e9, sigma=3600.0).two_pass),
}


def _sick(**values: float) -> str:
    """P(ill) after a positive test, in %."""
    return number(100 * screening(**values).ill)


NUMBERS |= {
    "test_rare": _sick,
    "test_thousand": lambda: _sick(prevalence=0.001, positives=3),
    "test_sure": lambda: _sick(sensitivity=1.0),
    "test_symptoms": lambda: _sick(prevalence=0.2),
    "test_printed": lambda: number(100 * printed_bayes(*laws(0.01, 0.9, 0.05, 1))[0]),
}
