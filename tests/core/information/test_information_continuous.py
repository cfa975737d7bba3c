"""Differential entropy and normal laws against quadrature, scipy and the figures of the sheet."""

import math

import pytest
import torch
from scipy import stats
from scipy.integrate import quad

from core.information import (
    binned,
    density,
    differential_entropy,
    entropy,
    normal_information,
    normal_kl,
    normal_vector_information,
)

LAWS = [
    ("normal", {"mu": 1.5, "sigma": 0.1}, stats.norm(1.5, 0.1)),
    ("normal", {"mu": -2.0, "sigma": 3.0}, stats.norm(-2, 3)),
    ("uniform", {"low": -1.0, "high": -0.75}, stats.uniform(-1, 0.25)),
    ("uniform", {"low": 2.0, "high": 9.0}, stats.uniform(2, 7)),
    ("exponential", {"rate": 5.0}, stats.expon(scale=1 / 5)),
    ("exponential", {"rate": 0.3}, stats.expon(scale=1 / 0.3)),
]


def test_the_figures_of_the_sheet():
    assert differential_entropy("normal", mu=0, sigma=0.1) == pytest.approx(-0.8836, abs=5e-5)
    assert differential_entropy("normal", mu=0, sigma=1) == pytest.approx(1.4189385, abs=1e-7)
    assert normal_kl(0, 1, 0, 2) == pytest.approx(0.3181, abs=5e-5)
    assert normal_kl(0, 2, 0, 1) == pytest.approx(0.8069, abs=5e-5)
    assert normal_information(0.9) == pytest.approx(0.8304, abs=5e-5)
    assert normal_information(-0.9) == normal_information(0.9)


@pytest.mark.parametrize(("law", "parameters", "peer"), LAWS)
def test_entropy_and_density_are_an_integral_and_scipys(law, parameters, peer):
    low, high = peer.ppf([1e-15, 1 - 1e-15])

    def integrand(x):
        f = float(density(law, x, **parameters))
        return -f * math.log(f) if f else 0.0

    value = quad(integrand, low, high, points=[peer.mean()], epsabs=1e-12, limit=200)[0]
    h = differential_entropy(law, **parameters)
    assert h == pytest.approx(value, abs=1e-9)
    assert h == pytest.approx(float(peer.entropy()), abs=1e-12)
    assert differential_entropy(law, 2, **parameters) == pytest.approx(h / math.log(2))
    x = torch.linspace(-3, 8, 100, dtype=torch.float64)
    wanted = torch.from_numpy(peer.pdf(x.numpy()))
    torch.testing.assert_close(density(law, x, **parameters), wanted, rtol=1e-12, atol=1e-15)


def test_a_change_of_units_moves_it():
    """h(cX) = h(X) + log c, so that it has no sign of its own; shifting changes nothing."""
    for c in (0.01, 7.0):
        moved = differential_entropy("normal", mu=5, sigma=0.4 * c)
        assert moved == pytest.approx(differential_entropy("normal", mu=0, sigma=0.4) + math.log(c))
        fast = differential_entropy("exponential", rate=2 / c)
        assert fast == pytest.approx(differential_entropy("exponential", rate=2) + math.log(c))


@pytest.mark.parametrize(("law", "parameters", "peer"), LAWS)
def test_bins_have_an_entropy_near_h_less_log_width(law, parameters, peer):
    h, off = differential_entropy(law, **parameters), []
    for width in (peer.std() / 4, peer.std() / 16, peer.std() / 64):
        mass = binned(law, width, **parameters)
        assert float(mass.sum()) == pytest.approx(1, abs=1e-12)
        off.append(abs(float(entropy(mass)) + math.log(width) - h))
    assert off[-1] < 0.02 and off[-1] <= max(off[0], 1e-9)
    wide = binned(law, 100.0, **parameters)
    assert float(entropy(wide)) >= 0


