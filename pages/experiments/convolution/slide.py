"""Flip and slide."""

from core.experiments.convolution import slide
from core.experiments.convolution import slide_claims as claims
from pages.figures.convolution.slide import figure
from pages.ui import choice, declare, hidden, number, switch, text

EXPERIMENT = declare(
    __name__,
    slide.slide,
    claims,
    figure,
    (
        choice("f"),
        number("n", unless={"f": "drawn"}),
        text("f_drawn", when={"f": "drawn"}),
        choice("h"),
        number("m", unless={"h": "drawn"}),
        text("h_drawn", when={"h": "drawn"}),
        switch("flip"),
        choice("time"),
        choice("mode", when={"time": "discrete"}),
        number("copies", when={"h": "die", "time": "discrete"}),
        hidden("k"),
    ),
    statements=("CNN-06", "CNN-13", "CNN-16", "PROB-27"),
    presets={
        "tall_end": {},
        "no_flip": {"flip": False},
        "boxes": {"n": 5, "h": "box", "m": 5},
        "two_dice": {"f": "die", "n": 6, "h": "die", "m": 6},
        "seven_dice": {"f": "die", "n": 6, "h": "die", "m": 6, "copies": 6},
        "two_bumps": {"f": "bump", "n": 16, "h": "bump", "m": 16, "time": "continuous"},
    },
)
