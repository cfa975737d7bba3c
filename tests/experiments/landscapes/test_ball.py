import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.experiments.landscapes import ball
from core.experiments.landscapes import ball_claims as claims
from core.experiments.landscapes.ball import ball as run
from core.landscapes import quadratic
from core.optimizers import FALL, arrival, by_powers, trajectories


def the(result, words):
    (found,) = (c for c in claims.checks(result) if words in c.claim)
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
    ("beta", "first", "needed"),
    [(0.0, 687, 687), (0.5, 336, 336), (0.67, 212, 212), (0.9, 94, 124), (0.95, 146, 265),
     (0.99, 737, 1354)],
)  # fmt: skip
def test_the_counts_of_the_curriculum_are_first_crossings_and_f_may_rise_again(beta, first, needed):
    result = run(beta=beta, steps=2000)
    assert (result.first, result.iterations) == (first, needed)
    x = by_hand("momentum", 0.01, beta, 100.0, np.array([1.0, 0.01]), 3000)
    f = 0.5 * (x**2 @ [1.0, 100.0])
    below = f <= 1e-6 * f[0]
    assert (below.argmax(), len(f) - below[::-1].argmin()) == (first, needed)
    assert int(arrival(result.f, FALL)) == run().needs(beta) == needed
    assert ("for the first time after" in claims.says(result)) == (first < needed)


@pytest.mark.parametrize(("kappa", "rise"), [(10.0, 1.713), (100.0, 13.743), (1e4, 1353.5)])
def test_the_tuned_ball_first_climbs_from_the_steep_wall(kappa, rise):
    lr_L, beta, rho = ball.rate_map("momentum", kappa).best
    values = {"kappa": kappa, "lr_L": lr_L, "beta": beta, "steps": 1000}
    steep = run(**values, start="free", x0=0.0, y0=1.0)
    k = np.arange(1001)
    closed = rho ** (2 * k) * (1 + k * (1 + rho)) ** 2  # of f(xₖ)/f(x₀) at the double root −ρ
    np.testing.assert_allclose(steep.f / steep.f[0], closed, rtol=1e-5, atol=1e-12)
    assert steep.peak == pytest.approx(rise, rel=1e-3)
    assert steep.peak == pytest.approx(kappa / math.e**2, rel=0.01 if kappa > 1e3 else 0.3)
    assert "times its start" in claims.says(steep)
    gutter = run(**values)
    assert gutter.peak == 1
    for result in (steep, gutter):
        check = the(result, "tuned:")
        assert check.applies and check.holds
        for forged in (
            {"x": result.x.flip(1)},
            {"f": 1.01 * result.f[[0, *range(1, 1001)]] ** 1.01},
        ):
            assert not the(replace(result, **forged), "tuned:").holds
    assert not the(run(), "tuned:").applies
    ahead = {"method": "nesterov", "beta": (kappa**0.5 - 1) / (kappa**0.5 + 1)}
    assert run(kappa=kappa, **ahead, start="free", x0=0.0).peak == 1


@pytest.mark.parametrize(("kappa", "needed"), [(10.0, 15), (100.0, 48), (1000.0, 151)])
def test_the_optimum_of_the_map_needs_the_steps_of_the_curriculum(kappa, needed):
    lr_L, beta, rate = ball.rate_map("momentum", kappa).best
    assert run(kappa=kappa, lr_L=lr_L, beta=beta).iterations == needed
    assert rate == pytest.approx((kappa**0.5 - 1) / (kappa**0.5 + 1), abs=1e-7)


@pytest.mark.parametrize("method", ball.METHODS)
@pytest.mark.parametrize(("lr_L", "beta"), [(1.0, 0.9), (0.3, 0.0), (1.2, 0.5)])
def test_the_run_is_the_rule_written_out_and_the_powers_of_its_matrix(method, lr_L, beta):
    result = run(method=method, lr_L=lr_L, beta=beta, start="free", x0=0.7, y0=-1.2, steps=90)
    start = np.array([0.7, -0.12])
    plain = by_hand(method, lr_L / 100, beta, 100.0, start, 90)
    np.testing.assert_allclose(result.x.numpy(), plain, rtol=1e-9, atol=1e-14)
    H = torch.tensor([[1.0, 0.0], [0.0, 100.0]], dtype=torch.float64)
    powers = by_powers(method, lr_L / 100, beta, H, torch.tensor(start), 90)
    np.testing.assert_allclose(powers.numpy(), plain, rtol=1e-9, atol=1e-13)


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
        short = by_powers(method, 0.02, 0.8, bowl.hessian(start), start, 60)
        torch.testing.assert_close(short, long, rtol=1e-8, atol=1e-13)


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


