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

__all__ = [
    "PLACES",
    "SENSES",
    "Gru",
    "Learned",
    "Lstm",
    "copying",
    "gru_cell",
    "gru_run",
    "gru_step",
    "lstm_cell",
    "lstm_run",
    "lstm_step",
    "rnn_cell",
    "rnn_run",
]
