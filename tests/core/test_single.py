"""One run in plain numbers is the run of the batch engine."""

import math

import pytest
import torch

from core.landscapes import (
    beale,
    from_formula,
    himmelblau,
    logistic,
    quadratic,
    rastrigin,
    rosenbrock,
    saddle,
    sine_valley,
)
from core.optimizers import METHODS, trajectories
from core.optimizers.single import path

LANDSCAPES = {
    "bowl": quadratic(100.0, 30.0),
    "rosenbrock": rosenbrock(),
    "himmelblau": himmelblau(),
    "beale": beale(),
    "saddle": saddle(),
    "rastrigin": rastrigin(),
    "sine valley": sine_valley(),
    "logistic": logistic(),
}
HYPER = {"beta": 0.8, "betas": (0.7, 0.95), "eps": 1e-6}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", LANDSCAPES)
def test_one_run_is_a_run_of_the_batch(name, method):
    start = torch.tensor([0.4, 0.7], dtype=torch.float64)
    alone = trajectories(LANDSCAPES[name], [method], start, 1e-3, 60, **HYPER)
    twice = trajectories(LANDSCAPES[name], [method], start.expand(2, 2), 1e-3, 60, **HYPER)
    assert LANDSCAPES[name].point and alone.x.shape == (1, 61, 2)
    torch.testing.assert_close(alone.x, twice.x[:, 0], rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(alone.f, twice.f[:, 0], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", LANDSCAPES)
def test_the_slope_of_a_point_is_the_derivative_of_the_value(name):
    land = LANDSCAPES[name]
    for at in ((0.3, -0.4), (-1.2, 1.0), (2.0, 2.5), (0.0, 0.0)):
        x, y = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in at)
        expected = torch.autograd.grad(land.value(x, y), (x, y))
        assert land.point(*at) == pytest.approx([g.item() for g in expected], abs=1e-12, rel=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_a_run_that_leaves_is_held_at_the_same_step(method):
    start = torch.tensor([3.0, 3.0], dtype=torch.float64)
    for land, lr in ((rosenbrock(), 1.0), (beale(), 5.0), (quadratic(100.0, 20.0), 0.3)):
        alone = trajectories(land, [method], start, lr, 300, **HYPER)
        twice = trajectories(land, [method], start.expand(2, 2), lr, 300, **HYPER)
        assert alone.diverged_at.tolist() == twice.diverged_at[:, :1].flatten().tolist()
        assert alone.x.isfinite().all() and alone.f.isfinite().all()


def test_a_slope_without_a_value_ends_the_run():
    found = path(lambda x, y: (math.exp(x), 0.0), "gd", (800.0, 0.0), 3, 1.0, 0.0, (0.9, 0.9), 0.0)
    assert found == [(800.0, 0.0)] + [(math.inf, math.inf)] * 3


def test_without_gradient_and_eps_nothing_moves():
    at = torch.zeros(2, dtype=torch.float64)
    for method in ("rmsprop", "adam", "adam_uncorrected"):
        run = trajectories(quadratic(10.0), [method], at, 0.1, 5, eps=0.0)
        assert not run.x.any()


def test_a_typed_formula_has_no_plain_slope_and_runs_all_the_same():
    land = from_formula("x^2 + 10*y^2")
    assert land.point is None
    start = torch.tensor([1.0, 1.0], dtype=torch.float64)
    run = trajectories(land, ["gd"], start, 0.05, 20)
    assert run.x[0, -1].tolist() == pytest.approx([0.9**20, 0.0], abs=1e-12)