def test_the_rate_check_applies_where_the_student_begins_and_would_notice_a_wrong_rate():
    for values in ({}, {"beta": 0.99, "steps": 1000}, {"beta": 0.0, "steps": 700}):
        result = run(**values)
        check = the(result, "rate per step")
        assert check.applies
        assert check.holds
        other = run(**values | {"beta": 0.95})
        assert not the(replace(result, x=other.x), "rate per step").holds


def test_rates_are_compared_by_their_logarithms():
    # .98999 or .9999998 beside .99980 would pass a tolerance of .01
    result = run(kappa=1e4, beta=0.5, lr_L=1.0, steps=5000)
    assert result.rate == pytest.approx(0.9998, abs=2e-5)
    assert the(result, "rate per step").applies and the(result, "rate per step").holds
    k = torch.arange(5001, dtype=torch.float64)[:, None]
    for rate in (0.98999, 0.9999998):
        forged = the(replace(result, x=rate**k * result.x[0]), "rate per step")
        assert forged.applies and not forged.holds


def test_on_the_border_the_sentence_says_that_it_bounces():
    for values in ({"beta": 0.0, "lr_L": 2.0}, {"lr_L": 3.8}):
        result = run(**values, start="free", steps=400)
        assert claims.says(result).startswith("The steep direction bounces for ever")
        assert abs(float(result.x[-1, 1])) == pytest.approx(abs(float(result.x[-3, 1])), rel=1e-6)
        assert not the(result, "exactly when").applies
    assert "Unstable" in claims.says(run(beta=0.0, lr_L=2.0001, steps=50))
    assert "Unstable" not in claims.says(run(beta=0.0, lr_L=2.2, start="free", y0=0.0, steps=50))


@pytest.mark.parametrize("method", ball.METHODS)
def test_the_steps_notice_another_memory_rule_axis_and_end(method):
    for lr_L in (0.3, 50.0):  # the second diverges under each rule
        result = run(method=method, lr_L=lr_L, steps=400)
        assert (result.diverged_at > 0) == (lr_L > 1)
        other = ball.METHODS[ball.METHODS.index(method) - 1]
        assert the(result, "at every step").holds
        for forged in (
            {"beta": 0.8}, {"method": other}, {"x": result.x.flip(1)},
            {"diverged_at": result.diverged_at + 2},
        ):  # fmt: skip
            assert not the(replace(result, **forged), "at every step").holds, forged


def test_the_energy_balance_notices_a_flipped_velocity():
    result = run()
    flipped = replace(result, x=torch.cat([result.x[:50], -result.x[50:]]))
    assert the(result, "energy lost").holds
    assert not the(flipped, "energy lost").holds


def test_nesterovs_energy_never_rises_although_f_does():
    result = run(method="nesterov", lr_L=1.0, beta=0.95)
    assert (result.f.diff() > 0).any()
    check = the(result, "never rises")
    assert check.applies
    assert check.holds


def test_without_memory_it_is_gradient_descent():
    result = run(beta=0.0)
    path = (1 - np.array([0.01, 1.0])) ** np.arange(201)[:, None] * np.array([1.0, 0.01])
    np.testing.assert_allclose(result.x.numpy(), path, rtol=1e-12, atol=1e-15)


def test_a_sum_of_gradients_grows_tenfold_and_an_average_does_not():
    for method, total in (
        ("momentum", "10 η∇f"),
        ("nesterov", "10 η∇f"),
        ("momentum_ema", "1 η∇f"),
    ):
        result = run(method=method)
        assert the(result, "weights").holds
        assert the(result, "weights").why.endswith(total)
        assert ("E-45" in the(result, "weights").claim) == (method == "momentum_ema")
        wrong = {"momentum": "momentum_ema"}.get(method, "momentum")
        for forged in ({"method": wrong}, {"beta": 0.91}, {"x": result.x.flip(1)}):
            assert not the(replace(result, **forged), "weights").holds


def test_all_gradients_together_move_the_ball_by_the_sum_of_their_weights():
    # in the end it lies at 0, so x₀ = W η Σ∇f with W = 1/(1 − β), or 1 for the average
    for method, total in (("momentum", 10.0), ("nesterov", 10.0), ("momentum_ema", 1.0)):
        result = run(method=method, steps=5000)
        gradients = (result.lam * result.probed).sum(0)
        np.testing.assert_allclose(result.lr * total * gradients, result.x[0], rtol=1e-9)


def test_a_run_off_the_map_is_explained_and_stays_finite():
    result = run(lr_L=3.9)
    assert result.diverged_at > 0
    assert all(torch.isfinite(t).all() for t in (result.x, result.f, result.energy, result.plain))
    assert "ηL = 3.9 > 3.8" in claims.says(result)


def test_edges_a_round_bowl_the_minimum_and_one_step():
    assert run(kappa=1.0, lr_L=1.0, beta=0.0).x[1].abs().max() == 0
    assert "stays" in claims.says(run(start="free", x0=0.0, y0=0.0))
    assert run(steps=1).x.shape == (2, 2)
