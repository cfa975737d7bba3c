"""What the statements and the theory of probability quote is so, by another way."""

import itertools
import math
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.integrate import dblquad, quad
from scipy.special import dawsn

from core.experiments.probability.joint import joint
from core.probability import (
    cantor_cdf,
    combination,
    covariance,
    gaussian_conditional,
    heyde_density,
    mgf,
    posterior,
    printed_bayes,
    printed_gamma,
    printed_marginal,
    triple,
    variance_estimates,
)
from core.rng import generator
from tests import said
from tests.said import text, why

theory = partial(said.theory, "probability")
SIGMA = np.array([[2.0, 0.8], [0.8, 1.0]])


# --- tables and Bayes' rule --------------------------------------------------------------------


def test_the_printed_sum_adds_one_cell_again_and_again():
    """E-01."""
    P = joint().table.tolist()
    rows = [sum(row) for row in P]
    printed = [sum(P[i][i] for _ in P[i]) for i in range(3)]
    np.testing.assert_allclose(printed_marginal(joint().table), printed)
    told = f"$4\\cdot{P[0][0]:g}={printed[0]:g}$ of $P(x_1)={rows[0]:g}$"
    assert told in why("PROB-01") and f"${sum(printed):g}$" in why("PROB-01")


def test_every_order_of_factors_gives_the_table_back():
    """PROB-02, from the conditionals of each order."""
    P = np.random.default_rng(0).dirichlet(np.ones(8)).reshape(2, 2, 2)
    for order in itertools.permutations(range(3)):
        Q, whole = P.transpose(order), 1.0
        for k in range(3):
            upto, before = Q.sum(tuple(range(k + 1, 3))), Q.sum(tuple(range(k, 3)))
            whole = whole * (upto / np.expand_dims(before, k)).reshape(upto.shape + (1,) * (2 - k))
        np.testing.assert_allclose(whole, Q)


def test_what_excludes_each_other_is_not_independent():
    P = joint(law="mine").table
    assert P[1, 1] == 0
    x, y = (Fraction(float(P.sum(1 - k)[1])).limit_denominator(100) for k in (0, 1))
    assert (x, y, x * y) == (Fraction(1, 2), Fraction(2, 5), Fraction(1, 5))
    assert r"$\frac12$ and $\frac25$ the product is $\frac15$" in text("PROB-03")


def test_neither_independence_follows_from_the_other():
    """PROB-04, 06, 07, by listing what happens."""
    for name, free, free_given in (("xor", True, False), ("common_cause", False, True)):
        P = np.zeros((2, 2, 2))
        for coin, a, b in itertools.product((0, 1), repeat=3):
            if name == "xor":
                P[coin, a, coin ^ a] += 1 / 8
            else:  # a, b: whether X and Y err, one time in ten
                P[coin ^ a, coin ^ b, coin] += (0.1 if a else 0.9) * (0.1 if b else 0.9) / 2
        np.testing.assert_allclose(triple(name, 1.0 if free else 0.8), P)
        pair, given = P.sum(2), P[..., 1] / P[..., 1].sum()
        for table, independent in ((pair, free), (given, free_given)):
            gap = abs(table - np.outer(table.sum(1), table.sum(0))).max()
            assert (gap < 1e-12) == independent
    assert P.sum(2)[1, 1] / P.sum((0, 2))[1] == pytest.approx(0.82)
    np.testing.assert_allclose([P[1, y, 1] / P[:, y, 1].sum() for y in (0, 1)], 0.9)
    assert "from $0.5$ to $0.82$" in text("PROB-07") and "$0.9^2+0.1^2=0.82$" in theory()


