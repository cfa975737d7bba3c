"""Closed forms of linear classifiers against programmes, corners, grids and random directions."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize

from core.adversarial import (
    dual_exponent,
    linear_min_perturbation,
    multiclass_margins,
    norm_of,
    targeted_min_perturbation,
    worst_corner,
)
from core.rng import generator

NORMS = (1, 1.5, 2, 4, math.inf)
seeds = st.integers(0, 10_000)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def tensor(*values):
    return torch.tensor(values, dtype=torch.float64)


# --- two classes ---------------------------------------------------------------------------------


def test_the_reference_case():
    """foolbox issue 1: w = (1, −2, 2), b = −1, x = (2, 0, 1) has score 3 and ‖w‖ = 3, 5, 2."""
    w, x = tensor(1, -2, 2), tensor(2, 0, 1)
    found = linear_min_perturbation(w, -1.0, x, 2)
    torch.testing.assert_close(found.delta, tensor(-1, 2, -2) / 3)
    assert float(found.distance) == pytest.approx(1) and found.dual == pytest.approx(3)
    torch.testing.assert_close(found.touch, tensor(5, 2, 1) / 3)
    every = linear_min_perturbation(w, -1.0, x, math.inf)
    torch.testing.assert_close(every.delta, tensor(-0.6, 0.6, -0.6))
    assert float(every.distance) == pytest.approx(0.6)
    one = linear_min_perturbation(w, -1.0, x, 1)
    assert one.delta.tolist() == [0, 1.5, 0] and float(one.distance) == 1.5
    assert "Several coordinates" in one.note and not found.note and not every.note


@pytest.mark.parametrize("p", NORMS)
@given(seed=seeds, side=st.sampled_from([-1, 1]))
def test_the_least_perturbation_reaches_the_boundary_and_has_the_stated_size(p, seed, side):
    w, x, b = normal(6, seed=seed), side * normal(5, 6, seed=seed + 1), 0.3
    found = linear_min_perturbation(w, b, x, p)
    torch.testing.assert_close(found.touch @ w + b, torch.zeros(5).double(), atol=1e-9, rtol=0)
    expected = (x @ w + b).abs() / norm_of(w, dual_exponent(p))
    torch.testing.assert_close(found.distance, expected, rtol=1e-9, atol=0)
    torch.testing.assert_close(norm_of(found.delta, p), expected, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("p", [0.3, 0.7, *NORMS])
def test_no_shorter_perturbation_crosses(p):
    w, x, b = normal(4, seed=1), normal(4, seed=2), 0.5
    found = linear_min_perturbation(w, b, x, p)
    v = normal(100_000, 4, seed=3)
    # the sparse directions too, where small p has its tips
    v = torch.cat([v, torch.eye(4).double(), -torch.eye(4).double()])
    v = v / norm_of(v, p).unsqueeze(-1)
    crossed = (x + 0.999999 * found.distance * v) @ w + b
    assert (crossed.sign() == (x @ w + b).sign()).all()
    beyond = ((x + 1.001 * found.delta) @ w + b).sign()
    assert beyond == -(x @ w + b).sign()


@pytest.mark.parametrize(("p", "q"), [(1, "max"), (math.inf, "sum")])
def test_the_least_perturbation_is_that_of_a_linear_programme(p, q):
    w, x, b = normal(5, seed=4).numpy(), normal(5, seed=5).numpy(), -0.4
    score = w @ x + b
    if p == 1:  # δ = u − v
        done = linprog(np.ones(10), A_eq=[np.r_[w, -w]], b_eq=[-score])
    else:  # |δᵢ| ≤ t
        eye = np.eye(5)
        A = np.block([[eye, -np.ones((5, 1))], [-eye, -np.ones((5, 1))]])
        bounds = [(None, None)] * 5 + [(0, None)]
        done = linprog(
            np.r_[np.zeros(5), 1], A, np.zeros(10), [np.r_[w, 0]], [-score], bounds=bounds
        )
    found = linear_min_perturbation(torch.from_numpy(w), b, torch.from_numpy(x), p)
    assert float(found.distance) == pytest.approx(done.fun, rel=1e-9)


@given(seed=seeds, scale=st.floats(1e-3, 1e3))
def test_only_the_ratio_of_margin_and_weights_counts(seed, scale):
    w, x = normal(3, seed=seed), normal(3, seed=seed + 1)
    one, other = (linear_min_perturbation(c * w, c * 0.7, x, 2) for c in (1.0, scale))
    torch.testing.assert_close(one.delta, other.delta, rtol=1e-9, atol=1e-12)
    assert float(other.score) == pytest.approx(scale * float(one.score), rel=1e-9)


def test_distances_fall_as_p_rises():
    w, x = normal(8, seed=6), normal(8, seed=7)
    far = [float(linear_min_perturbation(w, 0.1, x, p).distance) for p in (0.3, *NORMS, math.inf)]
    assert far == sorted(far, reverse=True) and far[0] == far[1]


def test_below_one_it_says_what_it_is_not():
    w, x = tensor(1, -3), tensor(2, 1)
    found = linear_min_perturbation(w, -1.0, x, 0.5)
    assert not found.is_norm and "no norm" in found.note and math.isinf(found.q)
    assert float(found.distance) == pytest.approx(2 / 3)
    assert linear_min_perturbation(w, -1.0, x, 1).is_norm


def test_edges_of_the_least_perturbation():
    at = linear_min_perturbation(tensor(1, 0), -2.0, tensor(2, 5), 2)
    assert not at.delta.any() and float(at.distance) == 0
    assert (
        "Coordinates without weight"
        in linear_min_perturbation(tensor(1, 0), 0.0, tensor(2, 5), math.inf).note
    )


# --- the worst corner ----------------------------------------------------------------------------


@pytest.mark.parametrize("y", [-1, 1])
@given(seed=seeds, d=st.integers(1, 8), eps=st.floats(0, 2))
def test_the_worst_corner_is_the_worst_of_all_corners(y, seed, d, eps):
    w, x = normal(d, seed=seed), normal(d, seed=seed + 1)
    found = worst_corner(w, 0.2, x, y, eps)
    corners = eps * tensor(*itertools.product((-1, 1), repeat=d)).view(-1, d)
    least = (y * ((x + corners) @ w + 0.2)).min()
    assert float(found.margin - found.drop) == pytest.approx(float(least), rel=1e-9, abs=1e-12)
    reached = y * ((x + found.delta) @ w + 0.2)
    assert float(reached) == pytest.approx(float(least), rel=1e-9, abs=1e-12)
    assert bool(found.robust) == bool(least > 0)


@pytest.mark.parametrize("p", NORMS)
def test_nothing_in_the_ball_is_worse_than_the_worst_corner(p):
    w, x = normal(3, seed=8), normal(3, seed=9)
    found = worst_corner(w, 0.0, x, -1, 0.7, p)
    v = normal(100_000, 3, seed=10)
    inside = 0.7 * v / norm_of(v, p).unsqueeze(-1)
    assert (-(x + inside) @ w).min() >= found.margin - found.drop - 1e-12
    assert float(norm_of(found.delta, p)) == pytest.approx(0.7)
    done = minimize(
        lambda s: float(-w.numpy() @ s),
        np.full(3, 0.1),
        constraints={"type": "ineq", "fun": lambda s: 0.7 - np.linalg.norm(s, p)},
    )
    assert float(found.drop) == pytest.approx(-done.fun, rel=2e-3)


def test_the_sign_of_the_class_turns_the_corner():
    """ROB-07, E-80: for y = −1 the printed corner raises yᵀwδ instead of lowering it."""
    w, x = tensor(2, -1, 0), tensor(0, 0, 0)
    assert worst_corner(w, 0.0, x, 1, 0.5).delta.tolist() == [-0.5, 0.5, 0]
    assert worst_corner(w, 0.0, x, -1, 0.5).delta.tolist() == [0.5, -0.5, 0]
    both = worst_corner(w, 0.0, torch.stack([x, x]), torch.tensor([1, -1]), 0.5)
    assert both.delta.tolist() == [[-0.5, 0.5, 0], [0.5, -0.5, 0]]
    assert both.drop.tolist() == [1.5, 1.5]


@pytest.mark.parametrize("d", [2, 784, 3072])
def test_the_same_weights_are_lost_to_small_changes_in_many_dimensions(d):
    """w = 1/√d: the drop is ε √d, 1.4 for d = 784 and ε = .05."""
    w = torch.full((d,), d**-0.5, dtype=torch.float64)
    drop = worst_corner(w, 0.0, 0 * w, 1, 0.05).drop
    assert float(drop) == pytest.approx(0.05 * math.sqrt(d), rel=1e-12)
    assert float(worst_corner(w, 0.0, 0 * w, 1, 0.05, 2).drop) == pytest.approx(0.05, rel=1e-9)


def test_on_the_boundary_nothing_is_robust():
    found = worst_corner(tensor(1, 1), 0.0, tensor(1, -1), 1, 0.0)
    assert not found.robust and float(found.margin) == 0


# --- several classes -----------------------------------------------------------------------------

W, B, X = tensor([0, 0], [4, 0], [0, 0.5]).view(3, 2), tensor(3, -1, 1.75), tensor(0.5, 0.5)


def test_the_runner_up_is_not_the_nearest():
    """ROB-10: scores 3, 1, 2; the third class is second, the second class is four times nearer."""
    found = multiclass_margins(W, B, X, 0)
    assert found.margins.tolist() == [0, 2, 1]
    assert found.distances.tolist() == [math.inf, 0.5, 2]
    assert (int(found.nearest), int(found.runner_up)) == (1, 2)
    assert found.delta.tolist() == [0.5, 0] and float(found.distance) == 0.5
    assert bool(found.right) and not found.ignored.any()


@pytest.mark.parametrize("p", NORMS)
@given(seed=seeds, K=st.integers(2, 6))
def test_moving_there_closes_that_margin_and_no_other(p, seed, K):
    weights, b, x = normal(K, 4, seed=seed), normal(K, seed=seed + 1), normal(20, 4, seed=seed + 2)
    y = (x @ weights.T + b).argmax(1)
    found = multiclass_margins(weights, b, x, y, norm=p)
    moved = multiclass_margins(weights, b, x + found.delta, y, norm=p).margins
    at = found.nearest.unsqueeze(1)
    assert moved.gather(1, at).abs().max() < 1e-9
    assert moved.min() > -1e-9
    torch.testing.assert_close(norm_of(found.delta, p), found.distance, rtol=1e-9, atol=1e-12)


@given(seed=seeds)
def test_a_vector_common_to_all_classes_changes_nothing(seed):
    weights, b, x, c = normal(4, 3, seed=seed), normal(4), normal(5, 3), 10 * normal(3, seed=seed)
    one, other = (multiclass_margins(v, b, x, 1) for v in (weights, weights + c))
    torch.testing.assert_close(one.margins, other.margins, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(one.distances, other.distances, rtol=1e-9, atol=1e-9)


def test_two_classes_are_the_binary_case():
    w, b, x = normal(3), 0.4, normal(7, 3, seed=1)
    y = (x @ w + b > 0).long()
    for p in NORMS:
        found = multiclass_margins(torch.stack([0 * w, w]), tensor(0, b), x, y, norm=p)
        plain = linear_min_perturbation(w, b, x, p)
        torch.testing.assert_close(found.distance, plain.distance)
        torch.testing.assert_close(found.delta, plain.delta)


def test_edges_of_several_classes():
    wrong = multiclass_margins(W, B, X, 2)
    assert not wrong.right and not wrong.delta.any() and float(wrong.distance) == 0
    assert wrong.distances[0] == -2  # the region of class 0 is behind x, not ahead of it
    same = multiclass_margins(torch.stack([W[0], W[0]]), tensor(3, 1), X, 0)
    assert same.ignored.tolist() == [False, True] and math.isinf(same.distance)
    assert bool(same.right) and not same.delta.any()
    tie = multiclass_margins(W, tensor(2, -1, 1.75), X, 0)
    assert not tie.right and float(tie.margins[2]) == 0


@given(seed=seeds, K=st.integers(2, 5))
def test_the_nearest_target_is_the_untargeted_one(seed, K):
    """ROB-02: the least perturbation to any target is the least one at all."""
    weights, b, x = normal(K, 2, seed=seed), normal(K, seed=seed + 1), normal(2, seed=seed + 2)
    y = int((weights @ x + b).argmax())
    each = [targeted_min_perturbation(weights, b, x, t) for t in range(K) if t != y]
    sizes = [float(delta.norm()) for delta in each if not delta.isnan().any()]
    free = float(multiclass_margins(weights, b, x, y).distance)
    assert min(sizes) == pytest.approx(free, rel=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_a_targeted_perturbation_is_what_a_solver_finds(seed):
    weights, b, x = normal(4, 3, seed=seed), normal(4, seed=seed + 1), normal(3, seed=seed + 2)
    y = int((weights @ x + b).argmax())
    for t in set(range(4)) - {y}:
        delta = targeted_min_perturbation(weights, b, x, t, y=y)
        scores = weights @ (x + delta) + b
        assert scores[t] >= scores.max() - 1e-9
        others = [j for j in range(4) if j != t]
        A = (weights[others] - weights[t]).numpy()
        m = (weights[t] @ x + b[t] - weights[others] @ x - b[others]).numpy()
        limit = {"type": "ineq", "fun": lambda s: m - A @ s}  # noqa: B023
        done = minimize(lambda s: s @ s, np.ones(3), constraints=limit, options={"ftol": 1e-13})
        assert (A @ done.x <= m + 1e-8).all()
        assert float(delta @ delta) == pytest.approx(done.fun, rel=1e-5, abs=1e-8)


def test_a_third_class_in_between_makes_the_target_farther():
    """On a line, classes 0, 1, 2 from left to right: class 2 begins where it beats class 1."""
    weights, b = tensor([-1], [0], [1]).view(3, 1), tensor(0, 2, 0)
    x = tensor(-5)
    assert float(targeted_min_perturbation(weights, b, x, 2)) == pytest.approx(7)
    assert float(multiclass_margins(weights, b, x, 0).distances[2]) == 5  # where it beats class 0
    lost = targeted_min_perturbation(weights, tensor(0, -2, 0), tensor(-5), 1)
    assert lost.isnan().all()  # class 1 scores highest nowhere


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: linear_min_perturbation(tensor(0, 0), 1.0, X, 2), "got w = 0"),
        (lambda: linear_min_perturbation(tensor(1, 2), 1.0, X, 0), "expected norm in"),
        (lambda: linear_min_perturbation(tensor(1, 2), math.nan, X, 2), "expected b"),
        (lambda: linear_min_perturbation(tensor(1, math.inf), 1.0, X, 2), "expected w to be fin"),
        (lambda: linear_min_perturbation(tensor(1, 2, 3), 1.0, X, 2), "expected w \\(d,\\)"),
        (lambda: worst_corner(tensor(1, 2), 0.0, X, 0, 0.1), "expected y to be -1 or 1, got"),
        (lambda: worst_corner(tensor(1, 2), 0.0, X, 1, -0.1), "expected eps"),
        (lambda: worst_corner(tensor(1, 2), 0.0, X, 1, 0.1, 0.5), r"expected norm in \[1, inf\]"),
        (lambda: multiclass_margins(W, B, X, 3), r"expected y a whole number in \[0, 2\], got 3"),
        (lambda: multiclass_margins(W, B, X, 0.5), "expected y a whole number"),
        (lambda: multiclass_margins(W, B, X, 0, norm=0.9), "expected norm"),
        (lambda: multiclass_margins(W[:1], B[:1], X, 0), "K ≥ 2"),
        (lambda: targeted_min_perturbation(W, B, X, 0, y=0), "other than the true class y = 0"),
        (lambda: targeted_min_perturbation(W, B, X, 5), "expected target a whole number"),
    ],
)
def test_what_linear_classifiers_refuse(call, message):
    with pytest.raises(ValueError, match=message):
        call()
