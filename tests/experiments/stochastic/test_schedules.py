import math

import numpy as np
import pytest
import torch
from scipy.special import zeta

from core.experiments.stochastic import schedules_claims as claims
from core.experiments.stochastic.schedules import (
    AT,
    KNOTS,
    OWN,
    T,
    carried,
    noise,
    plan,
    schedule,
    schedules,
)
from core.rng import generator
from core.stochastic import chains, moments, power
from pages.figures.stochastic.schedules import figure
from tests.forgery import failures

BASE = {
    "rule": "power", "c": 1.0, "p": 0.5, "ratio": 0.5, "hold": 1000, "own": OWN, "sigma": 1.0,
    "x0": 5.0, "n": 1000, "seed": 0,
}  # fmt: skip
SOME = [
    {},
    {"c": 0.1, "p": 1.0, "x0": -3.0},
    {"c": 1.9, "p": 0.3, "sigma": 2.0},
    {"rule": "halved", "c": 1.9, "ratio": 0.25, "hold": 1327},
    {"rule": "drawn", "own": "0.3 -1 -1 -2.2"},
]


def found(**values):
    values = BASE | values
    return schedules(**values), claims.checks(schedules(**values), **values)


def the(checks, words):
    (one,) = (c for c in checks if words in c.claim)
    return one


def test_the_figures_everybody_quotes():
    run = schedules()
    assert float(run.square[-1]) == pytest.approx(0.00356, abs=2e-5)
    assert float(run.square[-1]) == pytest.approx(1 / (2 * math.sqrt(T)), rel=0.01)
    stalled = schedules(c=0.5, p=2.0)
    closed = 5 * math.sin(math.pi * math.sqrt(0.5)) / (math.pi * math.sqrt(0.5))
    assert stalled.limit == pytest.approx(closed, abs=1e-9)
    assert closed == pytest.approx(1.791, abs=1e-3)
    asleep = schedules(c=0.1, p=1.0)
    lost = math.lgamma(T + 0.9) - math.lgamma(0.9) - math.lgamma(T + 1)
    assert float(asleep.mean[-1]) == pytest.approx(5 * math.exp(lost), rel=1e-9)
    assert float(asleep.mean[-1]) == pytest.approx(1.74, abs=5e-3)
    constant = schedules(c=0.1, p=0.0)
    assert float(constant.square[-1]) == pytest.approx(0.0526, abs=5e-5)
    assert float(schedules(p=1.0).square[-1]) == pytest.approx(1 / T, rel=1e-9)


