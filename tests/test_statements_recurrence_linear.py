"""What the statements on linear recurrences quote is so."""

import math

import numpy as np
import pytest

from core.recurrence import DEFECTIVE, diagonalise, half_life, power_norms, powers
from core.statements import load
from tests.said import text, why

SHEAR, SHRINK = [[1.0, 1.0], [0.0, 1.0]], [[0.9, 5.0], [0.0, 0.9]]


def test_tanh_is_not_linear_and_a_shear_has_no_basis():
    """E-66."""
    assert [round(math.tanh(x), 3) for x in (1, 2)] == [0.762, 0.964]
    assert "$z_1=0.762$" in why("RNN-02") and "$0.964$" in why("RNN-02")
    found = diagonalise(SHEAR)
    assert found.cond == pytest.approx(2 / np.finfo(float).eps, rel=0.01)
    assert found.cond > DEFECTIVE == 1e12 and "beyond $10^{12}$" in load()["RNN-03"].needs
    assert "$9\\cdot10^{15}$" in why("RNN-02")
    assert float(powers(SHEAR, 100)[100, 0, 1]) == 100 and "$100$" in why("RNN-02")


def test_p_and_a_cannot_be_exchanged():
    """E-67: the counter-example, and that the right line holds for it."""
    A, P = np.array([[1.0, 1.0], [0.0, 2.0]]), np.array([[1.0, 1.0], [0.0, 1.0]])
    np.testing.assert_allclose(P @ A @ np.linalg.inv(P), [[1, 2], [0, 2]])
    np.testing.assert_allclose(P @ np.diag([1.0, 2.0]) @ np.linalg.inv(P), A)
    assert r"\begin{pmatrix}1&2\\0&2\end{pmatrix}\ne A" in why("RNN-03")
    turned = np.linalg.eigvals([[0.0, -1.0], [1.0, 0.0]])
    np.testing.assert_allclose(np.sort_complex(turned), [-1j, 1j], atol=1e-12)


def test_half_lives_and_growth_before_decay():
    """RNN-04."""
    assert [round(half_life(v), d) for v, d in ((0.9, 1), (0.99, 0), (0, 0))] == [6.6, 69, 0]
    assert r"6.6\text{ for }0.9,\quad 69\text{ for }0.99,\quad 0\text{ for }0" in text("RNN-04")
    norms = power_norms(SHRINK, 300)
    told = round(float(norms.max()), 2), int(norms.argmax()), int((norms >= 1).nonzero().max()) + 1
    assert told == (19.38, 9, 55)
    assert "$19.38$ at $k=9$ and is below $1$ for good only from $k=55$" in text("RNN-04")


def test_a_spectral_radius_of_0_is_not_enough_with_a_nonlinearity():
    """RNN-04, what it needs."""
    A, z = np.array([[2.0, 2.0], [-2.0, -2.0]]), np.array([1.0, 0.0])
    assert not (A @ A).any()
    for k in range(1, 6):
        z = np.maximum(A @ z, 0)
        assert z.tolist() == [2**k, 0]
    assert r"\begin{pmatrix}2&2\\-2&-2\end{pmatrix}" in load()["RNN-04"].needs
