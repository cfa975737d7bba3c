"""What the texts quote is computed, and each of these numbers comes out of a second route."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy import integrate, optimize, stats

from core.diffusion import Mixture, ddpm, exact_model, from_betas
from core.experiments.diffusion.quoted import NUMBERS
from core.rng import generator

BETAS = np.linspace(1e-4, 0.02, 1000)
LEFT = np.cumprod(1 - BETAS)  # ᾱ of the steps 1, …, 1000
DATA = Mixture([0.3, 0.7], [-2.0, 2.0], 0.3)


# --- schedules: products --------------------------------------------------------------------------


def test_the_levels_are_products():
    assert NUMBERS["trace"]() == f"{math.sqrt(LEFT[999]):.5f}" == "0.00635"
    assert NUMBERS["middle_mean"]() == f"{3 * math.sqrt(LEFT[499]):.3f}" == "0.841"
    assert NUMBERS["middle_variance"]() == f"{1 - LEFT[499]:.3f}"
    assert NUMBERS["floor"]() == f"{LEFT[300]:.3f}" == "0.394"
    assert NUMBERS["half"]() == int((LEFT < 0.5).argmax()) + 1 == 260
    early = np.prod(1 - np.linspace(1e-4, 0.02, 200))
    assert NUMBERS["early_left"]() == f"{early:.3f}" == "0.132"


def test_the_cosine_is_below_a_half_where_its_square_is():
    # cos² θ < ½ cos² θ₀ with θ = (t/T + .008)/1.008 · π/2, θ₀ at t = 0
    first = math.cos(0.008 / 1.008 * math.pi / 2)
    angle = math.acos(first * math.sqrt(0.5))
    assert NUMBERS["half_cosine"]() == math.ceil(1000 * (angle / (math.pi / 2) * 1.008 - 0.008))


def test_the_share_of_the_wrong_start_is_a_quantile():
    level = np.prod(1 - np.linspace(1e-4, 0.02, 200))
    s = math.sqrt(level * 0.09 + 1 - level)

    def cdf(x):
        return sum(w * stats.norm.cdf(x, m * level**0.5, s) for w, m in ((0.3, -2), (0.7, 2)))

    x = optimize.brentq(lambda x: cdf(x) - 0.3, -3, 3)
    assert NUMBERS["early_share"]() == f"{100 * stats.norm.sf(x):.1f}"


# --- the reverse kernel: quadrature ---------------------------------------------------------------


@pytest.mark.parametrize(("name", "T"), [("few_apart", 5), ("many_apart", 1000)])
def test_the_misplaced_share_of_the_kernel_is_an_area(name, T):
    betas, t = np.linspace(0.1 / T, min(20 / T, 0.999), T), round(0.4 * T)
    level, beta = np.prod(1 - betas[: t - 1]), betas[t - 1]
    x = np.linspace(-6, 6, 200_001)
    s = math.sqrt(level * 0.09 + 1 - level)
    p = sum(w * stats.norm.pdf(x, m * level**0.5, s) for w, m in ((0.3, -2), (0.7, 2)))
    p = p * stats.norm.pdf(math.sqrt(1 - beta) * x, 0, math.sqrt(beta))
    p /= integrate.simpson(p, x=x)
    mean = integrate.simpson(p * x, x=x)
    spread = math.sqrt(integrate.simpson(p * (x - mean) ** 2, x=x))
    area = integrate.simpson(abs(p - stats.norm.pdf(x, mean, spread)), x=x) / 2
    assert float(NUMBERS[name]()) == pytest.approx(100 * area, rel=0.02)


# --- samplers: the engine's own loop with the exact prediction -----------------------------------


def right(T: int, variance: str) -> torch.Tensor:
    """What comes out right of 0 of 20 000 starts, with the noise of a thousand steps in T."""
    betas = torch.linspace(1e-4, 0.02, T, dtype=torch.float64) * (1000 / T)
    plan, source = from_betas(betas.clamp(max=0.999)), generator(17)
    start = torch.randn(20_000, generator=source, dtype=torch.float64)
    *_, last = ddpm(exact_model(DATA, plan.alpha_bar), start, plan, variance, source)
    return last.x[last.x > 0]


@pytest.mark.parametrize(
    ("name", "variance", "known"),
    [("ten_beta", "beta", 0.512), ("ten_posterior", "posterior", 0.26)],
)
def test_ten_steps_are_too_wide_or_too_narrow(name, variance, known):
    found = float(right(10, variance).std())
    assert float(NUMBERS[name]()) == pytest.approx(found, abs=0.015)
    assert found == pytest.approx(known, abs=0.015)


def test_without_fresh_noise_all_end_in_one_place():
    found = right(50, "none")
    assert len(found) == 20_000
    assert float(NUMBERS["alone"]()) == pytest.approx(float(found.std()), abs=2e-4)


# --- solvers: the flow as an equation in the angle -----------------------------------------------

TOP = math.acos(math.sqrt(LEFT[999]))
STARTS = torch.special.ndtri((torch.arange(64, dtype=torch.float64) + 0.5) / 64)


def velocity(x: torch.Tensor, angle: float) -> torch.Tensor:
    """v = cos φ ε − sin φ x̂₀ from the score of the noised data."""
    level = math.cos(angle) ** 2
    eps = -math.sin(angle) * DATA.noised(level).score(x)
    x0 = (x - math.sin(angle) * eps) / math.cos(angle)
    return math.cos(angle) * eps - math.sin(angle) * x0


def turned(x: torch.Tensor, angles: np.ndarray) -> torch.Tensor:
    """DDIM between two angles: √ᾱ x̂₀ + √(1 − ᾱ) ε of the next, with x̂₀ and ε of the last."""
    for a, b in pairwise(angles):
        v = velocity(x, a)
        x0, eps = math.cos(a) * x - math.sin(a) * v, math.sin(a) * x + math.cos(a) * v
        x = math.cos(b) * x0 + math.sin(b) * eps
    return x


def exact_ends() -> torch.Tensor:
    """By quantiles: what has as much of the law below it at both ends."""

    def cdf(x, level):
        s = math.sqrt(level * 0.09 + 1 - level)
        return sum(w * stats.norm.cdf(x, m * level**0.5, s) for w, m in ((0.3, -2), (0.7, 2)))

    def end(z):
        return optimize.brentq(lambda x: cdf(x, 1.0) - cdf(z, LEFT[999]), -6, 6)

    return torch.tensor([end(z) for z in STARTS.tolist()], dtype=torch.float64)


def test_euler_is_of_order_one_and_heun_of_order_two():
    ends, errors = exact_ends(), []
    for steps in (64, 128, 256):
        last = turned(STARTS, np.linspace(TOP, 0, steps + 1))
        errors.append(float((last - ends).abs().mean()))
    slope = -np.polyfit(np.log([64, 128, 256]), np.log(errors), 1)[0]
    assert float(NUMBERS["euler_order"]()) == pytest.approx(slope, abs=0.1)
    assert float(NUMBERS["heun_order"]()) == pytest.approx(2.0, abs=0.1)


def test_ten_steps_there_and_ten_back():
    ends, angles = exact_ends(), np.linspace(TOP, 0, 11)
    back = turned(turned(ends, angles[::-1]), angles)
    assert NUMBERS["there_and_back"]() == f"{float((back - ends).abs().mean()):.2f}"
