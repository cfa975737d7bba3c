r"""Noisy gradients: mini-batches, schedules of steps, averages, escape, adaptive steps.

>>> from core.rng import generator
>>> from core.stochastic import averages, chains, moments, power
>>> alphas = power(c=1.0, p=0.5).alphas(20_000)  # 1/√k
>>> mean, square = moments(alphas, sigma=1.0, x0=5.0)  # E x² ends at 0.0036
>>> x = chains(alphas[:2000], 1.0, 5.0, 200, generator(0))  # (2001, 200)
>>> mean, ema = averages(x[1:], beta=0.01)

Sources: OPT-09, OPT-11, OPT-12, OPT-15, OPT-16, OPT-17.
"""

from core.stochastic.adaptive import (
    METHODS,
    Adaptive,
    Online,
    adaptive,
    reddi,
    reddi_gradients,
    sparse_gradients,
)
from core.stochastic.averaging import (
    Averages,
    average_moments,
    averages,
    log_steps,
    slope,
    tail_average,
    window,
)
from core.stochastic.chains import chains, floor, moments
from core.stochastic.escape import (
    Escape,
    Well,
    escape,
    exit_time,
    kramers_exponent,
    kramers_rate,
    temperature,
)
from core.stochastic.noise import Epoch, batch_means, epoch, minibatch_variance, sample_gradients
from core.stochastic.schedules import Lamps, Schedule, constant, drawn, power, steps

__all__ = [
    "METHODS",
    "Adaptive",
    "Averages",
    "Epoch",
    "Escape",
    "Lamps",
    "Online",
    "Schedule",
    "Well",
    "adaptive",
    "average_moments",
    "averages",
    "batch_means",
    "chains",
    "constant",
    "drawn",
    "epoch",
    "escape",
    "exit_time",
    "floor",
    "kramers_exponent",
    "kramers_rate",
    "log_steps",
    "minibatch_variance",
    "moments",
    "power",
    "reddi",
    "reddi_gradients",
    "sample_gradients",
    "slope",
    "sparse_gradients",
    "steps",
    "tail_average",
    "temperature",
    "window",
]
