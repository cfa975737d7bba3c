import math
from dataclasses import replace

import pytest
import torch

from core.experiments.landscapes import flow
from core.experiments.landscapes import flow_claims as claims

DECAY = {"lam1": 2.0, "lam2": 2.0, "lr": 0.1, "T": 1.0, "x0": 1.0, "y0": 0.0}


def run(**values):
    return flow.flow(**DECAY | values)


def checked(result):
    x0, y0 = result.start.tolist()
    return claims.checks(result, x0=x0, y0=y0)


@pytest.mark.parametrize(("lr", "euler"), [(0.1, 0.1074), (0.01, 0.1326)])
def test_the_numbers_of_the_sheet_come_out(lr, euler):
    result = run(lr=lr)
    assert float(result.exact[-1, 0]) == pytest.approx(math.exp(-2))  # 0.1353
    assert float(result.explicit[-1, 0]) == pytest.approx(euler, abs=5e-5)
    assert float(result.explicit[-1, 0]) == pytest.approx((1 - 2 * lr) ** round(1 / lr), rel=1e-12)


def test_the_flow_is_the_matrix_exponential():
    result = run(lam1=0.5, lam2=8.0, x0=1.4, y0=-1.0, lr=0.25, T=3.0)
    H = torch.diag(torch.tensor([0.5, 8.0], dtype=torch.float64))
    start = torch.tensor([1.4, -1.0], dtype=torch.float64)
    for t, x in zip(result.t, result.exact):
        torch.testing.assert_close(x, torch.linalg.matrix_exp(-H * t) @ start)


def test_descent_takes_the_steps_of_torch_sgd_whichever_axis_is_steep():
    for lam in ([0.5, 8.0], [8.0, 0.5], [3.0, 3.0]):
        curvature = torch.tensor(lam, dtype=torch.float64)
        x = torch.tensor([1.4, 1.0], dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.SGD([x], lr=0.22)
        for _ in range(10):
            optimizer.zero_grad()
            (0.5 * curvature * x * x).sum().backward()
            optimizer.step()
        result = run(lam1=lam[0], lam2=lam[1], lr=0.22, T=2.2, x0=1.4, y0=1.0)
        torch.testing.assert_close(result.explicit[-1], x.detach(), rtol=1e-9, atol=1e-15)


def test_implicit_euler_solves_its_linear_system_in_every_step():
    result = run(lam1=0.5, lam2=8.0, lr=0.7, T=7.0, x0=1.4, y0=1.0)
    A = torch.eye(2, dtype=torch.float64) + 0.7 * torch.diag(torch.tensor([0.5, 8.0]).double())
    x = result.implicit[0]
    for expected in result.implicit[1:]:
        x = torch.linalg.solve(A, x)
        torch.testing.assert_close(expected, x)


@pytest.mark.parametrize("which", [0, 1])
def test_the_error_is_of_first_order_in_the_step(which):
    error = run(lam1=0.5, lam2=4.0, x0=1.0, y0=1.0, T=2.0).errors[which]
    ratio = error[:-1] / error[1:]
    assert bool(((ratio > 1.8) & (ratio < 2.2))[3:].all())
    # the error constant is ½ λ² T e^(−λT) for one coordinate
    last = run()
    constant = float(last.errors[which, -1] * flow.HALVES[-1] / last.lr)
    assert constant == pytest.approx(0.5 * 4 * math.exp(-2), rel=1e-3)


def test_the_ladder_of_errors_agrees_with_runs_at_the_halved_steps():
    ladder = run(lam2=5.0, y0=1.0).errors[0]
    for j, lr in enumerate((0.1, 0.05, 0.025)):
        single = run(lam2=5.0, y0=1.0, lr=lr)
        off = float((single.explicit[-1] - single.exact[-1]).norm())
        assert off == pytest.approx(float(ladder[j]), rel=1e-9)


def test_the_flow_falls_and_never_crosses_while_descent_does():
    result = flow.flow()
    assert bool((result.f(result.curve).diff() < 0).all())
    assert bool((result.curve > 0).all())
    assert result.crossings == result.steps == 18


def test_beyond_two_over_L_only_explicit_euler_is_thrown_out():
    result = run(lam1=0.5, lam2=10.0, lr=2.0, T=50.0, x0=1.0, y0=1.0)
    assert result.diverged_at == 5  # the steep coordinate is (−19)ᵏ: f > 10¹² from 19¹⁰ on
    assert result.f(result.implicit[-1]) < 1e-6 * result.f(result.start)
    for name in ("explicit", "implicit", "exact", "curve", "errors"):
        assert bool(getattr(result, name).isfinite().all()), name
    said = claims.says(result)
    assert f"step {result.diverged_at}" in said
    assert "2/L" in said


def test_without_a_steep_coordinate_a_long_step_throws_nothing_out():
    result = run(lam1=0.5, lam2=8.0, lr=0.5, x0=1.4, y0=0.0, T=4.0)
    assert result.lr > result.limit
    assert bool((result.f(result.explicit).diff() < 0).all())
    assert "one side" in claims.says(result)
    assert "thrown outwards" in claims.says(run(lam1=0.5, lam2=8.0, lr=0.5, x0=1.4, y0=0.1))


def test_starting_at_the_minimum_or_on_an_axis_is_no_special_case():
    for x0, y0 in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)):
        result = run(lam2=9.0, lr=0.21, x0=x0, y0=y0)
        assert all(check.holds or not check.applies for check in checked(result))
        assert claims.says(result)
    assert run(x0=0.0).errors.abs().max() == 0


def test_a_step_longer_than_the_time_is_one_step():
    result = run(lr=2.0, T=0.5)
    assert result.t.tolist() == [0.0, 2.0]


def test_a_wrong_sign_would_be_noticed_by_the_checks():
    result = run(lam2=8.0, y0=1.0)
    assert not checked(replace(result, explicit=result.explicit.flip(0)))[0].holds
    assert not checked(replace(result, lam=-result.lam))[0].holds
    assert not checked(replace(result, diverged_at=3))[0].holds


def test_each_equation_notices_the_other_method():
    result = run(lam2=8.0, y0=1.0)
    explicit, quadratic = replace(result), replace(result)
    explicit.__dict__["implicit"] = result.explicit
    quadratic.__dict__["errors"] = result.errors**2
    assert not checked(explicit)[4].holds
    assert not checked(quadratic)[1].holds
