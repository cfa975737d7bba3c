import math

import numpy as np
import pytest
import torch
from scipy import stats

from core.experiments.probability import bell_claims as claims
from core.experiments.probability.bell import COUNTS, LAWS, bell
from core.signature import call, fields
from tests.forgery import failures

GIVEN = {name: field.default for name, field in fields(bell).items()}


def asked(**values):
    run, values = bell(**values), GIVEN | values
    return run, call(claims.checks, run, values=values), call(claims.says, run, values=values)


def test_ten_coins_by_hand():
    run, found, _ = asked(law="coin", n=10)
    k = np.arange(11)
    np.testing.assert_allclose(run.z, (k - 5) / math.sqrt(2.5), atol=1e-12)
    np.testing.assert_allclose(run.cdf, stats.binom(10, 0.5).cdf(k), atol=1e-12)
    # by symmetry F(5) = ½ + P(5)/2, and Φ(0) = ½
    assert run.gap == pytest.approx(math.comb(10, 5) / 2**11, abs=1e-12)
    assert float(run.bounds[9]) == pytest.approx(0.4748 / math.sqrt(10))
    assert all(c.holds for c in found if c.applies)


def test_one_copy_by_hand():
    assert bell(law="coin").gap == pytest.approx(stats.norm.cdf(1) - 0.5)
    assert bell(law="exponential").gap == pytest.approx(stats.norm.cdf(-1), abs=1e-4)
    assert float(bell(law="exponential").bounds[0]) == pytest.approx(
        0.4748 * (12 / math.e - 2), rel=1e-5
    )


@pytest.mark.parametrize("n", [1, 2, 4, 8])
def test_waiting_times_are_a_gamma_law_and_their_gap_falls_like_one_over_root_n(n):
    run = bell(law="exponential", n=n)
    ends = run.z.numpy() + float(run.z[1] - run.z[0]) / 2
    right = stats.gamma(n).cdf(n + ends * math.sqrt(n))
    np.testing.assert_allclose(run.cdf, right, atol=1e-4)
    z = np.linspace(-4, 4, 8001)
    gap = np.abs(stats.gamma(n).cdf(n + z * math.sqrt(n)) - stats.norm.cdf(z)).max()
    assert run.gap == pytest.approx(gap, abs=2e-4)
    # Edgeworth: skewness/(6 √(2πn)) with skewness 2, up to higher orders
    if n >= 4:
        assert run.gap * math.sqrt(n) == pytest.approx(2 / 6 / math.sqrt(2 * math.pi), rel=0.02)


def test_a_symmetric_density_is_faster():
    gaps = bell(law="uniform").gaps
    slope = math.log(float(gaps[9] / gaps[1])) / math.log(5)
    assert slope == pytest.approx(-1.05, abs=0.1)
    triangle = bell(law="uniform", n=2)
    near = int(triangle.z.abs().argmin())
    assert float(triangle.height[near]) == pytest.approx(1 / math.sqrt(6), abs=1e-3)


def test_three_dice_by_counting():
    run = bell(law="die", n=3)
    ways = np.zeros(19)
    for a in range(1, 7):
        for b in range(1, 7):
            for c in range(1, 7):
                ways[a + b + c] += 1
    np.testing.assert_allclose(run.cdf, ways[3:].cumsum() / 216, atol=1e-12)
    width = float(run.z[1] - run.z[0])
    np.testing.assert_allclose(run.height * width, ways[3:] / 216, atol=1e-12)


def test_the_mean_of_cauchy_variables_is_one_of_them():
    run, found, told = asked(law="cauchy", n=10)
    one = bell(law="cauchy", n=1)
    assert torch.equal(run.cdf, one.cdf) and run.width == 1 and "no narrower" in told
    assert float(run.gaps.max() - run.gaps.min()) == 0
    z = np.linspace(0, 6, 60_001)
    gap = np.abs(stats.cauchy.cdf(z) - stats.norm.cdf(z)).max()
    assert run.gap == pytest.approx(gap, abs=1e-5)
    rng = np.random.default_rng(1)
    means = rng.standard_cauchy((40_000, 10)).mean(1)
    assert np.quantile(means, 0.75) == pytest.approx(1, abs=0.05)
    assert all(c.holds for c in found if c.applies)
    assert next(c.why for c in found if c.id == "PROB-26").startswith("a Cauchy variable")


def test_running_means_settle_and_those_of_cauchy_do_not():
    assert COUNTS[0] == 1 and COUNTS[-1] == 1000
    late = [i for i, k in enumerate(COUNTS) if k >= 300]
    spread = {}
    for law in ("uniform", "cauchy"):
        wander = [
            float((m := bell(law=law, seed=s).means[:, late]).max() - m.min()) for s in range(8)
        ]
        spread[law] = np.median(wander)
    assert spread["uniform"] < 0.12 < 1 < spread["cauchy"]


@pytest.mark.parametrize("law", LAWS)
def test_a_forged_number_is_noticed(law):
    given = {"law": law, "n": 3}
    run, values = bell(**given), GIVEN | given
    assert all(c.holds for c in call(claims.checks, run, values=values) if c.applies)
    for forged in (
        run._replace(gap=1.01 * run.gap),
        run._replace(gaps=run.gaps.flip(0) + 0.01),
        run._replace(cdf=1 - run.cdf),
        run._replace(z=run.z * 1.02),
        run._replace(height=1.01 * run.height),
        run._replace(means=-run.means),
        run._replace(n=4),
        run._replace(at=run.at + 0.5),
        *([run._replace(bounds=run.bounds * 0.99)] if law != "cauchy" else []),
    ):
        checks = call(claims.checks, forged, values=values)
        assert any(c.applies and not c.holds for c in checks), forged


@pytest.mark.parametrize("bad", [{"n": 0}, {"n": 11}, {"p": 1.0}, {"seed": -1}, {"law": "levy"}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        bell(**bad)


def test_the_gap_before_a_jump_is_found_where_p_is_no_half():
    _, found, _ = asked(law="skewed", n=2, p=0.740585, seed=891)
    assert failures(found) == []
