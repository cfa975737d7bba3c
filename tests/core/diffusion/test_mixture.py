"""Mixtures and their exact prediction against autograd, quadrature and samples."""

import math

import pytest
import torch

from core.diffusion import Mixture, empirical, exact_eps, q_sample, schedule
from core.diffusion import mixture as module
from core.rng import generator

PLAN = schedule("linear", 100, 1e-3, 0.2)
LINE = Mixture([0.3, 0.7], [-2.0, 2.0], [0.3, 0.5])
PLANE = Mixture([0.2, 0.5, 0.3], [[0.0, 1.0], [-1.0, -1.0], [2.0, 0.5]], [0.3, 0.6, 0.1])


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def gradient(function, x):
    x = x.clone().requires_grad_()
    return torch.autograd.grad(function(x).sum(), x)[0]


@pytest.mark.parametrize(("data", "shape"), [(LINE, (9,)), (PLANE, (9, 2)), (PLANE, (3, 4, 2))])
@pytest.mark.parametrize("t", [1, 10, 100])
def test_the_exact_prediction_is_minus_the_score_of_autograd(data, shape, t):
    x, level = 2 * normal(*shape), float(PLAN.alpha_bar[t])
    by_autograd = gradient(data.noised(level).log_density, x)
    expected = -math.sqrt(1 - level) * by_autograd
    torch.testing.assert_close(exact_eps(data, x, t, PLAN.alpha_bar), expected)
    torch.testing.assert_close(data.noised(level).score(x), by_autograd)
    torch.testing.assert_close(data.score(x), gradient(data.log_density, x))


def test_the_density_integrates_to_one_and_has_the_stated_moments():
    x = torch.linspace(-8, 8, 8001, dtype=torch.float64)
    p, dx = LINE.density(x), 16 / 8000
    assert float(p.sum()) * dx == pytest.approx(1, abs=1e-10)
    assert float(p @ x) * dx == pytest.approx(float(LINE.mean), abs=1e-10)
    assert float(p @ (x - LINE.mean) ** 2) * dx == pytest.approx(float(LINE.variance), abs=1e-9)
    grid = torch.cartesian_prod(*[torch.linspace(-5, 5, 501, dtype=torch.float64)] * 2)
    q, area = PLANE.density(grid), 0.02**2
    assert float(q.sum()) * area == pytest.approx(1, abs=1e-9)
    torch.testing.assert_close(q @ grid * area, PLANE.mean, rtol=1e-8, atol=1e-8)
    second = q @ (grid - PLANE.mean).square() * area
    torch.testing.assert_close(second, PLANE.variance, rtol=1e-7, atol=1e-7)


def test_the_noised_density_is_the_data_convolved_with_the_noise():
    level, y = float(PLAN.alpha_bar[20]), torch.tensor([-1.5, 0.0, 1.0], dtype=torch.float64)
    x0 = torch.linspace(-6, 6, 6001, dtype=torch.float64)
    kernel = torch.exp(-((y[:, None] - math.sqrt(level) * x0) ** 2) / (2 * (1 - level)))
    kernel = kernel / math.sqrt(2 * math.pi * (1 - level))
    by_quadrature = kernel @ LINE.density(x0) * (12 / 6000)
    torch.testing.assert_close(LINE.noised(level).density(y), by_quadrature, rtol=1e-8, atol=0)
    # E[ε | xₜ = y] from Bayes' rule on the same grid
    weight = kernel * LINE.density(x0)
    eps = (y[:, None] - math.sqrt(level) * x0) / math.sqrt(1 - level)
    expected = (weight * eps).sum(1) / weight.sum(1)
    torch.testing.assert_close(exact_eps(LINE, y, 20, PLAN.alpha_bar), expected)


@pytest.mark.parametrize("data", [LINE, PLANE])
def test_samples_have_the_mean_and_variance_of_the_mixture(data):
    x = data.sample(100_000, generator(3))
    assert x.shape == (100_000, *data.mean.shape)
    off = 5 * (data.variance / 1e5).sqrt()
    assert bool(((x.mean(0) - data.mean).abs() < off).all())
    assert bool(((x.var(0) / data.variance - 1).abs() < 0.03).all())
    assert torch.equal(x, data.sample(100_000, generator(3)))
    assert not torch.equal(x, data.sample(100_000, generator(4)))


def test_no_prediction_beats_the_floor_of_the_loss():
    """Data N(0, 1): E|ε − ε*|² = ᾱₜ, and every other prediction costs more (E-75)."""
    data, plan, n = Mixture([1.0], [0.0], 1.0), schedule("linear", 1000), 200_000
    x0, eps = normal(n), normal(n, seed=1)
    xt = q_sample(x0, 301, eps, plan.alpha_bar)
    best = exact_eps(data, xt, 301, plan.alpha_bar)
    loss = float((eps - best).square().mean())
    assert float(plan.alpha_bar[301]) == pytest.approx(0.394, abs=5e-4)
    assert loss == pytest.approx(0.394, abs=0.006)
    for other in (0 * best, 0.9 * best, 1.1 * best, best + 0.1):
        assert float((eps - other).square().mean()) > loss


