"""Tails by hand, enumeration and samples, below every bound; sums against closed forms."""

import math

import pytest
import torch

from core.convolution import convolve
from core.probability import (
    BERRY,
    attaining,
    cantelli,
    cauchy_mean,
    chebyshev,
    hoeffding,
    lattice,
    law,
    lyapunov,
    markov,
    mean_tail,
    phi,
    plus,
    sums,
    third_moment,
)
from core.rng import generator

CASES = {
    "bernoulli": {"p": 0.3},
    "binomial": {"n": 7, "p": 0.3},
    "poisson": {"rate": 3.0},
    "three_points": {"a": 2.0, "sigma": 1.0},
    "die": {"sides": 6},
    "uniform": {"low": 0.5, "high": 2.0},
    "normal": {"mu": 0.7, "sigma": 1.3},
    "exponential": {"rate": 1.7},
    "gamma": {"alpha": 2.5, "beta": 0.5},
    "lognormal": {"mu": 0.2, "sigma": 0.7},
    "pareto": {"alpha": 3.5},
}
RATIOS = (0.5, 0.999, 1.0, 1.5, 2.0, 3.0, 6.0)


@pytest.mark.parametrize("name", CASES)
def test_no_tail_exceeds_a_bound(name):
    of = law(name, **CASES[name])
    sigma, x = math.sqrt(of.variance), of.draw(40_000, generator(1))
    for k in RATIOS:
        exact, bound = chebyshev(name, k * sigma, **CASES[name])
        assert bound == pytest.approx(1 / k**2) and exact <= bound + 1e-12
        share = float(((x - of.mean).abs() >= k * sigma * (1 - 1e-12)).double().mean())
        assert abs(share - exact) <= 5 * math.sqrt(exact * (1 - exact) / 40_000) + 1e-9
        above, cap = cantelli(name, k * sigma, **CASES[name])
        assert above <= cap + 1e-12 and cap == pytest.approx(1 / (1 + k**2))
        share = float((x - of.mean >= k * sigma * (1 - 1e-12)).double().mean())
        assert abs(share - above) <= 5 * math.sqrt(above * (1 - above) / 40_000) + 1e-9
        if of.support[0] >= 0:
            right, most = markov(name, of.mean * (1 + k), **CASES[name])
            assert right <= most and most == pytest.approx(1 / (1 + k))
        if math.isfinite(of.support[1] - of.support[0]):
            assert exact <= hoeffding(name, k * sigma, **CASES[name]) + 1e-12


def test_the_curriculums_tails():
    assert chebyshev("three_points", 2.0, **attaining(2.0, 1.0)) == (0.25, 0.25)
    assert chebyshev("normal", 2.0, mu=0.0, sigma=1.0).exact == pytest.approx(0.0455, abs=5e-5)
    assert chebyshev("normal", 3.0, mu=5.0, sigma=1.0).exact == pytest.approx(0.0027, abs=5e-5)


@pytest.mark.parametrize("k", [1.0, 1.3, 3.0, 6.0])
def test_the_law_of_three_points_attains_it(k):
    exact, bound = chebyshev("three_points", k * 0.7, **attaining(k * 0.7, 0.7))
    assert exact == pytest.approx(bound, rel=1e-12) and bound == pytest.approx(1 / k**2)
    assert law("three_points", **attaining(k * 0.7, 0.7)).variance == pytest.approx(0.49)
    farther = chebyshev("three_points", k * 0.7 * 1.01, **attaining(k * 0.7, 0.7))
    assert farther.exact == 0 < farther.bound  # attained at its own ε only


def test_discrete_tails_count_their_borders():
    assert chebyshev("poisson", 2.0, rate=3.0).exact == pytest.approx(
        1 - sum(math.exp(-3) * 3**k / math.factorial(k) for k in (2, 3, 4)), rel=1e-12
    )
    assert chebyshev("die", 2.5, sides=6).exact == pytest.approx(1 / 3)
    assert markov("die", 6.0, sides=6) == pytest.approx((1 / 6, 3.5 / 6))
    assert cantelli("bernoulli", 0.7, p=0.3).exact == pytest.approx(0.3)


def test_heavy_tails():
    assert chebyshev("pareto", 5.0, alpha=1.5).bound == math.inf
    assert chebyshev("pareto", 5.0, alpha=1.5).exact == pytest.approx(8**-1.5)
    for name, parameters in (("cauchy", {"loc": 0.0, "scale": 1.0}), ("pareto", {"alpha": 0.9})):
        with pytest.raises(ValueError, match=f"law with a mean, got {name}: the bound does not"):
            chebyshev(name, 1.0, **parameters)


def test_hoeffding_for_the_mean_of_many():
    for n in (1, 10, 50):
        for eps in (0.05, 0.2, 0.4):
            k = law("binomial", n=n, p=0.5)
            far = (k.points / n - 0.5).abs() >= eps - 1e-12
            assert float(k.masses[far].sum()) <= hoeffding("bernoulli", eps, n, p=0.5)
    assert hoeffding("uniform", 0.5, 4, low=0.0, high=2.0) == pytest.approx(2 * math.exp(-0.5))


