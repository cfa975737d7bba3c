"""The discriminator's value and its optimum, by hand, by quadrature and by random rivals."""

import math

import pytest
import torch
from scipy.integrate import quad

from core.gan import (
    integrand,
    jensen_shannon,
    optimal_discriminator,
    optimal_logit,
    value,
    value_at_optimum,
)

X = torch.linspace(-20, 20, 8001, dtype=torch.float64)
DX = 40 / 8000


def bell(mu: float, sigma: float) -> torch.Tensor:
    return torch.exp(-0.5 * ((X - mu) / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))


def ring_of_bells(modes: int, of: int = 8) -> torch.Tensor:
    """Eight far bells on a line, of which the first `modes` are covered."""
    return sum(bell(4.0 * k - 14, 0.2) for k in range(modes)) / modes


def probabilities(n: int, seed: int, *batch: int) -> torch.Tensor:
    g = torch.Generator().manual_seed(seed)
    return torch.rand(*batch, n, generator=g, dtype=torch.float64).softmax(-1)


def test_two_outcomes_by_hand():
    p, q = torch.tensor([0.8, 0.2]), torch.tensor([0.4, 0.6])
    D = optimal_discriminator(p, q)
    torch.testing.assert_close(
        D, torch.tensor([2 / 3, 1 / 4], dtype=torch.float64), rtol=1e-6, atol=0
    )
    by_hand = 0.8 * math.log(2 / 3) + 0.2 * math.log(1 / 4) + 0.4 * math.log(1 / 3)
    by_hand += 0.6 * math.log(3 / 4)
    assert value(p, q, D, 1).item() == pytest.approx(by_hand, abs=1e-7)
    kl = 0.5 * (0.8 * math.log(0.8 / 0.6) + 0.2 * math.log(0.2 / 0.4))
    kl += 0.5 * (0.4 * math.log(0.4 / 0.6) + 0.6 * math.log(0.6 / 0.4))
    assert jensen_shannon(p, q, 1).item() == pytest.approx(kl, abs=1e-7)
    assert value_at_optimum(p, q, 1).item() == pytest.approx(by_hand, abs=1e-7)


def test_no_other_discriminator_is_better_at_any_point():
    p, q = bell(-2, 0.5), bell(1, 1.5)
    best, g = optimal_discriminator(p, q), torch.Generator().manual_seed(0)
    rivals = torch.rand(1000, len(X), generator=g, dtype=torch.float64)
    near = (best + 0.01 * torch.randn(50, len(X), generator=g, dtype=torch.float64)).clamp(0, 1)
    at_best = integrand(p, q, best)
    for D in (rivals, near):
        assert (integrand(p, q, D) <= at_best + 1e-15).all()
        assert (value(p, q, D, DX) < value(p, q, best, DX)).all()


def test_the_slope_of_the_value_is_zero_at_the_optimum_and_points_to_it_elsewhere():
    p, q = bell(0, 1), bell(1.5, 2)
    best = optimal_logit(p, q)
    for shift in (0.0, -0.3, 0.3):
        a = (best + shift).requires_grad_()
        (slope,) = torch.autograd.grad(value(p, q, a, DX, logits=True), a)
        assert slope.abs().max() < 1e-15 if shift == 0 else (slope * shift)[3000:5000].max() < 0


@pytest.mark.parametrize(("mu", "sigma"), [(0, 1), (0.5, 0.7), (3, 2), (-6, 0.3)])
def test_value_at_the_optimum_against_an_adaptive_quadrature(mu, sigma):
    def density(x, m, s):
        return math.exp(-0.5 * ((x - m) / s) ** 2) / (s * math.sqrt(2 * math.pi))

    def inside(x):
        p, q = density(x, 0, 1), density(x, mu, sigma)
        real = p * math.log(p / (p + q)) if p else 0.0
        return real + (q * math.log(q / (p + q)) if q else 0.0)

    expected = quad(inside, -20, 20, points=(0, mu), limit=400, epsabs=1e-12)[0]
    p, q = bell(0, 1), bell(mu, sigma)
    assert value(p, q, optimal_discriminator(p, q), DX).item() == pytest.approx(expected, abs=1e-8)
    assert value(p, q, optimal_logit(p, q), DX, logits=True).item() == pytest.approx(
        expected, abs=1e-8
    )
    assert value_at_optimum(p, q, DX).item() == pytest.approx(expected, abs=1e-8)


def test_perfect_fakes_and_an_undecided_judge_cost_log_four():
    p, q = bell(-2, 0.5), bell(3, 1)
    assert value_at_optimum(p, p, DX).item() == pytest.approx(-1.3862943611, abs=1e-9)
    half = torch.full_like(X, 0.5)
    assert value(p, q, half, DX).item() == pytest.approx(-2 * math.log(2), abs=1e-9)
    assert value(p, q, 0 * X, DX, logits=True).item() == pytest.approx(-math.log(4), abs=1e-9)
    assert (optimal_discriminator(p, p) == 0.5).all()


