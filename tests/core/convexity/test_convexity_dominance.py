"""The PL constant: the curriculum's figures, closed forms, fine grids and the rate it promises."""

import math

import pytest
import torch

from core.convexity import (
    NAMES,
    breaking_height,
    curvatures,
    derivatives,
    least_squares,
    own,
    pl_constant,
    pl_ratio,
    shape,
)
from core.landscapes import sine_valley
from core.optimizers import trajectories
from core.rng import generator


@pytest.mark.parametrize(("a", "mu"), [(0, 2.0), (1, 1.0742), (3, 0.17553), (4, 0.02303)])
def test_the_curriculums_constants(a, mu):
    assert pl_constant(shape("sine_valley", a), 0.0, -10, 10) == pytest.approx(mu, abs=5e-5)
    f = shape("sine_valley", a)
    assert curvatures(f, -10, 10) == pytest.approx((2 - 2 * a, 2 + 2 * a))
    assert (f.mu, f.L) == (2 - 2 * a, 2 + 2 * a)


def test_by_a_fine_grid_of_the_quotient():
    x = torch.linspace(0.05, 10, 2_000_001, dtype=torch.float64)
    for a in (0.7, 3.0, 4.4):
        slope = 2 * x + a * torch.sin(2 * x)
        grid = (slope.square() / 2 / (x * x + a * torch.sin(x).square())).min()
        assert pl_constant(shape("sine_valley", a), 0.0, -10, 10) == pytest.approx(
            float(grid), rel=1e-9
        )


def test_where_it_breaks():
    limit = breaking_height().a
    assert pl_constant(shape("sine_valley", limit - 0.01), 0.0, -10, 10) > 0
    for a in (limit + 1e-3, 4.7, 5.0, 6.0):
        assert pl_constant(shape("sine_valley", a), 0.0, -10, 10) == 0


def test_the_classical_constant_is_not_the_best():
    assert 1 / 32 < pl_constant(shape("sine_valley"), 0.0, -10, 10) < 8


@pytest.mark.parametrize("a", [0.5, 1.0, 3.0, 4.0, 4.5])
def test_the_rate_at_every_step(a):
    mu, L = pl_constant(shape("sine_valley", a), 0.0, -10, 10), 2 + 2 * a
    starts = torch.tensor([3.0, 2.2, 10.0, -7.3, 0.5], dtype=torch.float64)
    x0 = torch.stack([starts, torch.zeros(5, dtype=torch.float64)], 1)
    f = trajectories(sine_valley(a), ["gd"], x0, 1 / L, 400).f[0]
    bound = (1 - mu / L) ** torch.arange(401, dtype=torch.float64) * f[:, :1]
    assert (f <= bound * (1 + 1e-9) + 1e-30).all()


def test_above_the_break_the_rate_fails():
    """At a = 6 descent from 3 stops in a local minimum: no μ > 0 can be right."""
    run = trajectories(sine_valley(6.0), ["gd"], torch.tensor([[3.0, 0.0]]), 1 / 14, 400)
    assert float(run.f[0, 0, -1]) > 1


@pytest.mark.parametrize("name", NAMES)
def test_gradient_dominance_on_a_grid_and_a_bound_by_strong_convexity(name):
    f = shape(name)
    low, high = f.view
    x = torch.linspace(low, high, 10_001, dtype=torch.float64)
    least = f.least if math.isfinite(f.least) else float(f(x).min())
    mu = pl_constant(f, least, low, high)
    value, slope = derivatives(f, x, 1)
    slack = slope.square() / 2 - mu * (value - least)
    assert (slack >= -1e-9 * (1 + slope.square())).all()
    if f.convex:  # PL is weaker; a smaller set makes f* of the set no infimum of f
        assert mu >= max(f.mu, 0) * (1 - 1e-9)