def test_after_a_positive_test_by_counting_people():
    """PROB-05, E-02: of 10⁸ people."""
    ill, well, found = 1e6, 99e6, []
    for _ in range(3):
        ill, well = 0.9 * ill, 0.05 * well
        found.append(ill / (ill + well))
    np.testing.assert_allclose(posterior(0.01, 0.9, 0.05, 3)[1:], found)
    assert all(f"${part:.4f}$" in text("PROB-05") for part in found[:2])
    assert "$0.766$ after two, $0.983$ after three" in theory() and round(found[2], 3) == 0.983
    printed = (0.9 * 0.01 + 0.05 * 0.99) / (0.9 + 0.05)
    assert f"$0.0585/0.95={printed:.4f}$" in why("PROB-05")
    assert f"${found[0]:.4f}$ and ${1 - found[0]:.4f}$" in why("PROB-05")
    wrong = printed_bayes(torch.tensor([0.01, 0.99]), torch.tensor([0.9, 0.05]))
    np.testing.assert_allclose(wrong, [printed, printed], rtol=1e-6)


# --- moments -----------------------------------------------------------------------------------


def test_cauchy_has_no_mean():
    """E-03: the value depends on how the ends run away; the mean of n has the same law."""

    def part(low: float, high: float) -> float:
        return quad(lambda t: t / (math.pi * (1 + t * t)), low, high, limit=500)[0]

    assert part(-500, 500) == pytest.approx(0, abs=1e-9)
    assert part(-500, 1000) == pytest.approx(math.log(2) / math.pi, abs=1e-6)
    assert f"{math.log(2) / math.pi:.4f}$: it has no value" in why("PROB-08")
    draws = stats.cauchy.rvs(size=(20_000, 50), random_state=0).mean(1)
    assert stats.kstest(draws, "cauchy").pvalue > 0.01


def test_covariance_misses_a_parabola_and_a_coin():
    """PROB-09, 11."""
    law = {(x, x * x): Fraction(1, 3) for x in (-1, 0, 1)}

    def mean(g) -> Fraction:
        return sum(p * g(x, y) for (x, y), p in law.items())

    cov = mean(lambda x, y: x * y) - mean(lambda x, y: x) * mean(lambda x, y: y)
    product = mean(lambda x, y: x == 0) * mean(lambda x, y: y == 0)
    assert (cov, law[0, 0], product) == (0, Fraction(1, 3), Fraction(1, 9))
    assert r"=\frac13$" in text("PROB-11") and r"=\frac19$" in text("PROB-11")
    together = 0.5  # P(X + SX = 0), which for a normal sum would be 0 or 1
    z = np.random.default_rng(0).standard_normal((2, 4000))
    sums = z[0] * (1 + np.sign(z[1]))
    assert np.mean(sums == 0) == pytest.approx(together, abs=5 * 0.5 / 4000**0.5)


def test_an_outer_product_has_negative_entries_and_no_negative_eigenvalue():
    """E-04."""
    M = np.outer([1, -1], [1, -1])
    np.testing.assert_allclose(np.linalg.eigvalsh(M), [0, 2], atol=1e-12)
    assert r"\begin{pmatrix}1&-1\\-1&1\end{pmatrix}" in why("PROB-12") and M[0, 1] == -1
    turns = np.linspace(0, math.pi, 50)
    v = np.stack([np.cos(turns), np.sin(turns)])
    np.testing.assert_allclose(np.einsum("it,ij,jt->t", v, M, v), (v[0] - v[1]) ** 2, atol=1e-12)


def test_a_linear_map_stands_on_both_sides():
    """PROB-13, 14, 17, ANA-04 on points themselves."""
    X = torch.randn(40, 3, generator=generator(0), dtype=torch.float64)
    A = torch.randn(2, 3, generator=generator(1), dtype=torch.float64)
    moved = (X @ A.T + 7).numpy()
    np.testing.assert_allclose(A @ covariance(X) @ A.T, np.cov(moved.T, bias=True))
    x, y = moved.T
    assert np.mean(x * x) - np.mean(x) ** 2 == pytest.approx(np.var(x))
    assert np.cov(x, y, bias=True)[0, 1] ** 2 <= np.var(x) * np.var(y)
    z = np.random.default_rng(0).standard_normal((100_000, 3))
    mean = (math.sqrt(0.6) * z[:, :1] + math.sqrt(0.4) * z[:, 1:]).mean(1)
    assert mean.var() == pytest.approx(0.8, rel=5 * (2 / 100_000) ** 0.5)
    assert r"$n=2$, $\rho=0.6$ it is $0.8\,\sigma^2$" in text("PROB-17")