@pytest.mark.parametrize(
    ("covered", "jsd", "worth"),
    [(1, 0.4969, -0.392), (2, 0.3804, -0.626), (4, 0.2158, -0.955), (8, 0.0, -1.386)],
)
def test_the_mode_ledger(covered, jsd, worth):
    p, q = ring_of_bells(8), ring_of_bells(covered)
    assert jensen_shannon(p, q, DX).item() == pytest.approx(jsd, abs=6e-5)
    assert value_at_optimum(p, q, DX).item() == pytest.approx(worth, abs=6e-4)


def test_jensen_shannon_is_symmetric_bounded_and_the_square_of_a_distance():
    p, q, r = (probabilities(7, seed, 300) ** k for seed, k in ((1, 1), (2, 6), (3, 20)))
    p, q, r = (each / each.sum(-1, keepdim=True) for each in (p, q, r))
    pq, qr, pr = (jensen_shannon(*pair, 1) for pair in ((p, q), (q, r), (p, r)))
    torch.testing.assert_close(pq, jensen_shannon(q, p, 1), rtol=1e-13, atol=0)
    assert pq.shape == (300,) and (pq > 0).all() and (pq < math.log(2)).all()
    assert (pq.sqrt() + qr.sqrt() >= pr.sqrt()).all()


def test_disjoint_supports_have_the_exact_limits():
    p, q = torch.tensor([0.25, 0.75, 0, 0, 0]), torch.tensor([0, 0, 0, 0.5, 0.5])
    assert jensen_shannon(p, q, 1).item() == math.log(2)
    assert jensen_shannon(p, p, 1).item() == 0.0
    D = optimal_discriminator(p, q)
    assert D.tolist() == [1, 1, 0.5, 0, 0]
    assert value(p, q, D, 1).item() == 0.0
    assert optimal_logit(p, q).tolist() == [math.inf, math.inf, 0, -math.inf, -math.inf]
    assert value(p, q, optimal_logit(p, q), 1, logits=True).item() == 0.0
    assert value(p, q, 1 - D, 1).item() == -math.inf


def test_the_optimum_is_not_rounded_to_certainty_where_both_live():
    p = torch.tensor([1.0, 1e-300], dtype=torch.float64)
    q = p.flip(0)
    D = optimal_discriminator(p, q)
    assert ((D > 0) & (D < 1)).all()
    assert value(p, q, D, 1).item() == pytest.approx(0, abs=1e-15)


def test_certain_judges_have_slopes_that_are_numbers():
    p, q = torch.tensor([1.0, 0, 0]), torch.tensor([0, 0, 1.0])
    for judge, logits in (([1, 0, 0], False), ([math.inf, 0, -math.inf], True)):
        D = torch.tensor(judge, dtype=torch.float64, requires_grad=True)
        value(p, q, D, 1, logits=logits).backward()
        assert D.grad.isfinite().all() and D.grad[1] == 0


def test_densities_that_hardly_differ():
    p, e = torch.full((4,), 0.25, dtype=torch.float64), 2.0**-30
    q = p + e * torch.tensor([1, -1, 1, -1])
    # ⅛ Σ (p − q)²/p up to fourth order
    assert jensen_shannon(p, q, 1).item() == pytest.approx(2 * e * e, rel=1e-8)


def test_large_logits_stay_finite():
    p = q = torch.tensor([1.0])
    for a in (40.0, -40.0, 1000.0, -1000.0):
        assert value(p, q, torch.tensor([a]), 1, logits=True).item() == pytest.approx(-abs(a))
    assert value(p, q, torch.tensor([40.0]).sigmoid(), 1).item() == -math.inf


def test_weights_of_a_quadrature_and_batches():
    p, q = bell(0, 1), torch.stack([bell(1, 1), bell(2, 1)])
    weights = torch.full_like(X, DX)
    weights[0] = weights[-1] = DX / 2
    D = optimal_discriminator(p, q)
    assert D.shape == (2, len(X))
    torch.testing.assert_close(value(p, q, D, weights), value(p, q, D, DX), rtol=1e-12, atol=1e-12)
    assert jensen_shannon(p, q, DX).diff() > 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda p, q: optimal_discriminator(-p, q), r"expected p_data in \[0, inf\).*-0.5"),
        (lambda p, q: optimal_discriminator(p, q / 0), "expected p_g in"),
        (lambda p, q: optimal_discriminator(p, q[:1].expand(3)), "p_data and p_g on the same"),
        (lambda p, q: value(p, 2 * q, p, 1), "expected p_g of mass 1 up to 0.01, got 2"),
        (lambda p, q: value(p, q, 3 * p, 1), r"expected D in \[0, 1\].*1.5"),
        (lambda p, q: value(p, q, p * math.nan, 1, logits=True), "expected D in .*logits.*nan"),
        (lambda p, q: value(p, q, p, 0), r"expected dx in \(0, inf\), got 0"),
        (lambda p, q: value(p, q, torch.ones(3), 1), "p_data and D on the same"),
        (lambda p, q: jensen_shannon(0.6 * p, q, 1), "expected p of mass 1 up to 0.01, got 0.6"),
        (lambda p, q: jensen_shannon(p, q * math.nan, 1), "expected q in"),
        (lambda p, q: jensen_shannon(p, 1.0, 1), "expected q of shape"),
    ],
)
def test_refusals(call, words):
    p = q = torch.tensor([0.5, 0.5], dtype=torch.float64)
    with pytest.raises(ValueError, match=words):
        call(p, q)
