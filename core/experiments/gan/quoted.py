"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

from core.experiments.gan.circle import circle


def _left(**values: object) -> str:
    """The distance to the balance at the end of a run of the two-number game."""
    return f"{float(circle(**values).radius[-1]):.3g}"


NUMBERS = {
    "circle_out": lambda: _left(),
    "circle_ahead": lambda: _left(update="extragradient"),
    "circle_brake": lambda: _left(r1=0.3),
    "circle_far": lambda: _left(steps=1000),
}
