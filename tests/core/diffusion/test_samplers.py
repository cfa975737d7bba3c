"""Samplers against closed forms of Gaussian data, each other, and their orders of convergence."""

import math
from itertools import pairwise

import pytest
import torch

from core.diffusion import (
    SOLVERS,
    VARIANCES,
    Mixture,
    Schedule,
    ddim,
    ddpm,
    empirical,
    exact_model,
    from_betas,
    grid,
    ode,
    posterior,
    q_sample,
    schedule,
)
from core.rng import generator

PLAN = schedule("linear", 12, 0.02, 0.4)
DATA = Mixture([0.3, 0.7], [-2.0, 2.0], 0.3)
PLANE = Mixture([0.4, 0.6], [[-1.0, 0.0], [1.0, 0.5]], [0.3, 0.5])


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def end(states):
    *_, last = states
    return last.x


def gaussian(mean, std, plan):
    """The exact model of one Gaussian, and the mean and variance of its diffusion at every step."""
    level = plan.alpha_bar
    model = exact_model(Mixture([1.0], [mean], std), level)
    return model, level.sqrt() * mean, level * std**2 + 1 - level


@pytest.mark.parametrize(("std", "variance"), [(1.0, "beta"), (0.0, "posterior")])
def test_ddpm_reproduces_the_exact_marginals_of_gaussian_data_step_by_step(std, variance):
    """βₜ is the true reverse variance for data of variance 1, β̃ₜ for data on one point."""
    n = 100_000
    model, mean, spread = gaussian(1.5, std, PLAN)
    xT = mean[-1] + spread[-1].sqrt() * normal(n)
    for state in ddpm(model, xT, PLAN, variance, generator(1)):
        s = float(spread[state.t])
        assert float(state.x.mean()) == pytest.approx(
            float(mean[state.t]), abs=5 * math.sqrt(s / n) + 1e-12
        )
        assert float(state.x.var()) == pytest.approx(s, rel=5 * math.sqrt(2 / n), abs=1e-20)


@pytest.mark.parametrize("variance", VARIANCES)
@pytest.mark.parametrize("std", [0.3, 2.0])
def test_ddpm_has_the_moments_of_its_recursion_for_any_gaussian(variance, std):
    """Var xₜ₋₁ = Aₜ² Var xₜ + σₜ² with Aₜ = (1 − βₜ / vₜ) / √αₜ, v the exact variance."""
    n = 100_000
    model, mean, spread = gaussian(-0.5, std, PLAN)
    expected = float(spread[-1])
    states = list(ddpm(model, mean[-1] + expected**0.5 * normal(n), PLAN, variance, generator(2)))
    assert [state.t for state in states] == list(range(12, -1, -1))
    for state in states[1:]:
        t = state.t + 1
        beta, level = float(PLAN.betas[t]), float(PLAN.alpha_bar[t])
        added = {
            "beta": beta,
            "posterior": beta * (1 - float(PLAN.alpha_bar[t - 1])) / (1 - level),
            "none": 0.0,
        }[variance]
        factor = (1 - beta / float(spread[t])) / math.sqrt(1 - beta)
        expected = factor**2 * expected + (added if t > 1 else 0.0)
        assert float(state.x.var()) == pytest.approx(expected, rel=5 * math.sqrt(2 / n))
        off = 5 * math.sqrt(expected / n) + 5 * math.sqrt(float(spread[-1]) / n)
        assert float(state.x.mean()) == pytest.approx(float(mean[t - 1]), abs=off)


def test_a_ddpm_step_has_the_mean_of_the_posterior_at_the_predicted_data():
    model, x = exact_model(PLANE, PLAN.alpha_bar), normal(30, 2)
    states = list(ddpm(model, x, PLAN, "none"))
    for now, then in pairwise(states):
        torch.testing.assert_close(then.x, posterior(now.x0, now.x, now.t, PLAN).mean)
        again = q_sample(now.x0, now.t, now.eps, PLAN.alpha_bar)
        torch.testing.assert_close(again, now.x)
    assert states[-1].eps is None and torch.equal(states[-1].x, states[-1].x0)


