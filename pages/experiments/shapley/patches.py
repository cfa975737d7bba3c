"""Patches of a digit."""

from core.experiments.shapley import patches
from core.experiments.shapley import patches_claims as claims
from pages.figures.shapley.patches import figure
from pages.ui import choice, declare, hidden, number

EXPERIMENT = declare(
    __name__,
    patches.patches,
    claims,
    figure,
    (
        choice("source"),
        number("digit", when={"source": "digit"}),
        hidden("pixels"),
        choice("baseline"),
        number("other", when={"baseline": "digit"}),
        choice("target"),
        choice("model"),
        choice("side"),
        choice("view"),
        hidden("removed", "patch"),
    ),
    statements=("XAI-18", "XAI-20", "XAI-21", "XAI-22"),
    presets={
        "no_ink": {},
        "paper": {"baseline": "paper"},
        "left_out": {"digit": 530, "baseline": "paper", "patch": 9, "view": "indices"},
        "linear": {"model": "linear", "view": "indices"},
        "wrong": {"digit": 905, "patch": 6},
        "pen": {"source": "drawing"},
    },
)
