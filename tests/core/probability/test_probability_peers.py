"""Against scipy.stats, torch.distributions and scikit-learn."""

import math

import numpy as np
import pytest
import torch

from core.probability import (
    chebyshev,
    covariance,
    gaussian_conditional,
    gaussian_fit,
    gaussian_log_density,
    gaussian_marginal,
    law,
    mgf,
    moments_of,
    scaled_density,
    sums,
    variance_estimate_density,
)
from core.rng import generator

pytestmark = pytest.mark.peer
PEERS = {
    "bernoulli": ({"p": 0.3}, lambda s: s.bernoulli(0.3)),
    "binomial": ({"n": 40, "p": 0.3}, lambda s: s.binom(40, 0.3)),
    "poisson": ({"rate": 7.5}, lambda s: s.poisson(7.5)),
    "die": ({"sides": 6}, lambda s: s.randint(1, 7)),
    "uniform": ({"low": -1.0, "high": 2.0}, lambda s: s.uniform(-1, 3)),
    "normal": ({"mu": 0.7, "sigma": 1.3}, lambda s: s.norm(0.7, 1.3)),
    "exponential": ({"rate": 1.7}, lambda s: s.expon(scale=1 / 1.7)),
    "gamma": ({"alpha": 2.5, "beta": 0.5}, lambda s: s.gamma(2.5, scale=0.5)),
    "lognormal": ({"mu": 0.2, "sigma": 0.7}, lambda s: s.lognorm(0.7, scale=math.exp(0.2))),
    "pareto": ({"alpha": 3.5}, lambda s: s.pareto(3.5)),
    "cauchy": ({"loc": 0.5, "scale": 1.5}, lambda s: s.cauchy(0.5, 1.5)),
}


def pair(name):
    from scipy import stats

    parameters, build = PEERS[name]
    return law(name, **parameters), build(stats), parameters


@pytest.mark.parametrize("name", PEERS)
def test_laws(name):
    of, peer, _ = pair(name)
    x = torch.tensor([-30.0, -1.0, 0.0, 0.3, 1.0, 1.5, 3.0, 6.0, 11.0, 40.0], dtype=torch.float64)
    near = {"rtol": 1e-9, "atol": 1e-15}
    np.testing.assert_allclose(of.cdf(x).numpy(), peer.cdf(x.numpy()), **near)
    np.testing.assert_allclose(of.survival(x).numpy(), peer.sf(x.numpy()), **near)
    if of.discrete:
        np.testing.assert_allclose(of.mass(x).numpy(), peer.pmf(x.numpy()), **near)
    else:
        np.testing.assert_allclose(of.density(x).numpy(), peer.pdf(x.numpy()), **near)
    if of.mean is not None:
        assert of.mean == pytest.approx(float(peer.mean()), rel=1e-9)
        assert of.variance == pytest.approx(float(peer.var()), rel=1e-9)


@pytest.mark.parametrize("name", [name for name in PEERS if name != "cauchy"])
def test_tails(name):
    of, peer, parameters = pair(name)
    for k in (0.37, 1.21, 2.83, 5.3):  # no jump lies there
        eps = k * math.sqrt(of.variance)
        exact = float(peer.cdf(of.mean - eps) + peer.sf(of.mean + eps))
        found = chebyshev(name, eps, **parameters).exact
        assert found == pytest.approx(exact, rel=1e-8, abs=1e-15)