def test_near_ten_thousand_squared_single_precision_counts_by_eight():
    assert np.spacing(np.float32(1e8)) == 8 and "numbers are $8$ apart" in theory()
    assert "of variance $0.996$" in text("PROB-13") and "$-8$, a negative" in text("PROB-13")
    from core.experiments.probability.cancel import cancel

    shown = cancel(c=1e4)
    assert f"{shown.exact:.3f}" == "0.996" and shown.one_pass == -8


# --- densities and generating functions --------------------------------------------------------


def test_cantor_climbs_on_nearly_nothing():
    """E-07: k times every interval loses its middle third."""
    left = Fraction(2, 3) ** 20
    assert f"${float(left):.4f}$ for $k=20$" in why("PROB-18")
    ends = [Fraction(0)]
    for k in range(1, 9):
        ends += [end + Fraction(2, 3**k) for end in ends]
    ends, width = sorted(ends), Fraction(1, 3**8)
    edges = torch.tensor([[float(a), float(a + width)] for a in ends], dtype=torch.float64)
    assert width * len(ends) == Fraction(2, 3) ** 8
    F = cantor_cdf(edges.flatten()).reshape(-1, 2)
    np.testing.assert_allclose((F[:, 1] - F[:, 0]).sum(), 1, atol=1e-6)


def test_the_printed_density_has_a_negative_area():
    """E-08: α = −2."""
    assert quad(lambda z: math.exp(z / 2) / -2, -np.inf, 0)[0] == pytest.approx(-1)
    assert quad(lambda z: math.exp(z / 2) / 2, -np.inf, 0)[0] == pytest.approx(1)
    z = -2 * np.random.default_rng(0).exponential(size=20_000)
    assert np.mean(z > -1) == pytest.approx(1 - math.exp(-0.5), abs=5 * 0.5 / 20_000**0.5)


def test_heyde_s_twin_has_the_same_moments_and_is_another_law():
    """E-09."""
    x = np.exp(np.linspace(-9, 12, 40_001))
    f = heyde_density(torch.tensor(x), 0.9).numpy()
    plain = stats.lognorm.pdf(x, 1)
    assert (f >= 0).all()
    for k in range(4):
        moments = [np.trapezoid(x**k * each * x, np.log(x)) for each in (f, plain)]
        np.testing.assert_allclose(moments, math.exp(k * k / 2), rtol=1e-9)
    below = [np.trapezoid((each * x)[x <= 1], np.log(x[x <= 1])) for each in (f, plain)]
    exact = 0.5 - 0.9 * dawsn(math.pi * 2**0.5) / math.pi**0.5
    np.testing.assert_allclose(below, [exact, 0.5], atol=1e-3)
    assert f"${exact:.4f}$ and not $0.5$" in why("PROB-20")


def test_the_second_parameter_of_a_normal_law_matters():
    """E-10."""
    as_deviation, as_variance = (
        quad(lambda x, s=s: math.exp(x) * stats.norm.pdf(x, 0, s), -20, 60, points=[s * s])[0]
        for s in (4.0, 2.0)
    )
    assert f"e^2={as_variance:.2f}$" in why("PROB-22")
    assert f"e^8={as_deviation:.0f}$" in why("PROB-22")
    assert float(mgf("normal", 1.0, mu=0.0, sigma=2.0)) == pytest.approx(as_variance)


def test_the_gamma_law_by_quadrature():
    """PROB-24, E-11: shape 3, scale ½."""

    def psi(t: float) -> float:
        return quad(lambda x: math.exp(t * x) * stats.gamma.pdf(x, 3, scale=0.5), 0, 60)[0]

    printed = [1 / (3 - 0.5 * t) for t in (0, 1)]
    np.testing.assert_allclose(printed_gamma(torch.tensor([0.0, 1.0]), 3.0, 0.5), printed)
    assert f"is ${printed[1]:.3f}$; right is ${psi(1):.3f}$" in why("PROB-24")
    assert psi(0) == pytest.approx(1) and printed[0] == pytest.approx(1 / 3)
    slope = (psi(1e-3) - psi(-1e-3)) / 2e-3
    assert slope == pytest.approx(3 * 0.5, rel=1e-5)
    assert float(mgf("gamma", 2.0, alpha=3.0, beta=0.5)) == math.inf


