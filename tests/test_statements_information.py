"""What the statements and the theory of information quote is so, by another way."""

import itertools
import math
from functools import partial

import numpy as np
import pytest
import torch
from scipy import optimize, stats
from scipy.integrate import quad
from scipy.special import logsumexp, softmax
from scipy.stats import entropy

from core.diffusion import Mixture
from core.information import (
    best_gaussian,
    chain,
    cross_entropy,
    draw_counts,
    features,
    huffman,
    js,
    kl,
    likelihood,
    normal_kl,
    plug_in,
    softmax_cross_entropy,
    symmetric_channel,
    through,
    xor_copy,
)
from core.rng import generator
from tests import said
from tests.said import cells, text, why

theory = partial(said.theory, "information")
DYADIC = np.array([1 / 2, 1 / 4, 1 / 8, 1 / 8])
LOG2 = math.log(2)


def flip(e: float) -> float:
    """What a bit tells of a fair one that was turned over with probability e, in bits."""
    return 1 - entropy([e, 1 - e], base=2)


# --- codes -------------------------------------------------------------------------------------


def word_lengths(n: int):
    """Every list of n word lengths that a tree allows: Σ 2^−l ≤ 1 (Kraft)."""
    for lengths in itertools.product(range(1, n), repeat=n):
        if sum(2.0**-each for each in lengths) <= 1:
            yield np.array(lengths)


def test_no_plan_of_questions_does_better_than_huffman():
    """INFO-01, by trying all."""
    for p, told in ((DYADIC, 1.75), (np.ones(3) / 3, 1.67), (np.array([0.9, 0.1]), 1)):
        least = min(p @ lengths for lengths in word_lengths(len(p)))
        assert round(least, 2) == told and huffman(torch.tensor(p))[1] == pytest.approx(least)
        assert entropy(p, base=2) <= least < entropy(p, base=2) + 1
    assert "three alike take $1.67$ for $H=1.58$" in theory()
    assert f"{math.log2(3):.2f}" == "1.58" and f"{entropy([9, 1], base=2):.2f}" == "0.47"
    assert entropy(DYADIC, base=2) == 1.75


def test_a_narrow_normal_density_has_negative_entropy():
    """E-37, E-38."""

    def h(sigma: float) -> float:
        f = stats.norm(scale=sigma)
        return quad(lambda x: -f.pdf(x) * f.logpdf(x), -9 * sigma, 9 * sigma)[0]

    assert f"${h(0.1):.4f}$ nats" in why("INFO-02") and f"={h(0.1):.4f}$ nats" in why("INFO-01")
    edge = optimize.brentq(h, 0.1, 1)
    assert f"$\\sigma<{edge:.3f}$" in theory() and h(1.0) > 0
    assert h(0.3) - h(0.1) == pytest.approx(math.log(3))


def test_the_wrong_code_costs_kl():
    """INFO-02, 03, E-38, E-39: word lengths of the code, weighed by p."""
    assert DYADIC @ [2, 2, 2, 2] == 2 and DYADIC @ [1, 2, 3, 3] == 1.75
    assert "$2=1.75+0.25$ bits" in text("INFO-03") and "$2-1.75=0.25$" in why("INFO-03")
    q = np.ones(4) / 4
    assert entropy(DYADIC, q, base=2) == pytest.approx(0.25)
    assert float(cross_entropy(torch.tensor(DYADIC), torch.tensor(q))) == pytest.approx(2 * LOG2)
    skew, coin = np.array([0.9, 0.1]), np.array([0.5, 0.5])
    there, back = -skew @ np.log2(coin), -coin @ np.log2(skew)
    assert f"it is ${there:.0f}$ bit, for $q$ and $p$ it is ${back:.3f}$" in why("INFO-02")
    extra = there - entropy(skew, base=2), back - 1
    assert f"costs ${extra[0]:.3f}$ bits too much, a coin in the code" in theory()
    assert f"$(0.9,0.1)$ ${extra[1]:.3f}$" in theory()


def test_a_law_that_misses_an_outcome_is_infinitely_far():
    p, q = [0, 0.1, 0.9], [0.1, 0.1, 0.8]
    assert f"={0.9 * math.log(9 / 8):.3f}$ nats, and" in theory()
    assert float(kl(torch.tensor(p), torch.tensor(q))) == pytest.approx(0.9 * math.log(9 / 8), 1e-6)
    assert entropy(q, p) == math.inf == float(kl(torch.tensor(q), torch.tensor(p)))


# --- divergences -------------------------------------------------------------------------------


def test_the_divergence_of_normal_laws_has_a_direction():
    """INFO-04."""
    for (a, b), told in (((1.0, 2.0), "$0.3181$ nats"), ((2.0, 1.0), "the other way $0.8069$")):
        p, q = stats.norm(scale=a), stats.norm(scale=b)
        found = quad(lambda x, p=p, q=q: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)), -20, 20)[0]
        assert f"{found:.4f}" in told and told in text("INFO-04")
        assert float(normal_kl(0.0, a, 0.0, b)) == pytest.approx(found)