@pytest.mark.parametrize(
    ("job", "says"),
    [
        (lambda: chebyshev("normal", 0.0, mu=0.0, sigma=1.0), r"eps in \(0, inf\), got 0"),
        (lambda: chebyshev("normal", -1.0, mu=0.0, sigma=1.0), r"eps in \(0, inf\), got -1"),
        (lambda: markov("normal", 1.0, mu=0.0, sigma=1.0), r"law on \[0, inf\) for Markov, got no"),
        (lambda: hoeffding("gamma", 1.0, alpha=1.0, beta=1.0), "bounded interval for Hoeffding"),
        (lambda: attaining(0.5, 1.0), r"eps in \[1, inf\), got 0.5"),
        (lambda: next(sums("cauchy", 2, loc=0.0, scale=1.0)), "law to be one of bernoulli"),
        (lambda: next(sums("bernoulli", 2, p=1.0)), "variance of bernoulli"),
        (lambda: next(sums("die", 11, sides=6)), r"copies a whole number in \[1, 10\], got 11"),
    ],
)
def test_refusals(job, says):
    with pytest.raises(ValueError, match=says):
        job()


# --- sums ----------------------------------------------------------------------------------------


def test_two_dice_and_binomials_by_counting():
    two = list(sums("die", 2, sides=6))[1]
    ways = [6 - abs(k - 7) for k in range(2, 13)]
    assert two.masses.tolist() == pytest.approx([way / 36 for way in ways], rel=1e-12)
    assert two.z.tolist() == pytest.approx([(k - 7) / math.sqrt(35 / 6) for k in range(2, 13)])
    for found in sums("bernoulli", 10, p=0.3):
        exact = law("binomial", n=found.n, p=0.3).masses
        assert torch.allclose(found.masses, exact, rtol=1e-10)
    three = list(sums("three_points", 3, a=2.0, sigma=1.0))[2]
    one = lattice("three_points", a=2.0, sigma=1.0).masses
    assert torch.allclose(three.masses, convolve(convolve(one, one), one))


@pytest.mark.parametrize("n", [1, 2, 5, 10])
def test_sums_of_exponentials_are_gamma(n):
    found = list(sums("exponential", n, rate=1.7))[-1]
    gamma = law("gamma", alpha=float(n), beta=1 / 1.7)
    x = found.z * math.sqrt(n) / 1.7 + n / 1.7
    inner = (found.z > -0.9 * math.sqrt(n)) & (found.z < 4)
    scaled = gamma.density(x) * math.sqrt(n) / 1.7
    assert float((found.height - scaled)[inner].abs().max()) < 1e-4
    z = torch.linspace(-math.sqrt(n), 8, 400_001, dtype=torch.float64)
    exact = (gamma.cdf(z * math.sqrt(n) / 1.7 + n / 1.7) - phi(z)).abs().max()
    assert found.gap == pytest.approx(float(exact), abs=1e-5)


def test_the_convolution_of_cells_agrees_with_the_law_that_is_known():
    one = lattice("exponential", rate=1.7)
    three = plus(plus(one, one), one)
    gamma = law("gamma", alpha=3.0, beta=1 / 1.7)
    ends = three.places + three.step / 2
    assert float((three.masses.cumsum(0) - gamma.cdf(ends)).abs().max()) < 5e-5
    still = torch.linspace(0.5, 5, 10, dtype=torch.float64)
    at = ((still - three.start) / three.step).round().long()
    density = gamma.density(three.places[at])
    assert torch.allclose(three.masses[at] / three.step, density, rtol=1e-4)


def test_heavy_sums_do_not_change_on_a_finer_lattice():
    coarse, fine = (lattice("lognormal", cells, mu=0.3, sigma=1.0) for cells in (4096, 65_536))
    two, exact = plus(coarse, coarse), plus(fine, fine)
    ends = two.places + two.step / 2
    at = ((ends - exact.start) / exact.step).floor().long().clamp(0, len(exact.masses) - 1)
    assert float((two.masses.cumsum(0) - exact.masses.cumsum(0)[at]).abs().max()) < 5e-4
    x = law("lognormal", mu=0.3, sigma=1.0).draw(400_000, generator(2))
    rough = float((x - math.exp(0.8)).abs().pow(3).mean())
    assert third_moment("lognormal", mu=0.3, sigma=1.0) == pytest.approx(rough, rel=0.3)
    # E|X − m|³ = E(X − m)³ + 2 E(m − X)³ below m, the second by quadrature in u = F(x)
    m, s2 = math.exp(0.8), math.e
    cubed = m**3 * (s2 - 1) ** 2 * (s2 + 2)
    x = torch.linspace(0, m, 200_001, dtype=torch.float64)
    below = torch.trapezoid((m - x) ** 3 * law("lognormal", mu=0.3, sigma=1.0).density(x), x)
    found = third_moment("lognormal", mu=0.3, sigma=1.0)
    assert found == pytest.approx(cubed + 2 * float(below), rel=1e-6)
    with pytest.raises(ValueError, match=r"sigma in \[0, 1.25\], got 2"):
        lattice("lognormal", mu=0.0, sigma=2.0)