@pytest.mark.parametrize("values", SOME)
def test_moments_are_those_of_a_loop(values):
    values = BASE | values
    run = schedules(**values)
    law = schedule(*(values[name] for name in ("rule", "c", "p", "ratio", "hold", "own")))
    mean, square = moments(law.alphas(T), values["sigma"], values["x0"])
    at = torch.from_numpy(AT[1:] - 1)
    torch.testing.assert_close(run.mean[1:], mean[at], rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(run.square[1:], square[at], rtol=1e-9, atol=1e-12)


def test_a_recursion_in_blocks_is_one_in_a_row():
    rng = np.random.default_rng(2)
    a, b, y, out = rng.uniform(-1, 1, 500), rng.normal(size=500), 0.0, []
    for one, two in zip(a, b):
        y = one * y + two
        out.append(y)
    np.testing.assert_allclose(carried(a, b), out, atol=1e-12)


@pytest.mark.parametrize("values", SOME[:4])
def test_the_chains_have_the_law_of_chains_gone_step_by_step(values):
    """Covariance of two times is the product of what is kept times the earlier variance."""
    values = BASE | values | {"n": 4000}
    run = schedules(**values)
    early, late = 20, 30  # places in `AT`
    away = run.x - run.mean[:, None]
    args = [values[name] for name in ("rule", "c", "p", "ratio", "hold", "own")]
    kept = np.prod(plan(*args).keep[early + 1 : late + 1])
    covariance = float((away[early] * away[late]).mean())
    size = math.sqrt(float(run.variance[early] * run.variance[late]))
    expected = kept * float(run.variance[early])
    assert covariance == pytest.approx(expected, abs=4.5 * size * math.sqrt(2 / 4000))
    alphas = schedule(*args).alphas(int(AT[late]))
    step_by_step = chains(
        alphas, values["sigma"], values["x0"], 4000, generator(9), at=[int(AT[late])]
    )
    one, two = run.x[late], step_by_step[0]
    error = float(one.var() + two.var()) / 4000
    assert abs(float(one.mean() - two.mean())) < 4.5 * math.sqrt(error)
    assert float(one.var() / two.var()) == pytest.approx(1, abs=4.5 * 2 / math.sqrt(4000))


def test_the_first_steps_are_pushed_against_the_noise():
    run, xi = schedules(n=100, seed=4), noise(100, 4)
    np.testing.assert_allclose(run.x[1], -xi[1], atol=1e-12)  # α₁ = 1 forgets the start
    np.testing.assert_allclose(
        run.x[2], run.x[1] - (run.x[1] + torch.from_numpy(xi[2])) / math.sqrt(2), atol=1e-12
    )


@pytest.mark.parametrize(
    ("p", "explores", "settles"),
    [(0, 1, 0), (0.4, 1, 0), (0.5, 1, 0), (0.51, 1, 1), (1, 1, 1), (1.01, 0, 1), (2, 0, 1)],
)
def test_both_sums_by_the_power_of_the_steps(p, explores, settles):
    run = schedules(p=float(p))
    assert (run.lamps.explores, run.lamps.settles) == (explores, settles)
    if p > 1:
        assert run.lamps.total == pytest.approx(zeta(p), rel=1e-9)
    if settles:
        assert run.lamps.squares == pytest.approx(zeta(2 * p), rel=1e-9)


def test_the_last_slope_of_a_drawing_goes_on():
    run = schedules(rule="drawn", own="-1 -1 -1 -2")
    assert run.lamps.explores and run.lamps.settles
    alphas = plan("drawn", 1.0, 0.5, 0.5, 1000, "-1 -1 -1 -2").alphas
    np.testing.assert_allclose(alphas[[0, 9, 99, 999, 9999]], [0.1, 0.1, 0.1, 0.01, 0.001])
    assert not schedules(rule="drawn", own="-1 -1 -1 -1.5").lamps.settles
    assert not schedules(rule="drawn", own="-1 -1 -1 -2.1").lamps.explores
    assert len(KNOTS) == 4


@pytest.mark.parametrize("own", ["0 -0.3 -0.6 -0.5", "-1 -1 0 0.3", "-4 -4 -4 0.3"])
def test_after_a_rise_the_steps_stay(own):
    run, checks = found(rule="drawn", own=own)
    alphas = plan("drawn", 1.0, 0.5, 0.5, 1000, own).alphas
    np.testing.assert_allclose(alphas[999:], 10.0 ** float(own.split()[-1]))
    assert run.lamps.explores and not run.lamps.settles and run.limit == 0
    assert bool(run.square.isfinite().all())
    assert all(c.holds for c in checks if c.applies)


def test_the_variance_stays_below_the_step_where_the_steps_fall_slowly():
    for values in ({}, {"p": 1.0}, {"c": 0.3, "p": 0.2}, {"c": 0.7, "p": 0.6, "sigma": 2.0}):
        one = the(found(**values)[1], "stays below σ²αₖ")
        assert one.applies and one.holds
    equal = the(found(p=1.0)[1], "stays below σ²αₖ")  # 1/k: the variance is σ²αₖ itself
    assert equal.lhs == pytest.approx(equal.rhs, rel=1e-9)
    assert not the(found(c=0.1, p=1.0)[1], "stays below σ²αₖ").applies
    assert not the(found(c=1.5)[1], "stays below σ²αₖ").applies
    fast = schedules(c=0.1, p=1.0, x0=0.0).variance[1:]
    assert bool((fast > torch.from_numpy(0.1 / AT[1:])).any())


@pytest.mark.parametrize("values", SOME)
def test_the_bound_of_the_proof_holds_and_is_no_empty_one(values):
    one = the(found(**values)[1], "exp(−2 Σα)")
    assert one.holds and one.rhs < 30 * one.lhs + 1e-12


def test_the_sums_that_are_left_out_come_from_the_end():
    alphas = power(1.0, 2.0).alphas(T).numpy()
    np.testing.assert_allclose(claims.after(alphas)[0], alphas.sum(), rtol=1e-12)
    assert float(claims.after(alphas)[-1]) == 0
    np.testing.assert_allclose(claims.after(alphas)[-2], alphas[AT[-2] :].sum(), rtol=1e-12)


@pytest.mark.parametrize(
    ("field", "words"),
    [("mean", "carried on"), ("square", "carried on"), ("x", "every chain"), ("sums", "Σα is"),
     ("limit", "Σα is finite")],
)  # fmt: skip
def test_a_wrong_number_turns_its_check_red(field, words):
    values = BASE | {"c": 0.5, "p": 2.0}
    run = schedules(**values)
    bent = run._replace(**{field: 1.02 * getattr(run, field)})
    (hit,) = [c for c in claims.checks(bent, **values) if words in c.claim][:1]
    assert not hit.holds


def test_sentences_tell_the_cases_apart():
    for values, words in (
        ({}, "though Σα² = ∞"),
        ({"c": 0.5, "p": 2.0}, "stays 1.79 from 0"),
        ({"c": 0.1, "p": 1.0}, "far more steps"),
        ({"c": 0.1, "p": 0.0}, "stay as long as they are"),
        ({"c": 2.0, "p": 0.0}, "only mirrors"),
        ({"p": 0.0, "sigma": 0.0, "c": 0.1}, "Without noise"),
        ({"rule": "halved"}, "out of the way, but"),
        ({"rule": "halved", "sigma": 0.0}, "out of the way:"),
        ({"rule": "halved", "sigma": 0.0}, "there is no noise"),
        ({"rule": "drawn", "own": "0 -0.3 -0.6 -0.5"}, "stay as long as they are"),
    ):
        told = claims.says(schedules(**BASE | values), **{
            name: (BASE | values)[name]
            for name in ("rule", "c", "p", "ratio", "hold", "own", "sigma")
        })  # fmt: skip
        assert words in told, told


@pytest.mark.parametrize("x0", [0.0, 5.0])
def test_a_step_of_two_mirrors_for_ever(x0):
    run, checks = found(c=2.0, p=0.0, x0=x0)
    assert abs(float(run.mean[-1])) == x0 == run.limit
    assert all(c.holds for c in checks if c.applies)
    assert float(run.variance[-1]) == pytest.approx(4 * T)


@pytest.mark.parametrize("own", ["", "0 -1 -2", "0 -1 -2 x", "1 0 0 0", "0 0 0 -5", "0 0,0 0"])
def test_a_drawing_that_is_none_is_refused(own):
    with pytest.raises(ValueError, match="own"):
        schedules(rule="drawn", own=own)


@pytest.mark.parametrize(
    "bad", [{"c": 0.0}, {"c": 2.1}, {"sigma": -1.0}, {"n": 0}, {"p": -0.1}, {"ratio": 1.0}]
)
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        schedules(**bad)


def test_noise_between_two_places_keeps_its_digits_after_a_step_of_one():
    _, checks = found(rule="halved", c=1.0, sigma=0.04, x0=0.0)
    assert failures(checks) == []


def test_steps_may_die_out():
    values = BASE | {"rule": "halved", "c": 2.0, "ratio": 0.3, "hold": 10}
    run, checks = found(**values)
    assert failures(checks) == []
    shown = {k: v for k, v in values.items() if k not in ("sigma", "x0", "n", "seed")}
    panels = {panel.name: panel for panel in figure(run, **shown).panels}
    assert all(np.isfinite(trace["y"]).all() for trace in panels["steps"].traces)
