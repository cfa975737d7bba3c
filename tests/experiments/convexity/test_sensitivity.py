import math

import numpy as np
import pytest
import torch

from core.experiments.convexity import sensitivity_claims as claims
from core.experiments.convexity.sensitivity import ERROR, sensitivity, worst
from core.signature import call

GIVEN = {"a11": 1.0, "a12": 100.0, "a21": 0.0, "a22": 1.0, "beta": 0.0, "delta": 90.0}
RNG = np.random.default_rng(4)


def entries(A):
    return {f"a{i + 1}{j + 1}": float(A[i, j]) for i in range(2) for j in range(2)}


def checked(**values):
    run = sensitivity(**values)
    return run, call(claims.checks, run, values=GIVEN | values)


def test_the_strong_shear_by_hand():
    """κ + 1/κ = 10 002, the sum of the squared entries, as the determinant is 1."""
    run = sensitivity()
    assert run.kappa == pytest.approx((10002 + math.sqrt(10002**2 - 4)) / 2, rel=1e-12)
    assert round(run.kappa) == 10002
    np.testing.assert_allclose(run.eigenvalues, [1, 1])
    # b = (1, 0), δb = (0, ¼): x = (1, 0), δx = (−25, ¼)
    np.testing.assert_allclose(run.x, [1, 0], atol=1e-13)
    np.testing.assert_allclose(run.moved, [-25, 0.25], atol=1e-12)
    assert run.gain == pytest.approx(math.hypot(100, 1))


@pytest.mark.parametrize("seed", range(6))
def test_condition_numbers_and_solutions_of_the_other_library(seed):
    A = np.random.default_rng(seed).normal(size=(2, 2)) * 10.0**seed / 1000
    run, found = checked(**entries(A), beta=20.0 * seed, delta=-70.0 + seed)
    assert run.kappa == pytest.approx(np.linalg.cond(A), rel=1e-9)
    np.testing.assert_allclose(run.sigma, np.linalg.svd(A)[1], rtol=1e-9)
    b, error = run.b.numpy(), run.error.numpy()
    x, moved = np.linalg.inv(A) @ b, np.linalg.inv(A) @ (b + error) - np.linalg.inv(A) @ b
    np.testing.assert_allclose(run.x, x, rtol=1e-8)
    np.testing.assert_allclose(run.moved, moved, rtol=1e-6)
    gain = np.linalg.norm(moved) / np.linalg.norm(x) / ERROR
    assert run.gain == pytest.approx(gain, rel=1e-6)
    assert all(c.holds for c in found if c.applies)


@pytest.mark.parametrize(
    "A", [[[1, 100], [0, 1]], [[1, 1], [1, 1.01]], [[1, 0.5], [0.5, 1 / 3]], [[-3, 2], [5, 0.1]]]
)
def test_the_worst_directions_reach_kappa_and_no_other_more(A):
    A = np.array(A)
    beta, delta = worst(*A.ravel().tolist())
    assert min(beta, delta) >= -90 and max(beta, delta) < 90
    run = sensitivity(**entries(A), beta=beta, delta=delta)
    assert run.gain == pytest.approx(np.linalg.cond(A), rel=1e-6)
    for other in RNG.uniform(-180, 180, (40, 2)):
        off = sensitivity(**entries(A), beta=other[0], delta=other[1])
        assert off.gain <= run.gain * (1 + 1e-9)


def test_scale_and_turn_change_nothing():
    A = np.array([[1.2, -0.7], [0.4, 2.0]])
    for angle in (0.3, 2.0):
        Q = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        assert sensitivity(**entries(Q)).kappa == pytest.approx(1, abs=1e-9)
        for B in (Q @ A, A @ Q, 37 * A, -0.001 * A, A.T, np.linalg.inv(A)):
            assert sensitivity(**entries(B)).kappa == pytest.approx(np.linalg.cond(A), rel=1e-9)


def test_a_singular_matrix_has_no_bound():
    run, found = checked(a12=2.0, a21=0.5)
    assert run.kappa == run.gain == math.inf and not run.solvable
    assert not any(c.applies for c in found if "bound" in c.claim or "magnified" in c.claim)
    assert all(c.holds for c in found if c.applies)
    assert "singular" in claims.says(run)


def test_the_ratio_of_eigenvalues_is_right_for_positive_definite_matrices_only():
    (printed,) = (c for c in checked()[1] if "E-18" in c.claim)
    assert printed.applies and printed.holds and printed.rhs == pytest.approx(1)
    _, found = checked(a12=0.5, a21=0.5, a22=1 / 3)
    (printed,) = (c for c in found if "E-18" in c.claim)
    assert not printed.applies
    (three,) = (c for c in found if "eigenvalues: sum" in c.claim)
    assert three.applies and three.holds
    saddle = sensitivity(a12=0.0, a22=-1.0)
    assert saddle.kappa == pytest.approx(1)


def test_eigenvalues_are_said_as_they_are():
    turn = sensitivity(a11=0.8, a12=-0.6, a21=0.6, a22=0.8)
    assert claims.listed(turn.eigenvalues) == "0.8 ± 0.6i"
    assert claims.listed(sensitivity(a12=0.0, a22=-1.0).eigenvalues) == "−1 and 1"
    assert "as every error does" in claims.says(turn)
    assert "says little" in claims.says(sensitivity())
    beta, delta = worst(1.0, 100.0, 0.0, 1.0)
    assert "as much as can be" in claims.says(sensitivity(beta=beta, delta=delta))


@pytest.mark.parametrize(
    "field", ["sigma", "kappa", "directions", "eigenvalues", "b", "error", "x", "moved", "gain"]
)
def test_a_wrong_number_turns_a_check_red(field):
    values = {"a12": 0.7, "a21": -0.4, "beta": 25.0, "delta": 130.0}
    run, found = checked(**values)
    assert all(c.holds for c in found if c.applies)
    value = getattr(run, field)
    off = value.flip(0) if isinstance(value, torch.Tensor) and field != "eigenvalues" else 2 * value
    again = call(claims.checks, run._replace(**{field: off}), values=GIVEN | values)
    assert any(c.applies and not c.holds for c in again), field


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"a11": 2000.0}, "expected a11 in"),
        ({"a12": math.nan}, "expected a12 in"),
        ({"a11": 0.0, "a12": 0.0, "a22": 0.0}, "expected one of a11, a12, a21, a22"),
        ({"beta": 200.0}, "expected beta in"),
        ({"delta": -181.0}, "expected delta in"),
    ],
)
def test_what_is_no_system_is_refused_by_name(values, words):
    with pytest.raises(ValueError, match=words):
        sensitivity(**values)
