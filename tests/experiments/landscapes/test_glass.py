import math

import numpy as np
import pytest
import torch

from core.experiments.landscapes import glass_claims as claims
from core.experiments.landscapes.glass import glass as run
from core.landscapes import quadratic


def the(result, words):
    steps = len(result.g) - 1 if result.diverged_at < 0 else 25
    (found,) = (c for c in claims.checks(result, steps=steps) if words in c.claim)
    return found


def torch_path(optimizer, steps, start=(-1.0, -1.0), **hyper):
    """The path of a torch optimizer on the default bowl, gradients by autograd."""
    x = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    descent, bowl = optimizer([x], **hyper), quadratic(10.0, 30.0)
    path = [x.detach().clone()]
    for _ in range(steps):
        descent.zero_grad()
        bowl.f(x).backward()
        descent.step()
        path.append(x.detach().clone())
    return torch.stack(path)


@pytest.mark.parametrize(
    ("method", "optimizer", "hyper"),
    [
        ("momentum", torch.optim.SGD, {"lr": 0.05, "momentum": 0.9}),
        ("rmsprop", torch.optim.RMSprop, {"lr": 0.05, "alpha": 0.9}),
        ("adam", torch.optim.Adam, {"lr": 0.05}),
    ],
)
def test_the_iterates_are_those_of_torch(method, optimizer, hyper):
    result = run(method=method, lr=0.05)
    path = torch_path(optimizer, 26, **hyper)
    torch.testing.assert_close(result.x, path, rtol=1e-9, atol=1e-12)


def test_nesterov_takes_the_gradient_where_torch_keeps_its_parameter():
    # torch's SGD(nesterov=True) moves the look-ahead point itself
    result = run(method="nesterov", lr=0.05)
    start = result.x[0].tolist()
    path = torch_path(torch.optim.SGD, 25, start, lr=0.05, momentum=0.9, nesterov=True)
    torch.testing.assert_close(result.at, path, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("start", "end"), [((-1.0, -1.0), (-3.77, -1.45)), ((1.0, 1.0), (-3.66, 0.42))]
)
def test_the_printed_adam_walks_off_as_the_errata_say(start, end):
    result = run(method="adam_printed", angle=0.0, steps=50, x0=start[0], y0=start[1])
    np.testing.assert_allclose(result.end, end, atol=0.005)
    check = the(result, "lowers every coordinate")
    assert check.applies
    assert check.holds
    assert (result.x.diff(dim=0) < 0).all()


def test_the_first_step_of_adam_by_hand():
    result = run(kappa=100.0, angle=0.0, x0=-1.0, y0=0.5)
    np.testing.assert_allclose(result.g[0], [-1.0, 50.0], rtol=1e-12)
    np.testing.assert_allclose(result.m[0], [-0.1, 5.0], rtol=1e-9)
    np.testing.assert_allclose(result.v[0], [0.001, 2.5], rtol=1e-9)
    np.testing.assert_allclose(result.m_hat[0], [-1.0, 50.0], rtol=1e-9)
    np.testing.assert_allclose(result.v_hat[0], [1.0, 2500.0], rtol=1e-9)
    np.testing.assert_allclose(result.scale[0], [0.1, 0.002], rtol=1e-6)
    np.testing.assert_allclose(result.move[0], [0.1, -0.1], rtol=1e-6)
    assert float(result.size[0]) == pytest.approx(1.0, abs=1e-6)
    # uncorrected it is (1 − β₁)/√(1 − β₂) = 0.1/√0.001
    assert float(result.other[0]) == pytest.approx(0.1 / math.sqrt(0.001), rel=1e-6)
    assert the(result, "without correction").holds


def test_rmsprop_leaps_by_one_over_the_root_and_correction_stops_it():
    result = run(method="rmsprop", beta=0.99)
    assert float(result.size[0]) == pytest.approx(10.0, rel=1e-6)
    assert float(result.other[0]) == pytest.approx(1.0, rel=1e-6)
    assert the(result, "not corrected").holds
    assert not the(result._replace(betas=(0.0, 0.9)), "not corrected").holds


def test_a_discounted_sum_is_its_recursion():
    g = torch.linspace(-1, 2, 12, dtype=torch.float64).reshape(6, 2)
    total = torch.zeros(2, dtype=torch.float64)
    for k in range(6):
        total = 0.7 * total + g[k]
        torch.testing.assert_close(claims.discounted(g, 0.7)[k], total)
    torch.testing.assert_close(claims.discounted(g, 0.0), g)


@pytest.mark.parametrize("method", ["momentum", "nesterov", "rmsprop", "adam"])
def test_the_recomputed_step_notices_a_flipped_sign(method):
    result, words = run(method=method, lr=0.05), claims.MOVES[method]
    assert the(result, words).applies
    assert the(result, words).holds
    for wrong in ({"g": -result.g}, {"x": -result.x}, {"m": -result.m}, {"lr": -result.lr}):
        assert not the(result._replace(**wrong), words).holds


def test_the_look_ahead_check_notices_a_gradient_taken_at_home():
    result, words = run(method="nesterov", lr=0.05), claims.MOVES["nesterov"]
    assert not the(result._replace(at=result.x[:-1]), words).holds


@pytest.mark.parametrize("method", ["momentum", "nesterov", "rmsprop", "adam"])
def test_at_the_minimum_nothing_moves(method):
    result = run(method=method, x0=0.0, y0=0.0)
    assert result.x.abs().max() == 0
    assert result.move.abs().max() == 0


def test_a_diverging_run_stops_and_says_so():
    values = {"method": "momentum", "lr": 1.0, "kappa": 100.0}
    result = run(**values)
    assert 0 < len(result.g) == len(result.x) - 1 == result.diverged_at - 1
    assert all(torch.isfinite(t).all() for t in result if isinstance(t, torch.Tensor))
    assert "diverged at step" in claims.says(result)
