"""Parabolas around a graph, and the rates of descent that follow from them."""

import math

import pytest
import torch

from core.convexity import (
    NAMES,
    after_step,
    curvatures,
    derivatives,
    descend,
    minimum,
    own,
    parabola,
    sandwich,
    shape,
)

SMOOTH = [name for name in NAMES if name not in ("abs", "lines", "flat")]


@pytest.mark.parametrize("name", NAMES)
def test_the_sandwich_is_tight(name):
    f = shape(name)
    low, high = f.view
    for x in (low + 0.21 * (high - low), low + 0.74 * (high - low)):
        mu, L = sandwich(f, x, low, high)
        y = torch.linspace(low, high, 3001, dtype=torch.float64)
        size = 1 + f(y).abs().max()
        assert (f(y) - parabola(f, x, mu, y) >= -1e-9 * size).all()
        assert (f(y) - parabola(f, x, L, y) <= 1e-9 * size).all()
        assert ((f(y) - parabola(f, x, mu + 0.02, y)) < 0).any()
        assert ((f(y) - parabola(f, x, L - 0.02, y)) > 0).any()


@pytest.mark.parametrize("name", SMOOTH)
def test_the_sandwich_lies_within_the_curvatures(name):
    f = shape(name)
    mu, L = curvatures(f, *f.view)
    inner = sandwich(f, 0.6 * f.view[0] + 0.4 * f.view[1], *f.view)
    assert mu - 1e-9 <= inner.mu <= inner.L <= L + 1e-9


def test_quadratics_are_exact():
    f = own("3*x^2/2 - 5*x + 7").f
    for x in (-3.0, 0.123, 2.9):
        assert sandwich(f, x, -3, 3) == pytest.approx((3.0, 3.0), rel=1e-9)
    assert curvatures(f, -3, 3) == (3.0, 3.0)


def test_a_corner_has_no_parabola_above():
    # the line of slope 0 touches at 0: |y| ≥ c y²/2 up to y = 2 for c ≤ 1
    assert sandwich(torch.abs, 0.0, -1, 2) == pytest.approx((1.0, math.inf))
    # from 1/2 the slope is 1: −2y ≤ c (y − ½)²/2 for y < 0, worst at y = −½
    assert sandwich(torch.abs, 0.5, -1, 2) == pytest.approx((0.0, 2.0), abs=1e-12)


def test_the_next_iterate_is_the_bottom_of_the_parabola_above():
    f, L = shape("waves"), 1.1
    for x in (-8.0, 0.3, 8.5):
        y = torch.linspace(x - 4, x + 4, 80_001, dtype=torch.float64)
        bottom = y[parabola(f, x, L, y).argmin()]
        step = float(after_step(f, x, 1 / L))
        assert step == pytest.approx(float(bottom), abs=1e-4)
        below = parabola(f, x, L, torch.tensor(step, dtype=torch.float64))
        assert float(f(step)) <= float(below)  # the descent lemma


@pytest.mark.parametrize("eta", [0.3, 1.0, 1.7])
@pytest.mark.parametrize("x0", [8.5, -3.0, 0.1])
def test_descent_lemma_and_stationarity(x0, eta):
    f, L, K = shape("waves"), 1.1, 300
    x = descend(f, x0, eta / L, K).x[0, :, 0]
    value, slope = derivatives(f, x, 1)
    fall = eta / L * (1 - eta / 2) * slope[:-1].square()
    assert (value[1:] <= value[:-1] - fall + 1e-12).all()
    if eta == 1.0:
        best = slope.square().cummin(0).values[:-1]
        k = torch.arange(1, K + 1)
        assert (best <= 2 * L * (value[0] - f.least) / k + 1e-12).all()


def test_stuck_at_a_local_minimum():
    run = descend(shape("waves"), 8.5, 1 / 1.1, 400)
    assert float(run.f[0, -1]) == pytest.approx(3.009, abs=1e-3)
    assert shape("waves").least == pytest.approx(-0.552, abs=1e-3)


