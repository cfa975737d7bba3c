"""Both estimators against the exact gradient, exact variances and autograd of the density."""

import math

import pytest
import torch

from core.convexity import exact_gradient, reparametrised_gradient, score_gradient, uniform_gradient
from core.rng import generator

N = 100_000


def g(x):
    return (x - 3) ** 2


def test_the_curriculums_variances():
    plain, helped = exact_gradient(0.0, g), exact_gradient(0.0, g, 10.0)
    assert plain[:3] == pytest.approx((-6.0, 222.0, 4.0), rel=1e-12)
    assert helped[:3] == pytest.approx((-6.0, 82.0, 4.0), rel=1e-12)
    # 222 − 20 · 12 + 100 at b = 10, least at b = 12: 78
    assert plain.best_baseline == pytest.approx(12.0)
    assert exact_gradient(0.0, g, 12.0).score_variance == pytest.approx(78.0)


@pytest.mark.parametrize("theta", [-1.0, 0.0, 2.5])
@pytest.mark.parametrize("baseline", [0.0, 10.0, -4.0])
def test_both_are_unbiased_with_their_variances(theta, baseline):
    score = score_gradient(theta, g, N, baseline, generator(0))
    path = reparametrised_gradient(theta, g, N, generator(1))
    exact = exact_gradient(theta, g, baseline)
    for found, variance in ((score, exact.score_variance), (path, exact.path_variance)):
        assert abs(found.mean - 2 * (theta - 3)) < 5 * found.error
        assert found.error**2 * N == pytest.approx(variance, rel=0.1)
    assert exact.gradient == pytest.approx(2 * (theta - 3), rel=1e-9, abs=1e-9)


def test_the_trick_itself():
    """∇ p = p ∇ log p by autograd."""
    x = torch.linspace(-4, 4, 81, dtype=torch.float64)
    theta = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)

    def log_p(theta):
        return -((x - theta) ** 2) / 2 - math.log(2 * math.pi) / 2

    slope = torch.autograd.functional.jacobian(lambda t: log_p(t).exp(), theta)
    trick = log_p(theta).exp() * torch.autograd.functional.jacobian(log_p, theta)
    assert torch.allclose(slope, trick.detach(), rtol=1e-12)


def test_other_functions_by_quadrature():
    """E sin X = e^{−½} sin θ, E e^X = e^{θ + ½}."""
    for f, slope in (
        (torch.sin, lambda t: math.exp(-0.5) * math.cos(t)),
        (torch.exp, lambda t: math.exp(t + 0.5)),
    ):
        for theta in (-0.4, 1.3):
            assert exact_gradient(theta, f).gradient == pytest.approx(slope(theta), rel=1e-9)
            found = reparametrised_gradient(theta, f, N, generator(3))
            assert abs(found.mean - slope(theta)) < 5 * found.error


def test_a_step_is_seen_by_the_score_alone():
    def step(x):
        return (x > 0).double()

    score = score_gradient(0.3, step, N, 0.5, generator(0))
    density = math.exp(-0.045) / math.sqrt(2 * math.pi)
    assert abs(score.mean - density) < 5 * score.error
    assert reparametrised_gradient(0.3, step, N, generator(0)) == (0.0, 0.0)


def test_the_error_falls_with_the_root_of_n():
    errors = [score_gradient(0.0, g, n, 0.0, generator(5)).error for n in (1000, 100_000)]
    assert errors[0] / errors[1] == pytest.approx(10, rel=0.2)
    again = score_gradient(0.0, g, 1000, 0.0, generator(5))
    assert again.error == errors[0]


def test_a_support_that_moves():
    """E (X − 3)² = θ²/3 − 3θ + 9 on [0, θ]: slope 2θ/3 − 3."""
    true, trick = uniform_gradient(2.0, g)
    assert true == pytest.approx(4 / 3 - 3)
    assert trick == pytest.approx(-(4 / 3 - 6 + 9) / 2)
    assert true - trick == pytest.approx(float(g(2.0)) / 2)  # what the edge contributes


def test_refusals():
    source = generator(0)
    with pytest.raises(ValueError, match="n a whole"):
        score_gradient(0.0, g, 1, 0.0, source)
    with pytest.raises(ValueError, match="theta"):
        reparametrised_gradient(math.inf, g, 10, source)
    with pytest.raises(ValueError, match="baseline"):
        score_gradient(0.0, g, 10, math.nan, source)
    with pytest.raises(ValueError, match="g in"):
        score_gradient(0.0, torch.log, 100, 0.0, source)
    with pytest.raises(ValueError, match="g in"):
        reparametrised_gradient(0.0, torch.log, 100, source)
    with pytest.raises(ValueError, match="theta"):
        uniform_gradient(0.0, g)
