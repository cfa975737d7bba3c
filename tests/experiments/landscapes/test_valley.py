import math

import numpy as np
import pytest
import torch

from core.experiments.landscapes import valley_claims as claims
from core.experiments.landscapes.valley import ANGLES, Race, read
from core.experiments.landscapes.valley import valley as run


def the(result: Race, words, lr=0.03):
    found = (c for c in claims.checks(result, lr=lr) if words in c.claim)
    return next(found)


def plain_bowl(kappa, degrees):
    """H and the start (1, 1) of its eigen-coordinates, in numpy."""
    a = math.radians(degrees)
    R = np.array([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]])
    return R @ np.diag([1.0, kappa]) @ R.T, R @ np.ones(2)


def count_by_hand(step, kappa, degrees, most=4000):
    """Steps until f is down by 10⁶ for good and for the first time, one plain step at a time."""
    H, x = plain_bowl(kappa, degrees)
    f, state = [x @ H @ x], {}
    for k in range(1, most):
        x = step(H, x, state, k)
        f.append(x @ H @ x)
    below = np.array(f) <= 1e-6 * f[0]
    stays = len(f) - int(below[::-1].argmin()) if below[-1] else -1
    return stays, int(below.argmax()) if below.any() else -1


def adam(H, x, state, k, lr=0.03, b1=0.9, b2=0.999):
    g = H @ x
    state["m"] = b1 * state.get("m", 0) + (1 - b1) * g
    state["v"] = b2 * state.get("v", 0) + (1 - b2) * g * g
    m, v = state["m"] / (1 - b1**k), state["v"] / (1 - b2**k)
    return x - lr * m / (np.sqrt(v) + 1e-8)


@pytest.mark.parametrize(
    ("kappa", "diagonal"), [(10.0, 281), (100.0, 1144), (1000.0, 3325), (10000.0, 6593)]
)
def test_adam_needs_122_steps_on_the_axes_and_the_counts_of_e_05_on_the_diagonal(kappa, diagonal):
    straight, turned = run(kappa=kappa, angle=0.0), run(kappa=kappa, angle=45.0)
    # the curriculum's 46 is the first crossing: f is back above the line at step 60
    assert (straight.counts["adam"], straight.firsts["adam"]) == (122, 46)
    assert turned.counts["adam"] == turned.firsts["adam"] == diagonal
    share = straight.f[4] / straight.f[4, 0]
    assert share[46] <= 1e-6 and share[60] > 1e-3


@pytest.mark.parametrize("degrees", [0.0, 5.0, 30.0, 67.5, 90.0])
def test_adams_curve_is_a_plain_adam_at_every_angle(degrees):
    result = run(kappa=10.0, angle=degrees)
    by_hand = count_by_hand(adam, 10.0, degrees, 1400)
    assert (result.counts["adam"], result.firsts["adam"]) == by_hand


def test_rmsprops_curve_is_a_plain_rmsprop():
    def rmsprop(H, x, state, k):
        g = H @ x
        state["v"] = 0.99 * state.get("v", 0) + 0.01 * g * g
        return x - 0.03 * g / (np.sqrt(state["v"]) + 1e-8)

    for degrees in (0.0, 20.0, 45.0):
        result = run(kappa=10.0, angle=degrees)
        by_hand = count_by_hand(rmsprop, 10.0, degrees, 7001)
        assert (result.counts["rmsprop"], result.firsts["rmsprop"]) == by_hand
        assert result.counts["rmsprop"] == -1  # with a constant step it never rests


@pytest.mark.parametrize("degrees", [0.0, 13.0, 45.0, 90.0])
def test_the_counts_of_the_three_linear_methods_are_those_of_plain_loops(degrees):
    kappa = 60.0
    root = math.sqrt(kappa)
    beta = (root - 1) / (root + 1)

    def descent(H, x, state, k):
        return x - 2 / (kappa + 1) * H @ x

    def ball(H, x, state, k):
        before = state.get("before", x)
        state["before"] = x
        return x - 4 / (root + 1) ** 2 * H @ x + beta**2 * (x - before)

    def nesterov(H, x, state, k):
        ahead = x + beta * (x - state.get("before", x))
        state["before"] = x
        return ahead - H @ ahead / kappa

    by_hand = [count_by_hand(m, kappa, degrees) for m in (descent, ball, nesterov)]
    result = run(kappa=kappa, angle=degrees)
    told = zip(result.counts.values(), result.firsts.values())
    assert list(told)[:3] == by_hand


def test_between_the_points_of_the_curve_a_count_is_interpolated_and_said_to_be():
    low, high = run(angle=10.0).counts["adam"], run(angle=12.5).counts["adam"]
    result = run(angle=11.0)
    assert low < result.counts["adam"] < high
    assert "about" in claims.says(result)
    assert "about" not in claims.says(run(angle=10.0))
    assert abs(result.counts["adam"] - count_by_hand(adam, 100.0, 11.0)[0]) <= 4


def test_a_count_beyond_the_limit_is_no_number():
    result = run(variant="adam_printed")
    assert result.counts["adam_printed"] == -1
    assert "Adam as printed not within 7000, at 0° not within 7000" in claims.says(result)
    assert "RMSProp not within 7000 (for the first time after 411)" in claims.says(result)
    counts = torch.arange(len(ANGLES))
    counts[1] = -1
    assert [read(counts, at) for at in (0.0, 1.0, 5.0, 6.25, 90.0)] == [0, -1, 2, 2, 36]


def test_only_adam_notices_how_the_valley_is_turned():
    straight, turned = run(angle=0.0), run(angle=45.0)
    torch.testing.assert_close(straight.f[:3], turned.f[:3], rtol=1e-6, atol=1e-18)
    assert not torch.allclose(straight.f[4], turned.f[4])


def test_the_first_step_of_adam_is_alpha_times_the_sign_of_the_slope():
    result = run(angle=30.0, lr=0.2)
    H, x = plain_bowl(100.0, 30.0)
    np.testing.assert_allclose(result.x[4, 1] - result.x[4, 0], -0.2 * np.sign(H @ x), rtol=1e-7)
    assert the(result, "first step", lr=0.2).holds
    assert not the(result, "first step", lr=-0.2).holds


def test_the_rate_of_the_tuned_ball_is_measured_and_not_assumed():
    result = run()
    assert the(result, "tuned heavy ball").holds
    k, rho = np.arange(121), 9 / 11  # z₁ = ρᵏ(1 + k(1 − ρ)), z₂ = (−ρ)ᵏ(1 + k(1 + ρ))
    flat, steep = rho**k * (1 + k * (1 - rho)), (-rho) ** k * (1 + k * (1 + rho))
    np.testing.assert_allclose(result.f[1], 0.5 * (flat**2 + 100 * steep**2), rtol=1e-6, atol=1e-20)
    wrong = result._replace(f=result.f[[0, 0, 2, 3, 4]])  # gradient descent in its place
    assert not the(wrong, "tuned heavy ball").holds


def test_a_method_that_breaks_nesterovs_bound_is_noticed():
    result = run()
    slow = result._replace(f=result.f[[0, 1, 0, 3, 4]])
    assert the(result, "Nesterov: largest").holds
    assert not the(slow, "Nesterov: largest").holds


def test_a_count_that_is_not_that_of_the_run_drawn_is_noticed():
    result = run(angle=0.0)
    assert the(result, "the counts are").holds
    assert not the(result._replace(adam_curve=result.adam_curve + 1), "the counts are").holds
    assert not the(result._replace(f=result.f[[0, 2, 1, 3, 4]]), "the counts are").holds
