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
from core.recurrence.memory import (
    Gradients,
    below_one,
    clipped,
    eigenvalue,
    gradient_norms,
    input_scale,
    lru,
    spectral,
    variance,
)
from core.recurrence.scan import Cost, by_fft, costs, fft_size, kernel, scan

__all__ = [
    "DEFECTIVE",
    "Cost",
    "Diagonal",
    "Gradients",
    "below_one",
    "by_fft",
    "clipped",
    "costs",
    "diagonalise",
    "eigenvalue",
    "fft_size",
    "gradient_norms",
    "half_life",
    "input_scale",
    "kernel",
    "kreiss",
    "lru",
    "power_norms",
    "powers",
    "run",
    "scan",
    "spectral",
    "variance",
]
