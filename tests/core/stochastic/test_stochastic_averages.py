"""Averages by hand, by the whole covariance, by torch's ASGD, and their rates."""

import math

import pytest
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from core.rng import generator
from core.stochastic import (
    average_moments,
    averages,
    chains,
    constant,
    log_steps,
    power,
    slope,
    tail_average,
    window,
)


def walk(T=40, n=3):
    return torch.randn(T, n, generator=generator(0), dtype=torch.float64).cumsum(0)


def test_averages_as_they_are_written():
    x = walk()
    mean, ema = averages(x, 0.2)
    for t in (1, 2, 17, 40):
        torch.testing.assert_close(mean[t - 1], x[:t].mean(0))
        weights = 0.2 * 0.8 ** torch.arange(t - 1, -1, -1).double()
        weights[0] = 0.8 ** (t - 1)
        torch.testing.assert_close(ema[t - 1], weights @ x[:t])
        tail = tail_average(x, 0.3)[t - 1]
        torch.testing.assert_close(tail, x[t - math.ceil(0.3 * t - 1e-9) : t].mean(0))
    torch.testing.assert_close(averages(x, 1 / torch.arange(1, 41).double())[1], mean)
    torch.testing.assert_close(averages(x, 1.0)[1], x)
    torch.testing.assert_close(tail_average(x, 1.0), mean)
    assert window(10, 0.5) == 5 and window(1, 0.1) == 1


@pytest.fixture
def double():
    """ASGD keeps its weights in the default type: 1/3 to 1e-8 only in float32."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.peer
def test_the_mean_is_that_of_asgd_and_the_ema_that_of_swa_utils(double):
    H = torch.tensor([1.0, 10.0], dtype=torch.float64)
    theta = torch.nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    peer = torch.optim.ASGD([theta], lr=0.05, lambd=0.0, alpha=0.0, t0=-1.0)  # 0 forgets x₁
    model = torch.nn.ParameterList([theta])
    shadow = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))
    random, path, means, emas = generator(0), [], [], []
    for _ in range(60):
        noise = torch.randn(2, generator=random, dtype=torch.float64)
        theta.grad = H * theta.detach() + noise
        peer.step()
        shadow.update_parameters(model)
        path.append(theta.detach().clone())
        means.append(peer.state[theta]["ax"].clone())
        emas.append(next(shadow.module.parameters()).detach().clone())
    mean, ema = averages(torch.stack(path), 0.1)
    torch.testing.assert_close(mean, torch.stack(means), rtol=0, atol=1e-9)
    torch.testing.assert_close(ema, torch.stack(emas), rtol=0, atol=1e-9)


def test_exact_mean_squares_are_those_of_the_whole_covariance():
    """x₁ … x_T is a matrix times the noises plus a vector; every average is a row times that."""
    T, sigma, x0, lam, beta, share = 30, 0.7, 2.0, 1.3, 0.15, 0.4
    alphas = power(0.9, 0.4).alphas(T)
    x, M = torch.zeros(T, dtype=torch.float64), torch.zeros(T, T, dtype=torch.float64)
    here, row = x0, torch.zeros(T, dtype=torch.float64)
    for k in range(T):
        a = 1 - alphas[k] * lam
        here, row = a * here, a * row
        row[k] = -alphas[k] * sigma
        x[k], M[k] = here, row
    eye = torch.eye(T, dtype=torch.float64)
    _, ema = averages(eye, beta)
    mean, _ = averages(eye, beta)
    tail = tail_average(eye, share)
    found = average_moments(
        alphas, sigma, x0, curvature=lam, beta=beta, share=share, at=range(1, T + 1)
    )
    for weights, got in (
        (eye, found.last),
        (mean, found.mean),
        (ema, found.ema),
        (tail, found.tail),
    ):
        expected = (weights @ x).square() + (weights @ M).square().sum(1)
        torch.testing.assert_close(got, expected)


def test_printed_figures_are_those_of_some_hundred_chains():
    """The sheet's .0522, .000115, .0043 are simulated; exact: .0526, .000100, .00459."""
    alphas = constant(0.1).alphas(10_000)
    exact = average_moments(alphas, 1.0, 0.0, beta=0.01, at=[10_000])
    assert float(exact.last) == pytest.approx(0.1 / 1.9, rel=1e-12)
    assert float(exact.mean) == pytest.approx(1e-4, rel=0.002)
    a, b, end = 0.9, 0.99, 0.1 / 1.9  # at rest E y² = β / (2 − β) · (1 + ab) / (1 − ab) · E x²
    rest = 0.01 / 1.99 * (1 + a * b) / (1 - a * b) * end
    assert float(exact.ema) == pytest.approx(rest, rel=1e-9)
    printed = {"last": 0.0522, "mean": 0.000115, "ema": 0.0043}
    n = 200
    x = chains(alphas, 1.0, 0.0, n, generator(0))[1:]
    mean, ema = averages(x, 0.01)
    for name, each in (("last", x), ("mean", mean), ("ema", ema)):
        value, error = float(getattr(exact, name)), 4 * math.sqrt(2 / n)
        assert float(each[-1].square().mean()) == pytest.approx(value, rel=error)
        assert printed[name] == pytest.approx(value, rel=error)


