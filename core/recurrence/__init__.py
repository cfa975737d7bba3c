"""Recurrences: linear ones by steps, scan and FFT; gated cells; gradients through time."""

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
    "Diagonal",
    "diagonalise",
    "half_life",
    "kreiss",
    "power_norms",
    "powers",
    "run",
]
