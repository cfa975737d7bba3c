from fractions import Fraction

import numpy as np
import pytest

from core.experiments.probability import test_claims as claims
from core.experiments.probability.test import MOST, PEOPLE, laws, screening
from core.probability import printed_bayes
from pages.experiments.probability.test import EXPERIMENT

RNG = np.random.default_rng(2)
DEFAULTS = EXPERIMENT.defaults()


def checks(**values):
    run = screening(**{k: v for k, v in values.items() if k != "printed"})
    return claims.checks(run, **(DEFAULTS | values))


def says(**values):
    run = screening(**values)
    return claims.says(run, **(DEFAULTS | values))


def test_the_printed_figures_by_fractions():
    """1 %, 90 %, 5 %: 0.1538 and 0.8462, and 0.0616 as printed."""
    p, hit, alarm = Fraction(1, 100), Fraction(9, 10), Fraction(1, 20)
    ill, well = p * hit, (1 - p) * alarm
    run = screening()
    assert run.both.tolist() == pytest.approx(
        [float(ill / (ill + well)), float(well / (ill + well))]
    )
    assert run.both.tolist() == pytest.approx([0.1538, 0.8462], abs=5e-5)
    wrong = printed_bayes(*laws(0.01, 0.9, 0.05, 1))
    assert wrong.tolist() == pytest.approx([float((ill + well) / (hit + alarm))] * 2)
    assert float(wrong[0]) == pytest.approx(0.0616, abs=5e-5)
    assert run.people == (9, 1, 50, 940)


