r"""Diffusion models on data that are known exactly: noise in, noise out, and every step between.

Steps are counted t = 1, …, T as on the formula sheet, and t = 0 is the data. With βₜ the variance
that step t adds, αₜ = 1 − βₜ and ᾱₜ = α₁ ⋯ αₜ, the state at step t is xₜ = √ᾱₜ x₀ + √(1 − ᾱₜ) ε.

>>> import torch
>>> from core.rng import generator
>>> plan = schedule("linear", 1000)
>>> data = Mixture([0.3, 0.7], [-2.0, 2.0], [0.3, 0.3])
>>> model = exact_model(data, plan.alpha_bar)
>>> xT = torch.randn(2000, generator=generator(0), dtype=torch.float64)
>>> *_, last = ddim(model, xT, plan, steps=50)  # last.x: 2000 samples of the mixture

A model is any function of (x, t) with the shape of x; t is a whole number.
Sources: DDPM-01 to DDPM-09.
"""

from core.diffusion.mixture import Mixture, empirical, exact_eps, exact_model
from core.diffusion.quality import least_loss
from core.diffusion.samplers import SOLVERS, VARIANCES, Model, State, ddim, ddpm, grid, ode
from core.diffusion.schedules import (
    KINDS,
    PREDICTIONS,
    Posterior,
    Schedule,
    chain,
    convert,
    from_betas,
    posterior,
    q_sample,
    schedule,
)
from core.diffusion.training import Net, Snapshot, noise_model, predicted, train

__all__ = [
    "KINDS",
    "PREDICTIONS",
    "SOLVERS",
    "VARIANCES",
    "Mixture",
    "Model",
    "Net",
    "Posterior",
    "Schedule",
    "Snapshot",
    "State",
    "chain",
    "convert",
    "ddim",
    "ddpm",
    "empirical",
    "exact_eps",
    "exact_model",
    "from_betas",
    "grid",
    "least_loss",
    "noise_model",
    "ode",
    "posterior",
    "predicted",
    "q_sample",
    "schedule",
    "train",
]
