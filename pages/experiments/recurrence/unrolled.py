"""The recurrence unrolled."""

from core.experiments.recurrence import unrolled
from core.experiments.recurrence import unrolled_claims as claims
from pages.figures.recurrence.unrolled import figure
from pages.ui import choice, declare, hidden, number, switch, text

EXPERIMENT = declare(
    __name__,
    unrolled.unrolled,
    claims,
    figure,
    (
        number("r", step=0.005, ticks=lambda: {"1": 1.0}),
        number("omega", step=0.01),
        choice("x"),
        text("drawn", when={"x": "drawn"}),
        number("T"),
        choice("count"),
        switch("turned"),
        hidden("k"),
    ),
    statements=("RNN-01", "RNN-02"),
    presets={
        "two": {"k": 23},
        "impulse": {"x": "impulse", "omega": 0.0, "k": 20},
        "integrator": {"x": "step", "r": 1.0, "omega": 0.0, "k": 30},
        "resonance": {"x": "noise", "r": 0.97, "omega": 0.5, "T": 128, "k": 90},
        "drawn": {"x": "drawn", "r": 0.8, "k": 8},
        "long": {"x": "noise", "T": 64, "count": "rounds", "k": 40},
    },
)
