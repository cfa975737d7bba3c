"""Schedules, jumps, posteriors and conversions against chains, Bayes on a grid and the sheet."""

import math

import pytest
import torch

from core.diffusion import (
    KINDS,
    PREDICTIONS,
    chain,
    convert,
    from_betas,
    posterior,
    q_sample,
    schedule,
)
from core.rng import generator

LINEAR = schedule("linear", 1000)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def test_the_linear_schedule_of_the_sheet():
    assert float(LINEAR.alpha_bar[500]) == pytest.approx(0.07859, abs=5e-6)
    assert float(LINEAR.alphas[500]) == pytest.approx(0.98996, abs=5e-6)
    assert float(LINEAR.alpha_bar[1000]) == pytest.approx(4.036e-5, abs=5e-9)
    assert math.sqrt(LINEAR.alpha_bar[1000]) == pytest.approx(0.0063528, abs=5e-8)
    assert int((LINEAR.alpha_bar < 0.5).nonzero()[0]) == 260
    assert float(LINEAR.betas[1]) == 1e-4 and float(LINEAR.betas[1000]) == 0.02


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("T", [1, 2, 10, 1000])
def test_a_schedule_falls_from_one_and_is_its_own_product(kind, T):
    plan = schedule(kind, T)
    assert plan.T == T
    for part in plan:
        assert part.shape == (T + 1,) and part.dtype == torch.float64
    assert float(plan.betas[0]) == 0 and float(plan.alpha_bar[0]) == 1
    assert bool((plan.alpha_bar.diff() < 0).all()) and float(plan.alpha_bar[-1]) > 0
    logs = torch.log1p(-plan.betas).cumsum(0)
    torch.testing.assert_close(plan.alpha_bar.log(), logs, rtol=1e-11, atol=1e-12)


def test_the_cosine_is_a_squared_cosine_until_its_last_step():
    plan = schedule("cosine", 40)
    for t in (1, 7, 39):
        f = [math.cos((u / 40 + 0.008) / 1.008 * math.pi / 2) ** 2 for u in (0, t)]
        assert float(plan.alpha_bar[t]) == pytest.approx(f[1] / f[0], rel=1e-12)
    assert float(plan.betas[40]) == 0.999


def test_the_chain_has_the_moments_of_the_jump_and_not_of_the_printed_formula():
    mean, variance = 3.0, 0.0
    for beta in LINEAR.betas[1:501].tolist():
        mean, variance = math.sqrt(1 - beta) * mean, (1 - beta) * variance + beta
    x0, one = torch.tensor(3.0, dtype=torch.float64), torch.ones(()).double()
    jump = q_sample(x0, 500, 0 * one, LINEAR.alpha_bar)
    spread = q_sample(x0, 500, one, LINEAR.alpha_bar) - jump
    assert float(jump) == pytest.approx(mean, rel=1e-12) == pytest.approx(0.841, abs=5e-4)
    assert float(spread) ** 2 == pytest.approx(variance, rel=1e-12) == pytest.approx(0.9214, 1e-4)
    printed = q_sample(x0, 500, 0 * one, LINEAR.alphas)
    assert float(printed) == pytest.approx(2.985, abs=5e-4)


def test_the_simulated_chain_keeps_variance_one_and_shrinks_the_mean():
    plan = schedule("linear", 12, 0.02, 0.3)
    start = normal(100_000) + 2
    for t, x in enumerate(chain(start, plan, generator(1))):
        assert float(x.var()) == pytest.approx(1, abs=5 * math.sqrt(2 / 1e5))
        assert float(x.mean()) == pytest.approx(2 * math.sqrt(plan.alpha_bar[t]), abs=5 / 316)
    assert t == 12


def test_every_row_may_have_its_own_step():
    x0, eps, t = normal(5, 2), normal(5, 2, seed=1), torch.tensor([0, 1, 500, 999, 1000])
    rows = q_sample(x0, t, eps, LINEAR.alpha_bar)
    for i in range(5):
        torch.testing.assert_close(rows[i], q_sample(x0[i], int(t[i]), eps[i], LINEAR.alpha_bar))
    assert torch.equal(rows[0], x0[0])
    grid = q_sample(x0[:, 0], t[:, None], eps[:, 0], LINEAR.alpha_bar)
    torch.testing.assert_close(grid[3], q_sample(x0[:, 0], 999, eps[:, 0], LINEAR.alpha_bar))
    assert q_sample(x0.float(), t, eps.float(), LINEAR.alpha_bar).dtype == torch.float32