def test_steps_of_their_own_and_blocks_change_nothing(monkeypatch):
    for data, x in ((LINE, normal(50)), (PLANE, normal(50, 2))):
        t = torch.arange(1, 51)
        rows = exact_eps(data, x, t, PLAN.alpha_bar)
        single = [exact_eps(data, x[i], int(t[i]), PLAN.alpha_bar) for i in range(50)]
        torch.testing.assert_close(rows, torch.stack(single))
        same = exact_eps(data, x, 7, PLAN.alpha_bar)
        with monkeypatch.context() as patch:
            patch.setattr(module, "ENTRIES", 20)
            torch.testing.assert_close(exact_eps(data, x, t, PLAN.alpha_bar), rows)
            torch.testing.assert_close(exact_eps(data, x, 7, PLAN.alpha_bar), same)
    table = exact_eps(LINE, normal(4), torch.tensor([[1], [50]]), PLAN.alpha_bar)
    torch.testing.assert_close(table[1], exact_eps(LINE, normal(4), 50, PLAN.alpha_bar))


def test_far_away_and_at_the_start_the_prediction_stays_a_number():
    far = torch.tensor([-1e6, 1e6], dtype=torch.float64)
    found = exact_eps(LINE, far, 50, PLAN.alpha_bar)
    level = float(PLAN.alpha_bar[50])
    # the widest component is the nearest one in its own measure
    expected = far - math.sqrt(level) * 2
    expected = math.sqrt(1 - level) * expected / (level * 0.25 + 1 - level)
    torch.testing.assert_close(found, expected)
    assert not exact_eps(LINE, normal(5), 0, PLAN.alpha_bar).any()
    assert exact_eps(LINE, normal(5).float(), 3, PLAN.alpha_bar).dtype == torch.float32


def test_points_without_spread_predict_the_data_themselves():
    points = normal(6, 2)
    data = empirical(points)
    x = math.sqrt(PLAN.alpha_bar[1]) * points[2] + 1e-3
    eps = exact_eps(data, x, 1, PLAN.alpha_bar)
    x0 = (x - math.sqrt(1 - PLAN.alpha_bar[1]) * eps) / math.sqrt(PLAN.alpha_bar[1])
    torch.testing.assert_close(x0, points[2])
    assert {tuple(row) for row in data.sample(50, generator(0)).tolist()} <= {
        tuple(row) for row in points.tolist()
    }
    with pytest.raises(ValueError, match=r"expected stds > 0 where no noise is added .* got 0"):
        data.density(points)
    with pytest.raises(ValueError, match="expected stds > 0 where no noise is added"):
        exact_eps(data, points, 0, PLAN.alpha_bar)


def test_the_responsibilities_are_bayes():
    x = torch.tensor([0.1], dtype=torch.float64)
    parts = [
        w * math.exp(-((0.1 - m) ** 2) / (2 * s * s)) / s
        for w, m, s in ((0.3, -2, 0.3), (0.7, 2, 0.5))
    ]
    assert float(LINE.responsibilities(x)[0, 1]) == pytest.approx(parts[1] / sum(parts))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Mixture([0.5, 0.6], [0.0, 1.0], 1.0), "expected the sum of weights in"),
        (lambda: Mixture([-0.5, 1.5], [0.0, 1.0], 1.0), r"expected weights in \(0, 1\], got -0.5"),
        (lambda: Mixture(1.0, [0.0], 1.0), r"expected weights of shape \(k,\)"),
        (lambda: Mixture([1.0], [0.0, 1.0], 1.0), r"expected means of shape \(1,\) or \(1, d\)"),
        (lambda: Mixture([1.0], [math.nan], 1.0), "expected means .* got nan"),
        (lambda: Mixture([1.0], [0.0], -1.0), "expected stds .* got -1"),
        (lambda: Mixture([1.0], [0.0], [1.0, 1.0]), r"expected stds of shape \(1,\), got \(2,\)"),
        (lambda: PLANE.density(torch.zeros(3)), r"expected points of shape \(\.\.\., 2\)"),
        (lambda: LINE.noised(1.5), r"expected level in \[0, 1\], got 1.5"),
        (lambda: LINE.sample(0, generator(0)), "expected n a whole number"),
        (lambda: exact_eps(LINE, torch.zeros(2), 101, PLAN.alpha_bar), "expected t .* got 101"),
    ],
)
def test_refusals_name_the_parameter(call, words):
    with pytest.raises(ValueError, match=words):
        call()
