import math

import numpy as np
import pytest
import torch
from scipy import stats

from core import sheets
from core.experiments.probability import fitting_claims as claims
from core.experiments.probability.fitting import MOST, fitting, source
from core.signature import call, fields

GIVEN = {name: field.default for name, field in fields(fitting).items()}


def asked(**values):
    run, values = fitting(**values), GIVEN | values
    return run, call(claims.checks, run, values=values), call(claims.says, run, values=values)


def test_five_points_lose_a_fifth():
    run, found, told = asked(repetitions=10_000, seed=4)
    assert run.average == pytest.approx(0.8, abs=4 * math.sqrt(2 * 4 / 25 / 1e4))
    assert all(check.applies and check.holds for check in found)
    assert "too small by 1/n = 20 %" in told
    # the law of the estimates is a scaled χ²
    assert stats.kstest(run.values.numpy(), stats.chi2(4, scale=1 / 5).cdf).pvalue > 1e-3


@pytest.mark.parametrize("n", [2, 3, 10, MOST])
def test_the_other_divisor_is_right_in_the_mean(n):
    one, other = fitting(n=n), fitting(n=n, divisor="unbiased")
    np.testing.assert_allclose(other.values, one.values * n / (n - 1), rtol=1e-12)
    assert other.average == pytest.approx(1, abs=5 * math.sqrt(2 / (n - 1) / 5000))
    np.testing.assert_allclose(one.Sigma, np.cov(one.points.T.numpy(), bias=True), atol=1e-12)
    np.testing.assert_allclose(other.Sigma, np.cov(one.points.T.numpy()), atol=1e-12)
    assert float(one.course[-1]) == pytest.approx(0.98, abs=5 * math.sqrt(2 / 49 / 5000))
    assert one.exact == pytest.approx((n - 1) / n) and other.exact == 1


def test_the_samples_are_those_of_the_law():
    run = fitting(n=MOST, seed=7)
    many = torch.cat([fitting(n=MOST, seed=s, repetitions=100).points for s in range(200)])
    np.testing.assert_allclose(torch.cov(many.T), [[1, 0.5], [0.5, 1]], atol=0.06)
    assert float(run.values[0]) == pytest.approx(np.var(run.points[:, 0].numpy()))
    # a larger sample begins with the smaller one
    assert torch.equal(fitting(n=6, seed=7).points, run.points[:6])


def test_two_points_make_a_line():
    run, found, told = asked(n=2)
    assert run.rank == 1 and abs(float(torch.linalg.det(run.Sigma))) < 1e-12
    assert "singular" in told and all(check.holds for check in found if check.applies)
    assert not found[1].applies and "no likelihood" in found[1].why
    assert fitting(n=3).rank == 2


def test_no_law_is_likelier_than_the_fit():
    run, found, _ = asked(n=7, divisor="unbiased")
    X = run.points.numpy()
    best = stats.multivariate_normal(X.mean(0), np.cov(X.T, bias=True))
    assert found[1].lhs == pytest.approx(best.logpdf(X).sum())
    rng = np.random.default_rng(0)
    for _ in range(50):
        A = np.linalg.cholesky(np.cov(X.T)) @ (np.eye(2) + 0.3 * rng.normal(size=(2, 2)))
        other = stats.multivariate_normal(X.mean(0) + 0.1 * rng.normal(size=2), A @ A.T)
        assert other.logpdf(X).sum() < found[1].lhs


def test_a_table_of_one_s_own_loses_the_same_share():
    rng = np.random.default_rng(2)
    rows = [f"{a},{b}" for a, b in zip(rng.exponential(size=40), rng.uniform(size=40))]
    name = sheets.add(("x,y\n" + "\n".join(rows)).encode())
    run, found, _ = asked(data=name, n=4)
    assert run.truth == pytest.approx(np.var(source(name, "").points[:, 0].numpy()))
    assert run.average == pytest.approx(0.75 * run.truth, rel=0.06)
    assert all(check.holds for check in found if check.applies)


def test_rows_drawn_twice_may_be_equal():
    name = sheets.add(b"x,y\n" + b"1,1\n" * 9 + b"2,5\n")
    seed = next(s for s in range(20) if fitting(data=name, n=2, seed=s).rank == 0)
    run, found, told = asked(data=name, n=2, seed=seed)
    assert not run.Sigma.any() and "All points of the first sample are equal" in told
    assert all(check.holds for check in found if check.applies)


def test_a_drawing_is_the_source():
    run, found, _ = asked(data="drawn", n=10)
    assert run.average == pytest.approx(0.9 * run.truth, rel=0.03)
    assert all(check.holds for check in found if check.applies)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"n": 1}, r"expected n a whole number in \[2, 50\]|expected n in \[2, 50\], got 1"),
        ({"repetitions": 99}, "expected repetitions"),
        ({"divisor": "n"}, "expected divisor"),
        ({"data": "drawn", "drawing": "1 0,0 1"}, "drawing"),
    ],
)
def test_what_is_no_sample_is_refused_by_name(values, words):
    with pytest.raises(ValueError, match=words):
        fitting(**values)


@pytest.mark.parametrize("values", [{}, {"divisor": "unbiased", "n": 3}, {"data": "drawn"}])
def test_one_forged_estimate_is_noticed(values):
    run, found, _ = asked(**values)
    assert all(check.holds for check in found if check.applies)
    for name, place in (("values", 1234), ("course", 0), ("course", 30), ("course", 48)):
        bent = getattr(run, name).clone()
        bent[place] *= 1.05
        checks = call(claims.checks, run._replace(**{name: bent}), values=GIVEN | values)
        assert any(check.applies and not check.holds for check in checks), (name, place)


@pytest.mark.parametrize("values", [{}, {"divisor": "unbiased", "n": 3}, {"data": "drawn"}])
def test_a_forged_number_is_noticed(values):
    run = fitting(**values)
    for forged in (
        run._replace(average=2 * run.exact - run.average + 0.01), run._replace(truth=1.1),
        run._replace(values=run.values + 0.01), run._replace(rank=1),
        run._replace(course=1.07 * run.course), run._replace(n=run.n + 1),
        run._replace(points=run.points.flip(1) + 0.1), run._replace(Sigma=1.1 * run.Sigma),
        run._replace(mean=-run.mean), run._replace(correction=1 - run.correction),
    ):  # fmt: skip
        checks = call(claims.checks, forged, values=GIVEN | values)
        assert any(check.applies and not check.holds for check in checks)
