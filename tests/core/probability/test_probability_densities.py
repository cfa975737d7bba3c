"""Laws and densities: slopes of the c.d.f., areas, samples, the scaled variable, Heyde's law."""

import math

import pytest
import torch

from core.probability import (
    CLOUDS,
    DISCRETE,
    LAWS,
    cantor_cdf,
    cdf_slope,
    heyde_density,
    heyde_moments,
    law,
    log_prob,
    scaled_density,
)
from core.rng import generator

CASES = {
    "bernoulli": {"p": 0.3},
    "binomial": {"n": 7, "p": 0.3},
    "poisson": {"rate": 2.5},
    "three_points": {"a": 2.0, "sigma": 1.0},
    "die": {"sides": 6},
    "uniform": {"low": -1.0, "high": 2.0},
    "normal": {"mu": 0.7, "sigma": 1.3},
    "exponential": {"rate": 1.7},
    "gamma": {"alpha": 2.5, "beta": 0.5},
    "lognormal": {"mu": 0.2, "sigma": 0.7},
    "pareto": {"alpha": 3.5},
    "cauchy": {"loc": 0.5, "scale": 1.5},
}
SMOOTH = [name for name in LAWS if name not in DISCRETE]
INSIDE = torch.tensor([1.1, 1.4, 1.9], dtype=torch.float64)  # of every support


def test_every_law_is_met():
    assert set(CASES) == set(LAWS) and len(CLOUDS) == 6


@pytest.mark.parametrize("name", SMOOTH)
def test_the_density_is_the_slope_of_the_cdf(name):
    of = law(name, **CASES[name])
    assert torch.allclose(cdf_slope(of, INSIDE), of.density(INSIDE), rtol=1e-6)
    t = INSIDE.clone().requires_grad_()
    slope = torch.autograd.grad(of.cdf(t).sum(), t)[0]
    assert torch.allclose(slope, of.density(INSIDE), rtol=1e-9)
    assert torch.allclose(of.cdf(INSIDE) + of.survival(INSIDE), torch.ones(3).double())
    outside = torch.tensor([of.support[0] - 1], dtype=torch.float64)
    if outside.isfinite():
        assert float(of.density(outside)) == 0 == float(of.cdf(outside))
        assert float(of.survival(outside)) == 1


@pytest.mark.parametrize("name", LAWS)
def test_samples_follow_the_law(name):
    of, n = law(name, **CASES[name]), 20_000
    x = of.draw(n, generator(3))
    for place in (1.0, 1.5, 2.0):
        p = float(of.cdf(torch.tensor(place)))
        share = float((x <= place).double().mean())
        assert abs(share - p) <= 5 * math.sqrt(p * (1 - p) / n) + 1e-12
    if of.variance and math.isfinite(of.variance):
        assert abs(float(x.mean()) - of.mean) < 5 * math.sqrt(of.variance / n)
    assert torch.equal(x, of.draw(n, generator(3)))


@pytest.mark.parametrize("name", DISCRETE)
def test_discrete_laws_have_jumps_and_no_density(name):
    of = law(name, **CASES[name])
    assert float(of.masses.sum()) == pytest.approx(1, abs=1e-14)
    assert float(of.masses @ of.points) == pytest.approx(of.mean, abs=1e-12)
    spread = float(of.masses @ (of.points - of.mean) ** 2)
    assert spread == pytest.approx(of.variance, rel=1e-12)
    jumps = of.cdf(of.points) - of.cdf(of.points - 1e-9)
    assert torch.allclose(jumps, of.masses, atol=1e-14)
    assert torch.allclose(of.mass(of.points), of.masses) and float(of.mass(0.123)) == 0
    assert float(cdf_slope(of, 0.37)) == 0  # between two jumps
    with pytest.raises(ValueError, match=f"law with a density, got {name}: it has jumps only"):
        of.density(1.0)


def test_means_that_do_not_exist():
    assert law("cauchy", loc=0.0, scale=1.0).mean is None
    assert law("pareto", alpha=1.0).mean is None
    half = law("pareto", alpha=1.5)
    assert half.mean == pytest.approx(3) and half.variance == math.inf
    assert law("pareto", alpha=3.0).variance == pytest.approx(0.75)


