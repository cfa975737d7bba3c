"""Many dimensions, by plain sums, a linear programme and the law of a coin."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.stats import chi

from core.experiments.adversarial import dimensions as many
from core.experiments.adversarial import dimensions_claims as claims
from core.experiments.adversarial.dimensions import dimensions as run
from core.experiments.adversarial.quoted import NUMBERS
from pages.figures.adversarial.dimensions import figure


def the(result, words):
    (found,) = (c for c in claims.checks(result) if words in c.claim)
    return found


@pytest.mark.parametrize(
    ("values", "drop"),
    [
        ({}, 0.05 * 28),
        ({"d": 2}, 0.05 * math.sqrt(2)),
        ({"d": 3072, "eps": 0.2}, 0.2 * math.sqrt(3072)),
        ({"kind": "sparse"}, 0.1),
        ({"kind": "sparse", "d": 3}, 0.05 * math.sqrt(3)),
        ({"eps": 0.0}, 0.0),
    ],
)
def test_the_drop_of_alike_and_of_few_weights_is_known(values, drop):
    result = run(**values)
    assert result.drop == pytest.approx(drop, abs=1e-12)
    assert np.linalg.norm(result.w) == pytest.approx(1)


@pytest.mark.parametrize("kind", many.WEIGHTS)
def test_no_linear_programme_takes_more(kind):
    result = run(d=60, kind=kind, seed=3)
    found = linprog(result.w.numpy(), bounds=[(-result.eps, result.eps)] * 60)
    assert -found.fun == pytest.approx(result.drop, rel=1e-9)


def test_random_weights_follow_the_mean_of_the_half_normal_law():
    d = 500
    ratios = [run(d=d, kind="gauss", seed=seed).ratio for seed in range(40)]
    mean = d * math.sqrt(2 / math.pi) / chi.mean(d)  # E|w₁| d over E‖w‖₂
    assert many.law("gauss", d) == pytest.approx(mean, rel=1e-9)
    assert abs(np.mean(ratios) - mean) < 5 * np.std(ratios) / math.sqrt(40)
    assert mean == pytest.approx(math.sqrt(2 * d / math.pi), rel=1e-3)


@pytest.mark.parametrize("kind", many.WEIGHTS)
def test_the_curve_goes_through_the_picture_that_is_shown(kind):
    curve = many.ratios(kind, 5)
    for k in (0, 17, -1):
        assert run(d=many.DIMS[k], kind=kind, seed=5).ratio == pytest.approx(float(curve[k]))
    assert many.DIMS[0] == 2 and many.DIMS[-1] == many.MOST


def test_four_hundred_pixels_are_the_border():
    for d, read in ((399, True), (401, False)):
        assert (run(d=d).score(run(d=d).attacked) > 0) == read
    assert "just enough" in claims.says(run(d=400))
    assert "read wrongly" in claims.says(run(d=401))
    assert "stays positive" in claims.says(run(d=399))


def test_the_coins_fall_both_ways_and_a_new_seed_throws_new_ones():
    changes = [(run(seed=seed).noised - run(seed=seed).x).sign() for seed in range(30)]
    assert {float(c) for each in changes for c in each} == {-1.0, 1.0}
    shifts = [run(seed=seed).shift for seed in range(30)]
    assert len(set(shifts)) > 15
    assert np.std(shifts) == pytest.approx(0.05, rel=0.4)


def test_the_bound_of_the_coins_holds_where_all_of_them_can_be_counted():
    for margin in (0.05, 0.2, 0.4):
        result = run(d=12, eps=0.1, margin=max(margin, 0.1), kind="gauss", seed=2)
        signs = 2 * (np.arange(4096)[:, None] >> np.arange(12) & 1) - 1
        share = np.mean(result.margin + 0.1 * signs @ result.w.numpy() <= 0)
        assert share <= result.chance


def test_pixels_stay_between_black_and_white():
    for values in ({"eps": 0.2, "kind": kind, "d": d} for kind in many.WEIGHTS for d in (2, 3071)):
        result = run(**values)
        for picture in (result.x, result.attacked, result.noised):
            assert picture.min() >= 0 and picture.max() <= 1
        assert math.prod(many.grid(result.d)) >= result.d == len(result.x)


@pytest.mark.parametrize("kind", many.WEIGHTS)
def test_an_attack_with_the_wrong_sign_or_in_too_few_pixels_is_noticed(kind):
    result = run(kind=kind)
    delta = result.attacked - result.x
    assert the(result, "takes ε‖w‖₁").holds
    for forged in (-delta, delta * (result.w > result.w.median() - 1e-9) * 0.5, 0 * delta):
        assert not the(replace(result, attacked=result.x + forged), "takes ε‖w‖₁").holds


def test_the_score_decides_which_way_the_second_check_stands():
    turned, kept = (the(run(eps=eps), "after the attack is") for eps in (0.05, 0.02))
    assert turned.relation == "≤" and turned.lhs == pytest.approx(-0.4)
    assert kept.relation == "≥" and kept.lhs == pytest.approx(0.44)


def test_the_answers_and_the_quoted_number():
    assert claims.answers["alike"](run())[0] == pytest.approx(1.4)
    assert claims.answers["four"](run(kind="sparse"))[0] == pytest.approx(0.1)
    assert claims.answers["noise"](run(kind="gauss"))[0] == "never"
    result = run(d=3072, kind="gauss", eps=8 / 255)
    assert float(NUMBERS["colour"]()) == pytest.approx(
        8 / 255 * float(result.w.abs().sum()), rel=5e-3
    )
    assert f"{math.sqrt(2 * 3072 / math.pi):.1f}" == "44.2"


def test_the_handle_lies_on_the_curve_and_without_a_change_there_is_none():
    (handle,) = figure(run(), seed=0).panels[1].handles
    assert (handle.x, handle.y) == (784, pytest.approx(1.4))
    names = [trace["name"] for trace in figure(run(eps=0.0), seed=0).panels[1].traces]
    assert names == ["score m"]
