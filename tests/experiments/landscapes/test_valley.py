import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.experiments.landscapes import valley
from pages.experiments.landscapes.valley import EXPERIMENT as VALLEY
from tests import contract

DEFAULTS = VALLEY.defaults()


def run(**values):
    return valley.valley(**DEFAULTS | values)


def checked(result, **values):
    return valley.checks(result, **DEFAULTS | values)


def the(checks, words):
    (found,) = (c for c in checks if words in c.claim)
    return found


def plain_bowl(kappa, degrees):
    """H and the start (1, 1) of its eigen-coordinates, in numpy."""
    a = math.radians(degrees)
    R = np.array([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]])
    return R @ np.diag([1.0, kappa]) @ R.T, R @ np.ones(2)


def count_by_hand(step, kappa, degrees, most=4000):
    """Steps until f is down by 10⁶, one plain step at a time."""
    H, x = plain_bowl(kappa, degrees)
    goal, state = 1e-6 * x @ H @ x, {}
    for k in range(1, most):
        x = step(H, x, state, k)
        if x @ H @ x <= goal:
            return k
    return -1


def adam(H, x, state, k, lr=0.03, b1=0.9, b2=0.999):
    g = H @ x
    state["m"] = b1 * state.get("m", 0) + (1 - b1) * g
    state["v"] = b2 * state.get("v", 0) + (1 - b2) * g * g
    m, v = state["m"] / (1 - b1**k), state["v"] / (1 - b2**k)
    return x - lr * m / (np.sqrt(v) + 1e-8)


@pytest.mark.parametrize(
    ("kappa", "diagonal"), [(10.0, 281), (100.0, 1144), (1000.0, 3325), (10000.0, 6593)]
)
def test_adam_needs_46_steps_on_the_axes_and_the_counts_of_the_sheet_on_the_diagonal(
    kappa, diagonal
):
    assert run(kappa=kappa, angle=0.0).adam == 46
    assert run(kappa=kappa, angle=45.0).adam == diagonal


@pytest.mark.parametrize("degrees", [0.0, 5.0, 30.0, 67.5, 90.0])
def test_adams_curve_is_a_plain_adam_at_every_angle(degrees):
    assert run(kappa=10.0, angle=degrees).adam == count_by_hand(adam, 10.0, degrees)


def test_rmsprops_curve_is_a_plain_rmsprop():
    def rmsprop(H, x, state, k):
        g = H @ x
        state["v"] = 0.99 * state.get("v", 0) + 0.01 * g * g
        return x - 0.03 * g / (np.sqrt(state["v"]) + 1e-8)

    for degrees in (0.0, 20.0, 45.0):
        assert run(kappa=10.0, angle=degrees).rmsprop == count_by_hand(rmsprop, 10.0, degrees)


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

    by_hand = tuple(count_by_hand(m, kappa, degrees) for m in (descent, ball, nesterov))
    result = run(kappa=kappa, angle=degrees)
    assert result.counts == by_hand
    assert result.level == by_hand


def test_between_the_points_of_the_curve_a_count_is_interpolated_and_said_to_be():
    low, high = run(angle=10.0).adam, run(angle=12.5).adam
    result = run(angle=11.0)
    assert low < result.adam < high
    assert "about" in valley.says(result, **DEFAULTS | {"angle": 11.0})
    assert "about" not in valley.says(run(angle=10.0), **DEFAULTS | {"angle": 10.0})
    assert abs(result.adam - count_by_hand(adam, 100.0, 11.0)) <= 4


def test_a_count_beyond_the_limit_is_more_than_the_limit_and_not_a_number():
    result = run(variant="adam_printed")
    assert result.adam == -1
    assert "more than 7000" in valley.says(result, **DEFAULTS | {"variant": "adam_printed"})
    angle, counts = torch.tensor([0.0, 2.0, 4.0]), torch.tensor([10, -1, 30])
    assert [valley.read(angle, counts, at) for at in (0.0, 1.0, 4.0)] == [10, -1, 30]


def test_only_adam_notices_how_the_valley_is_turned():
    straight, turned = run(angle=0.0), run(angle=45.0)
    torch.testing.assert_close(straight.f[:3], turned.f[:3], rtol=1e-6, atol=1e-18)
    assert not torch.allclose(straight.f[4], turned.f[4])


def test_the_first_step_of_adam_is_alpha_times_the_sign_of_the_slope():
    result = run(angle=30.0, lr=0.2)
    H, x = plain_bowl(100.0, 30.0)
    np.testing.assert_allclose(result.first, -0.2 * np.sign(H @ x), rtol=1e-7)
    assert the(checked(result, angle=30.0, lr=0.2), "first step").holds
    flipped = result._replace(first=-result.first)
    assert not the(checked(flipped, angle=30.0, lr=0.2), "first step").holds


def test_the_rate_of_the_tuned_ball_is_measured_and_not_assumed():
    result = run()
    check = the(checked(result), "tuned heavy ball")
    assert check.applies
    assert check.lhs == pytest.approx(9 / 11, abs=1e-9)
    wrong = result._replace(f=result.f[[0, 0, 2, 3, 4]])  # gradient descent in its place
    assert not the(checked(wrong), "tuned heavy ball").holds


def test_a_method_that_breaks_nesterovs_bound_is_noticed():
    result = run()
    slow = result._replace(f=result.f[[0, 1, 0, 3, 4]])
    assert the(checked(result), "Nesterov").holds
    assert not the(checked(slow), "Nesterov").holds


@settings(max_examples=8, deadline=None)
@given(
    kappa=st.sampled_from([1.0, 1.001, 3.0, 250.0, 1e4]),
    angle=st.floats(0.0, 90.0),
    lr=st.sampled_from([0.03, 0.3]),
    variant=st.sampled_from(valley.VARIANTS),
    steps=st.integers(1, 300),
)
def test_every_theorem_holds_or_says_why_it_is_silent(**values):
    contract.theorems_hold(VALLEY, checked(run(**values), **values))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kappa", 0.5),
        ("angle", 91.0),
        ("lr", 0.0),
        ("lr", math.nan),
        ("beta1", 1.0),
        ("beta2", -0.1),
        ("variant", "sgd"),
        ("steps", 0),
    ],
)
def test_bad_input_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=f"expected {name} "):
        run(**{name: value})


def test_the_predictions_come_out_of_the_core():
    right = ["more than 2000", "about 1000", "Nesterov"]
    for number, option in enumerate(right):
        prediction = VALLEY.predictions[number]
        assert prediction.answer(run(**VALLEY.preset(prediction.preset))) == option
        contract.prediction_is_computed(VALLEY, number)


def test_the_experiment_keeps_the_contract_of_the_house():
    contract.declaration_is_sound(VALLEY)
    for values in contract.settings(VALLEY, 2).values():
        contract.answers(VALLEY, values)