@pytest.mark.parametrize("steps", [1, 5, 12])
@pytest.mark.parametrize("std", [0.0, 0.3, 2.0])
def test_ddim_on_a_gaussian_is_a_product_of_factors(steps, std):
    """xₛ − √ᾱₛ m = (√(ᾱₛ ᾱₜ) s² + √((1 − ᾱₛ)(1 − ᾱₜ))) / vₜ · (xₜ − √ᾱₜ m)."""
    model, mean, spread = gaussian(1.5, std, PLAN)
    x = normal(20)
    off = x - mean[-1]
    states = list(ddim(model, x, PLAN, steps))
    assert [state.t for state in states] == grid(12, steps)
    for now, then in pairwise(states):
        a, b = float(PLAN.alpha_bar[now.t]), float(PLAN.alpha_bar[then.t])
        factor = math.sqrt(a * b) * std**2 + math.sqrt((1 - a) * (1 - b))
        off = off * factor / float(spread[now.t])
        torch.testing.assert_close(then.x, mean[then.t] + off)


@pytest.mark.parametrize("eta", [0.5, 1.0])
def test_ddim_with_noise_has_the_variance_of_its_recursion(eta):
    n = 100_000
    model, mean, spread = gaussian(1.5, 0.6, PLAN)
    expected = float(spread[-1])
    states = list(ddim(model, mean[-1] + expected**0.5 * normal(n), PLAN, 5, eta, generator(1)))
    for now, then in pairwise(states):
        a, b = float(PLAN.alpha_bar[now.t]), float(PLAN.alpha_bar[then.t])
        added = eta**2 * (1 - b) / (1 - a) * (1 - a / b)
        v = float(spread[now.t])
        factor = (math.sqrt(b * a) * 0.36 + math.sqrt((1 - b - added) * (1 - a))) / v
        expected = factor**2 * expected + added
        assert float(then.x.var()) == pytest.approx(expected, rel=5 * math.sqrt(2 / n))


@pytest.mark.parametrize("kind", ["linear", "cosine"])
def test_ddim_with_eta_one_and_all_steps_is_ddpm_with_the_posterior_variance(kind):
    plan = schedule(kind, 50, 1e-3, 0.3)
    model, x = exact_model(PLANE, plan.alpha_bar), normal(200, 2)
    left = list(ddim(model, x, plan, 50, 1.0, generator(5)))
    right = list(ddpm(model, x, plan, "posterior", generator(5)))
    for a, b in zip(left, right, strict=True):
        assert a.t == b.t
        torch.testing.assert_close(a.x, b.x, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("steps", [1, 3, 7, 12])
def test_euler_is_ddim_without_noise(steps):
    model, x = exact_model(PLANE, PLAN.alpha_bar), normal(40, 2)
    for a, b in zip(ode(model, x, PLAN, steps, "euler"), ddim(model, x, PLAN, steps), strict=True):
        assert a.t == b.t
        torch.testing.assert_close(a.x, b.x)


def of_angles(angle):
    """The schedule with ᾱ = cos² of the given angles, the first of them 0."""
    level = angle.cos().square()
    alphas = torch.cat([level[:1], level[1:] / level[:-1]])
    return Schedule(1 - alphas, alphas, level)


EVEN = torch.arange(4097, dtype=torch.float64) / 4096
PLANS = {"even angles": of_angles(1.5 * EVEN), "even noise to signal": of_angles((3 * EVEN).atan())}


def solver_errors(plan, method, counts):
    """Distance of the ends from those of 2048 steps of Heun, for data from a mixture."""
    model, x = exact_model(DATA, plan.alpha_bar), torch.linspace(-2, 2, 15, dtype=torch.float64)
    fine = end(ode(model, x, plan, 2048, "heun"))
    return [float((end(ode(model, x, plan, n, method)) - fine).norm()) for n in counts]


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("heun", 2)])
@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_a_solver_has_its_order(method, order, plan):
    errors = solver_errors(plan, method, [32, 64, 128])
    rates = [math.log2(a / b) for a, b in pairwise(errors)]
    assert rates == pytest.approx([order, order], abs=0.25)
    assert rates[-1] == pytest.approx(order, abs=0.12)