@pytest.mark.parametrize("numbers", [(0, 1, 0, 2), (1, 0.3, -1, 0.8), (2, 2, 0, 0.5), (3, 1, 3, 1)])
def test_the_divergence_of_normal_laws_is_its_integral(numbers):
    mu1, s1, mu2, s2 = numbers
    p, q = stats.norm(mu1, s1), stats.norm(mu2, s2)
    value = quad(
        lambda x: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)), mu1 - 12 * s1, mu1 + 12 * s1, epsabs=1e-12
    )[0]
    assert normal_kl(*numbers) == pytest.approx(value, abs=1e-9)
    one, other = torch.distributions.Normal(mu1, s1), torch.distributions.Normal(mu2, s2)
    theirs = float(torch.distributions.kl_divergence(one, other))
    assert normal_kl(*numbers) == pytest.approx(theirs, rel=1e-5, abs=1e-6)


def test_normal_information_is_the_divergence_from_independence():
    for rho in (0.0, 0.3, -0.7, 0.999):
        joint = torch.tensor([[1, rho], [rho, 1]], dtype=torch.float64)
        normal = torch.distributions.MultivariateNormal
        zero = torch.zeros(2, dtype=torch.float64)
        theirs = torch.distributions.kl_divergence(
            normal(zero, joint), normal(zero, torch.eye(2, dtype=torch.float64))
        )
        assert normal_information(rho) == pytest.approx(float(theirs), abs=1e-10)
        assert normal_vector_information(joint, [0], [1]) == pytest.approx(float(theirs), abs=1e-10)
    assert normal_information(1) == normal_information(-1) == math.inf


def test_information_may_exceed_the_differential_entropy():
    """Y = X + ε/10: I(X;Y) = ½ log 101, more than h(X) = 1.4189."""
    rho = 1 / math.sqrt(1.01)
    assert normal_information(rho) == pytest.approx(2.3075603, abs=1e-7)
    told = normal_vector_information([[1.0, 1.0], [1.0, 1.01]], [0], [1])
    assert told == pytest.approx(2.3075603, abs=1e-7)


def test_normal_vectors_obey_the_chain_rule_and_partial_correlation():
    A = torch.randn(4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    Sigma = A @ A.T + 0.1 * torch.eye(4)
    Sigma = (Sigma + Sigma.T) / 2
    both = normal_vector_information(Sigma, [0, 1], [3])
    first = normal_vector_information(Sigma, [0], [3])
    given = normal_vector_information(Sigma, [1], [3], [0])
    assert both == pytest.approx(first + given, abs=1e-12)
    precision = torch.linalg.inv(Sigma[[0, 1, 3]][:, [0, 1, 3]])
    partial = -float(precision[1, 2] / (precision[1, 1] * precision[2, 2]).sqrt())
    assert given == pytest.approx(normal_information(partial), abs=1e-12)


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (lambda: differential_entropy("cauchy"), "expected law to be one of normal"),
        (lambda: differential_entropy("normal", mu=0), "expected normal with mu, sigma, got mu"),
        (lambda: differential_entropy("normal", mu=0, sigma=0), r"expected sigma in \(0, inf\)"),
        (lambda: differential_entropy("uniform", low=1, high=1), r"expected high in \(1, inf\)"),
        (lambda: differential_entropy("exponential", rate=-1), r"expected rate in \(0, inf\)"),
        (lambda: differential_entropy("exponential", 1, rate=1), r"expected base in \(1, inf\)"),
        (lambda: binned("uniform", 1e-9, low=0, high=1), "expected bins, the law's reach over"),
        (lambda: normal_kl(0, 1, 0, 0), r"expected sigma2 in \(0, inf\), got 0"),
        (lambda: normal_information(1.1), r"expected rho in \[-1, 1\], got 1.1"),
        (lambda: normal_vector_information([[1, 2], [2, 1]], [0], [1]), "positive definite"),
        (lambda: normal_vector_information([[1, 0], [0, 1]], [0], [0]), "different numbers in"),
        (lambda: normal_vector_information([[1, 0], [0, 1]], [0], []), "different numbers in"),
    ],
)
def test_bad_input_is_refused_by_name(job, words):
    with pytest.raises(ValueError, match=words):
        job()
