"""Gates, opened."""

from core.experiments.recurrence import gates
from core.experiments.recurrence import gates_claims as claims
from pages.figures.recurrence.gates import figure
from pages.ui import choice, declare, number, switch, text

GRU, LSTM = {"cell": "gru"}, {"cell": "lstm"}
KEEPS = {"0.5": 0.0, "0.9": 2.1972, "0.99": 4.5951}

EXPERIMENT = declare(
    __name__,
    gates.cells,
    claims,
    figure,
    (
        choice("cell"),
        text("x"),
        number("b_u", step=0.05, when=GRU, ticks=lambda: KEEPS),
        number("b_r", step=0.05, when=GRU),
        number("b_f", step=0.05, when=LSTM, ticks=lambda: KEEPS),
        number("b_i", step=0.05, when=LSTM),
        number("b_o", step=0.05, when=LSTM),
        choice("sense", when=GRU),
        choice("reset", when=GRU),
        switch("hard", unless={"cell": "rnn"}),
    ),
    statements=("RNN-07", "RNN-08", "CNN-35"),
    presets={
        "one": {},
        "three": {"b_u": 3.0},
        "count": {"cell": "lstm", "x": "1 1 1 1 1"},
        "plain": {"cell": "rnn"},
        "other": {"sense": "new"},
        "inside": {"b_u": 2.0, "b_r": 1.0, "reset": "inside"},
    },
)