@pytest.mark.parametrize("kind", ["linear", "cosine"])
def test_heun_is_closer_than_euler_on_the_schedules_of_a_name(kind):
    plan = schedule(kind, 4096, 1e-4 / 4, 0.02 / 4)
    euler, heun = (solver_errors(plan, method, [32])[0] for method in ("euler", "heun"))
    assert heun < euler / 2  # what is left is mostly its last step, which is one of euler


@pytest.mark.parametrize("method", SOLVERS)
def test_the_flow_of_a_gaussian_scales_it_and_keeps_its_law(method):
    """xₜ = √ᾱₜ m + √(vₜ / v_T) (x_T − √ᾱ_T m), on a fine grid."""
    plan = of_angles(1.25 * EVEN[::4])
    model, mean, spread = gaussian(1.5, 0.6, plan)
    x = normal(9)
    for state in ode(model, x, plan, 512, method):
        scale = (spread[state.t] / spread[-1]).sqrt()
        exact = mean[state.t] + scale * (x - mean[-1])
        tol = {"euler": 2e-2, "heun": 1e-4}[method]
        torch.testing.assert_close(state.x, exact, rtol=0, atol=tol)


def test_a_net_without_smoothing_gives_back_its_examples():
    points = normal(8, 2)
    plan = schedule("linear", 100, 1e-3, 0.2)
    model, x = exact_model(empirical(points), plan.alpha_bar), normal(100, 2)
    ends = {
        "beta": end(ddpm(model, x, plan, "beta", generator(0))),
        "posterior": end(ddpm(model, x, plan, "posterior", generator(0))),
        "ddim": end(ddim(model, x, plan, 100)),
        "heun": end(ode(model, x, plan, 100)),
    }
    for name, samples in ends.items():
        away = torch.cdist(samples, points).min(1)
        assert float(away.values.max()) < 1e-6, name
        assert len(away.indices.unique()) > 4, name


def test_the_shares_of_the_mixture_come_back_only_with_the_noise():
    """T = 50: share right .704 (β), .708 (β̃); without noise all samples on one point (DDPM-07)."""
    plan = schedule("linear", 50, 0.002, 0.4)
    model, x = exact_model(DATA, plan.alpha_bar), normal(20_000)
    found = {}
    for variance in VARIANCES:
        samples = end(ddpm(model, x, plan, variance, generator(1)))
        right = samples[samples > 0]
        found[variance] = len(right) / len(samples), float(right.std())
    assert found["beta"] == (pytest.approx(0.704, abs=0.015), pytest.approx(0.321, abs=0.01))
    assert found["posterior"] == (pytest.approx(0.708, abs=0.015), pytest.approx(0.254, abs=0.01))
    assert found["none"] == (1.0, pytest.approx(7e-4, abs=5e-5))


def test_the_grid_is_that_of_trailing_spacing():
    printed = [999, 922, 845, 768, 691, 614, 537, 461, 384, 307, 230, 153, 76]
    assert grid(1000, 13) == [t + 1 for t in printed] + [0]
    for steps in (1, 3, 7, 9, 27, 667, 999, 1000):
        times = grid(1000, steps)
        assert times[0] == 1000 and times[-1] == 0 and len(times) == steps + 1
        strides = [a - b for a, b in pairwise(times)]
        assert min(strides) >= 1 and max(strides) - min(strides) <= 1