def test_discrete_laws_by_their_sums():
    """PROB-21, 23, 25."""
    t, k = 0.5, np.arange(200)
    for law, parameters, told in (
        ("bernoulli", {"p": 0.3}, stats.bernoulli(0.3)),
        ("binomial", {"n": 5, "p": 0.3}, stats.binom(5, 0.3)),
        ("poisson", {"rate": 3.0}, stats.poisson(3)),
    ):
        assert float(mgf(law, t, **parameters)) == pytest.approx(np.exp(t * k) @ told.pmf(k))
    near, limit = (np.exp(t * k) @ each.pmf(k) for each in (stats.binom(1000, 0.003), told))
    assert f"${100 * (limit / near - 1):.2f}\\,\\%$ apart" in text("PROB-25")


def test_products_need_independence():
    """PROB-26."""
    f = stats.gamma(2, scale=0.5).pdf
    whole, _ = dblquad(
        lambda y, x: math.exp(0.3 * (x + 2 * y)) * f(x) * f(y), 0, 40, 0, 60, epsabs=1e-6
    )
    assert f"(1-0.15)^{{-2}}(1-0.3)^{{-2}}={whole:.3f}" in theory()
    one = ("gamma", {"alpha": 2.0, "beta": 0.5})
    found = combination([one, one], torch.tensor([1.0, 2.0]), 0.3)
    assert float(found) == pytest.approx(whole, rel=1e-4)
    psi = [quad(lambda x, s=s: math.exp(s * x) * stats.norm.pdf(x), -12, 14)[0] for s in (1, 2)]
    np.testing.assert_allclose([psi[0] ** 2, psi[1]], [math.e, math.e**2])
    assert "$e$ against $e^2$" in text("PROB-26")


def test_four_times_the_copies_halve_the_distance_to_the_bell():
    """Exponential: the sum of n is a gamma variable; a fair coin's gap is from its jumps."""
    z = np.linspace(-4, 5, 20_001)
    gaps = {n: abs(stats.gamma.cdf(n + z * n**0.5, n) - stats.norm.cdf(z)).max() for n in (4, 16)}
    assert f"${gaps[4]:.3f}$ at $n=4$ and ${gaps[16]:.3f}$ at $n=16$" in theory()
    third = quad(lambda x: abs(x - 1) ** 3 * math.exp(-x), 0, 50, points=[1])[0]
    assert all(gap < 0.4748 * third / n**0.5 for n, gap in gaps.items())
    # the teacher's sheet: ten rare events are three times as far off as ten coins

    def far(p: float) -> float:
        k, bell = np.arange(11), stats.norm((10 * p), (10 * p * (1 - p)) ** 0.5).cdf
        steps = stats.binom(10, p).cdf
        return max(abs(steps(k) - bell(k)).max(), abs(steps(k - 1) - bell(k)).max())

    assert far(0.05) / far(0.5) == pytest.approx(3, abs=0.1)


# --- the normal law ----------------------------------------------------------------------------


def test_a_disc_of_radius_one_holds_39_per_cent():
    """PROB-28."""
    for r, told in ((1, "39"), (2, "86")):
        share = stats.chi2(2).cdf(r * r)
        assert f"{100 * share:.0f}" == told and f"${told}\\,\\%$ for $r={r}$" in text("PROB-28")
    assert f"${stats.norm.pdf(0, scale=0.1):.2f}$ for $\\sigma=0.1$" in text("PROB-28")


def test_five_coins_over_all_their_series():
    """PROB-29, E-13."""
    series = np.array(list(itertools.product((-1, 1), repeat=5)))
    assert len(series) == 32 and "over all $32$ series" in why("PROB-29")
    assert f"is ${series.var(1).mean():.1f}$" in why("PROB-29")
    assert series.var(1, ddof=1).mean() == pytest.approx(1)
    # normal points: n σ̂²/σ² is χ² with n − 1 degrees of freedom
    chi = stats.chi2(4)
    errors = [chi.var() / d**2 + (chi.mean() / d - 1) ** 2 for d in (5, 4)]
    assert f"${errors[0]:.2f}\\,\\sigma^4$ with $n$, and ${errors[1]:.1f}" in theory()
    drawn = variance_estimates(5, 20_000, generator(0)).values
    assert float(drawn.mean()) == pytest.approx(0.8, abs=5 * 0.32**0.5 / 20_000**0.5)


