"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

from functools import partial

from core.experiments.diffusion.film import plan
from core.experiments.diffusion.noise_level import noise_level
from core.experiments.diffusion.sampler import measured, sampler
from core.experiments.diffusion.solvers import convergence, order, there_and_back
from core.experiments.diffusion.triangle import triangle
from core.words import number


def _level(t: int) -> float:
    """ᾱₜ of the linear schedule of 1000 steps."""
    return float(plan("linear", 1000).alpha_bar[t])


def _ten(method: str) -> str:
    """σ of the samples near 2 after ten steps."""
    return f"{measured(sampler(method=method, T=10, N=20_000).ends).std:.2f}"


def _alone() -> str:
    """σ of the samples after fifty steps without fresh noise."""
    return number(measured(sampler(method="none", N=20_000).ends).std, 1)


def _apart(T: int) -> str:
    """Per cent of the reverse kernel at xₜ = 0 that a Gaussian misplaces, at 0.4 T."""
    run = triangle(known="data", T=T, t=round(0.4 * T), xt=0.0)
    return number(100 * float(run.kernel.apart), 2)


def _order(method: str) -> str:
    return f"{order(convergence(method, 0.3)):.1f}"


NUMBERS = {
    "trace": lambda: f"{_level(1000) ** 0.5:.5f}",
    "middle_mean": lambda: f"{3 * _level(500) ** 0.5:.3f}",
    "middle_variance": lambda: f"{1 - _level(500):.3f}",
    "floor": lambda: f"{_level(301):.3f}",
    "half": lambda: noise_level().half,
    "half_cosine": lambda: noise_level(kind="cosine").half,
    "early_left": lambda: f"{noise_level(T=200).end:.3f}",
    "early_share": lambda: f"{100 * noise_level(T=200).share:.1f}",
    "few_apart": partial(_apart, 5),
    "many_apart": partial(_apart, 1000),
    "ten_beta": partial(_ten, "beta"),
    "ten_posterior": partial(_ten, "posterior"),
    "alone": _alone,
    "euler_order": partial(_order, "euler"),
    "heun_order": partial(_order, "heun"),
    "there_and_back": lambda: f"{there_and_back(0.3, 10):.2f}",
}
