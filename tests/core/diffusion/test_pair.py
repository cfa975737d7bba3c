"""Two modes in closed form against the general mixture, quadrature and the flow by small steps."""

import math

import pytest
import torch

from core.diffusion import Mixture, exact_model, ode, schedule
from core.diffusion.pair import Pair
from core.rng import generator

PLAN = schedule("linear", 200, 5e-4, 0.1)
PAIRS = (Pair(0.7, 2.0, 0.3), Pair(0.1, -1.0, 0.8), Pair(0.5, 0.0, 1.0), Pair(0.98, 3.0, 0.05))
X = torch.linspace(-4, 4, 33, dtype=torch.float64)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("t", [1, 20, 200])
def test_the_prediction_is_that_of_the_mixture(pair, t):
    weights, means = [1 - pair.weight, pair.weight], [-pair.mean, pair.mean]
    general = exact_model(Mixture(weights, means, pair.std), PLAN.alpha_bar)(X, t)
    torch.testing.assert_close(pair.model(PLAN.alpha_bar)(X, t), general)
    level = float(PLAN.alpha_bar[t])
    x0 = (X - math.sqrt(1 - level) * general) / math.sqrt(level)
    torch.testing.assert_close(pair.x0(X, level), x0, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("level", [1.0, 0.5, 1e-6])
def test_the_distribution_function_is_the_integral_of_the_density(pair, level):
    fine = torch.linspace(-9, 9, 72_001, dtype=torch.float64)
    mass = pair.mixture.noised(level).density(fine)
    summed = torch.cat([mass.new_zeros(1), ((mass[1:] + mass[:-1]) / 2).cumsum(0) * 18 / 72_000])
    torch.testing.assert_close(pair.cdf(fine, level), summed, rtol=0, atol=1e-6)
    p = torch.tensor([1e-6, 0.01, 0.3, 0.5, 0.99, 1 - 1e-6], dtype=torch.float64)
    torch.testing.assert_close(pair.cdf(pair.quantile(p, level), level), p, rtol=0, atol=1e-12)


def test_quantiles_at_two_levels_are_joined_by_the_flow():
    """q₀⁻¹(q_T(x)) is where the probability-flow equation ends, to the order of Heun."""
    pair, angle = PAIRS[0], torch.linspace(0, 1.55, 2049, dtype=torch.float64)
    level = angle.cos().square()
    plan = schedule("cosine", 2048)._replace(alpha_bar=level)
    x = torch.linspace(-2.5, 2.5, 11, dtype=torch.float64)
    *_, last = ode(pair.model(level), x, plan, 2048, "heun")
    exact = pair.quantile(pair.cdf(x, level[-1]))
    torch.testing.assert_close(last.x, exact, rtol=0, atol=2e-3)
    coarse = exact - [*ode(pair.model(level), x, plan, 32, "heun")][-1].x
    assert float(coarse.abs().max()) > 4 * float((last.x - exact).abs().max())


def test_levels_go_along_with_points():
    pair, levels = PAIRS[0], torch.tensor([[1.0], [0.3]], dtype=torch.float64)
    for function in (pair.cdf, pair.x0):
        both = function(X, levels)
        torch.testing.assert_close(both[1], function(X, 0.3))
    p = torch.rand(5, generator=generator(0), dtype=torch.float64)
    torch.testing.assert_close(pair.quantile(p, levels)[1], pair.quantile(p, 0.3))