def test_a_block_beside_the_diagonal_need_not_be_positive():
    """E-14."""
    found = np.linalg.eigvalsh([[2, -0.8], [-0.8, 1]])
    assert f"${found[0]:.3f}$ and ${found[1]:.3f}$" in why("PROB-30")
    np.testing.assert_allclose(np.linalg.eigvalsh([[1, 2], [2, 1]]), [-1, 3])
    assert "give $-1$ and $3$" in why("PROB-30")


def test_a_slice_is_the_ratio_of_two_densities():
    """PROB-30, 31, and the heavy tails of the theory."""
    both = stats.multivariate_normal([1, -1], SIGMA)
    y = np.linspace(-9, 9, 4001)
    for z, mean in ((2.5, -0.4), (5.0, 0.6), (0.0, -1.4)):
        f = both.pdf(np.stack([np.full_like(y, z), y], 1)) / stats.norm.pdf(z, 1, 2**0.5)
        area, first = np.trapezoid(f, y), np.trapezoid(y * f, y)
        spread = np.trapezoid((y - first) ** 2 * f, y)
        np.testing.assert_allclose([area, first, spread], [1, mean, 0.68], rtol=1e-9)
        told = gaussian_conditional([1.0, -1.0], SIGMA.tolist(), 0, z)
        np.testing.assert_allclose([float(each) for each in told], [mean, 0.68])
    assert "mean $-0.4$, variance $0.68$" in text("PROB-31")
    heavy = stats.multivariate_t([1, -1], SIGMA / 3, df=3)
    y = np.linspace(-400, 400, 400_001)
    for z in (1.0, 5.0):
        f = heavy.pdf(np.stack([np.full_like(y, z), y], 1))
        first = np.trapezoid(y * f, y) / np.trapezoid(f, y)
        spread = np.trapezoid((y - first) ** 2 * f, y) / np.trapezoid(f, y)
        assert spread == pytest.approx(0.68 * (1 + (z - 1) ** 2 / 2) / 2, rel=0.01)


# --- tails -------------------------------------------------------------------------------------


def test_three_points_attain_chebyshev_and_a_bell_does_not():
    """PROB-32."""
    for k in (1.0, 2.0, 3.0):
        out = 1 / (2 * k * k)  # at μ ± kσ each, σ = 1
        assert 2 * out * k * k == pytest.approx(1) and 2 * out == pytest.approx(1 / k**2)
    tails = [2 * stats.norm.sf(k) for k in (2, 3)]
    assert f"that is $0.25$, while a normal law has ${tails[0]:.4f}$" in text("PROB-32")
    assert f"${100 / 9:.0f}\\,\\%$, not ${100 * tails[1]:.2f}\\,\\%$" in text("PROB-32")
    assert f"${100 * (1 - 1 / 9):.1f}\\,\\%$" in theory()


def test_bounds_for_a_hundred_coins():
    """Chebyshev, Hoeffding and the binomial law; Cantelli's is attained by two points."""
    coins = stats.binom(100, 0.5)
    exact = coins.cdf(30) + coins.sf(69)
    bounds = (0.25 / (100 * 0.2**2), 2 * math.exp(-2 * 100 * 0.2**2))
    told = f"Chebyshev ${bounds[0]:.4f}$, Hoeffding ${bounds[1]:.5f}$, in truth ${exact:.5f}$"
    assert told in theory() and exact < bounds[1] < bounds[0]
    p = 0.2  # at 2, else at −½: mean 0, variance 1
    assert p * 2 - (1 - p) / 2 == 0 and p * 4 + (1 - p) / 4 == pytest.approx(1)
    assert "$0.2$ at $2\\sigma$" in theory()
