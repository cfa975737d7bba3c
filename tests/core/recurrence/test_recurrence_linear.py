"""The linear recurrence against scipy, closed forms and figures known before."""

import cmath
import math
from decimal import Decimal

import numpy as np
import pytest
import scipy.linalg
import scipy.signal
import torch

from core.recurrence import (
    DEFECTIVE,
    defective,
    diagonalise,
    half_life,
    kreiss,
    power_norms,
    powers,
    run,
)

GROWS, JORDAN = [[0.9, 5.0], [0.0, 0.9]], [[1.0, 1.0], [0.0, 1.0]]
TURN = [[0.0, -1.0], [1.0, 0.0]]


def drawn(seed: int, d: int, k: int, T: int, size: float = 0.9):
    """A random recurrence whose spectral radius is `size`."""
    draw = np.random.default_rng(seed)
    A = draw.normal(size=(d, d))
    A *= size / np.abs(np.linalg.eigvals(A)).max()
    return A, draw.normal(size=(d, k)), draw.normal(size=(T, k)), draw.normal(size=d)


def test_one_dimension_is_a_recursive_filter():
    x = np.random.default_rng(0).normal(size=60)
    states = run([[0.8]], [[1.5]], x[:, None], [0.0])[1:, 0]
    np.testing.assert_allclose(states, scipy.signal.lfilter([1.5], [1, -0.8], x), rtol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_states_are_those_of_a_discrete_system(seed):
    A, B, x, z0 = drawn(seed, 3, 2, 50)
    system = (A, B, np.eye(3), np.zeros((3, 2)), 1)
    _, _, states = scipy.signal.dlsim(system, np.vstack([x, x[:1]]), x0=z0)
    np.testing.assert_allclose(run(A, B, x, z0), states, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_the_recurrence_is_a_convolution_over_time(seed):
    A, B, x, z0 = drawn(seed, 4, 2, 30)
    for t in (1, 7, 30):
        power = np.linalg.matrix_power
        summed = power(A, t) @ z0 + sum(power(A, t - 1 - s) @ B @ x[s] for s in range(t))
        np.testing.assert_allclose(run(A, B, x, z0)[t], summed, rtol=1e-9, atol=1e-12)


def test_a_run_continued_is_the_run_at_once():
    A, B, x, z0 = drawn(5, 3, 1, 40)
    whole, first = run(A, B, x, z0), run(A, B, x[:17], z0)
    assert torch.equal(whole[17:], run(A, B, x[17:], first[-1]))


def test_lists_keep_their_digits_and_complex_numbers_stay_complex():
    assert float(run([[0.1]], [[0.0]], [[0.0]], [1.0])[1, 0]) == 0.1
    states = run([[0.9j]], [[1.0]], [[0.0]] * 4, [1.0])
    assert states.is_complex() and complex(states[2, 0]) == pytest.approx(-0.81)


@pytest.mark.parametrize("seed", range(4))
def test_the_basis_of_eigenvectors_gives_the_matrix_back(seed):
    A = drawn(seed, 5, 1, 1)[0]
    found = diagonalise(A)
    back = found.P @ torch.diag(found.eigenvalues) @ torch.linalg.inv(found.P)
    np.testing.assert_allclose(back.real, A, atol=1e-12 * found.cond)
    assert float(back.imag.abs().max()) < 1e-12 * found.cond
    assert found.cond == pytest.approx(np.linalg.cond(found.P.numpy()))


def test_a_turn_has_the_eigenvalues_plus_and_minus_i():
    found = diagonalise(TURN)
    assert sorted(found.eigenvalues.imag.tolist()) == pytest.approx([-1, 1])
    assert found.eigenvalues.real.abs().max() < 1e-15 and found.cond == pytest.approx(1)


def test_jordan_has_no_basis_of_eigenvectors():
    assert DEFECTIVE < diagonalise(JORDAN).cond == pytest.approx(2 / np.finfo(float).eps, rel=0.01)
    assert powers(JORDAN, 100)[100].tolist() == [[1, 100], [0, 1]]


ONE_VECTOR = ["1.1 0.1,-0.1 0.9", "3 4,-1 -1", "2 1,-1 0", "0.5 0.4,-0.1 0.9", "1.3 0.4,-0.1 0.9",
              "0.9 5,0 0.9", "0 1,0 0", "0.3 0,0.7 0.3", "1e-9 1e-9,0 1e-9"]  # fmt: skip
TWO_VECTORS = ["1 1e-7,1e-7 1", "0.9 1,1e-9 0.9", "1 1,-1e-9 1", "0.5 1,0 0.50000001",
               "1.0000001 1,0 1", "0.9 0,0 0.9", "0 0,0 0", "0 -1,1 0"]  # fmt: skip


def typed(text: str) -> torch.Tensor:
    rows = [[float(each) for each in row.split()] for row in text.split(",")]
    return torch.tensor(rows, dtype=torch.float64)


@pytest.mark.parametrize("text", ONE_VECTOR)
def test_two_equal_eigenvalues_leave_one_eigenvector(text):
    """The characteristic polynomial has one root twice in whole numbers, and A is not λI."""
    A, scale = typed(text), 10**10
    (a, b), (c, d) = ([round(scale * v) for v in row] for row in A.tolist())
    assert (a - d) ** 2 == -4 * b * c and (b or c)
    found = diagonalise(A)
    assert defective(A) and found.cond > DEFECTIVE
    assert found.eigenvalues.tolist() == pytest.approx([(a + d) / 2 / scale] * 2)
    lengths = torch.linalg.vector_norm(found.P, dim=0).tolist()
    assert lengths == pytest.approx([1, 1])
    off = A.to(found.P.dtype) @ found.P - found.P * found.eigenvalues
    assert float(off.abs().max()) < 1e-14
    radius = abs(a + d) / 2 / scale
    assert (kreiss(A) == math.inf) == (radius >= 1)


@pytest.mark.parametrize("text", TWO_VECTORS)
def test_nearly_equal_eigenvalues_leave_two_eigenvectors(text):
    A = typed(text)
    found = diagonalise(A)
    assert not defective(A) and found.cond < DEFECTIVE
    back = found.P @ torch.diag(found.eigenvalues) @ torch.linalg.inv(found.P)
    np.testing.assert_allclose(back.real, A, atol=1e-14 * found.cond)


def test_decimal_numbers_that_make_one_eigenvector():
    """[[λ, 1], [0, λ]] in another basis: λ ± k on the diagonal, −k² in the corner."""
    draw = np.random.default_rng(0)
    for _ in range(100):
        size, k = (Decimal(int(n)) / 100 for n in draw.integers(-999, 1000, 2))
        A = typed(f"{size - k:f} 1,{-k * k:f} {size + k:f}")
        assert defective(A) and defective(A.T) and diagonalise(A).cond > DEFECTIVE
        A[1, 0] += 1e-6
        assert not defective(A) and diagonalise(A).cond < DEFECTIVE


def test_powers_that_grow_before_they_die():
    norms = power_norms(GROWS, 200)
    assert float(norms.max()) == pytest.approx(19.38, abs=0.005) and int(norms.argmax()) == 9
    assert int((norms >= 1).nonzero().max()) == 54
    assert max(abs(v) for v in np.linalg.eigvals(GROWS)) == 0.9


@pytest.mark.parametrize("K", [0, 1, 2, 3, 8, 31])
def test_power_norms_are_largest_singular_values(K):
    A = drawn(K, 3, 1, 1, 1.1)[0]
    expected = [scipy.linalg.svdvals(np.linalg.matrix_power(A, k))[0] for k in range(K + 1)]
    np.testing.assert_allclose(power_norms(A, K), expected, rtol=1e-10)


def test_fifty_steps_of_nine_tenths_and_of_eleven():
    assert power_norms([[0.9]], 50)[-1] == pytest.approx(0.0052, abs=5e-5)
    assert power_norms([[1.1]], 50)[-1] == pytest.approx(117, abs=0.5)


def test_half_lives():
    assert half_life(0.9) == pytest.approx(6.58, abs=0.005)
    assert half_life(0.99) == pytest.approx(69, abs=0.05)
    assert half_life(0) == 0 and half_life(1) == math.inf
    for modulus in (0.3, 0.95, 0.9999, 1.1):
        assert modulus ** half_life(modulus) == pytest.approx(0.5)
    assert half_life(1.1) == pytest.approx(-7.27, abs=0.005)


def test_kreiss_constant_of_one_shear():
    # on the real axis, s = |z| − 0.9: σ₁ = (5 + √(25 + 4s²))/2 of [[s, −5], [0, s]], σ₁σ₂ = s²
    s = np.geomspace(0.1, 100, 1_000_001)[1:]
    grown = (5 + np.sqrt(25 + 4 * s * s)) / 2 / s**2
    assert kreiss(GROWS) == pytest.approx(((s - 0.1) * grown).max(), rel=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_kreiss_bounds_the_powers_from_both_sides(seed):
    d = 2 + seed % 3
    A = drawn(seed, d, 1, 1, 0.97)[0]
    most, K = float(power_norms(A, 2000).max()), kreiss(A)
    assert 1 <= K <= most * (1 + 1e-9) and most <= math.e * d * K


@pytest.mark.parametrize("turn", [-1, cmath.exp(0.7j), cmath.exp(-2.1j)])
def test_kreiss_constant_of_a_matrix_that_is_turned(turn):
    """The norms of the powers do not change."""
    assert kreiss(turn * np.array(GROWS)) == pytest.approx(kreiss(GROWS), rel=1e-6)


def test_kreiss_of_normal_and_of_unbounded_matrices():
    assert kreiss([[0.7]]) == kreiss(torch.eye(2) * 0.5) == 1
    assert kreiss(TURN) == pytest.approx(1)
    assert kreiss(JORDAN) == kreiss([[1.01]]) == math.inf


def test_two_dimensions_are_those_of_any_number():
    A = np.array(GROWS)
    assert kreiss(scipy.linalg.block_diag(A, 0.1)) == pytest.approx(kreiss(A), rel=1e-6)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (([[1.0, 2.0]], [[1.0]], [[1.0]], [0.0]), "expected A of shape"),
        (([[math.nan]], [[1.0]], [[1.0]], [0.0]), "expected A of finite"),
        (([[1.0]], [[1.0], [2.0]], [[1.0]], [0.0]), "expected B of shape"),
        (([[1.0]], [[1.0]], np.zeros((0, 1)), [0.0]), "T ≥ 1"),
        (([[1.0]], [[1.0]], [[math.inf]], [0.0]), "expected x of finite"),
        (([[1.0]], [[1.0]], [[1.0]], [0.0, 1.0]), "expected z0 of shape"),
        (([[1e200]], [[1.0]], [[1.0]] * 3, [1.0]), "left at step 2"),
    ],
)
def test_refusals_of_a_run(given, named):
    with pytest.raises(ValueError, match=named):
        run(*given)


def test_other_refusals():
    with pytest.raises(ValueError, match="expected A of shape"):
        diagonalise([[1.0, 2.0]])
    with pytest.raises(ValueError, match="expected K"):
        powers([[1.0]], -1)
    with pytest.raises(ValueError, match="range of floats"):
        power_norms([[1e10]], 100)
    with pytest.raises(ValueError, match="expected modulus"):
        half_life(-0.1)
