"""What the statements on shapes of functions quote is so."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import beta, norm

from core.convexity import (
    PAIRS,
    breaking_height,
    exact_gradient,
    gram,
    lagrange,
    least_eigenvalues,
    least_squares,
    own,
    pl_constant,
    ratios,
    shape,
    tangent_kernel,
    taylor,
)
from core.convexity.wide import labelled, raised, start
from core.rng import generator
from tests.said import cells, text, why


def chord(f, x: float, y: float, share: float = 0.5) -> float:
    """How far the chord is above the graph."""
    return share * f(x) + (1 - share) * f(y) - f(share * x + (1 - share) * y)


# --- ANA ---------------------------------------------------------------------------------------


def test_two_estimators_have_the_variances_that_are_told():
    """ANA-01: θ = 0, g = (x − 3)², by quadrature."""

    def mean(h) -> float:
        return quad(lambda z: norm.pdf(z) * h(z), -12, 12, limit=200)[0]

    found = {}
    for b in (0, 10):
        found[b] = mean(lambda z, b=b: (((z - 3) ** 2 - b) * z) ** 2) - (-6) ** 2
        assert mean(lambda z, b=b: ((z - 3) ** 2 - b) * z) == pytest.approx(-6)
    path = mean(lambda z: (2 * (z - 3)) ** 2) - 36
    told = [found[0], found[10], path]
    np.testing.assert_allclose(told, [222, 82, 4], rtol=1e-8)
    assert "$222$, with $b=10$ still $82$, and $4$" in text("ANA-01")
    exact = exact_gradient(0.0, lambda x: (x - 3) ** 2, 10.0)
    assert exact.score_variance == pytest.approx(82) and exact.gradient == pytest.approx(-6)


def test_the_gap_of_cauchy_and_schwarz_is_the_square_of_an_area():
    """ANA-02, in an inner product too, whose root maps it onto the usual one; not with a minus."""
    random = generator(1)
    for _ in range(50):
        A, u, v = (torch.randn(2, *n, generator=random).double() for n in ((2,), (), ()))
        area = torch.linalg.det(torch.stack([A @ u, A @ v])) ** 2
        torch.testing.assert_close(gram(u, v, A.T @ A), area, rtol=1e-6, atol=1e-9)
    M, u, v = np.diag([-1.0, 1.0]), np.array([0.0, 1.0]), np.array([1.0, 2.0])
    assert (u @ M @ v) ** 2 > (u @ M @ u) * (v @ M @ v) > 0


def test_random_directions_share_one_part_in_d():
    """ANA-03: the square of the cosine is Beta(½, (d − 1)/2)."""
    for d in (2, 10, 200):
        told = beta(0.5, (d - 1) / 2)
        assert told.mean() == pytest.approx(1 / d)
        assert abs(float(ratios(d, 4000, generator(d)).mean()) - 1 / d) < 5 * told.std() / 4000**0.5


def test_a_covariance_is_below_the_product_of_the_deviations():
    """ANA-04, with equality for multiples."""
    x, y = np.random.default_rng(0).standard_normal((2, 500)) ** 3
    assert np.mean(x * y) ** 2 < np.mean(x * x) * np.mean(y * y)
    np.testing.assert_allclose(np.mean(-3 * x * x) ** 2, np.mean(x * x) * np.mean(9 * x * x))


def test_an_intersection_of_convex_sets_is_convex_and_a_union_need_not_be():
    """ANA-05, 06: two discs, by all segments between points of a grid."""
    side = np.linspace(-2, 2, 21)
    points = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    inside = [lambda p, c=c: np.hypot(p[..., 0] - c, p[..., 1]) <= 1 for c in (-0.7, 0.7)]

    def leaves(member) -> bool:
        own_points = points[member(points)]
        return not member((own_points[:, None] + own_points) / 2).all()

    assert not leaves(lambda p: inside[0](p) & inside[1](p))
    assert leaves(lambda p: inside[0](p) | inside[1](p))


def test_the_exponential_is_strictly_convex_and_has_no_minimum():
    """E-16."""
    for x, y in ((-30.0, 1.0), (0.0, 0.1)):
        assert chord(math.exp, x, y) > 0 and chord(math.exp, x, y, 1.0) == 0
    x = 0.0
    for k in range(1, 10_001):
        x -= math.exp(x)
        if k in (100, 10_000):
            assert x == pytest.approx(-math.log(k), rel=0.02)
    assert "near $-\\log k$" in why("ANA-08")


def test_a_slope_above_zero_is_not_what_makes_convex():
    """E-17."""
    assert 2 * -1 == -2 < 0 < chord(lambda x: x * x, -3, 1)
    assert "$f'(-1)=-2$" in why("ANA-10")
    assert chord(lambda x: -math.exp(-x), 0, 2) < 0
    assert chord(lambda x: x**4, -0.01, 0.01) > 0  # although f″(0) = 0


def test_sums_maxima_and_compositions():
    """ANA-12 to 14: what fails when a hypothesis does."""
    assert chord(lambda x: x * x - 2 * x * x, -1, 1) == -1
    assert chord(lambda x: min(x * x, (x - 1) ** 2), 0, 1) == -0.25
    well = lambda x: (x * x - 1) ** 2  # noqa: E731
    assert chord(well, -1, 1) == -1
    grid = np.linspace(-2, 2, 81)
    for f in (lambda x: max(x * x, (x - 1) ** 2), lambda x: math.exp(x * x), lambda x: max(0, x)):
        assert min(chord(f, x, y) for x in grid for y in grid) >= -1e-12


def test_strong_convexity_bounds_the_distance_and_the_slope():
    """ANA-15, 16: x² + cos x, f″ = 2 − cos x ≥ 1 = μ; f* = 1 at 0; and x⁴ has no μ."""
    x = np.linspace(-6, 6, 1201)
    over = x**2 + np.cos(x) - 1
    slope = 2 * x - np.sin(x)
    assert (x**2 / 2 <= over + 1e-12).all() and (over <= slope**2 / 2 + 1e-12).all()
    assert pl_constant(own("x^2 + cos(x)").f, 1.0, -6.0, 6.0) == pytest.approx(1)
    for mu in (1.0, 1e-2, 1e-4):
        near = math.sqrt(mu) / 4
        assert near**4 < mu / 2 * near**2


# --- PROB --------------------------------------------------------------------------------------


def test_where_the_remainder_of_the_exponential_is_exact():
    """PROB-16: e^ξ = (n + 1)! (e − Σ 1/k!)."""
    places = []
    for n in range(4):
        left = math.e - sum(1 / math.factorial(k) for k in range(n + 1))
        places.append(math.log(math.factorial(n + 1) * left))
        assert taylor(torch.exp, 0.0, n, 1.0).xi == pytest.approx(places[-1], abs=1e-9)
    assert ", ".join(f"${xi:.4f}$" for xi in places).removeprefix("$") in text("PROB-16")


def test_more_terms_of_a_logarithm_lead_away():
    terms = -np.cumsum([(-1.5) ** k / k for k in range(1, 9)])
    off = abs(terms - math.log(2.5))
    assert off[7] > 2 * off[3]
    inside = -np.cumsum([(-0.8) ** k / k for k in range(1, 9)])
    assert abs(inside[7] - math.log(1.8)) < abs(inside[3] - math.log(1.8)) / 2


def test_a_curve_that_comes_back_has_no_single_place():
    """E-06: (cos t, sin t) after 2π."""
    t = np.linspace(0, 2 * math.pi, 1001)
    np.testing.assert_allclose(np.hypot(-np.sin(t), np.cos(t)), 1)
    np.testing.assert_allclose([math.cos(2 * math.pi) - 1, math.sin(2 * math.pi)], 0, atol=1e-15)


# --- OPT ---------------------------------------------------------------------------------------


def test_a_step_of_one_over_L_ends_in_a_local_minimum():
    """E-33: cos x + .05 x², L = 1.1."""
    x = 8.5
    for _ in range(400):
        x -= (-math.sin(x) + 0.1 * x) / 1.1
    stopped = brentq(lambda x: -math.sin(x) + 0.1 * x, 8.0, 8.6)
    assert x == pytest.approx(stopped, abs=1e-6)
    least = minimize_scalar(
        lambda x: math.cos(x) + 0.05 * x * x, bounds=(2, 4), options={"xatol": 1e-10}
    ).fun
    assert f"$f={math.cos(x) + 0.05 * x * x:.3f}$" in why("OPT-01")
    assert f"${least:.3f}$" in why("OPT-01")


@pytest.mark.parametrize("times", [0.3, 1.0, 1.9])
def test_the_promise_of_a_step_and_both_rates(times):
    """OPT-01: for cos x + .05 x², and for log cosh from 3, which is convex with L = 1."""
    L, x, f = 1.1, 8.5, lambda x: math.cos(x) + 0.05 * x * x
    eta, slopes = times / L, []
    for _ in range(50):
        slope = -math.sin(x) + 0.1 * x
        slopes.append(slope**2)
        after = x - eta * slope
        assert f(after) <= f(x) - eta * (1 - L * eta / 2) * slope**2 + 1e-12
        x = after
    if times == 1:
        for K in (1, 5, 50):
            assert min(slopes[:K]) <= 2 * L * (f(8.5) + 0.552) / K
        x = 3.0
        for K in range(1, 50):
            x -= math.tanh(x)
            assert math.log(math.cosh(x)) <= 9 / (2 * K)


def test_the_solution_is_a_saddle_of_the_lagrangian():
    """E-34: x + y on the unit circle."""
    gamma = place = math.sqrt(0.5)
    hessian = np.array(
        [[-2 * gamma, 0, -2 * place], [0, -2 * gamma, -2 * place], [-2 * place, -2 * place, 0]]
    )
    root = math.sqrt(2)
    np.testing.assert_allclose(np.linalg.eigvalsh(hessian), [-2 * root, -root, root])
    assert "$-2\\sqrt2$, $-\\sqrt2$ and $\\sqrt2$" in why("OPT-02")
    c = 1.3
    found = lagrange(
        lambda p: p.sum(-1), lambda p: (p * p).sum(-1), c, torch.tensor([1.0, 0.5]).double()
    )
    price = (math.sqrt(2 * (c + 1e-6)) - math.sqrt(2 * (c - 1e-6))) / 2e-6
    assert float(found.multiplier) == pytest.approx(price, rel=1e-6)
    assert price == pytest.approx(1 / math.sqrt(2 * c), rel=1e-6)


def test_what_a_multiplier_does_not_see():
    """E-34: four places of xy on the circle, two of them minima; none at a sharp end."""
    turn = np.linspace(0, 2 * math.pi, 3601)[:-1] + 1e-4
    slope = np.cos(2 * turn)  # of xy = ½ sin 2t along the circle
    falls = (slope[:-1] > 0) & (slope[1:] <= 0)
    rises = (slope[:-1] < 0) & (slope[1:] >= 0)
    assert (falls.sum(), rises.sum()) == (2, 2)
    x = np.linspace(0, 1, 10_001)  # of (t², t³), all of x³ = y²
    assert (x**2).argmin() == 0
    found = lagrange(PAIRS["cusp"].f, PAIRS["cusp"].g, 0.0, torch.tensor([0.1, 0.03]).double())
    assert found.multiplier is None and found.point.abs().max() < 1e-6


def test_waves_of_height_3_keep_the_inequality_and_4_6_breaks_it():
    """OPT-03, 04, 07: by a grid; the second stationary point where tan u = u."""
    x = np.linspace(-10, 10, 400_001)
    x = x[abs(x) > 1e-3]
    ratio = (2 * x + 3 * np.sin(2 * x)) ** 2 / 2 / (x**2 + 3 * np.sin(x) ** 2)
    assert f"$\\mu={ratio.min():.4f}$" in text("OPT-03")
    assert pl_constant(shape("sine_valley", 3.0), 0.0, -10.0, 10.0) == pytest.approx(ratio.min())
    u = brentq(lambda u: math.tan(u) - u, 4.4, 4.6)
    assert f"$a^*={-u / math.sin(u):.4f}$" in text("OPT-03")
    assert breaking_height().a == pytest.approx(-u / math.sin(u))
    assert 2 + 2 * 3 * math.cos(math.pi) == -4  # f″ at π/2
    for place in (3.0, 2.2, 10.0, -7.3, 0.5):
        first, at = place**2 + 3 * math.sin(place) ** 2, place
        for k in range(1, 401):
            at -= (2 * at + 3 * math.sin(2 * at)) / 8
            bound = (1 - ratio.min() / 8) ** k * first
            assert at**2 + 3 * math.sin(at) ** 2 <= bound * (1 + 1e-9)


def test_a_trough_has_the_constant_of_its_least_positive_eigenvalue():
    """OPT-05: fewer equations than unknowns."""
    A = torch.randn(3, 5, generator=generator(0), dtype=torch.float64)
    values = np.linalg.eigvalsh((A @ A.T).numpy())
    assert least_squares(A).mu == pytest.approx(values[0])
    assert np.linalg.eigvalsh((A.T @ A).numpy())[0] == pytest.approx(0, abs=1e-12)
    x = torch.randn(5, 1000, generator=generator(1), dtype=torch.float64)
    slope, gap = (A.T @ A @ x).square().sum(0) / 2, (A @ x).square().sum(0) / 2
    assert bool((slope >= values[0] * gap * (1 - 1e-9)).all())


def test_the_tangent_kernel_is_the_constant_of_its_place():
    """OPT-06: J by autograd; narrow nets have none."""
    angles, y = labelled(10, 0)
    x = raised(angles)
    for width in (2, 64):
        net = start(width, 0)
        w, a = net.w.requires_grad_(), net.a.requires_grad_()
        out = torch.erf(x @ w.T) @ a / math.sqrt(width)
        rows = [torch.autograd.grad(each, (w, a), retain_graph=True) for each in out]
        J = torch.stack([torch.cat([part.flatten() for part in row]) for row in rows])
        least = float(torch.linalg.eigvalsh(J @ J.T)[0])
        r = (out - y).detach()
        assert float((J.T @ r).square().sum()) / 2 >= least * float(r @ r) / 2 * (1 - 1e-9)
        torch.testing.assert_close(tangent_kernel(net, x).detach(), J @ J.T)
        assert (least > 1e-3) == (width == 64)


def test_the_table_of_wide_nets_is_the_middle_of_five_starts():
    widths, values = (
        [float(cell) for cell in row[1:]]
        for row in cells("convexity")
        if row[0].startswith(("width", r"$\lambda_{\min}(K)$ at"))
    )
    found = least_eigenvalues([int(width) for width in widths], 5).median(1).values
    np.testing.assert_allclose(found, values, rtol=0.04, atol=1e-9)


def test_a_lipschitz_function_is_not_a_lipschitz_gradient():
    """E-36: 50x² on |x| ≤ .01."""
    x = np.linspace(-0.01, 0.01, 201)
    assert abs(np.diff(50 * x**2) / np.diff(x)).max() <= 1
    assert abs(np.diff(100 * x) / np.diff(x)).max() == pytest.approx(100)
    np.testing.assert_allclose(x - 1 * 100 * x, -99 * x)
    np.testing.assert_allclose(x - 100 * x / 100, 0, atol=1e-15)
    assert "multiplies $x$ by $-99$" in why("OPT-07")
