import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import norm, trim_mean

from core.experiments.dro import liar_claims as claims
from core.experiments.dro.liar import FAR, PLACES, SHARES, estimates, liar, over_place, over_share

RNG = np.random.default_rng(3)


def the(run, words, **values):
    base = {"eps": 0.1, "K": 100.0, "points": "law", "trim": 0.2} | values
    (found,) = (c for c in claims.checks(run, **base) if words in c.claim)
    return found


def test_one_liar_in_ten_by_hand():
    run = liar()
    assert float(run.told[0]) == pytest.approx(10, abs=1e-9)
    assert float(run.told[1]) == pytest.approx(norm.ppf(5 / 9), abs=1e-4)
    assert run.clean.abs().max() < 1e-12
    assert float(liar(eps=0.51).told[1]) == 100
    assert float(liar(eps=0.49).told[1]) < 2.4
    many = liar(points="sample", n=2000, seed=173)
    assert float(many.told[0]) == pytest.approx(10, abs=0.1)
    assert float(many.told[1]) == pytest.approx(0.14, abs=0.1)


@pytest.mark.parametrize(("n", "k", "K"), [(9, 1, 100.0), (12, 8, -7.5), (20, 5, 0.3), (7, 7, 4.0)])
def test_a_share_of_liars_is_that_many_points_among_the_honest(n, k, K):
    """Masses against a sample in which k of n + k points stand at K."""
    run = liar(eps=k / (n + k), K=K, points="sample", n=n, trim=0.1)
    told = np.append(run.x.numpy(), np.full(k, K))
    assert float(run.told[0]) == pytest.approx(told.mean(), abs=1e-12)
    assert float(run.told[1]) == pytest.approx(np.median(told), abs=1e-12)
    if (n + k) % 10 == 0:
        assert float(run.told[2]) == pytest.approx(trim_mean(told, 0.1), abs=1e-12)
    far = np.abs(told - np.median(told))
    cut = 1.345 * np.median(far) / norm.ppf(0.75)

    def loss(t):
        u = np.abs(told - t)
        return np.where(u <= cut, u * u / 2, cut * u - cut * cut / 2).sum()

    assert cut == 0 or loss(float(run.told[3])) <= minimize_scalar(loss).fun + 1e-9


@pytest.mark.parametrize("points", ["law", "sample", "mine"])
def test_the_curves_are_the_estimates_point_by_point(points):
    for eps, K, trim in ((0.1, 100.0, 0.2), (0.3, -2.0, 0.0), (0.5, 5.0, 0.45), (0.0, 9.0, 0.1)):
        base = {"points": points, "n": 41, "trim": trim}
        x = liar(**base).x
        shares, places = SHARES[::6], PLACES[::6]
        found = estimates(x, shares, np.full(len(shares), K), trim)
        for k, share in enumerate(shares):
            one = liar(eps=float(share), K=K, **base)
            np.testing.assert_allclose(found[:, k], one.told, atol=1e-9 * abs(K))
        found = estimates(x, np.full(len(places), eps), places, trim)
        for k, place in enumerate(places):
            one = liar(eps=eps, K=float(place), **base)
            np.testing.assert_allclose(found[:, k], one.told, atol=1e-9 * place)
        raw = x.numpy().tobytes()
        again = over_share(raw, K, trim)[:, ::6]
        np.testing.assert_allclose(
            again, estimates(x, shares, np.full(len(shares), K), trim), atol=1e-12
        )
        far = over_place(raw, eps, -1.0, trim)[:, -1]
        np.testing.assert_allclose(far, liar(eps=eps, K=-1000.0, **base).told, atol=1e-6)


def test_the_mean_follows_without_end_and_the_others_do_not():
    """Slope of the move over K on logarithmic axes: 1 for the mean, 0 for the others."""
    one, two = (liar(K=k).moved.abs().numpy() for k in (1e3, 1e5))
    slopes = np.log(two / one) / math.log(100)
    np.testing.assert_allclose(slopes, [1, 0, 0, 0], atol=1e-9)
    beyond = [liar(K=k, eps=0.25).moved.abs().numpy() for k in (1e3, 1e5)]
    slopes = np.log(beyond[1] / beyond[0]) / math.log(100)
    np.testing.assert_allclose(slopes, [1, 0, 1, 0], atol=0.02)  # more lie than are cut off


@pytest.mark.parametrize("eps", [0.01, 0.1, 0.3, 0.45])
def test_the_bound_of_the_median_is_reached_far_out_and_kept_everywhere(eps):
    x = liar(n=2000).x
    K = np.r_[-np.geomspace(1e-3, 1e6, 60), np.geomspace(1e-3, 1e6, 60)]
    found = np.abs(estimates(x, np.full(len(K), eps), K, 0.2)[1])
    bound = norm.ppf(1 / (2 * (1 - eps)))
    assert found.max() == pytest.approx(bound, abs=6e-3)
    high, low = claims._ends(x.numpy(), eps)
    assert high == pytest.approx(found.max(), abs=1e-12) and low == pytest.approx(-high, abs=1e-12)


def test_large_samples_do_not_help():
    bias = [float(liar(points="sample", n=n, seed=5).moved[0]) for n in (10, 100, 2000)]
    assert min(bias) > 9.9 and max(bias) < 10.2


@pytest.mark.parametrize("k", range(4))
def test_a_wrong_estimate_turns_its_check_red(k):
    words = ("move the mean", "either side", "trimmed mean is", "Huber's estimate is")[k]
    values = {"points": "sample", "trim": 0.1, "eps": 0.2, "K": -30.0}
    run = liar(**values)
    assert the(run, words, **values).holds
    for field in ("clean", "told"):
        off = getattr(run, field).clone()
        off[k] += 0.6
        assert not the(run._replace(**{field: off}), words, **values).holds


def test_what_is_silent_and_when():
    assert not the(liar(points="sample"), "normal law", points="sample").applies
    assert the(liar(eps=0.51), "median is K", eps=0.51).applies
    assert not the(liar(eps=0.51), "wherever", eps=0.51).applies
    for eps, words in ((0.0, "Nobody lies"), (1.0, "Everybody"), (0.6, "majority"), (0.5, "Half")):
        assert words in claims.says(liar(eps=eps), eps=eps, K=100.0, points="law", trim=0.2)
    told = claims.says(liar(eps=0.3), eps=0.3, K=100.0, points="law", trim=0.2)
    assert "More lie than are cut off" in told


def test_one_point_equal_points_and_large_ones():
    for numbers in ("3", "2 2 2", "-1e6 1e6", "0 0 0 1"):
        for eps in (0.0, 0.25, 0.5, 1.0):
            values = {"points": "mine", "eps": eps, "K": -FAR, "trim": 0.2}
            run = liar(**values, numbers=numbers)
            assert all(c.holds for c in claims.checks(run, **values) if c.applies), (numbers, eps)


@pytest.mark.parametrize("bad", [{"eps": -0.1}, {"eps": 1.1}, {"trim": 0.5}, {"n": 0}, {"K": 2e6}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        liar(**bad)


@pytest.mark.parametrize("numbers", ["", "a b", "1 2,3 4", "1e7", "nan"])
def test_numbers_that_are_none_are_refused(numbers):
    with pytest.raises(ValueError, match="numbers"):
        liar(points="mine", numbers=numbers)
