import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.experiments.landscapes import ball
from core.landscapes import quadratic
from core.optimizers import steps_to, trajectories
from pages.experiments.landscapes.ball import EXPERIMENT as BALL
from tests import contract

DEFAULTS = BALL.defaults()


def run(**values):
    return ball.ball(**DEFAULTS | values)


def checked(result, **values):
    return ball.checks(result, **DEFAULTS | values)


def the(checks, words):
    (found,) = (c for c in checks if words in c.claim)
    return found


def by_hand(method, lr, beta, kappa, x, steps):
    """The three rules written out in plain floats, with a velocity v."""
    lam, v, path = np.array([1.0, kappa]), np.zeros(2), [x]
    for _ in range(steps):
        at = x + beta * v if method == "nesterov" else x
        v = beta * v - (lr * (1 - beta) if method == "momentum_ema" else lr) * lam * at
        x = x + v
        path.append(x)
    return np.array(path)


@pytest.mark.parametrize(
    ("beta", "needed"), [(0.0, 687), (0.5, 336), (0.67, 212), (0.9, 94), (0.95, 146), (0.99, 737)]
)
def test_the_counts_of_the_curriculum_come_out(beta, needed):
    result = run(beta=beta, steps=800)
    assert result.iterations == needed
    assert int(steps_to(result.f, 1e-6)) == needed
    assert dict(result.rivals)[beta] == needed


@pytest.mark.parametrize(("kappa", "needed"), [(10.0, 15), (100.0, 48), (1000.0, 151)])
def test_the_optimum_of_the_map_needs_the_steps_of_the_curriculum(kappa, needed):
    lr_L, beta = ball.tuned("momentum", kappa)
    result = run(kappa=kappa, lr_L=lr_L, beta=beta)
    assert result.iterations == needed
    assert result.map.best[2] == pytest.approx((kappa**0.5 - 1) / (kappa**0.5 + 1), abs=1e-7)