def test_corners_flat_bottoms_and_shifts():
    for shift in (0.0, 1.0, -5.0):
        assert pl_constant(lambda x, s=shift: x.abs() + s, shift, -2, 3) == pytest.approx(1 / 6)
        assert pl_constant(lambda x, s=shift: x**4 + s, shift, -2, 3) == 0
        flat = pl_constant(lambda x, s=shift: torch.relu(x.abs() - 1) + s, shift, -3, 3)
        assert flat == pytest.approx(0.25)  # ½ / (|x| − 1) at the ends
        square = pl_constant(lambda x, s=shift: 3 * (x - 0.1) ** 2 + s, shift, -2, 3)
        assert square == pytest.approx(6.0, rel=1e-9)
    cosh = own("exp(x) + exp(-x)").f  # 2 sinh²/(2 cosh − 2) = cosh + 1, least at 0
    assert pl_constant(cosh, 2.0, -2, 3) == pytest.approx(2.0, rel=1e-9)


def test_the_curve_of_the_ratio():
    x = torch.linspace(-4, 4, 801, dtype=torch.float64)
    found = pl_ratio(own("exp(x) + exp(-x)").f, 2.0, x)
    assert torch.allclose(found, torch.cosh(x) + 1, rtol=1e-8)
    softplus = pl_ratio(shape("softplus"), 0.0, x)
    p = torch.sigmoid(x)
    assert torch.allclose(softplus, p * p / 2 / torch.log1p(torch.exp(x)), rtol=1e-9)


# --- more than one dimension ---------------------------------------------------------------------


@pytest.mark.parametrize("shape_of_A", [(3, 5), (6, 4), (1, 2)])
def test_least_squares(shape_of_A):
    A = torch.randn(shape_of_A, generator=generator(0), dtype=torch.float64)
    b = torch.randn(shape_of_A[0], generator=generator(1), dtype=torch.float64)
    x = torch.linalg.lstsq(A, b).solution if shape_of_A[0] > shape_of_A[1] else None
    least = 0.0 if x is None else float((A @ x - b).square().sum() / 2)

    def f(x):
        return (x @ A.T - b).square().sum(-1) / 2

    values = torch.linalg.eigvalsh(A.T @ A)
    found = least_squares(A)
    assert found.mu == pytest.approx(float(values[values > 1e-9][0]), rel=1e-9)
    assert pytest.approx(float(values[-1]), rel=1e-12) == found.L
    reach = torch.full((shape_of_A[1],), 2.0, dtype=torch.float64)
    assert pl_constant(f, least, -reach, reach) == pytest.approx(found.mu, rel=1e-9)


def test_in_inference_mode():
    with torch.inference_mode():
        reach = torch.ones(2, dtype=torch.float64)
        found = pl_constant(lambda p: p.square().sum(-1), 0.0, -reach, reach)
    assert found == pytest.approx(2.0, rel=1e-9)


def test_a_trough_has_a_line_of_minima():
    w = torch.tensor([[3.0, 4.0]], dtype=torch.float64)
    assert least_squares(w) == pytest.approx((25.0, 25.0))
    x = torch.tensor([2.0, -1.0], dtype=torch.float64)
    for _ in range(5):  # one step with 1/L
        x = x - (w[0] @ x - 1) * w[0] / 25
    assert float(w[0] @ x) == pytest.approx(1.0)


def test_a_saddle_has_none():
    reach = torch.full((2,), 2.0, dtype=torch.float64)

    def wells(p):
        return (p[..., 0] ** 2 - 1).square() + p[..., 1] ** 2

    assert pl_constant(wells, 0.0, -reach, reach) < 1e-6


def test_refusals():
    square = shape("square")
    with pytest.raises(ValueError, match="minimum ≤ f"):
        pl_constant(square, 1.0, -2, 2)
    with pytest.raises(ValueError, match="high"):
        pl_constant(square, 0.0, 2, -2)
    with pytest.raises(ValueError, match="minimum in"):
        pl_constant(square, math.nan, -2, 2)
    with pytest.raises(ValueError, match="flat"):
        pl_constant(lambda x: 0 * x, 0.0, -2, 2)
    with pytest.raises(ValueError, match="A of shape"):
        least_squares(torch.ones(3))
    with pytest.raises(ValueError, match="other than 0"):
        least_squares(torch.zeros(2, 2))
    box = torch.ones(2, dtype=torch.float64)
    with pytest.raises(ValueError, match="low < high"):
        pl_constant(lambda p: p.square().sum(-1), 0.0, box, box)
    with pytest.raises(ValueError, match="minimum ≤ f"):
        pl_constant(lambda p: p.square().sum(-1), 1.0, -box, box)
