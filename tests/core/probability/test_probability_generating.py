"""Moment generating functions against sums, quadrature, autograd, and each other."""

import math

import pytest
import torch
from numpy.polynomial.legendre import leggauss

from core.probability import (
    around_zero,
    combination,
    domain,
    integrand,
    law,
    mgf,
    moments_of,
    printed_gamma,
    sample_mgf,
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
    "gamma": {"alpha": 3.0, "beta": 0.5},
}
T = (-1.5, -0.2, 0.4, 1.1)


def area(f, low, high, pieces=400):
    nodes, mass = (torch.as_tensor(each) for each in leggauss(20))
    edges = torch.linspace(low, high, pieces + 1, dtype=torch.float64)
    half = edges.diff()[:, None] / 2
    return float((f(edges[:-1, None] + half * (1 + nodes)) * mass * half).sum())


def summed(name, g):
    """E g(X) by enumeration or by quadrature."""
    of = law(name, **CASES[name])
    if of.discrete:
        return float((g(of.points) * of.masses).sum())
    ends = {"uniform": (-1.0, 2.0), "normal": (-20.0, 20.0)}.get(name, (0.0, 60.0))
    return area(lambda x: g(x) * of.density(x), *ends)


def test_the_curriculums_gamma():
    assert float(mgf("gamma", 1.0, alpha=3.0, beta=0.5)) == pytest.approx(8, rel=1e-12)
    assert float(printed_gamma(1.0, 3.0, 0.5)) == pytest.approx(0.4)
    assert float(printed_gamma(0.0, 3.0, 0.5)) == pytest.approx(1 / 3)  # no MGF is


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("t", T)
def test_the_forms_are_expectations(name, t):
    expected = summed(name, lambda x: torch.exp(t * x))
    assert float(mgf(name, t, **CASES[name])) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_derivatives_at_zero_are_moments(name):
    found = moments_of(name, 4, **CASES[name])
    for k in range(5):
        moment = summed(name, lambda x, k=k: x**k)
        assert float(found[k]) == pytest.approx(moment, rel=1e-9, abs=1e-9)
    t = torch.zeros((), dtype=torch.float64, requires_grad=True)
    slope = torch.autograd.grad(mgf(name, t, **CASES[name]), t, create_graph=True)[0]
    bend = torch.autograd.grad(slope, t)[0]
    assert float(slope.detach()) == pytest.approx(law(name, **CASES[name]).mean, abs=1e-9)
    assert float(bend) == pytest.approx(float(found[2]), rel=1e-7)
    of = law(name, **CASES[name])
    assert float(found[2] - found[1] ** 2) == pytest.approx(of.variance, rel=1e-9)


def test_outside_of_its_domain_it_is_infinite_on_both_sides_of_the_border():
    t = torch.tensor([-1.0, 0.0, 1.999, 2.0, 2.001, 50.0], dtype=torch.float64)
    gamma = mgf("gamma", t, alpha=3.0, beta=0.5)
    assert gamma.isinf().tolist() == [False, False, False, True, True, True]
    assert float(gamma[2]) == pytest.approx(0.0005**-3)
    assert mgf("exponential", t, rate=2.0).isinf().tolist() == gamma.isinf().tolist()
    assert mgf("lognormal", 1e-9, mu=0.0, sigma=1.0) == math.inf
    assert mgf("cauchy", torch.tensor([-0.1, 0.0, 0.1]), loc=0.0, scale=1.0).tolist() == [
        math.inf, 1, math.inf,
    ]  # fmt: skip
    assert domain("gamma", alpha=3.0, beta=0.5) == (-math.inf, 2)
    assert not around_zero("lognormal", mu=0.0, sigma=1.0) and around_zero("poisson", rate=1.0)


def test_to_the_left_the_log_normal_and_pareto_have_one():
    of, pareto = law("lognormal", mu=0.0, sigma=1.0), law("pareto", alpha=1.5)
    for t in (-0.1, -1.0, -5.0):
        expected = area(lambda x, t=t: torch.exp(t * x) * of.density(x), 0.0, 400.0, 20_000)
        assert float(mgf("lognormal", t, mu=0.0, sigma=1.0)) == pytest.approx(expected, rel=1e-6)
        expected = area(lambda x, t=t: torch.exp(t * x) * pareto.density(x), 1.0, 400.0, 8000)
        assert float(mgf("pareto", t, alpha=1.5)) == pytest.approx(expected, rel=1e-6)
    with pytest.raises(ValueError, match="MGF finite around 0, got lognormal"):
        moments_of("lognormal", 1, mu=0.0, sigma=1.0)