def runs(model, x, plan, seed):
    yield from (ddpm(model, x, plan, v, generator(seed)) for v in VARIANCES)
    yield from (ddim(model, x, plan, 5, eta, generator(seed)) for eta in (0.0, 0.5, 1.0))
    yield from (ode(model, x, plan, 5, method) for method in SOLVERS)


def test_the_model_is_asked_whole_steps_from_the_top_and_never_at_zero():
    asked = []

    def model(x, t):
        assert type(t) is int and not torch.is_grad_enabled()
        asked.append(t)
        return 0.5 * x

    x = normal(4).requires_grad_()
    for states in runs(model, x, PLAN, 0):
        asked.clear()
        assert not asked
        states = list(states)
        assert asked[0] == 12 and min(asked) >= 1
        assert states[0].t == 12 and states[-1].t == 0 and torch.equal(states[0].x, x)
        assert not any(state.x.requires_grad for state in states)


def test_the_last_step_is_the_predicted_data_without_noise():
    for states in runs(exact_model(PLANE, PLAN.alpha_bar), normal(30, 2), PLAN, 3):
        *_, before, last = states
        torch.testing.assert_close(last.x, before.x0, rtol=1e-9, atol=1e-9)


def test_the_same_seed_gives_the_same_run_and_another_one_does_not():
    model, x = exact_model(DATA, PLAN.alpha_bar), normal(10)
    same = zip(runs(model, x, PLAN, 3), runs(model, x, PLAN, 3), runs(model, x, PLAN, 4))
    for i, (one, two, other) in enumerate(same):
        one, two, other = end(one), end(two), end(other)
        assert torch.equal(one, two)
        assert torch.equal(one, other) == (i not in (0, 1, 4, 5))


def test_float32_stays_float32_and_follows_float64():
    model, x = exact_model(PLANE, PLAN.alpha_bar), normal(20, 2).float()
    for low, high in ((ddim(model, x, PLAN, 12), ddim(model, x.double(), PLAN, 12)),):
        low, high = end(low), end(high)
        assert low.dtype == torch.float32
        torch.testing.assert_close(low.double(), high, rtol=1e-4, atol=1e-4)


X = torch.zeros(3, dtype=torch.float64)


def zero(x, t):
    return 0 * x


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ddpm(zero, X, PLAN, "big"), "expected variance to be one of beta, post"),
        (lambda: ddpm(zero, X, PLAN), "expected a generator where variance is 'beta', got None"),
        (lambda: ddim(zero, X, PLAN, 5, 0.1), "expected a generator where eta > 0, got None"),
        (lambda: ddim(zero, X, PLAN, 5, 1.5), r"expected eta in \[0, 1\], got 1.5"),
        (lambda: ddim(zero, X, PLAN, 13), r"expected steps a whole number in \[1, 12\], got 13"),
        (lambda: ode(zero, X, PLAN, 0), "expected steps a whole number .* got 0"),
        (lambda: ode(zero, X, PLAN, 2, "rk4"), "expected method to be one of euler, heun"),
        (lambda: ode(zero, X + math.inf, PLAN, 2), "expected xT .* finite .* got inf"),
        (lambda: ode(zero, X.long(), PLAN, 2), "expected xT .* got torch.int64"),
        (lambda: ode(zero, [0.0], PLAN, 2), "expected xT to be a tensor .* got list"),
        (lambda: end(ode(lambda x, t: x[:2], X, PLAN, 2)), r"expected eps_model .*\(3,\), got"),
    ],
)
def test_refusals_name_the_parameter_before_the_first_step(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_one_step_is_enough_for_one_point():
    plan = from_betas([0.9])
    model = exact_model(Mixture([1.0], [1.5], 0.0), plan.alpha_bar)
    for states in (ddpm(model, X, plan, "none"), ddim(model, X, plan, 1), ode(model, X, plan, 1)):
        torch.testing.assert_close(end(states), X + 1.5)
