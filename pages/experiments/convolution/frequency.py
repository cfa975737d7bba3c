"""The frequency view."""

from core.experiments.convolution import frequency
from core.experiments.convolution import frequency_claims as claims
from core.experiments.convolution.frequency import GAINS, TAPS, WAVES, enough
from pages.figures.convolution.frequency import figure
from pages.ui import choice, declare, hidden, number, table, text

EXPERIMENT = declare(
    __name__,
    frequency.frequency,
    claims,
    figure,
    (
        choice("signal"),
        number("n", 12),
        table("waves", 0, 6, 0.5, WAVES, when={"signal": "waves"}),
        text("drawn", when={"signal": "drawn"}),
        choice("filter"),
        table("taps", -2, 2, 0.25, TAPS, when={"filter": "own"}),
        table("gain", 0, 2, 0.1, GAINS, when={"filter": "painted"}),
        number(
            "N",
            8,
            64,
            ticks=lambda n, filter, taps, gain: {"n": n, "n+m−1": enough(n, filter, taps, gain)},
            optimum=enough,
        ),
        choice("pair"),
        choice("boundary"),
        hidden("k"),
    ),
    statements=("CNN-04", "CNN-11", "CNN-12"),
    presets={
        "short": {},
        "unturned": {"pair": "corr", "filter": "echo", "N": 16},
        "conjugate": {"pair": "conj", "filter": "echo", "N": 16},
        "circle": {"boundary": "circular", "waves": "1.5 1,3 0.5,5 0.5"},
        "mirror": {"boundary": "reflect", "N": 24},
        "painted": {"filter": "painted", "N": 24},
    },
)