def test_relations_between_laws():
    t = torch.linspace(-2, 0.5, 11, dtype=torch.float64)
    assert torch.allclose(
        mgf("binomial", t, n=9, p=0.4), mgf("bernoulli", t, p=0.4) ** 9, rtol=1e-12
    )
    three = [("exponential", {"rate": 2.0})] * 3
    gamma = mgf("gamma", t, alpha=3.0, beta=0.5)
    assert torch.allclose(combination(three, [1.0, 1.0, 1.0], t), gamma, rtol=1e-12)
    poisson = mgf("poisson", t, rate=3.0)
    close = mgf("binomial", t, n=1000, p=0.003) / poisson - 1
    assert 1e-6 < float(close.abs().max()) < 1e-2
    two = [("normal", {"mu": 1.0, "sigma": 2.0}), ("normal", {"mu": -1.0, "sigma": 0.5})]
    whole = mgf("normal", t, mu=2 * 1 - 3 * -1.0, sigma=math.hypot(2 * 2, 3 * 0.5))
    assert torch.allclose(combination(two, [2.0, -3.0], t), whole, rtol=1e-12)


def test_the_curriculums_combination_by_a_quadrature_in_the_plane():
    part = {"alpha": 2.0, "beta": 0.5}
    found = combination([("gamma", part), ("gamma", part)], [1.0, 2.0], 0.3)
    of = law("gamma", **part)
    x = (torch.arange(3000, dtype=torch.float64) + 0.5) * 0.01
    cells = torch.exp(0.3 * (x[:, None] + 2 * x)) * of.density(x)[:, None] * of.density(x)
    assert float(found) == pytest.approx(float(cells.sum()) * 1e-4, rel=1e-4)
    assert combination([("gamma", part), ("gamma", part)], [1.0, 2.0], 1.0) == math.inf


@pytest.mark.parametrize("name", ["gamma", "normal", "uniform"])
def test_the_area_below_the_integrand(name):
    ends = {"uniform": (-1.0, 2.0), "normal": (-20.0, 20.0)}.get(name, (0.0, 60.0))
    for t in (-0.7, 0.9):
        found = area(lambda x, t=t: integrand(name, t, x, **CASES[name]), *ends)
        assert found == pytest.approx(float(mgf(name, t, **CASES[name])), rel=1e-9)
    k = torch.arange(8.0).double()
    bars = integrand("binomial", 0.5, k, n=7, p=0.3)
    assert float(bars.sum()) == pytest.approx(float(mgf("binomial", 0.5, n=7, p=0.3)))
    assert float(integrand("gamma", 700.0, torch.tensor(-1.0), alpha=3.0, beta=0.5)) == 0


@pytest.mark.parametrize(
    ("name", "parameters", "says"),
    [
        ("bernoulli", {"p": 1.2}, r"p in \[0, 1\], got 1.2"),
        ("normal", {"mu": 0.0, "sigma": 0.0}, r"sigma in \(0, inf\), got 0"),
        ("binomial", {"n": 2.5, "p": 0.5}, "n a whole number"),
        ("gamma", {"alpha": 1.0}, "parameters alpha, beta of gamma, got alpha"),
        ("poisson", {"lam": 1.0}, "parameters rate of poisson, got lam"),
        ("levy", {}, "law to be one of bernoulli"),
        ("uniform", {"low": 1.0, "high": 1.0}, r"high in \(1, inf\), got 1"),
    ],
)
def test_refusals(name, parameters, says):
    with pytest.raises(ValueError, match=says):
        mgf(name, 0.5, **parameters)


def test_extremes_are_no_nan():
    assert float(mgf("bernoulli", 800.0, p=0.0)) == 1
    assert mgf("normal", 100.0, mu=0.0, sigma=1.0) == math.inf
    with pytest.raises(ValueError, match="t in"):
        mgf("normal", math.nan, mu=0.0, sigma=1.0)


def test_whole_numbers_and_tensors_are_read_alike():
    assert float(mgf("gamma", 1, alpha=3, beta=0.5)) == pytest.approx(8)
    assert mgf("binomial", torch.zeros(2, 3), n=3, p=1).tolist() == [[1.0] * 3] * 2


def test_a_sampled_one_and_the_switch_that_makes_summands_dependent():
    of, t = law("gamma", alpha=2.0, beta=0.5), 0.3
    x, y = of.draw(100_000, generator(0)), of.draw(100_000, generator(1))
    part = ("gamma", {"alpha": 2.0, "beta": 0.5})
    product = float(combination([part, part], [1.0, 2.0], t))
    free, bound = sample_mgf(x + 2 * y, t), sample_mgf(x + 2 * x, t)
    assert abs(free.value - product) < 5 * free.error
    assert abs(bound.value - product) > 5 * bound.error
    same = float(mgf("gamma", 3 * t, alpha=2.0, beta=0.5))  # ψ(3t), not ψ(t) ψ(2t)
    assert abs(bound.value - same) < 5 * bound.error
    by_hand = torch.exp(t * x)
    assert sample_mgf(x, t).error == pytest.approx(float(by_hand.std()) / math.sqrt(100_000))
