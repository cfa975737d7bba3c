"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

import math
from functools import partial

from core.experiments.gan.circle import circle
from core.experiments.gan.ledger import ledger
from core.experiments.gan.push import LOSSES, push
from core.words import number


def _left(**values: object) -> str:
    """The distance to the balance at the end of a run of the two-number game."""
    return f"{float(circle(**values).radius[-1]):.3g}"


def _jsd(**values: object) -> str:
    """JSD in the last round of the mode ledger."""
    return f"{float(ledger(**values).jsd[-1]):.3g}"


def _even(k: int) -> str:
    """JSD with k of the eight modes covered evenly."""
    return number(float(ledger(covered=k, tilt=0.0).jsd[0]), 4)


def _v(k: int) -> str:
    """V at D* with k of the eight modes covered evenly."""
    return f"{float(ledger(covered=k, tilt=0.0).value[0]):.3f}"


def _push(loss: str, s: float = 8.0) -> str:
    """Mean push of the best referee on the shift s of the fakes N(s, 1), data N(0, 1)."""
    return number(float(push(s=s, sigma=1.0).push[LOSSES.index(loss)]), 2)


NUMBERS = {
    "circle_out": lambda: _left(),
    "circle_ahead": lambda: _left(update="extragradient"),
    "circle_brake": lambda: _left(r1=0.3),
    "circle_far": lambda: _left(steps=500),
    "ledger_little": lambda: _jsd(covered=1, tilt=0.0, follow=0.1, rounds=64),
    "floor": lambda: f"{-math.log(4):.4f}",
    "push_saturating": lambda: _push("saturating"),
    "push_other": lambda: _push("non_saturating"),
    **{f"jsd_{k}": partial(_even, k) for k in (1, 2, 4, 8)},
    **{f"v_{k}": partial(_v, k) for k in (1, 2, 4, 8)},
}
