"""Robust estimates against hand, scipy's minimiser and trimmed mean, closed forms and bounds."""

import math

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar
from scipy.stats import norm, trim_mean

from core.dro import (
    ESTIMATES,
    breakdown_point,
    breaks_at,
    contaminate,
    huber,
    mean,
    median,
    median_bias_bound,
    sensitivity,
    trimmed_mean,
)
from core.rng import generator

OF = {
    "mean": mean,
    "median": median,
    "trimmed_mean": trimmed_mean,
    "huber": lambda x: huber(x).location,
}


def normal(n, seed=0):
    return torch.randn(n, generator=generator(seed), dtype=torch.float64)


def masses(n, seed=1):
    w = torch.rand(n, generator=generator(seed), dtype=torch.float64)
    return w / w.sum()


def test_the_curriculums_liar_in_ten():
    lied = contaminate(normal(10_000, 173), 0.1, 100.0)
    assert (round(mean(*lied), 2), round(median(*lied), 3)) == (9.99, 0.138)
    assert median_bias_bound(0.1) == pytest.approx(0.1397, abs=1e-4)
    assert median(*contaminate(normal(1000), 0.51, 100.0)) == 100


@pytest.mark.parametrize("eps", [0.0, 0.1, 0.37, 1.0])
def test_the_mean_moves_by_eps_times_the_distance(eps):
    x, w = normal(50), masses(50)
    lied = contaminate(x, eps, -70.0, w)
    assert float(lied.weights.sum()) == pytest.approx(1)
    assert mean(*lied) - mean(x, w) == pytest.approx(eps * (-70 - mean(x, w)), abs=1e-12)


@pytest.mark.parametrize("eps", [0.05, 0.2, 0.4, 0.49])
@pytest.mark.parametrize("far", [-1e6, 0.5, 3.0, 1e6])
def test_the_median_of_a_normal_law_keeps_to_its_bound(eps, far):
    grid = torch.from_numpy(norm.ppf((np.arange(20_001) + 0.5) / 20_001))  # N(0, 1), exactly so
    moved = abs(median(*contaminate(grid, eps, far)))
    bound = median_bias_bound(eps)
    assert bound == pytest.approx(norm.ppf(1 / (2 * (1 - eps))), rel=1e-12)
    assert moved <= bound + 1e-3
    if abs(far) > 100:
        assert moved == pytest.approx(bound, abs=1e-3)  # it is attained


def test_the_bound_scales_and_ends():
    assert median_bias_bound(0) == 0
    assert median_bias_bound(0.2, 3.0) == pytest.approx(3 * median_bias_bound(0.2))
    assert median_bias_bound(0.5) == median_bias_bound(0.7) == math.inf


def test_a_liar_stands_exactly_where_it_is_put():
    assert float(contaminate(normal(3), 0.2, -37.0722).points[-1]) == -37.0722


def test_medians_by_hand():
    def of(*x, w=None):
        x = torch.tensor(x, dtype=torch.float64)
        return median(x, None if w is None else torch.tensor(w, dtype=torch.float64))

    assert of(3.0, 1.0, 2.0) == 2
    assert of(4.0, 1.0, 2.0, 8.0) == 3
    assert of(0.0, 10.0, 20.0, w=(0.2, 0.3, 0.5)) == 15
    assert of(0.0, 10.0, 20.0, w=(0.6, 0.3, 0.1)) == 0
    assert of(0.0, 10.0, w=(0.0, 1.0)) == 10


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 0.45])
def test_the_trimmed_mean_is_scipys_where_whole_points_go(share):
    x = normal(40)
    assert trimmed_mean(x, share) == pytest.approx(trim_mean(x, share), rel=1e-12)


def test_the_trimmed_mean_of_masses_is_that_of_repeated_points():
    counts = torch.tensor([3, 1, 4, 2])
    x = torch.tensor([5.0, -2.0, 0.0, 9.0], dtype=torch.float64)
    many = x.repeat_interleave(counts)
    for share in (0.0, 0.13, 0.3, 0.499):
        both = trimmed_mean(x, share, counts.double() / 10), trimmed_mean(many, share)
        assert both[0] == pytest.approx(both[1], rel=1e-12)
    assert trimmed_mean(many, 0.4999999) == pytest.approx(median(many), abs=1e-5)


@pytest.mark.parametrize("k", [0.1, 1.345, 3.0, 50.0])
@pytest.mark.parametrize("scale", [None, 0.7])
def test_huber_is_the_minimum_of_hubers_loss(k, scale):
    x, w = torch.cat([normal(31), torch.tensor([40.0, -25.0], dtype=torch.float64)]), masses(33)
    found = huber(x, k, scale, w)

    def loss(theta):
        u = ((x - theta) / found.scale).abs()
        return float(w @ torch.where(u <= k, u.square() / 2, k * u - k * k / 2))

    best = minimize_scalar(loss, (-1, 1), tol=1e-12)
    assert loss(found.location) <= best.fun + 1e-12
    assert found.location == pytest.approx(best.x, abs=1e-5)
    far = (x - found.location).abs() / found.scale
    torch.testing.assert_close(found.weights, (k / far).clamp(max=1.0))
    pull = w @ (found.weights * (x - found.location))
    assert float(pull) == pytest.approx(0, abs=1e-12)


def test_huber_between_median_and_mean_and_its_scale():
    x = torch.cat([normal(2000), torch.full((99,), 30.0)])
    assert huber(x, 1e9).location == pytest.approx(mean(x))
    assert huber(x, 1e-9).location == pytest.approx(median(x), abs=1e-6)
    assert huber(normal(100_000)).scale == pytest.approx(1, abs=0.02)  # σ of a normal law
    stuck = torch.tensor([2.0, 2.0, 2.0, 7.0])
    assert huber(stuck).location == 2 and huber(stuck).scale == 0


@pytest.mark.parametrize("name", ESTIMATES)
def test_breakdown_points_are_what_liars_measure(name):
    n = 200
    assert breaks_at(OF[name], normal(n)) == pytest.approx(breakdown_point(name), abs=1.5 / n)


@pytest.mark.parametrize("name", ESTIMATES)
def test_estimates_move_with_the_points(name):
    x = normal(37)
    assert OF[name](3 * x - 5) == pytest.approx(3 * OF[name](x) - 5, abs=1e-9)
    assert OF[name](-x) == pytest.approx(-OF[name](x), abs=1e-9)


def test_a_liars_influence_grows_for_the_mean_only():
    x, at = normal(101), torch.tensor([10.0, 100.0, 1000.0])
    torch.testing.assert_close(sensitivity(mean, x, at), at.double() - mean(x))
    for name in ("median", "trimmed_mean", "huber"):
        moved = sensitivity(OF[name], x, at)
        assert 0 < float(moved[0]) < 10 and float(moved[2] - moved[1]) == pytest.approx(0, abs=1e-6)


def test_robust_estimates_refuse_by_name():
    x = normal(5)
    for eps in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match=r"expected eps in \[0, 1\]"):
            contaminate(x, eps, 3.0)
    with pytest.raises(ValueError, match="expected outlier in"):
        contaminate(x, 0.1, math.inf)
    with pytest.raises(ValueError, match=r"expected share in \[0, 0.5\)"):
        trimmed_mean(x, 0.5)
    with pytest.raises(ValueError, match="expected k in"):
        huber(x, 0.0)
    with pytest.raises(ValueError, match=r"expected weights to sum to 1, got 2\.5"):
        mean(x, torch.full((5,), 0.5))
    with pytest.raises(ValueError, match="expected x of shape"):
        median(torch.empty(0))
