"""Schedules: known values, the error of the start by quadrature and by the flow itself."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import integrate, optimize, stats

from core.diffusion import Mixture, exact_model, from_betas, ode
from core.experiments.diffusion import noise_level as module
from core.experiments.diffusion import noise_level_claims as claims
from core.experiments.diffusion.noise_level import noise_level as run

VALUES = {"kind": "linear", "beta_1": 1e-4, "beta_T": 0.02}


def the(result, words, **values):
    (found,) = (c for c in claims.checks(result, **VALUES | values) if words in c.claim)
    return found


def test_the_values_of_the_curriculum():
    thousand, early = run(), run(T=200)
    assert thousand.half == 260
    assert thousand.end == pytest.approx(4.036e-5, rel=1e-4)
    assert thousand.end**0.5 == pytest.approx(0.0063528, abs=5e-8)
    assert early.end == pytest.approx(0.132, abs=5e-4)
    assert "the end is not noise" in claims.says(early)
    assert "the end is not noise" not in claims.says(thousand)


@pytest.mark.parametrize("T", [1, 2, 100, 1000])
def test_a_constant_step_is_a_power_and_halves_after_its_half_life(T):
    result = run(kind="constant", beta_1=0.01, T=T)
    np.testing.assert_allclose(result.alpha_bar, 0.99 ** np.arange(T + 1), rtol=1e-12)
    half = math.ceil(math.log(0.5) / math.log(0.99))
    assert result.half == (half if half <= T else -1)
    assert ("stays above ½" in claims.says(result)) == (half > T)


def test_the_signal_to_noise_ratio_is_one_where_half_is_gone():
    result = run(kind="constant", beta_1=0.5, T=3)
    np.testing.assert_allclose(result.snr, [1, 1 / 3, 1 / 7])


def cdf(x, level):
    s = math.sqrt(level * 0.09 + 1 - level)
    return sum(w * stats.norm.cdf(x, math.sqrt(level) * m, s) for w, m in ((0.3, -2), (0.7, 2)))


@pytest.mark.parametrize("T", [1, 50, 200, 400, 1000])
def test_the_share_is_what_exceeds_the_quantile_of_the_noised_data(T):
    result = run(T=T)
    x = optimize.brentq(lambda x: cdf(x, result.end) - 0.3, -3, 3, xtol=1e-13)
    assert result.share == pytest.approx(stats.norm.sf(x), abs=1e-4 if T == 1 else 1e-7)


def test_the_deterministic_way_back_of_the_engine_brings_that_share():
    # 2001 quantiles of N(0, 1), 200 steps of Heun
    result = run(T=200)
    level = (torch.arange(2001, dtype=torch.float64) + 0.5) / 2001
    data = Mixture([0.3, 0.7], [-2.0, 2.0], 0.3)
    steps = from_betas(result.betas[1:])
    *_, last = ode(exact_model(data, steps.alpha_bar), torch.special.ndtri(level), steps, 200)
    assert float((last.x > 0).double().mean()) == pytest.approx(result.share, abs=3e-3)
    assert result.share == pytest.approx(0.616, abs=5e-4)


@pytest.mark.parametrize("values", [{"T": 200}, {"kind": "cosine"}, {"T": 3, "beta_T": 0.9}])
def test_the_misplaced_share_is_the_area_between_the_laws(values):
    result = run(**values)
    s = math.sqrt(result.end * 0.09 + 1 - result.end)

    def gap(x):
        means = ((0.3, -2 * result.end**0.5), (0.7, 2 * result.end**0.5))
        return abs(sum(w * stats.norm.pdf(x, m, s) for w, m in means) - stats.norm.pdf(x))

    area = integrate.quad(gap, -9, 9, limit=400, points=[-2, 0, 2])[0]
    assert result.apart == pytest.approx(area / 2, abs=1e-4)


def test_more_noise_at_the_end_is_a_better_start():
    apart = [run(T=T).apart for T in (50, 100, 200, 400, 1000)]
    assert apart == sorted(apart, reverse=True)
    share = [abs(run(T=T).share - 0.7) for T in (50, 100, 200, 400, 1000)]
    assert share == sorted(share, reverse=True)


def test_the_bound_on_the_start_holds_and_would_notice_a_wrong_share():
    for T in (1, 10, 200, 1000):
        for beta in (1e-5, 0.02, 0.98):
            check = the(run(T=T, beta_T=beta), "mean divergence", beta_T=beta)
            assert check.applies and check.holds
    small = run(T=1000)
    assert not the(replace(small, apart=0.02), "mean divergence").holds


def test_the_checks_notice_wrong_numbers():
    result = run(T=200)
    forged = {
        "at every step: largest": {"alpha_bar": result.alpha_bar * 0.999},
        "splits the data": {"share": 0.62},
        "finer line": {"apart": result.apart + 1e-3},
        "(t − 1)/(T − 1)": {"betas": result.betas.flip(0)},
        "exceeds ln 2": {"alpha_bar": result.alpha_bar**2},
    }
    for words, wrong in forged.items():
        assert the(result, words).applies and the(result, words).holds, words
        assert not the(replace(result, **wrong), words).holds, words
    bump = torch.where(torch.arange(201) == 50, 1.0, 0.0)
    rising = replace(result, alpha_bar=result.alpha_bar + bump)
    assert not the(rising, "falls in every step").holds


@pytest.mark.parametrize("kind", module.KINDS)
def test_the_rules_are_told_apart(kind):
    result = run(kind=kind, T=50, beta_1=0.03)
    for other, claim in claims.RULES.items():
        check = the(result, claim, kind=other, beta_1=0.03)
        assert check.holds == (other == kind)


@pytest.mark.parametrize(
    "bad", [{"beta_1": 0.0}, {"beta_1": 1.0}, {"beta_T": -0.1}, {"beta_T": 1.5}, {"T": 0}]
)
def test_what_is_out_of_range_is_refused_by_name(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))} "):
        run(**bad)