def test_one_bell_for_two_bumps():
    """INFO-04, 05: both directions minimised by scipy over sums on a grid."""
    x = np.linspace(-14, 14, 7001)
    step = x[1] - x[0]
    log_p = np.logaddexp(*(stats.norm.logpdf(x, m, 0.5) for m in (-2, 2))) - LOG2

    def paid(at, forward: bool) -> float:
        log_q = stats.norm.logpdf(x, at[0], math.exp(at[1]))
        first, second = (log_p, log_q) if forward else (log_q, log_p)
        return step * float(np.exp(first) @ (first - second))

    def best(forward: bool, *start: float) -> tuple[float, float, float]:
        end = optimize.minimize(paid, start, args=(forward,), tol=1e-9)
        return end.x[0], math.exp(end.x[1]), end.fun

    middle = best(True, 0.5, 0.0)
    right, left, broad = (best(False, *at) for at in ((1.5, 0.0), (-1.0, 0.0), (0.1, 0.5)))
    np.testing.assert_allclose(middle, [0, 4.25**0.5, 0.724], atol=1e-3)
    np.testing.assert_allclose(right, [2, 0.5, LOG2], atol=2e-3)
    np.testing.assert_allclose(left, [-2, 0.5, LOG2], atol=2e-3)
    assert f"={middle[1]:.2f}$, at ${middle[2]:.3f}$ nats" in theory()
    assert f"$\\log2={right[2]:.3f}$ nats" in theory()
    target = Mixture([0.5, 0.5], [-2.0, 2.0], [0.5, 0.5])
    for direction, told in (("forward", [middle]), ("reverse", [left, right, broad])):
        ours = best_gaussian(target, direction).optima
        np.testing.assert_allclose([tuple(each) for each in ours], told, atol=1e-4)
    assert f"worse: ${broad[2]:.3f}$ nats" in theory()


def test_jsd_is_symmetric_bounded_and_the_square_of_a_metric():
    """INFO-05."""
    laws = np.random.default_rng(0).dirichlet([0.3, 0.3, 0.3], size=(100, 3))

    def jsd(p, q) -> float:
        return entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2

    for a, b, c in laws:
        one, two, whole = jsd(a, b), jsd(b, c), jsd(a, c)
        assert 0 <= whole <= LOG2 and whole**0.5 <= one**0.5 + two**0.5 + 1e-12
        both = float(js(*torch.tensor(np.stack([a, c]))))
        assert both == pytest.approx(whole, abs=1e-12)
    assert jsd(np.array([0.5, 0.5, 0]), np.array([0, 0, 1.0])) == pytest.approx(LOG2)


# --- features ----------------------------------------------------------------------------------


def told(t: float) -> tuple[float, float, float]:
    """X₁ alone, X₁ to one who knows X₂, both; bits, from a list of all cases."""
    law: dict[tuple[int, int, int], float] = {}
    for a, b in itertools.product((0, 1), repeat=2):
        law[a, b, a ^ b] = law.get((a, b, a ^ b), 0) + (1 - t) / 4
        law[a, a, a] = law.get((a, a, a), 0) + t / 4

    def H(*places: int) -> float:
        sums: dict[tuple[int, ...], float] = {}
        for key, p in law.items():
            part = tuple(key[i] for i in places)
            sums[part] = sums.get(part, 0) + p
        return entropy(list(sums.values()), base=2)

    alone = H(0) + H(2) - H(0, 2)
    given = H(0, 1) + H(1, 2) - H(1) - H(0, 1, 2)
    return alone, given, H(0, 1) + H(2) - H(0, 1, 2)


def test_what_a_feature_tells_alone_and_beside_the_other():
    """XAI-07, 08, and the table of the theory."""
    table = [row for row in cells("information") if len(row) == 4 and row[1][0].isdigit()]
    for t, (_, *numbers) in zip((0.0, 1.0, 0.6), table, strict=True):
        np.testing.assert_allclose(told(t), [float(each) for each in numbers], atol=5e-4)
        found = features(xor_copy(t))
        ours = [float(each) / LOG2 for each in (found.first, found.first_given, found.both)]
        np.testing.assert_allclose(ours, told(t), atol=1e-9)
    assert "each feature tells $0$, both together $1$ bit" in text("XAI-07")
    assert "as for XOR, $1$ bit against $0$" in text("XAI-08")
    assert f"$\\log2={LOG2:.4f}$ nats" in text("XAI-07")