@pytest.mark.parametrize(("name", "eps"), [("bernoulli", 0.25), ("die", 1.0), ("uniform", 0.3)])
def test_the_tail_of_a_mean(name, eps):
    parameters = CASES[name]
    of, n = law(name, **parameters), 7
    exact = mean_tail(name, eps, n, **parameters)
    means = of.draw(7 * 20_000, generator(8)).reshape(-1, n).mean(1)
    share = float(((means - of.mean).abs() >= eps - 1e-12).double().mean())
    assert abs(share - exact) < 5 * math.sqrt(exact * (1 - exact) / 20_000)
    assert exact <= hoeffding(name, eps, n, **parameters)
    assert exact <= of.variance / (n * eps**2)
    if name == "bernoulli":
        k = law("binomial", n=n, p=0.3)
        far = (k.points / n - 0.3).abs() >= eps
        assert exact == pytest.approx(float(k.masses[far].sum()), rel=1e-9)


def test_uniforms_make_a_triangle_and_a_bell():
    one, two, *_ = sums("uniform", 3, low=0.0, high=1.0)
    x = two.z * math.sqrt(2 / 12) + 1
    triangle = (1 - (x - 1).abs()) * math.sqrt(2 / 12)
    assert float((two.height - triangle).abs().max()) < 1e-9
    z = torch.linspace(-math.sqrt(3), math.sqrt(3), 200_001, dtype=torch.float64)
    assert one.gap == pytest.approx(
        float(((z / math.sqrt(12) + 0.5) - phi(z)).abs().max()), abs=1e-6
    )


@pytest.mark.parametrize(
    ("name", "parameters"),
    [(name, CASES[name]) for name in CASES if name != "pareto"]
    + [("gamma", {"alpha": 0.2, "beta": 1.0})],
)
def test_the_gap_keeps_to_its_bound_and_moments_stay(name, parameters):
    gaps = []
    for found in sums(name, 10, **parameters):
        assert found.gap <= found.bound
        assert found.bound == pytest.approx(BERRY * found.ratio)
        assert float(found.masses.sum()) == pytest.approx(1, abs=1e-12)
        assert float(found.masses @ found.z) == pytest.approx(0, abs=1e-2)
        assert float(found.masses @ found.z**2) == pytest.approx(1, abs=1e-2)
        gaps.append(found.gap)
    if name == "normal":
        assert max(gaps) < 1e-6
    else:
        assert gaps[-1] < 0.6 * gaps[0]
    ratios = [found.ratio for found in sums(name, 4, **parameters)]
    assert ratios[3] == pytest.approx(ratios[0] / 2)


def test_a_symmetric_coin_by_hand():
    found = next(sums("bernoulli", 1, p=0.5))
    assert found.gap == pytest.approx(float(phi(1.0)) - 0.5)  # just before the jump at 1
    assert found.ratio == pytest.approx(1)
    assert third_moment("bernoulli", p=0.3) == pytest.approx(0.21 * (0.09 + 0.49))
    assert third_moment("normal", mu=1.0, sigma=2.0) == pytest.approx(
        8 * math.sqrt(8 / math.pi), rel=1e-5
    )
    assert third_moment("exponential", rate=1.0) == pytest.approx(12 / math.e - 2, rel=1e-5)


def test_lyapunovs_ratio_of_copies_and_of_one_that_outweighs():
    assert lyapunov([2.0] * 4, [9.0] * 4) == pytest.approx(9 / 8 / 2)
    assert lyapunov([1.0, 100.0], [1.0, 1e6]) == pytest.approx(1, abs=1e-3)


def test_the_law_of_a_mean_of_cauchy_values_is_their_own():
    x = law("cauchy", loc=1.0, scale=2.0).draw(40_000, generator(3)).reshape(4000, 10).mean(1)
    same = cauchy_mean(10, 1.0, 2.0)
    for place in (-1.0, 1.0, 5.0):
        p = float(same.cdf(place))
        share = float((x <= place).double().mean())
        assert abs(share - p) < 5 * math.sqrt(p * (1 - p) / 4000)


def test_lattices_of_two_steps_do_not_add():
    with pytest.raises(ValueError, match="two lattices of one step"):
        plus(lattice("die", sides=6), lattice("three_points", a=2.0, sigma=1.0))
    mixed = plus(lattice("die", sides=6), lattice("poisson", rate=2.0))
    assert float(mixed.places @ mixed.masses) == pytest.approx(5.5)
