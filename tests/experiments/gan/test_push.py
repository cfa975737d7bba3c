import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from core.experiments.gan import push as engine
from core.experiments.gan import push_claims as claims
from core.words import typeset
from pages.experiments.gan.push import EXPERIMENT as PUSH

DEFAULTS = PUSH.defaults()
run = engine.push


def gradients(s, sigma=1.0):
    """d/ds of E log(1 − D) and −E log D with D held, by scipy from the definition."""
    p, q = stats.norm(0, sigma).pdf, stats.norm(s, sigma).pdf

    def moved(loss):
        # the fakes are s + σz, so the derivative of the loss at x is weighed with q(x)
        def at(x):
            return q(x) * loss(x)

        middle, reach = (s / 2, s), 12 * sigma
        return integrate.quad(
            at, s - reach, s + reach, points=middle, epsabs=0, epsrel=1e-11, limit=500
        )[0]

    def D(x):
        return p(x) / (p(x) + q(x))

    slope = -s / sigma**2  # of the logit of D
    return moved(lambda x: -D(x) * slope), moved(lambda x: -(1 - D(x)) * slope)


@pytest.mark.parametrize("s", [0.3, 2.0, 4.0, 7.0])
@pytest.mark.parametrize("sigma", [0.7, 1.0, 2.0])
def test_the_pushes_are_those_of_the_definition(s, sigma):
    found = run(s=s, sigma=sigma).push[:2].tolist()
    assert found == pytest.approx(gradients(s, sigma), rel=1e-8)


def test_the_known_values():
    known = {2.0: (0.45, 1.55), 4.0: (0.137, 3.86), 8.0: (3.93e-4, 8.0)}
    for s, (saturating, non_saturating) in known.items():
        found = run(s=s).push.tolist()
        assert found == pytest.approx([saturating, non_saturating, 1], rel=2e-3)
    slopes = {-10: (4.54e-5, 0.99995), -5: (0.0067, 0.9933), 0: (0.5, 0.5), 5: (0.9933, 0.0067)}
    for logit, wanted in slopes.items():
        assert run(logit=float(logit)).slope[:2].tolist() == pytest.approx(wanted, rel=2e-3)


def test_the_slopes_mirror_each_other_and_stay_finite_at_700():
    for logit in (0.0, 1.5, 10.0, 40.0, 700.0):
        here, there = run(logit=logit).slope, run(logit=-logit).slope
        assert here[0] == there[1] and here[1] == there[0]
        assert here.isfinite().all() and here[2] == 1
    assert 0 < float(run(logit=-700.0).slope[0]) < 1e-300


def test_a_step_of_the_fakes_changes_the_losses_by_the_push():
    """Samples on fixed quantiles, moved by a little while the referee stays."""
    s, sigma, h = 3.0, 0.8, 1e-4
    z = torch.linspace(-8, 8, 4001, dtype=torch.float64)
    weight = torch.exp(-z.square() / 2) * (16 / 4000 / math.sqrt(2 * math.pi))

    def losses(moved):
        a = (s**2 / 2 - s * (moved + sigma * z)) / sigma**2
        log_D = torch.nn.functional.logsigmoid
        return torch.stack(((log_D(-a) * weight).sum(), -(log_D(a) * weight).sum()))

    slope = (losses(s + h) - losses(s - h)) / (2 * h)
    result = run(s=s, sigma=sigma)
    torch.testing.assert_close(slope, result.push[:2], rtol=1e-7, atol=1e-9)
    torch.testing.assert_close(losses(s), result.loss[:2], rtol=1e-9, atol=1e-12)


def test_far_apart_the_push_falls_as_its_bound_with_the_factor_of_laplace():
    # E D → e^(−u²/8) φ(0) π/u
    for u in (50.0, 200.0):
        limit = -(u**2) / 8 + math.log(math.pi / u) - 0.5 * math.log(2 * math.pi)
        found = run(s=u * 0.05, sigma=0.05).log_D
        assert found == pytest.approx(limit, abs=20 / u**2)
    assert run(s=10.0, sigma=0.05).push[0] == 0  # below the smallest float, but
    assert run(s=10.0, sigma=0.05).log10(10.0, 0.05)[0] == pytest.approx(-2170.4, abs=1)


def test_for_points_jsd_is_a_step_and_the_transport_a_cone():
    for s in (0.5, 1.0, 4.0):
        thin = run(s=s, sigma=0.05)
        assert thin.jsd == pytest.approx(math.log(2), abs=1e-5)
        assert thin.loss[2] == s and thin.push[2] == 1
    same = run(s=0.0, sigma=0.05)
    assert same.jsd == pytest.approx(0, abs=1e-12) and same.push.tolist() == [0, 0, 0]
    gaps = [math.log(2) - run(s=1.0, sigma=sigma).jsd for sigma in (0.5, 0.25, 0.125)]
    assert gaps == sorted(gaps, reverse=True) and gaps[-1] < 1e-4