@pytest.mark.parametrize("t", [2, 5, 10])
def test_the_posterior_is_bayes_on_a_grid(t):
    plan, x0, xt = schedule("linear", 10, 0.05, 0.4), 0.7, -0.4
    x = torch.linspace(-8, 8, 20_001, dtype=torch.float64)
    before, alpha = float(plan.alpha_bar[t - 1]), float(plan.alphas[t])
    prior = (x - math.sqrt(before) * x0) ** 2 / (1 - before)
    forward = (xt - math.sqrt(alpha) * x) ** 2 / (1 - alpha)
    p = (-(prior + forward) / 2).softmax(0)
    mean = float(p @ x)
    found = posterior(
        torch.tensor(x0, dtype=torch.float64), torch.tensor(xt, dtype=torch.float64), t, plan
    )
    assert float(found.mean) == pytest.approx(mean, abs=1e-9)
    assert float(found.variance) == pytest.approx(float(p @ (x - mean) ** 2), rel=1e-9)
    assert float(plan.posterior_variances[t]) == pytest.approx(float(found.variance), rel=1e-12)


def test_the_posterior_of_the_first_step_is_the_data():
    x0, xt = normal(4, 2), normal(4, 2, seed=1)
    mean, variance = posterior(x0, xt, 1, LINEAR)
    torch.testing.assert_close(mean, x0, rtol=1e-9, atol=1e-9)
    assert float(variance) == 0 == float(LINEAR.posterior_variances[1])
    mixed = posterior(x0, xt, torch.tensor([1, 2, 500, 1000]), LINEAR)
    assert mixed.variance.shape == (4, 1)
    torch.testing.assert_close(mixed.mean[2], posterior(x0[2], xt[2], 500, LINEAR).mean)


def test_predictions_turn_into_each_other():
    x0, eps, t = normal(6, 2), normal(6, 2, seed=1), torch.tensor([1, 2, 40, 300, 900, 1000])
    xt = q_sample(x0, t, eps, LINEAR.alpha_bar)
    # the velocity is the derivative of xₜ by the angle whose cosine is √ᾱ
    angle = LINEAR.alpha_bar[t].sqrt().acos()[:, None]
    turned = (angle + 1e-6).cos() * x0 + (angle + 1e-6).sin() * eps
    v = (turned - ((angle - 1e-6).cos() * x0 + (angle - 1e-6).sin() * eps)) / 2e-6
    torch.testing.assert_close(
        convert(eps, xt, t, LINEAR.alpha_bar, "eps", "v"), v, rtol=1e-6, atol=1e-6
    )
    exact = {"x0": x0, "eps": eps, "v": angle.cos() * eps - angle.sin() * x0}
    for given in PREDICTIONS:
        for wanted in PREDICTIONS:
            found = convert(exact[given], xt, t, LINEAR.alpha_bar, given, wanted)
            torch.testing.assert_close(found, exact[wanted], rtol=1e-8, atol=1e-8)


X = torch.zeros(3).double()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: schedule("sine", 10), "expected kind to be one of linear, cosine, got 'sine'"),
        (lambda: schedule("linear", 0), "expected T a whole number in"),
        (lambda: schedule("linear", 2.5), "expected T a whole number"),
        (lambda: schedule("linear", 10, beta_1=0), r"expected beta_1 in \(0, 1\), got 0"),
        (lambda: schedule("linear", 10, beta_T=1), r"expected beta_T in \(0, 1\), got 1"),
        (lambda: schedule("linear", 10, math.nan), "expected beta_1 .* got nan"),
        (lambda: from_betas([0.1, 1.0]), r"expected betas in \(0, 1\), got 1"),
        (lambda: from_betas([0.1, math.nan]), r"expected betas in \(0, 1\), got nan"),
        (lambda: from_betas([]), r"expected betas of shape \(T,\), got \(0,\)"),
        (lambda: q_sample(X, 1001, X, LINEAR.alpha_bar), r"expected t .* \[0, 1000\], got 1001"),
        (lambda: q_sample(X, -1, X, LINEAR.alpha_bar), "expected t .* got -1"),
        (lambda: q_sample(X, X, X, LINEAR.alpha_bar), "expected t to hold whole numbers"),
        (lambda: q_sample(X, 0, X, X[0]), r"expected alpha_bar of shape \(T \+ 1,\)"),
        (lambda: posterior(X, X, 0, LINEAR), r"expected t .* \[1, 1000\], got 0"),
        (lambda: convert(X, X, 1, LINEAR.alpha_bar, "x", "v"), "expected given to be one of"),
        (lambda: convert(X, X, 1, LINEAR.alpha_bar, "v", "x"), "expected wanted to be one of"),
        (lambda: convert(X, X, 0, LINEAR.alpha_bar, "x0", "eps"), r"expected t in \[1, T\]"),
    ],
)
def test_refusals_name_the_parameter(call, words):
    with pytest.raises(ValueError, match=words):
        call()
