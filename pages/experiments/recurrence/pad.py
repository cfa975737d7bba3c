"""The eigenvalue pad."""

from core.experiments.recurrence import pad
from core.experiments.recurrence import pad_claims as claims
from pages.figures.recurrence.pad import figure
from pages.ui import choice, declare, hidden, number


def within(T: int) -> tuple[int, int]:
    return 0, T


EXPERIMENT = declare(
    __name__,
    pad.echo,
    claims,
    figure,
    (
        number("modulus", step=0.01, ticks=lambda: {"1": 1.0}),
        number("angle", step=0.01),
        choice("signal"),
        number("seed", when={"signal": "noise"}),
        number("T"),
        number("t", reach=within),
        choice("form"),
        hidden("drawn"),
    ),
    statements=("RNN-01", "RNN-02", "RNN-03", "RNN-04"),
    presets={
        "bell": {},
        "long": {"modulus": 0.99, "angle": 0.1, "T": 240, "t": 100},
        "opposite": {"modulus": 0.9, "angle": 3.141592653589793, "T": 40},
        "circle": {"modulus": 1.0, "angle": 0.2, "signal": "step"},
        "drawn": {"modulus": 0.9, "angle": 0.0, "signal": "drawn", "t": 20},
        "classic": {"modulus": 1.02, "form": "classic"},
    },
)