def test_w1_is_the_mean_distance_of_sorted_samples():
    rng = np.random.default_rng(0)
    a, b = np.sort(rng.normal(0, 0.5, 20000)), np.sort(rng.normal(3, 0.5, 20000))
    assert float(run(s=3.0, sigma=0.5).loss[2]) == pytest.approx(np.abs(a - b).mean(), abs=0.02)


def test_jsd_of_near_hills_grows_like_an_eighth_of_the_square():
    # JSD = u²/8 + O(u⁴)
    ratios = [run(s=s).jsd / (s**2 / 8) for s in (0.2, 0.1, 0.05)]
    errors = [abs(ratio - 1) for ratio in ratios]
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.05)
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.05)


@settings(max_examples=40, deadline=None)
@given(s=st.floats(0, 10), sigma=st.floats(0.05, 2), logit=st.floats(-700, 700))
def test_every_check_holds_and_the_hills_scale(s, sigma, logit):
    values = {"s": s, "sigma": sigma, "logit": logit}
    result = run(**values)
    failed = [c for c in PUSH.checks(result, **values) if c.applies and not c.holds]
    assert failed == []
    if s / sigma <= 10:
        scaled = run(s=s / sigma)  # everything depends on s/σ, a push has the unit 1/σ
        torch.testing.assert_close(result.push[:2] * sigma, scaled.push[:2], atol=1e-12, rtol=1e-9)


@pytest.mark.parametrize("s", [1e-300, 1e-9, 1e-5, 1e-4, 3e-4, 1e-3])
def test_every_check_holds_for_hills_that_nearly_coincide(s):
    values = DEFAULTS | {"s": s}
    assert all(c.holds or not c.applies for c in PUSH.checks(run(**values), **values))


def test_the_curves_pass_through_the_points():
    curves = engine.curves()
    for k in (20, 60, 90):
        result = run(s=float(curves.u[k]) * 0.05, sigma=0.05)
        assert float(curves.log_D[k]) == pytest.approx(result.log_D, abs=1e-9)
        assert float(-curves.soft[k]) == pytest.approx(float(result.loss[0]), abs=1e-9)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "pushes with 0.000393, the non-saturating one with 8, the Wasserstein loss with 1."),
        ({}, "about 20\u00a0000 times weaker than the second"),
        ({"s": 0.0}, "Data and fakes are the same: the best referee answers ½, and nothing pushes"),
        ({"s": 2.0}, "pushes with 0.45, the non-saturating one with 1.55"),
        ({"s": 4.0, "sigma": 0.05}, "pushes with 9.19e-347, the non-saturating one with 1600"),
        ({"s": 2.0, "logit": 5.0}, "a = 5 fools it: there the slopes by a are 0.993 and 0.00669."),
        (
            {"s": 5e-324, "sigma": 2.0},
            "pushes with 6.18e-325, the non-saturating one with 6.18e-325",
        ),
        ({"s": 1e-9}, "pushes with 5e-10, the non-saturating one with 5e-10"),
    ],
)
def test_what_happens_is_told(values, told):
    values = DEFAULTS | values
    assert typeset(told) in typeset(PUSH.says(PUSH.compute(**values), **values))


def test_a_number_below_all_floats_is_written_by_its_logarithm():
    assert typeset(claims.size(math.log10(3.93e-4))) == "0.000393"
    assert typeset(claims.size(-2171 + math.log10(2.5))) == "2.5·10⁻²¹⁷¹"
    assert claims.size(math.log10(1600)) == "1600"
    assert claims.size(math.log10(9.999e-5)) == "1e-4" and claims.size(5 - 1e-9) == "1e5"


@pytest.mark.parametrize("values", [{"sigma": 0.0}, {"sigma": -1.0}, {"s": -0.1}, {"logit": 701.0}])
def test_bad_input_is_refused_by_name(values):
    with pytest.raises(ValueError, match=f"expected {next(iter(values))} in"):
        run(**values)


def test_the_hill_of_the_fakes_and_the_one_fake_are_held_where_they_are():
    values = DEFAULTS | {"s": 3.25, "logit": -2.5}
    hills, _, one, _ = PUSH.figure(PUSH.compute(**values), **values).panels
    assert (hills.handles[0].x, hills.handles[0].params) == (3.25, ("s",))
    assert (one.handles[0].x, one.handles[0].params) == (-2.5, ("logit",))


def test_the_first_question_is_answered_from_one_side_to_the_other():
    assert float(run(s=8.0).push[1] / run(s=8.0).push[0]) == pytest.approx(20362, rel=1e-3)
    far = [run(s=s).push[1] / run(s=s).push[0] for s in (1.0, 2.0, 4.0, 8.0)]
    assert far == sorted(far) and far[0] > 1
