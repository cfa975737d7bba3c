"""Convolution of signals and pictures: the operator, its matrix, its gradients."""

from core.convolution.counts import Counts, parameter_counts
from core.convolution.gradients import backward
from core.convolution.matrices import circulant, doubly_block_toeplitz, toeplitz
from core.convolution.operator import convolve
from core.convolution.pooling import pool
from core.convolution.sizes import output_size, receptive_field, used_inputs

__all__ = [
    "Counts",
    "backward",
    "circulant",
    "convolve",
    "doubly_block_toeplitz",
    "output_size",
    "parameter_counts",
    "pool",
    "receptive_field",
    "toeplitz",
    "used_inputs",
]