@pytest.mark.parametrize("name", ["log_cosh", "square"])
def test_sublinear_rate_of_convex_functions(name):
    f, x0 = shape(name), 2.5
    (best, _), K = f.minimisers[0], 200
    run = descend(f, x0, 1 / f.L, K)
    k = torch.arange(1, K + 1)
    assert (run.f[0, 1:] - f.least <= f.L * (x0 - best) ** 2 / (2 * k) + 1e-12).all()


@pytest.mark.parametrize("a", [0.2, 0.5, 0.9])
def test_linear_rate_of_strong_convexity(a):
    f, x0 = shape("sine_valley", a), 2.9
    mu, L = f.mu, f.L
    k = torch.arange(101, dtype=torch.float64)
    run = descend(f, x0, 1 / L, 100)
    assert (run.f[0] <= (1 - mu / L) ** k * run.f[0, 0] * (1 + 1e-9) + 1e-30).all()
    kappa, run = L / mu, descend(f, x0, 2 / (L + mu), 100)
    bound = ((kappa - 1) / (kappa + 1)) ** k * x0
    assert (run.x[0, :, 0].abs() <= bound * (1 + 1e-9) + 1e-30).all()
    # both sides of ANA-16
    x = torch.linspace(-5, 5, 1001, dtype=torch.float64)
    value, slope = derivatives(f, x, 1)
    assert (mu / 2 * x * x <= value + 1e-9).all()
    assert (value <= slope * slope / (2 * mu) + 1e-9).all()


def test_no_minimum_to_arrive_at():
    """eˣ from 0 with step 1: x_k follows −log k (E-16)."""
    run = descend(shape("exp"), 0.0, 1.0, 4000)
    x = run.x[0, :, 0]
    assert (x.diff() < 0).all()
    assert float(x[4000]) == pytest.approx(-math.log(4000), abs=0.01)
    assert run.f[0, -1] == pytest.approx(1 / 4000, rel=0.01)


def test_many_starts():
    starts = torch.linspace(-2.5, 2.5, 11, dtype=torch.float64)
    convex = descend(shape("log_cosh"), starts, 1.0, 60)
    assert (convex.f[0, :, -1] < 1e-6).all()
    wells = descend(shape("well"), starts, 0.02, 400)
    assert wells.x[0, :, -1, 0].round(decimals=6).abs().unique().tolist() == [0, 1]
    flat = descend(shape("flat"), starts, 0.1, 60)
    assert (flat.f[0, :, -1] == 0).all()
    assert len(flat.x[0, :, -1, 0].round(decimals=6).unique()) > 2  # one value, many places


def test_divergence_and_leaving_the_domain():
    assert int(descend(shape("square"), 1.0, 2.05 / 2, 4000).diverged_at) > 0
    assert int(descend(shape("square"), 1.0, 1.98 / 2, 4000).diverged_at) == -1
    assert int(descend(own("x^2 - log(x)").f, 3.0, 0.6, 50).diverged_at) > 0


def test_minimum():
    assert minimum(own("exp(x) - x").f, -2, 2) == pytest.approx((0.0, 1.0), abs=1e-14)
    assert minimum(own("abs(x - 0.3)").f, -2, 2) == pytest.approx((0.3, 0.0), abs=1e-12)
    x = minimum(shape("well"), -2, 2)
    assert x == pytest.approx((-1.0, 0.0), abs=1e-12)
    assert minimum(shape("exp"), -2, 2).x == -2


def test_refusals():
    square = shape("square")
    with pytest.raises(ValueError, match="lr"):
        after_step(square, 1.0, 0.0)
    with pytest.raises(ValueError, match="lr"):
        descend(square, 1.0, -1.0, 10)
    with pytest.raises(ValueError, match="x in"):
        sandwich(square, 4.0, -3, 3)
    with pytest.raises(ValueError, match="high"):
        minimum(square, 1, 0)