@pytest.mark.parametrize("method", ball.METHODS)
@pytest.mark.parametrize(("lr_L", "beta"), [(1.0, 0.9), (0.3, 0.0), (1.2, 0.5)])
def test_the_run_is_the_rule_written_out_and_the_powers_of_its_matrix(method, lr_L, beta):
    result = run(method=method, lr_L=lr_L, beta=beta, start="free", x0=0.7, y0=-1.2, steps=90)
    start = np.array([0.7, -0.12])
    plain = by_hand(method, lr_L / 100, beta, 100.0, start, 90)
    np.testing.assert_allclose(result.x.numpy(), plain, rtol=1e-9, atol=1e-14)
    H = torch.tensor([[1.0, 0.0], [0.0, 100.0]], dtype=torch.float64)
    powers = ball.iterates(
        method, lr_L / 100, torch.tensor([beta], dtype=torch.float64), H,
        torch.tensor(start), 90,
    )  # fmt: skip
    np.testing.assert_allclose(powers[0].numpy(), plain, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("method", ball.METHODS)
def test_memory_and_push_add_up_to_the_move(method):
    result = run(method=method)
    torch.testing.assert_close(
        (result.memory + result.push)[:-1], result.x.diff(dim=0), rtol=1e-9, atol=1e-15
    )


def test_the_powers_follow_a_turned_bowl():
    bowl = quadratic(30.0, 25.0)
    start = torch.tensor([1.0, -0.4], dtype=torch.float64)
    for method in ("gd", "momentum", "nesterov"):
        long = trajectories(bowl, (method,), start, 0.02, 60, beta=0.8).x[0]
        short = ball.iterates(
            method, 0.02, torch.tensor([0.8], dtype=torch.float64), bowl.hessian(start), start, 60
        )
        torch.testing.assert_close(short[0], long, rtol=1e-8, atol=1e-13)


@pytest.mark.parametrize("method", ball.METHODS)
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_one_percent_decides_at_the_border_of_stability(method, beta):
    edge = ball.border(method, beta)
    start = np.array([1.0, 1.0])
    for share, stays in ((0.99, True), (1.01, False)):
        path = by_hand(method, share * edge / 10, beta, 10.0, start, 3000)
        assert (np.abs(path[-1]).max() < 1e-3) == stays


@pytest.mark.parametrize("method", ball.METHODS)
@pytest.mark.parametrize("share", [0.01, 0.4, 2.5])
def test_overshoot_begins_at_the_critical_memory(method, share):
    def swings(beta):
        roots = run(method=method, lr_L=share, kappa=1.0, beta=beta).eigenvalues
        return bool(roots[0].imag.any())

    critical = ball.critical_beta(method, share, 1.0)
    if critical < 1:
        assert swings(critical * 1.001 + 1e-6)
        assert critical < 1e-3 or not swings(critical * 0.999)
    else:
        assert not any(swings(beta) for beta in (0.1, 0.5, 0.9, 0.99))


def test_the_field_is_the_spectral_radius_of_the_iteration_matrix():
    for method in ball.METHODS:
        field = ball.rate_map(method, 50.0)
        for row, column in ((0, 5), (30, 20), (71, 60), (50, 71)):
            lr, beta = float(field.lr_L[column]) / 50, float(field.beta[row])
            radius = 0.0
            for lam in (1.0, 50.0):
                path = by_hand(method, lr, beta, lam, np.array([0.0, 1.0]), 2)[:, 1]
                # x₂ = p x₁ − q x₀, and from rest x₁ = p − q
                q = beta * (1 - lr * lam) if method == "nesterov" else beta
                p = path[1] + q
                assert path[2] == pytest.approx(p * path[1] - q, abs=1e-9)
                radius = max(radius, np.abs(np.roots([1, -p, q])).max())
            assert float(field.rate[row, column]) == pytest.approx(radius, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    method=st.sampled_from(ball.METHODS),
    kappa=st.floats(1.0, 1e4),
    lr_L=st.floats(0.01, 4.0),
    beta=st.floats(0.0, 0.999),
    start=st.sampled_from(["worst", "free"]),
    x0=st.sampled_from([-1.0, 0.0, 0.5]),
    y0=st.sampled_from([1.0, 0.0, 1e-3]),
    steps=st.integers(1, 400),
)
def test_every_theorem_holds_or_says_why_it_is_silent(**values):
    contract.theorems_hold(BALL, checked(run(**values), **values))


def test_the_rate_check_applies_where_the_student_begins_and_would_notice_a_wrong_rate():
    for values in ({}, {"beta": 0.99, "steps": 1000}, {"beta": 0.0, "steps": 700}):
        result = run(**values)
        assert the(checked(result, **values), "rate per step").applies
        wrong = result._replace(rate=result.rate - 0.02)
        assert not the(checked(wrong, **values), "rate per step").holds


def test_the_energy_balance_notices_a_flipped_velocity():
    result = run()
    flipped = result._replace(x=torch.cat([result.x[:50], -result.x[50:]]))
    assert the(checked(result), "energy lost").holds
    assert not the(checked(flipped), "energy lost").holds


def test_nesterovs_energy_never_rises_although_f_does():
    result = run(method="nesterov", lr_L=1.0, beta=0.95)
    assert (result.f.diff() > 0).any()
    check = the(checked(result, method="nesterov", beta=0.95), "never rises")
    assert check.applies
    assert check.holds


def test_without_memory_it_is_gradient_descent():
    result = run(beta=0.0)
    path = (1 - np.array([0.01, 1.0])) ** np.arange(201)[:, None] * np.array([1.0, 0.01])
    np.testing.assert_allclose(result.x.numpy(), path, rtol=1e-12, atol=1e-15)


def test_a_sum_of_gradients_grows_tenfold_and_an_average_does_not():
    sums = run(beta=0.9), run(method="momentum_ema", beta=0.9)
    claims = [the(checked(r, method=m), "E-45") for r, m in zip(sums, ("momentum", "momentum_ema"))]
    assert claims[0].lhs == pytest.approx(10.0)
    assert claims[1].lhs == pytest.approx(1.0)
    assert all(c.holds for c in claims)


def test_a_run_off_the_map_is_explained_and_stays_finite():
    values = BALL.preset("Off the map")
    result = run(**values)
    assert result.diverged_at > 0
    assert all(torch.isfinite(t).all() for t in (result.x, result.f, result.energy, result.plain))
    assert "ηL = 3.9 > 3.8" in ball.says(result, **values)


def test_edges_a_round_bowl_the_minimum_and_one_step():
    assert run(kappa=1.0, lr_L=1.0, beta=0.0).x[1].abs().max() == 0
    rest = {"start": "free", "x0": 0.0, "y0": 0.0}
    assert run(**rest).x.abs().max() == 0
    assert "stays" in ball.says(run(**rest), **DEFAULTS | rest)
    assert run(steps=1).x.shape == (2, 2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("beta", 1.0),
        ("beta", -0.1),
        ("lr_L", 0.0),
        ("lr_L", math.nan),
        ("kappa", 0.5),
        ("steps", 0),
        ("x0", math.inf),
        ("method", "adam"),
        ("start", "here"),
    ],
)
def test_bad_input_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=f"expected {name} "):
        run(**{name: value})


def test_the_predictions_come_out_of_the_core():
    right = ["several times slower", "3.8", "more than 500"]
    for number, option in enumerate(right):
        prediction = BALL.predictions[number]
        assert prediction.answer(run(**BALL.preset(prediction.preset))) == option
        contract.prediction_is_computed(BALL, number)


def test_the_experiment_keeps_the_contract_of_the_house():
    contract.declaration_is_sound(BALL)
    for values in contract.settings(BALL, 8).values():
        contract.answers(BALL, values)
