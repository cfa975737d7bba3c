"""What the statements on noisy descent and adaptive steps quote is so."""

import itertools
import math

import numpy as np
import pytest
import torch

from core.rng import generator
from core.stochastic import (
    Well,
    adaptive,
    average_moments,
    epoch,
    exit_time,
    minibatch_variance,
    moments,
    power,
)
from core.stochastic.digits import METHODS, race, rate_of
from tests.said import cells, text, why

T = 10_000


def all_batches(g: torch.Tensor, B: int, replacement: bool) -> torch.Tensor:
    """Means of every batch that can be drawn, each as likely as the others."""
    rows = range(len(g))
    picks = itertools.product(rows, repeat=B) if replacement else itertools.combinations(rows, B)
    return torch.stack([g[list(pick)].mean(0) for pick in picks])


@pytest.mark.parametrize("replacement", [True, False])
def test_a_batch_is_unbiased_and_spreads_as_the_statement_says(replacement):
    g = torch.randn(6, 2, generator=generator(3), dtype=torch.float64)
    sigma = (g - g.mean(0)).T @ (g - g.mean(0)) / 6
    for B in (1, 2, 4):
        means = all_batches(g, B, replacement)
        torch.testing.assert_close(means.mean(0), g.mean(0))
        told = sigma / B * (1 if replacement else (6 - B) / (6 - 1))
        torch.testing.assert_close(torch.cov(means.T, correction=0), told)
        torch.testing.assert_close(minibatch_variance(g, B, replacement), told.diag())


def test_within_an_epoch_the_next_row_is_drawn_around_what_is_left():
    """E-40: the gradients 1, 2, 3, 6."""
    assert "$1,2,3,6$ with mean $3$" in why("OPT-09", "E-40")
    rows = torch.tensor([6.0, 1, 2, 3], dtype=torch.float64)[:, None]
    assert rows.mean() == 3 and epoch(rows, 1).left.flatten().tolist()[:2] == [3, 2]
    orders = [order for order in itertools.permutations((1, 2, 3, 6)) if order[0] == 6]
    assert np.mean([order[1] for order in orders]) == 2


def test_half_the_step_squares_the_factor_of_the_stay():
    """E-40: exact times at D and D/2, without what comes before the exponential."""
    well = Well(1.0, 0.1)
    longer = exit_time(well, 0.04) / exit_time(well, 0.08)
    assert math.log(longer) == pytest.approx(1 / 0.08, rel=0.05)
    for eta, sigma, B in ((0.1, 2.0, 4), (0.05, 1.0, 1)):
        D = eta * sigma**2 / (2 * B)
        assert math.exp(1 / (D / 2)) == pytest.approx(math.exp(2 * B / (eta * sigma**2)) ** 2)


def test_mean_squares_of_three_averages_from_the_weight_of_every_noise():
    """E-42: x_t, its mean and its EMA are sums of ξ_j; n = t − j."""
    a, b, beta, n = 0.9, 0.1, 0.01, np.arange(T)
    last = b * a**n
    mean = b * (1 - a ** (n + 1)) / (1 - a) / T
    keep = 1 - beta
    ema = b * beta * (keep ** (n + 1) - a ** (n + 1)) / (keep - a)
    found = [float((weights**2).sum()) for weights in (last, mean, ema)]
    told = why("OPT-11", "E-42")
    assert all(f"${value}$" in told for value in ("0.05263", "0.0000999", "0.004588"))
    np.testing.assert_allclose(found, [0.05263, 0.0000999, 0.004588], rtol=5e-4)
    exact = average_moments(torch.full((T,), 0.1, dtype=torch.float64), 1.0, 0.0, beta=beta, at=[T])
    np.testing.assert_allclose([float(exact[i][0]) for i in (1, 2, 3)], found, rtol=1e-9)


def test_the_last_iterate_with_steps_1_over_t_is_a_mean_already():
    """E-43: x_t = −(ξ₁ + … + ξ_t)/t, so that in t x̄ the noise ξ_j weighs Σ_{i ≥ j} 1/i."""
    late = np.cumsum(1 / np.arange(T, 0, -1))
    mean = float((late**2).sum()) / T**2
    told = why("OPT-11", "E-43")
    assert f"${1 / T:.7f}$" in told and f"${mean:.7f}$" in told
    exact = average_moments(power(1.0, 1.0).alphas(T), 1.0, 7.0, at=[T])
    np.testing.assert_allclose([float(exact.last), float(exact.mean)], [1 / T, mean], rtol=1e-9)


def test_constant_steps_settle_beside_the_minimum_of_a_bent_bowl():
    """E-43: the law that e^x − x with steps 0.1 settles in, on a grid."""
    x = np.linspace(-2.5, 2.5, 501)
    move = np.exp(-(((x[:, None] - (x - 0.1 * np.expm1(x))) / 0.1) ** 2) / 2)
    move /= move.sum(0)
    law = np.linalg.matrix_power(move, 256)[:, 250]
    assert law @ np.exp(x) == pytest.approx(1, abs=1e-6)
    assert f"${law @ x:.4f}$" == "$-0.0265$" and "$-0.0265$" in why("OPT-11", "E-43")


def test_the_conditions_of_robbins_and_monro_are_not_necessary():
    """E-44: Σ_j α_j² Π_{i > j} (1 − α_i)² for α = 1/√t."""
    steps = 1 / np.sqrt(np.arange(1, 20_001))
    left = np.concatenate([[0], np.cumsum(np.log1p(-steps[1:]))])
    square = float((steps**2 * np.exp(2 * (left[-1] - left))).sum())
    assert f"${square:.5f}$" in why("OPT-12", "E-44")
    assert square == pytest.approx(1 / (2 * math.sqrt(20_000)), rel=0.01)
    assert float(moments(power(1.0, 0.5).alphas(20_000), 1.0, 5.0)[1][-1]) == pytest.approx(square)
    assert not power(1.0, 0.5).lamps.settles


