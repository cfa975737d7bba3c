"""Recurrences: linear ones by steps, scan and FFT; gated cells; gradients through time."""

from core.recurrence.cells import (
    PLACES,
    SENSES,
    Gru,
    Lstm,
    gru_cell,
    gru_run,
    gru_step,
    lstm_cell,
    lstm_run,
    lstm_step,
    rnn_cell,
    rnn_run,
)
from core.recurrence.copying import Learned, copying
from core.recurrence.linear import (
    DEFECTIVE,
    Diagonal,
    diagonalise,
    half_life,
    kreiss,
    power_norms,
    powers,
    run,
)

__all__ = [
    "DEFECTIVE",
    "PLACES",
    "SENSES",
    "Diagonal",
    "Gru",
    "Learned",
    "Lstm",
    "copying",
    "diagonalise",
    "gru_cell",
    "gru_run",
    "gru_step",
    "half_life",
    "kreiss",
    "lstm_cell",
    "lstm_run",
    "lstm_step",
    "power_norms",
    "powers",
    "rnn_cell",
    "rnn_run",
    "run",
]