@pytest.mark.parametrize("name", ["bernoulli", "binomial", "poisson", "normal", "gamma", "die"])
def test_moments_and_generating_functions(name):
    _, peer, parameters = pair(name)
    found = moments_of(name, 4, **parameters)
    for k in range(1, 5):
        assert float(found[k]) == pytest.approx(float(peer.moment(k)), rel=1e-9)
    for t in (-0.8, 0.6):
        ends = {"lb": 0 if name == "gamma" else -30, "ub": 60} if hasattr(peer, "pdf") else {}
        expected = peer.expect(lambda x, t=t: np.exp(t * x), **ends)
        assert float(mgf(name, t, **parameters)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("alpha", [-2.0, 0.7])
def test_scaled_density_by_a_transformed_law(alpha):
    from torch.distributions import AffineTransform, Normal, TransformedDistribution

    y = Normal(torch.tensor(0.5).double(), torch.tensor(1.25).double())
    z = torch.linspace(-5, 5, 21, dtype=torch.float64)
    peer = TransformedDistribution(y, AffineTransform(0.0, alpha)).log_prob(z).exp()
    assert torch.allclose(scaled_density(y.log_prob, alpha, z), peer, rtol=1e-12)


def test_normal_laws_in_the_plane():
    from scipy import stats
    from sklearn.covariance import EmpiricalCovariance
    from torch.distributions import MultivariateNormal

    random = generator(0)
    B = torch.randn(4, 4, generator=random, dtype=torch.float64)
    mu, Sigma = B[0], B @ B.T
    x = torch.randn(7, 4, generator=random, dtype=torch.float64)
    found = gaussian_log_density(x, mu, Sigma)
    assert torch.allclose(found, MultivariateNormal(mu, Sigma).log_prob(x), rtol=1e-12)
    peer = EmpiricalCovariance().fit(x.numpy())
    fit = gaussian_fit(x)
    np.testing.assert_allclose(fit.mean.numpy(), peer.location_, rtol=1e-12)
    np.testing.assert_allclose(fit.covariance.numpy(), peer.covariance_, rtol=1e-12)
    assert torch.allclose(covariance(x, 1), torch.cov(x.T), rtol=1e-12)
    z = torch.tensor([0.3, -1.0], dtype=torch.float64)
    part = gaussian_conditional(mu, Sigma, [1, 3], z)
    whole = torch.stack([x[0, 0], z[0], x[0, 2], z[1]])
    joint = stats.multivariate_normal(mu.numpy(), Sigma.numpy()).logpdf(whole.numpy())
    one = gaussian_marginal(mu, Sigma, [1, 3])
    below = stats.multivariate_normal(one.mean.numpy(), one.covariance.numpy()).logpdf(z.numpy())
    here = stats.multivariate_normal(part.mean.numpy(), part.covariance.numpy())
    assert here.logpdf(x[0, [0, 2]].numpy()) == pytest.approx(joint - below, rel=1e-9)


def test_the_law_of_the_estimate():
    from scipy.stats import chi2

    s = torch.tensor([0.1, 0.8, 2.0, 5.0], dtype=torch.float64)
    for n, correction in ((2, 0), (5, 1), (50, 0)):
        peer = chi2(n - 1, scale=2.25 / (n - correction)).pdf(s.numpy())
        ours = variance_estimate_density(s, n, 1.5, correction).numpy()
        np.testing.assert_allclose(ours, peer, rtol=1e-9)


def test_gaps_by_scipy():
    from scipy import stats

    z = np.linspace(-2, 2, 2001)
    for n, found in enumerate(sums("uniform", 4, low=0.0, high=1.0), 1):
        x = z * math.sqrt(n / 12) + n / 2
        exact = np.abs(stats.irwinhall(n).cdf(x) - stats.norm.cdf(z)).max()
        assert found.gap == pytest.approx(exact, abs=2e-5)
        assert np.abs(stats.norm.cdf(found.at) - stats.irwinhall(n).cdf(
            found.at * math.sqrt(n / 12) + n / 2)) == pytest.approx(exact, abs=2e-5)  # fmt: skip
    *_, ten = sums("poisson", 10, rate=2.0)
    k = np.arange(0, 80)
    bell = stats.norm.cdf((k - 20) / math.sqrt(20))
    exact = max(
        np.abs(stats.poisson(20).cdf(k) - bell).max(),
        np.abs(stats.poisson(20).cdf(k - 1) - bell).max(),
    )
    assert ten.gap == pytest.approx(exact, rel=1e-9)


def test_unnamed_parameters_of_the_gamma_law_are_shape_and_scale():
    from torch.distributions import Gamma

    y = Gamma(torch.tensor(3.0).double(), 1 / torch.tensor(0.5).double())  # its second is a rate
    x = torch.tensor([0.2, 1.0, 4.0], dtype=torch.float64)
    ours = law("gamma", alpha=3.0, beta=0.5).density(x)
    assert torch.allclose(ours, y.log_prob(x).exp(), rtol=1e-12)