def test_a_saddle_is_where_noise_along_one_axis_ends():
    """E-44: ½x² − ½y² + ¼y⁴ from (1, 0)."""
    x, y, random = 1.0, 0.0, np.random.default_rng(0)
    for k in range(1, 5001):
        x -= (x + random.standard_normal()) / k**0.8
        y -= (-y + y**3) / k**0.8
    assert abs(x) < 0.2 and y == 0
    f = [-0.5 * z**2 + 0.25 * z**4 for z in (0.0, 1.0)]
    assert f[1] < f[0]  # so that it is no minimum


def test_a_lawful_schedule_may_be_asleep():
    far = 5 * math.exp(np.log1p(-0.1 / np.arange(1, 20_001)).sum())
    assert power(0.1, 1.0).lamps[:2] == (True, True)
    assert f"${far:.2f}$" in text("OPT-12")
    gamma = 5 * math.exp(
        -math.lgamma(0.9) - 0.1 * math.log(20_000)
    )  # Π (1 − c/k) ≈ k^−c / Γ(1 − c)
    assert gamma == pytest.approx(far, rel=1e-4)


@pytest.mark.parametrize(
    ("p", "lamps"),
    [(0.0, (1, 0)), (0.5, (1, 0)), (0.51, (1, 1)), (1.0, (1, 1)), (1.01, (0, 1)), (2.0, (0, 1))],
)
def test_both_conditions_hold_for_powers_above_a_half_up_to_one(p, lamps):
    """OPT-12: terms k^−p added in blocks from 2^i to 2^(i+1), whose sums grow or shrink."""
    assert power(1.0, p).lamps[:2] == lamps
    for condition, q in ((lamps[0], p), (1 - lamps[1], 2 * p)):
        blocks = [(np.arange(2**i, 2 ** (i + 1)) ** -q).sum() for i in (14, 15)]
        assert (blocks[1] > 0.999 * blocks[0]) == condition


def test_adagrad_moves_like_one_over_the_root_of_t():
    """OPT-15: under a constant gradient, whatever its size."""
    for size in (0.01, 1.0, 300.0):
        moved = adaptive(torch.full((50, 1), size).double(), "adagrad", 0.3, eps=1e-12).step
        expected = -0.3 / torch.arange(1, 51, dtype=torch.float64).sqrt()
        torch.testing.assert_close(moved[:, 0], expected, rtol=1e-8, atol=0)


def test_the_first_step_of_rmsprop_and_where_its_epsilon_stands():
    """OPT-16, E-47: ε = 0.01, β = 0.9, a first gradient of 0.1."""
    first = adaptive(torch.tensor([[-7.0]]).double(), "rmsprop", 0.2, beta=0.99).step
    assert float(first) == pytest.approx(0.2 / math.sqrt(1 - 0.99), rel=1e-6)
    v, told = 0.1 * 0.1**2, why("OPT-16", "E-47")
    inside, outside = 0.1 / math.sqrt(v + 0.01), 0.1 / (math.sqrt(v) + 0.01)
    assert f"${inside:.2f}\\,\\alpha$" in told and f"${outside:.2f}\\,\\alpha$" in told
    g = torch.tensor([[0.1]], dtype=torch.float64)
    steps = [
        -float(adaptive(g, "rmsprop", 1.0, beta=0.9, eps=0.01, inside=where).step)
        for where in (True, False)
    ]
    np.testing.assert_allclose(steps, [inside, outside], rtol=1e-12)


@pytest.mark.parametrize(
    ("start", "end"), [((1.0, 1.0), (-3.66, 0.42)), ((-1.0, -1.0), (-3.77, -1.45))]
)
def test_adam_as_printed_goes_down_in_every_coordinate(start, end):
    """E-48, written out; ½(x² + 10 y²), α = 0.1."""
    x, v, curvature = np.array(start), np.zeros(2), np.array([1.0, 10.0])
    heights = [float(curvature @ x**2) / 2]
    for t in range(1, 51):
        v = 0.999 * v + 0.001 * (curvature * x) ** 2
        moved = x - 0.1 / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        assert (moved < x).all()
        x = moved
        heights.append(float(curvature @ x**2) / 2)
    assert tuple(np.round(x, 2)) == end
    if start == (1.0, 1.0):
        told = why("OPT-17", "E-48")
        assert "$(-3.66,\\,0.42)$" in told
        assert f"${heights[0]:.1f}$ to ${heights[-1]:.1f}$" in told


def test_the_table_of_the_theory_is_what_training_reaches():
    lines = cells("stochastic")
    rows = [row for row in lines if len(row) == 4 and row[1].replace(".", "").isdigit()]
    *_, last = race(3, 300, 0)
    assert len(rows) == len(METHODS)
    for i, (method, (_, rate, *told)) in enumerate(zip(METHODS, rows, strict=True)):
        at = rate_of(method).index(float(rate))
        assert float(last.validation[i, at].mean()) < 1.1 * float(last.validation[i].mean(-1).min())
        for cell, found in zip(told, (last.test[i, at], last.accuracy[i, at]), strict=True):
            mean, wide = (float(part) for part in cell.split(" ± "))
            assert float(found.mean()) == pytest.approx(mean, abs=0.01), method
            assert float(found.std()) == pytest.approx(wide, abs=0.01), method
    assert float(last.test[0, 0].mean()) == pytest.approx(1, abs=0.1)  # SGD at 0.03
    assert rate_of("sgd")[-1] == 2 and float(last.accuracy[0, -1].mean()) < 0.2
