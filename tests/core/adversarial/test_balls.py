"""Sizes, projections, steepest directions and outlines of balls of every norm."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from core.adversarial import (
    ball_boundary,
    dual_exponent,
    holder,
    norm_of,
    project,
    random_in_ball,
    steepest,
)
from core.rng import generator

NORMS = (1, 2, math.inf)
seeds = st.integers(0, 10_000)


def normal(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=generator(seed), dtype=dtype)


# --- sizes ---------------------------------------------------------------------------------------


@given(seed=seeds, d=st.integers(1, 10), p=st.floats(1, 30))
def test_a_norm_lies_between_the_largest_entry_and_its_d_fold_root(seed, d, p):
    x = normal(4, d, seed=seed)
    most, size = norm_of(x, math.inf), norm_of(x, p)
    assert (most <= size * (1 + 1e-12)).all()
    assert (size <= d ** (1 / p) * most * (1 + 1e-12)).all()
    np.testing.assert_allclose(size, np.linalg.norm(x.numpy(), ord=p, axis=-1), rtol=1e-12)


def test_below_one_the_triangle_inequality_fails():
    e = torch.eye(2, dtype=torch.float64)
    assert float(norm_of(e[0] + e[1], 0.5)) == pytest.approx(4, rel=1e-12)
    assert float(norm_of(e[0], 0.5) + norm_of(e[1], 0.5)) == 2


@pytest.mark.parametrize("p", [0.3, 1, 1.5, 2, 3, math.inf])
@pytest.mark.parametrize("scale", [1e200, 1e-200])
def test_huge_and_tiny_entries_neither_overflow_nor_vanish(p, scale):
    x = torch.tensor([3.0, -4.0, 0.0], dtype=torch.float64)
    assert float(norm_of(scale * x, p)) == pytest.approx(scale * float(norm_of(x, p)), rel=1e-12)


@pytest.mark.parametrize(("d", "eps", "size"), [(3072, 8 / 255, 1.7388), (64, 8 / 255, 0.25098)])
def test_the_l2_size_of_a_corner(d, eps, size):
    """adversarial-attacks-pytorch issue 172: the L₂ budget that belongs to L∞ = 8/255 is ε√d."""
    corner = eps * normal(d).sign()
    assert float(norm_of(corner, 2)) == pytest.approx(size, abs=5e-5)
    assert float(norm_of(corner, 1)) == pytest.approx(eps * d)


def test_the_64_norm_is_the_largest_entry_within_four_per_cent():
    x = torch.full((10,), -2.0, dtype=torch.float64)
    assert float(norm_of(x, 64)) == pytest.approx(2 * 10 ** (1 / 64), rel=1e-12)
    x = normal(100, 10)
    assert (norm_of(x, 64) <= 1.04 * norm_of(x, math.inf)).all()


@given(seed=seeds, p=st.one_of(st.floats(1, 40), st.just(math.inf)))
def test_holder(seed, p):
    x, y = normal(50, 6, seed=seed), normal(50, 6, seed=seed + 1)
    left, right = holder(x, y, p)
    assert (left <= right * (1 + 1e-12)).all()
    # with the steepest direction it is an equality
    left, right = holder(steepest(y, p), y, p)
    torch.testing.assert_close(left, right, rtol=1e-9, atol=0)


def test_dual_exponents():
    assert [dual_exponent(p) for p in (1, 2, 4, math.inf)] == [math.inf, 2, pytest.approx(4 / 3), 1]
    with pytest.raises(ValueError, match=r"expected p in \[1, inf\], got 0.5"):
        dual_exponent(0.5)


# --- the steepest direction ----------------------------------------------------------------------


def test_steepest_by_hand():
    g = torch.tensor([[3.0, -4.0, 0.0], [0.0, 0.0, 0.0]], dtype=torch.float64)
    assert steepest(g, math.inf).tolist() == [[1, -1, 0], [0, 0, 0]]
    torch.testing.assert_close(steepest(g, 2)[0], g[0] / 5)
    assert steepest(g, 1).tolist() == [[0, -1, 0], [0, 0, 0]]
    assert not steepest(g, 3)[1].any() and not steepest(g, 2)[1].any()


@given(seed=seeds, p=st.one_of(st.floats(1, 40), st.just(math.inf)))
def test_no_direction_of_size_one_is_steeper(seed, p):
    g, v = normal(5, seed=seed), normal(2000, 5, seed=seed + 1)
    best = steepest(g, p)
    assert float(norm_of(best, p)) == pytest.approx(1, rel=1e-9)
    assert float(best @ g) == pytest.approx(float(norm_of(g, dual_exponent(p))), rel=1e-9)
    assert ((v / norm_of(v, p).unsqueeze(-1)) @ g).max() <= best @ g * (1 + 1e-12)


def test_steepest_of_tiny_and_huge_gradients():
    g = torch.tensor([3.0, 4.0], dtype=torch.float64)
    for scale in (1e-200, 1e200):
        torch.testing.assert_close(steepest(scale * g, 2), g / 5)


# --- projections ---------------------------------------------------------------------------------


@pytest.mark.parametrize("norm", NORMS)
@given(seed=seeds, d=st.integers(1, 9), eps=st.floats(0, 4))
def test_a_projection_is_feasible_idempotent_and_leaves_the_inside_alone(norm, seed, d, eps):
    delta = normal(7, d, seed=seed) * 2
    there = project(delta, eps, norm)
    assert (norm_of(there, norm) <= eps * (1 + 1e-12) + 1e-15).all()
    torch.testing.assert_close(project(there, eps, norm), there, rtol=1e-12, atol=1e-14)
    inside = norm_of(delta, norm) <= eps
    assert (there[inside] == delta[inside]).all()
    outside = norm_of(there[~inside], norm)
    torch.testing.assert_close(outside, torch.full_like(outside, eps), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("norm", NORMS)
@given(seed=seeds)
def test_a_projection_is_the_nearest_point(norm, seed):
    """⟨δ − P(δ), z − P(δ)⟩ ≤ 0 for every z of the ball, which says it without a solver."""
    delta = normal(6, seed=seed) * 2
    z = random_in_ball(normal(1000, 6), 1.0, norm, generator=generator(seed))
    z = torch.cat([z, 1.0 * torch.eye(6, dtype=z.dtype), z.sign()[:50] if norm == math.inf else z])
    there = project(delta, 1.0, norm)
    assert ((z - there) @ (delta - there)).max() <= 1e-12


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("seed", range(4))
def test_a_projection_is_what_a_solver_finds(norm, seed):
    delta = 2 * normal(5, seed=seed).numpy()
    how = {"x0": np.zeros(5), "options": {"ftol": 1e-14}}
    if norm == 1:  # δ = u − v with u, v ≥ 0: the ball without its corners
        how |= {"x0": np.zeros(10), "bounds": [(0, None)] * 10}
        how |= {"constraints": {"type": "ineq", "fun": lambda s: 1 - s.sum()}}
        found = minimize(lambda s: ((s[:5] - s[5:] - delta) ** 2).sum(), **how).x
        found = found[:5] - found[5:]
    else:
        ball = {"constraints": {"type": "ineq", "fun": lambda s: 1 - s @ s}}
        how |= ball if norm == 2 else {"bounds": [(-1, 1)] * 5}
        found = minimize(lambda s: ((s - delta) ** 2).sum(), **how).x
    np.testing.assert_allclose(project(torch.from_numpy(delta), 1.0, norm), found, atol=2e-6)


def test_projections_by_hand():
    delta = torch.tensor([3.0, -1.0, 0.5], dtype=torch.float64)
    assert project(delta, 1.0, math.inf).tolist() == [1, -1, 0.5]
    # all fall by 1.5, and what reaches 0 stays: 1.5 + 0 + 0
    assert project(delta, 1.5, 1).tolist() == [1.5, 0, 0]
    assert project(delta, 3.0, 1).tolist() == [2.5, -0.5, 0]
    torch.testing.assert_close(project(delta, 1.0, 2), delta / 10.25**0.5)
    for norm in NORMS:
        assert not project(delta, 0.0, norm).any()
        assert not project(0 * delta, 0.0, norm).any()


@pytest.mark.parametrize("norm", NORMS)
def test_every_row_has_its_own_radius(norm):
    delta, eps = normal(3, 4, 5), torch.rand(3, 4, generator=generator(1), dtype=torch.float64)
    one = torch.stack(
        [project(delta[i, j], float(eps[i, j]), norm) for i in (0, 2) for j in (1, 3)]
    )
    many = project(delta, eps, norm)
    torch.testing.assert_close(many[[0, 0, 2, 2], [1, 3, 1, 3]], one, rtol=1e-14, atol=0)
    torch.testing.assert_close(project(delta, eps[:1], norm)[0], many[0])


def test_a_huge_vector_is_shortened_not_lost():
    there = project(torch.tensor([3e200, 4e200], dtype=torch.float64), 5.0, 2)
    torch.testing.assert_close(there, torch.tensor([3.0, 4.0], dtype=torch.float64))


@pytest.mark.parametrize(
    ("delta", "eps", "norm", "message"),
    [
        ([1.0], -0.1, 2, r"expected eps in \[0, inf\), got -0.1"),
        ([1.0], math.inf, 2, "expected eps"),
        ([1.0], torch.tensor([-1.0]), 2, "expected eps"),
        ([[1.0]], torch.ones(3), 2, "expected eps to broadcast"),
        ([1.0], 1.0, 0.5, "expected norm to be 1, 2 or inf, got 0.5"),
        ([1.0], 1.0, 3, "expected norm to be 1, 2 or inf, got 3"),
        ([math.nan], 1.0, 1, "expected delta to be finite"),
    ],
)
def test_what_projections_refuse(delta, eps, norm, message):
    with pytest.raises(ValueError, match=message):
        project(torch.tensor(delta), eps, norm)


@pytest.mark.parametrize("p", [0, -1, math.nan, True, "2"])
def test_no_size_for_exponents_that_are_none(p):
    with pytest.raises(ValueError, match="expected p in"):
        norm_of(torch.ones(2), p)


# --- random points -------------------------------------------------------------------------------


@pytest.mark.parametrize("norm", NORMS)
def test_random_points_fill_the_ball_evenly(norm):
    """A uniform point has ‖δ‖ ≤ r with probability rᵈ; on the rim every size is ε."""
    like, n, d = normal(40_000, 3), 40_000, 3
    delta = random_in_ball(like, 2.0, norm, generator=generator(0))
    size = norm_of(delta, norm) / 2
    for r in (0.5, 0.8):
        share = float((size <= r).double().mean())
        assert abs(share - r**d) < 5 * math.sqrt(r**d * (1 - r**d) / n)
    assert delta.mean(0).abs().max() < 5 * 2 / math.sqrt(n)
    rim = norm_of(random_in_ball(like, 2.0, norm, generator=generator(0), rim=True), norm)
    torch.testing.assert_close(rim, torch.full_like(rim, 2.0), rtol=1e-12, atol=0)


def test_the_shares_of_a_random_point_of_the_l1_surface_are_uniform_on_the_simplex():
    like = normal(40_000, 4)
    share = random_in_ball(like, 1.0, 1, generator=generator(0), rim=True).abs()
    # each is Beta(1, 3): mean 1/4, variance 3/80
    assert (share.mean(0) - 0.25).abs().max() < 5 * math.sqrt(3 / 80 / 40_000)
    assert (share.var(0) - 3 / 80).abs().max() < 1e-3


# --- outlines ------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.3, 0.5, 1, 1.5, 2, 4, 20, math.inf])
def test_an_outline_has_size_one_and_goes_once_around(p):
    xy = ball_boundary(p, 401)
    torch.testing.assert_close(norm_of(xy, p), torch.ones(401, dtype=torch.float64))
    assert xy.shape == (401, 2) and torch.equal(xy[0], xy[-1])
    assert xy[[0, 100, 200, 300]].tolist() == [[1, 0], [0, 1], [-1, 0], [0, -1]]
    turn = torch.atan2(xy[:, 1], xy[:, 0]).diff().remainder(2 * math.pi)
    assert float(turn.sum()) == pytest.approx(2 * math.pi)
    # four-fold symmetry: a quarter turn maps it on itself
    torch.testing.assert_close(xy[100:201], xy[:101] @ torch.tensor([[0.0, 1], [-1, 0]]).double())


def test_the_circle_is_drawn_at_even_angles_and_the_diamond_densely_at_its_tips():
    t = torch.linspace(0, 2 * math.pi, 401, dtype=torch.float64)
    torch.testing.assert_close(ball_boundary(2), torch.stack([t.cos(), t.sin()], 1))
    torch.testing.assert_close(ball_boundary(1).abs(), torch.stack([t.cos(), t.sin()], 1) ** 2)


@pytest.mark.parametrize(("p", "area"), [(1, 2), (2, math.pi), (math.inf, 4), (0.5, 2 / 3)])
def test_the_polygon_has_the_area_of_the_ball(p, area):
    """4 Γ(1 + 1/p)² / Γ(1 + 2/p): 2, π, 4, 2/3."""
    x, y = ball_boundary(p, 2001).T
    shoelace = (x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2
    assert float(shoelace) == pytest.approx(area, rel=1e-4)


def test_what_outlines_refuse():
    for p, n, name in ((0, 401, "norm"), (2, 8, "n"), (2, 9.5, "n")):
        with pytest.raises(ValueError, match=f"expected {name}"):
            ball_boundary(p, n)


@pytest.mark.parametrize("large", [1e3, 1e17, 1e100, 1e300])
def test_the_nearest_point_of_the_diamond_keeps_its_size_beside_large_entries(large):
    far = torch.tensor([large, -large, 0.5, 0.0], dtype=torch.float64)
    expected = torch.tensor([0.5, -0.5, 0.0, 0.0], dtype=torch.float64)
    torch.testing.assert_close(project(far, 1.0, 1), expected, rtol=1e-12, atol=0)
