import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from core.experiments.probability import mgf_claims as claims
from core.experiments.probability.mgf import HOW, LAWS, mgf
from core.signature import call, fields
from pages.figures.probability.mgf import figure

GIVEN = {name: field.default for name, field in fields(mgf).items()}
SCIPY = {
    "gamma": stats.gamma(3, scale=0.5),
    "exponential": stats.expon(scale=0.5),
    "normal": stats.norm(0, 1),
    "binomial": stats.binom(5, 0.3),
    "poisson": stats.poisson(2),
    "lognormal": stats.lognorm(1),
}


def asked(**values):
    run, values = mgf(**values), GIVEN | values
    return run, call(claims.checks, run, values=values), call(claims.says, run, values=values)


def test_the_gamma_law_by_hand():
    run, found, _ = asked()
    assert run.psi == pytest.approx(8) and run.wall == 2
    # E X = αβ, E X² = α(α + 1)β², …
    np.testing.assert_allclose(run.moments, [1, 1.5, 3, 7.5, 22.5], rtol=1e-12)
    (printed,) = (c for c in found if c.claim.startswith("as printed (E-11)"))
    assert printed.lhs == pytest.approx(1 / 3)
    values = {k: GIVEN[k] for k in ("law", "shape", "scale", "rate", "mu", "sigma", "n", "p")}
    title = figure(run, **values, t=1.0, how="alone", a=1.0, printed=True).panels[0].title
    assert title == "ψ(1) = 8; the printed form gives 0.4"
    for t in (2.0, 2.5):
        run, found, told = asked(t=t)
        assert math.isinf(run.psi) and "The wall stands at t = 2" in told
        assert not [c for c in found if c.id == "PROB-24" and c.applies and "ln ψ" in c.claim]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("t", [-2.5, -0.4, 0.0, 0.7])
def test_psi_is_the_mean_of_the_exponential(law, t):
    """By scipy: its sums and its adaptive quadrature."""
    run, found, _ = asked(law=law, t=t)
    assert all(c.holds for c in found if c.applies)
    if law == "lognormal" and t > 0:
        assert math.isinf(run.psi)
        return
    dist = SCIPY[law]
    if law in ("binomial", "poisson"):
        k = np.arange(200)
        mean = (np.exp(t * k) * dist.pmf(k)).sum()
        np.testing.assert_allclose(run.f, dist.pmf(run.x.numpy()), atol=1e-13)
    else:
        low, high = {"normal": (-30, 30), "lognormal": (0, 1000)}.get(law, (0, 60))
        mean = integrate.quad(lambda x: np.exp(t * x) * dist.pdf(x), low, high, limit=400)[0]
        np.testing.assert_allclose(run.f[1:], dist.pdf(run.x[1:].numpy()), atol=1e-12)
    assert run.psi == pytest.approx(mean, rel=1e-7)
    np.testing.assert_allclose(run.lifted, run.f * torch.exp(t * run.x), rtol=1e-12)
    orders = range(1, 5)
    np.testing.assert_allclose(
        run.moments[1:5], [dist.moment(k) for k in orders], rtol=1e-6, atol=1e-9
    )


def test_two_counters_are_one_with_twice_the_mean():
    run, found, _ = asked(law="poisson", rate=1.5, how="copy", t=0.6)
    assert run.sum.product == pytest.approx(mgf(law="poisson", rate=3.0, t=0.6).psi)
    (check,) = (c for c in found if c.id == "PROB-26")
    assert check.applies and check.holds


def test_weighted_gammas_by_a_double_integral():
    run = mgf(law="gamma", shape=2.0, scale=0.5, how="copy", a=2.0, t=0.3)
    pdf = stats.gamma(2, scale=0.5).pdf
    x = np.linspace(0, 40, 4001)
    one = integrate.simpson(np.exp(0.3 * x) * pdf(x), x=x)
    two = integrate.simpson(np.exp(0.6 * x) * pdf(x), x=x)
    assert run.sum.product == pytest.approx(one * two, rel=1e-6)
    far = mgf(law="gamma", shape=2.0, scale=0.5, how="copy", a=2.0, t=1.0)  # 2t on the wall
    assert math.isfinite(far.psi) and math.isinf(far.sum.product)


def test_the_same_variable_twice_is_no_product():
    run, found, told = asked(law="normal", how="same", t=1.0)
    assert run.sum.whole == pytest.approx(math.exp(2))
    assert run.sum.product == pytest.approx(math.e) and "needs independence" in told
    (check,) = (c for c in found if c.id == "PROB-26")
    assert not check.applies
    draws = np.random.default_rng(0).normal(size=200_000)
    assert np.exp(0.5 * 2 * draws).mean() == pytest.approx(
        mgf(law="normal", how="same", t=0.5).sum.whole, rel=0.02
    )


@pytest.mark.parametrize("eps", [-1.0, 0.4, 0.9])
def test_the_twin_is_another_law_with_the_same_moments(eps):
    run, found, _ = asked(law="lognormal", eps=eps, t=0.5)
    assert all(c.holds for c in found if c.applies)
    assert float((run.twin - run.f).abs().max()) > 0.1 * abs(eps)
    s = np.linspace(-9, 15, 200_001)  # over s = ln x
    wave = stats.norm.pdf(s) * (1 + eps * np.sin(2 * np.pi * s))
    for k in range(5):
        mean = integrate.simpson(np.exp(k * s) * wave, x=s)
        assert float(run.twins[k]) == pytest.approx(mean, rel=1e-6)
        assert float(run.moments[k]) == pytest.approx(math.exp(k * k / 2), rel=1e-9)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("how", HOW)
def test_a_forged_number_is_noticed(law, how):
    given = {"law": law, "how": how, "t": -0.5, "a": 0.5}
    run, values = mgf(**given), GIVEN | given
    assert all(c.holds for c in call(claims.checks, run, values=values) if c.applies)
    forged = [
        run._replace(psi=1 / run.psi),
        run._replace(psis=1.01 * run.psis),
        run._replace(moments=-run.moments),
        run._replace(lifted=run.f),
        run._replace(f=run.f * 1.02),
        run._replace(ts=-run.ts),
        run._replace(wall=1.7),
    ]
    if how == "copy":
        forged.append(run._replace(sum=run.sum._replace(product=1.01 * run.sum.product)))
        forged.append(run._replace(sum=run.sum._replace(wholes=1.01 * run.sum.wholes)))
    if law == "lognormal":
        forged += [run._replace(twins=run.twins * 1.01), run._replace(twin=run.f)]
    for each in forged:
        checks = call(claims.checks, each, values=values)
        assert any(c.applies and not c.holds for c in checks), each


@pytest.mark.parametrize("bad", [{"scale": 0.1}, {"p": 1.2}, {"n": 0}, {"t": 4.0}, {"law": "zeta"}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        mgf(**bad)