def test_far_tails_keep_their_digits():
    assert float(law("normal", mu=0.0, sigma=1.0).survival(12.0)) == pytest.approx(
        1.776482112077678e-33, rel=1e-9
    )
    cauchy = law("cauchy", loc=0.0, scale=1.0)
    assert float(cauchy.cdf(-1e12)) == pytest.approx(1e-12 / math.pi, rel=1e-9)


def area(density, low, high, count=400_001):
    z = torch.linspace(low, high, count, dtype=torch.float64)
    return float(torch.trapezoid(density(z), z))


@pytest.mark.parametrize("alpha", [-3.0, -2.0, -0.1, 0.3, 1.0, 2.5])
def test_scaled_densities_have_area_one_and_follow_the_cdf(alpha):
    of = law("gamma", **CASES["gamma"])
    density = lambda z: scaled_density(log_prob(of), alpha, z)  # noqa: E731
    assert area(density, *sorted((0.0, alpha * 30))) == pytest.approx(1, abs=1e-6)
    z = alpha * INSIDE
    ends = of.cdf((z + 1e-5) / alpha) - of.cdf((z - 1e-5) / alpha)  # P of an interval, up to sign
    assert torch.allclose(density(z), ends.abs() / 2e-5, rtol=1e-6)


def test_minus_two_times_an_exponential():
    y = torch.distributions.Exponential(torch.tensor(1.0).double(), validate_args=False)
    inside = lambda z: torch.where(z < 0, 0.0, y.log_prob(z).exp()).log()  # noqa: E731
    right = area(lambda z: scaled_density(inside, -2.0, z), -80, 0)
    printed = area(lambda z: scaled_density(inside, -2.0, z, printed=True), -80, 0)
    assert right == pytest.approx(1, abs=1e-6) and printed == pytest.approx(-1, abs=1e-6)
    assert float(scaled_density(y.log_prob, -2.0, -3.0)) == pytest.approx(0.5 * math.exp(-1.5))
    assert float(scaled_density(log_prob(law("exponential", rate=1.0)), -2.0, 3.0)) == 0
    with pytest.raises(ValueError, match=r"alpha not 0 .*point mass.*got 0"):
        scaled_density(y.log_prob, 0.0, 1.0)


@pytest.mark.parametrize("eps", [-1.0, 0.0, 0.9])
def test_heydes_law_has_the_moments_of_the_log_normal(eps):
    found = heyde_moments(4, eps)
    exact = torch.tensor([math.exp(k * k / 2) for k in range(5)], dtype=torch.float64)
    assert torch.allclose(found, exact, rtol=1e-14 * 10)
    s = torch.linspace(-9, 12, 200_001, dtype=torch.float64)  # x = e^s: the density itself
    for k in range(4):
        moment = torch.trapezoid(heyde_density(s.exp(), eps) * torch.exp((k + 1) * s), s)
        assert float(moment) == pytest.approx(float(exact[k]), rel=1e-9)
    x = torch.tensor([-1.0, 0.0, 1.3], dtype=torch.float64)
    plain = law("lognormal", mu=0.0, sigma=1.0).density(x)
    assert heyde_density(x, eps)[:2].tolist() == [0, 0]
    ratio = 1 + eps * math.sin(2 * math.pi * math.log(1.3))
    assert float(heyde_density(x, eps)[2]) == pytest.approx(float(plain[2]) * ratio)
    with pytest.raises(ValueError, match=r"eps in \[-1, 1\], got 1.5"):
        heyde_density(x, 1.5)


def test_the_devils_staircase_rises_without_a_slope():
    x = torch.tensor(
        [-1.0, 0.0, 1 / 9, 0.2, 1 / 3, 0.5, 2 / 3, 0.75, 1.0, 2.0], dtype=torch.float64
    )
    exact = [0, 0, 1 / 4, 1 / 4, 1 / 2, 1 / 2, 1 / 2, 2 / 3, 1, 1]
    assert cantor_cdf(x).tolist() == pytest.approx(exact, abs=1e-6)
    u = torch.rand(1000, generator=generator(0), dtype=torch.float64)
    f = cantor_cdf(u)
    assert torch.allclose(cantor_cdf(u / 3), f / 2, atol=1e-6)  # what makes it itself
    assert torch.allclose(cantor_cdf(1 - u), 1 - f, atol=1e-6)
    slope = (cantor_cdf(u + 1e-7) - cantor_cdf(u - 1e-7)) / 2e-7
    assert float((slope == 0).double().mean()) > 0.98