def test_the_share_in_a_large_crowd_that_was_simulated():
    p, hit, alarm, crowd = 0.2, 0.8, 0.3, 400_000
    ill = RNG.random(crowd) < p
    rate = np.where(ill, hit, alarm)[:, None]
    rings = np.cumprod(RNG.random((crowd, 3)) < rate, axis=1).astype(bool)
    for k in (1, 2, 3):
        run = screening(p, hit, alarm, k)
        assert run.ill == pytest.approx(ill[rings[:, k - 1]].mean(), abs=0.01)
        assert float(run.after[k]) == pytest.approx(run.ill, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_one_after_another_is_all_at_once(seed):
    p, hit, alarm = np.random.default_rng(seed).uniform(0.05, 0.95, 3).tolist()
    share = p
    for k in range(1, MOST + 1):
        share = screening(share, hit, alarm).ill
        run = screening(p, hit, alarm, k)
        assert run.ill == pytest.approx(share, abs=1e-12)
        assert float(run.both.sum()) == pytest.approx(1, abs=1e-12)
        odds = p / (1 - p) * (hit / alarm) ** k
        assert run.ill == pytest.approx(odds / (1 + odds), abs=1e-12)


def test_the_people_add_up_and_are_never_one_off():
    for _ in range(200):
        p = float(10 ** RNG.uniform(-4, np.log10(0.5)))
        hit, alarm = float(RNG.uniform(0.5, 1)), float(RNG.uniform(0, 0.5))
        k = int(RNG.integers(1, 6))
        people = screening(p, hit, alarm, k).people
        assert sum(people) == PEOPLE and min(people) >= 0
        exact = p * hit**k, p * (1 - hit**k), (1 - p) * alarm**k, (1 - p) * (1 - alarm**k)
        np.testing.assert_array_less(np.abs(np.array(people) - PEOPLE * np.array(exact)), 1)


def test_how_many_positive_tests_it_takes():
    assert screening(prevalence=0.1).needed == 1
    assert screening().needed == 2
    assert screening(prevalence=0.001).needed == 3
    assert screening(sensitivity=0.5, false_alarm=0.5).needed == 0
    assert screening(prevalence=0.001, positives=3).ill == pytest.approx(0.8538, abs=1e-4)


def test_a_test_that_tells_nothing_leaves_the_prior():
    run = screening(0.3, 0.4, 0.4, 4)
    assert run.after.tolist() == pytest.approx([0.3] * (MOST + 1))
    rates = {"prevalence": 0.3, "sensitivity": 0.4, "false_alarm": 0.4}
    (alike,) = (c for c in checks(**rates) if "rings" in c.claim)
    assert alike.applies and alike.holds
    (alike,) = (c for c in checks() if "rings" in c.claim)
    assert not alike.applies
    assert "P(ill) stays 30 %" in says(**rates)
    assert "falls from 30 %" in says(prevalence=0.3, sensitivity=0.2, false_alarm=0.4)


def test_a_positive_test_that_never_happens_is_undefined():
    for rates in ((0.0, 0.9, 0.0), (0.5, 0.0, 0.0), (1.0, 0.0, 0.3)):
        values = dict(zip(("prevalence", "sensitivity", "false_alarm"), rates, strict=True))
        run = screening(**values)
        assert run.both.isnan().all() and not run.defined
        assert "undefined" in says(**values)
        assert all(c.holds or not c.applies for c in checks(**values))
        picture = EXPERIMENT.figure(run, **(DEFAULTS | values | {"printed": True}))
        assert "undefined" in picture.panels[1].title and "undefined" in picture.formula[0]
    assert screening(0.3, 1.0, 0.0).ill == 1


def test_the_sentence_counts_people_as_one_does():
    assert says(prevalence=0.001).startswith(
        "Of 1000 people 1 is ill. Of the ill 1, of the well 50 are positive: of 51 such people 1 is"
    )
    assert "of 1 such person 1 is ill" in says(prevalence=0.001, false_alarm=0.0)
    assert "So few are positive 5 times" in says(prevalence=1e-4, positives=5)
    assert "if the tests err independently" in says(positives=2)
    assert "independently" not in says()


@pytest.mark.parametrize("alarm", [1e-4, 0.005, 0.02])
@pytest.mark.parametrize("hit", [0.5, 0.9, 1.0])
@pytest.mark.parametrize("p", [1e-4, 0.01, 0.5])
def test_where_hardly_anybody_is_well_the_checks_still_hold(p, hit, alarm):
    for k in (3, MOST):
        values = {"prevalence": p, "sensitivity": hit, "false_alarm": alarm, "positives": k}
        found = checks(**values)
        assert all(c.holds or not c.applies for c in found)
        (odds,) = (c for c in found if "odds" in c.claim)
        assert odds.applies and odds.rhs == pytest.approx(p / (1 - p) * (hit / alarm) ** k)
        run = screening(**values)
        forged = run._replace(both=run.both * run.both.new_tensor([1.0, 1.05]))
        assert any(c.applies and not c.holds for c in claims.checks(forged, **DEFAULTS | values))
    assert "to over 99.9 %" in says(prevalence=p, sensitivity=1.0, false_alarm=1e-4, positives=3)
    assert "to 100 %" in says(prevalence=p, false_alarm=0.0)


@pytest.mark.parametrize("field", ["both", "after"])
def test_each_number_that_is_forged_is_noticed(field):
    run = screening()
    for k in range(len(getattr(run, field))):
        forged = getattr(run, field).clone()
        forged[k] *= 1.05
        forged = claims.checks(run._replace(**{field: forged}), **DEFAULTS)
        assert any(c.applies and not c.holds for c in forged), (field, k)


def test_the_printed_fraction_is_silent_where_it_is_no_law():
    (wrong,) = (c for c in checks(printed=True) if "E-02" in c.claim)
    assert not wrong.applies and wrong.lhs == pytest.approx(2 * 0.0585 / 0.95)
    (right,) = (c for c in checks(printed=True, prevalence=0.5) if "E-02" in c.claim)
    assert right.applies and right.holds  # with equal priors it is one half for both


def test_the_picture_holds_everybody_and_the_handle_sits_on_the_curve():
    for k in (1, 3):
        values = DEFAULTS | {"positives": k, "prevalence": 0.03}
        picture = EXPERIMENT.figure(screening(0.03, 0.9, 0.05, k), **values)
        people, curve, steps = picture.panels
        drawn = [t for t in people.traces if t["mode"] == "markers" and "unit" in t["meta"]]
        assert sum(len(t["x"]) for t in drawn) == PEOPLE
        places = {p for t in drawn for p in zip(t["x"].tolist(), t["y"].tolist(), strict=True)}
        assert len(places) == PEOPLE
        (handle,) = curve.handles
        (bold,) = (t for t in curve.traces if t["meta"].get("width") == 3.2)
        at = np.interp(np.log(handle.x), np.log(bold["x"]), bold["y"])
        assert at == pytest.approx(handle.y, abs=2e-3)
        assert steps.alt.count("%") == k + 1
