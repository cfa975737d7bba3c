"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

from core.experiments.gan.circle import circle
from core.experiments.gan.ledger import ledger


def _left(**values: object) -> str:
    """The distance to the balance at the end of a run of the two-number game."""
    return f"{float(circle(**values).radius[-1]):.3g}"


def _jsd(**values: object) -> str:
    """JSD in the last round of the mode ledger."""
    return f"{float(ledger(**values).jsd[-1]):.3g}"


NUMBERS = {
    "circle_out": lambda: _left(),
    "circle_ahead": lambda: _left(update="extragradient"),
    "circle_brake": lambda: _left(r1=0.3),
    "circle_far": lambda: _left(steps=500),
    "ledger_little": lambda: _jsd(covered=1, tilt=0.0, follow=0.1, rounds=64),
}