def test_with_steps_one_over_t_averaging_hurts():
    exact = average_moments(power(1.0, 1.0).alphas(10_000), 1.0, 5.0, at=[10_000])
    assert float(exact.last) == pytest.approx(1e-4, rel=1e-12)
    harmonic = sum(1 / k for k in range(1, 10_001))
    # mean of the means of 1 … t noises: (2 t − H_t) / t²
    assert float(exact.mean) == pytest.approx((20_000 - harmonic) / 1e8, rel=1e-9)
    assert float(exact.last) < float(exact.tail) < float(exact.mean)


def test_rates_by_slope():
    alphas = constant(0.1).alphas(100_000)
    at = [1000, 3000, 10_000, 30_000, 100_000]
    flat = average_moments(alphas, 1.0, 0.0, at=at)
    assert slope(flat.at, flat.mean) == pytest.approx(-1, abs=0.01)
    assert slope(flat.at, flat.tail) == pytest.approx(-1, abs=0.01)
    assert slope(flat.at, flat.last) == pytest.approx(0, abs=1e-9)
    assert slope(flat.at, flat.ema) == pytest.approx(0, abs=1e-6)
    # Polyak and Juditsky: any power in (½, 1) gives 1/t after averaging
    slow = average_moments(power(1.0, 0.7).alphas(100_000), 1.0, 5.0, at=at)
    assert slope(slow.at, slow.last) == pytest.approx(-0.7, abs=0.02)
    assert slope(slow.at[2:], slow.mean[2:]) == pytest.approx(-1, abs=0.05)


def test_steps_on_a_log_axis():
    at = log_steps(10_000, 40)
    assert at[0] == 1 and at[-1] == 10_000 and at == sorted(set(at)) and len(at) <= 40
    assert log_steps(1) == [1]
    assert slope(torch.tensor([1.0, 10.0]), torch.tensor([5.0, 0.05])) == pytest.approx(-2)


@pytest.mark.parametrize("beta", [0.0, -0.1, 1.01, math.nan])
def test_a_weight_out_of_range_is_refused(beta):
    with pytest.raises(ValueError, match=r"expected beta in \(0, 1\]"):
        averages(walk(), beta)
    with pytest.raises(ValueError, match=r"expected beta in \(0, 1\]"):
        average_moments(constant(0.1).alphas(5), 1.0, 0.0, beta=beta)


def test_other_refusals():
    with pytest.raises(ValueError, match=r"beta a number or \(40,\)"):
        averages(walk(), torch.full((3,), 0.1))
    with pytest.raises(ValueError, match="share"):
        tail_average(walk(), 0.0)
    with pytest.raises(ValueError, match="x"):
        averages(torch.empty(0), 0.1)
    with pytest.raises(ValueError, match="at"):
        average_moments(constant(0.1).alphas(5), 1.0, 0.0, at=[0, 2])
    with pytest.raises(ValueError, match="t and error in"):
        slope(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 0.0]))