def test_a_normal_pair_by_quadrature():
    """INFO-07, through h(Y) − h(Y | X); and more than h(X) without a contradiction."""

    def h(sigma: float) -> float:
        return quad(lambda x: -stats.norm.pdf(x, 0, sigma) * stats.norm.logpdf(x, 0, sigma),
                    -9 * sigma, 9 * sigma)[0]  # fmt: skip

    for rho in (0.9, -0.9):
        assert f"${h(1) - h((1 - rho * rho) ** 0.5):.4f}$ nats" in text("INFO-07")
    assert f"it is ${h(1.01**0.5) - h(0.1):.2f}$ nats, and $h(X)={h(1):.2f}$" in theory()
    given = h((1 - 1 / 1.01) ** 0.5)  # of X, once Y is known
    assert given < 0 and "$h(X\\mid Y)$ is negative" in theory()


def test_counts_of_independent_numbers_tell_too_much():
    """(k − 1)²/2n and the exact mean: H of counts in m cells alike is a sum over a binomial law."""

    def H(n: int, m: int) -> float:
        part = np.arange(1, n + 1) / n
        return -m * float(stats.binom.pmf(np.arange(1, n + 1), n, 1 / m) @ (part * np.log(part)))

    rough, exact = ({n: of(n) for n in (100, 1000)} for of in (
        lambda n: 49 / (2 * n), lambda n: 2 * H(n, 8) - H(n, 64)))  # fmt: skip
    assert f"${exact[1000]:.3f}$ nats for $8\\times8$ bins and $1000$" in theory()
    assert exact[1000] == pytest.approx(rough[1000], rel=0.03)
    assert f"says ${rough[100]:.3f}$ and is itself too low: ${exact[100]:.3f}$" in theory()
    drawn = draw_counts(torch.full((8, 8), 1 / 64), 100, 400, generator(0))
    found = torch.stack([plug_in(each) for each in drawn])
    assert float(found.mean()) == pytest.approx(exact[100], abs=5 * float(found.std()) / 20)


# --- likelihood and channels -------------------------------------------------------------------


def test_the_likelihood_of_a_sample_is_a_cross_entropy():
    """INFO-06: example by example."""
    sample, q = np.repeat(np.arange(4), [4, 2, 1, 1]), np.ones(4) / 4
    nll = -np.mean(np.log(q[sample]))
    numbers = nll, entropy(DYADIC), entropy(DYADIC, q)
    assert "${:.3f}={:.3f}+{:.3f}$ nats".format(*numbers) in theory()
    found = likelihood(torch.tensor([4.0, 2, 1, 1]), torch.tensor(q))
    np.testing.assert_allclose([float(each) for each in found], numbers)


def test_the_slope_of_softmax_is_q_minus_y():
    """INFO-06: central differences; a right class that has 0.9."""
    z, T = np.log([0.9, 0.06, 0.04]) + 10, 2.0

    def loss(z: np.ndarray) -> float:
        return logsumexp(z) - z[0]

    for heat in (1.0, T):
        steps = 1e-5 * np.eye(3)
        slope = [(loss((z + e) / heat) - loss((z - e) / heat)) / 2e-5 for e in steps]
        np.testing.assert_allclose(slope, (softmax(z / heat) - [1, 0, 0]) / heat, atol=1e-8)
        assert sum(slope) == pytest.approx(0, abs=1e-8)
        ours = softmax_cross_entropy(torch.tensor(z), 0, heat)
        np.testing.assert_allclose(ours.slope, slope, atol=1e-8)
        if heat == 1:
            assert slope[0] == pytest.approx(-0.1) and "$-0.1$ at a right" in text("INFO-06")
    assert loss(z) == pytest.approx(loss(z - 10))


def test_a_noisy_chain_never_wins_back():
    """The numbers of the theory by flips counted, and the inequality on random channels."""
    two, six = (sum(math.comb(n, k) * 0.1**k * 0.9 ** (n - k) for k in range(1, n + 1, 2))
                for n in (2, 6))  # fmt: skip
    assert f"$0.1$ ${flip(0.1):.3f}$ bits" in theory().replace("$e=0.1$", "$0.1$")
    assert f"={two:.2f}$ and tell ${flip(two):.3f}$, six ${flip(six):.3f}$" in theory()
    once = symmetric_channel(2, 0.1)
    left = through(torch.tensor([0.5, 0.5]), [once] * 30) / LOG2
    np.testing.assert_allclose(left[[0, 1, 2, 6]], [1, flip(0.1), flip(two), flip(six)])
    assert float(left[30] / left[29]) == pytest.approx((1 - 2 * 0.1) ** 2, rel=1e-3)
    random = np.random.default_rng(0)
    for _ in range(50):
        p, first, second = (random.dirichlet(np.ones(3), size=n) for n in (1, 3, 3))
        xy = p.T * first
        xz = xy @ second
        tells = [entropy(t.sum(0)) + entropy(t.sum(1)) - entropy(t.ravel()) for t in (xy, xz)]
        assert tells[1] < tells[0]
        ours = chain(*(torch.tensor(each) for each in (p[0], first, second)))
        np.testing.assert_allclose([float(ours.xy), float(ours.xz)], tells, atol=1e-12)
