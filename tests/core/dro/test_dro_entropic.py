"""Entropic plans against POT, the plain scaling, closed forms and what theory says of them."""

import itertools
import math

import numpy as np
import ot
import pytest
import torch
from scipy.optimize import minimize_scalar

from core.dro import sinkhorn, sinkhorn_steps, wasserstein, wasserstein_1d
from core.rng import generator


def points(n, seed, d=2):
    return torch.randn(n, d, generator=generator(seed), dtype=torch.float64)


def masses(n, seed):
    w = torch.rand(n, generator=generator(seed), dtype=torch.float64)
    return w / w.sum()


def test_two_points_against_the_minimum_over_one_number():
    """Plans between two and two points have one free entry t."""
    a, b = (
        torch.tensor([0.0, 1.0], dtype=torch.float64),
        torch.tensor([0.2, 1.7], dtype=torch.float64),
    )
    v, w, reg = (
        torch.tensor([0.3, 0.7], dtype=torch.float64),
        torch.tensor([0.6, 0.4], dtype=torch.float64),
        0.4,
    )
    cost = (a[:, None] - b) ** 2

    def value(t):
        plan = torch.tensor([[t, 0.3 - t], [0.6 - t, 0.1 + t]], dtype=torch.float64)
        return float((plan * cost + reg * plan * (plan / (v[:, None] * w)).log()).sum())

    best = minimize_scalar(value, bounds=(1e-9, 0.3 - 1e-9), method="bounded")
    found = sinkhorn(a, b, reg, 2, v, w)
    assert found.value == pytest.approx(best.fun, abs=1e-8)
    assert float(found.plan[0, 0]) == pytest.approx(best.x, abs=1e-4)


def test_the_plan_is_a_scaled_kernel_with_the_right_marginals():
    a, b, v, w = points(7, 0), points(9, 1), masses(7, 2), masses(9, 3)
    found = sinkhorn(a, b, 0.5, 2, v, w)
    torch.testing.assert_close(found.plan.sum(1), v, atol=1e-9, rtol=0)
    torch.testing.assert_close(found.plan.sum(0), w, atol=1e-9, rtol=0)
    assert found.error <= 1e-10 and math.isnan(found.bias)
    spread = float((found.plan * (found.plan / (v[:, None] * w)).log()).sum())
    assert found.value == pytest.approx(found.cost + 0.5 * spread, rel=1e-8)
    left = found.plan.log() + torch.cdist(a, b) ** 2 / 0.5  # f_i + g_j: all double differences 0
    cross = left[1:, 1:] - left[:1, 1:] - left[1:, :1] + left[:1, :1]
    assert float(cross.abs().max()) < 1e-9


@pytest.mark.parametrize("p", [1, 2])
def test_the_bias_is_not_negative_and_fades(p):
    a, b = points(12, 4), points(12, 5) + 1
    exact = wasserstein(a, b, p).distance ** p
    each = [sinkhorn(a, b, reg, p, steps=20_000) for reg in (3.0, 1.0, 0.3, 0.1, 0.03)]
    bias = [run.bias for run in each]
    assert all(x > y >= -1e-9 for x, y in itertools.pairwise(bias)) and bias[-1] < 0.02 * exact
    assert each[0].cost - exact == pytest.approx(bias[0])
    # blurred to the end it is the mean cost of independent points
    free = sinkhorn(a, b, 1e6, p).cost
    assert free == pytest.approx(float(torch.cdist(a, b).pow(p).mean()), rel=1e-4)


def test_debiased_it_is_zero_for_equal_laws_and_the_shift_for_moved_ones():
    a, move = points(10, 6), torch.tensor([0.6, -0.8], dtype=torch.float64)
    for reg in (0.3, 1.0, 5.0):
        assert sinkhorn(a, a.flip(0), reg, steps=20_000).debiased == pytest.approx(0, abs=1e-8)
        moved = sinkhorn(a, a + move, reg, steps=20_000)
        assert moved.debiased == pytest.approx(1, abs=1e-6)  # ‖move‖², whatever reg
        assert moved.cost > 1.05
        assert sinkhorn(a, points(10, 7), reg).debiased > 0


def test_on_the_line_the_bias_is_against_the_sorted_distance_of_masses():
    a, b, v, w = points(5, 8, 1)[:, 0], points(8, 9, 1)[:, 0], masses(5, 10), masses(8, 11)
    found = sinkhorn(a, b, 0.2, 2, v, w)
    assert found.bias == pytest.approx(found.cost - wasserstein_1d(a, b, 2, v, w) ** 2)


def test_steps_lower_the_error_and_never_underflow():
    a, b = points(15, 12), points(15, 13) + 4
    runs = list(sinkhorn_steps(a, b, 0.05, steps=400, tol=0.0))
    assert [run.step for run in runs][:3] == [1, 21, 41] and runs[-1].step == 400
    assert runs[-1].error < runs[3].error < runs[0].error
    assert all(
        x.value <= y.value + 1e-12 for x, y in itertools.pairwise(runs)
    )  # ascent of the dual
    hard = sinkhorn(a, b, 1e-4, steps=100)  # exp(−cost/reg) is 0 for every pair
    assert bool(hard.plan.isfinite().all())
    torch.testing.assert_close(hard.plan.sum(0), torch.full((15,), 1 / 15).double())


def test_points_without_mass_get_none():
    a, v = points(4, 14), torch.tensor([0.5, 0, 0.5, 0], dtype=torch.float64)
    found, less = sinkhorn(a, a, 0.3, 2, v, v), sinkhorn(a[::2], a[::2], 0.3)
    assert float(found.plan[1].sum() + found.plan[:, 3].sum()) == 0
    torch.testing.assert_close(found.plan[::2, ::2], less.plan)


def test_entropic_plans_refuse_by_name():
    a = points(4, 0)
    for reg in (0.0, -1.0, math.inf):
        with pytest.raises(ValueError, match="expected reg in"):
            sinkhorn(a, a, reg)
    with pytest.raises(ValueError, match="expected p in"):
        sinkhorn(a, a, 1.0, math.inf)
    with pytest.raises(ValueError, match="expected b with 2 columns"):
        sinkhorn(a, a[:, :1], 1.0)
    with pytest.raises(ValueError, match="expected steps"):
        sinkhorn(a, a, 1.0, steps=0)


@pytest.mark.peer
@pytest.mark.parametrize("reg", [5.0, 1.0, 0.2])
def test_entropic_plans_are_pots(reg):
    a, b, v, w = points(30, 15), points(20, 16), masses(30, 17), masses(20, 18)
    cost = ot.dist(a.numpy(), b.numpy())
    how = {"numItermax": 20_000, "stopThr": 1e-13, "method": "sinkhorn_log"}
    theirs = ot.sinkhorn(v.numpy(), w.numpy(), cost, reg, **how)
    found = sinkhorn(a, b, reg, 2, v, w, steps=20_000, tol=1e-13)
    np.testing.assert_allclose(found.plan, theirs, atol=1e-9)
    assert found.cost == pytest.approx(float((theirs * cost).sum()), abs=1e-9)
