"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

from collections.abc import Callable

from core.experiments.probability.joint import joint
from core.experiments.probability.moments import moments
from core.probability import printed_marginal
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
    "moments_far": lambda: number(moments(shape="grid", dx=7.5, dy=7.5).correlation, 2),
}
