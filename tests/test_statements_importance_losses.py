"""What the statements on importance by a loss quote is so (XAI-09 to XAI-13)."""

import math

import numpy as np
import pytest

from tests.said import text, why

RHOS = (0.0, 0.5, 0.9, 0.99)


def rise(rho: float, swap) -> float:
    """The rise of the squared loss of x₁ + x₂: by quadrature, (x₁ − x̃₁)² over x and a draw."""
    z, w = np.polynomial.hermite_e.hermegauss(12)
    a, b, c = np.meshgrid(z, z, z, indexing="ij")
    mass = np.einsum("i,j,k->ijk", w, w, w) / w.sum() ** 3
    return float((mass * swap(a, rho * a + math.sqrt(1 - rho * rho) * b, c)).sum())


@pytest.mark.parametrize("rho", [0.9, 0.99])
def test_left_out_filled_in_redrawn_and_shuffled(rho):
    left = 1 - rho * rho
    assert rise(rho, lambda a, b, c: (a - rho * b) ** 2) == pytest.approx(left, abs=1e-9)
    assert rise(rho, lambda a, b, c: a**2) == pytest.approx(1, abs=1e-9)  # 0 in place of x₁
    redrawn = rise(rho, lambda a, b, c: (a - rho * b - math.sqrt(left) * c) ** 2)
    assert redrawn == pytest.approx(2 * left, abs=1e-9)
    assert rise(rho, lambda a, b, c: (a - c) ** 2) == pytest.approx(2, abs=1e-9)  # another row's


def test_what_they_say_of_twins():
    left = [f"{1 - rho * rho:.4g}" for rho in RHOS]
    assert "$" + ",\\ ".join(left) + "$" in why("XAI-12")
    assert f"${left[0]}$ at $\\rho=0$ and ${left[3]}$ at $\\rho=0.99$" in text("XAI-09")
    assert f"it costs $1$, training again ${left[2]}$" in why("XAI-09")
    assert f"2(1-\\rho^2)={2 * (1 - 0.81):.2f}$, training again $1-\\rho^2={left[2]}$" in why(
        "XAI-11"
    )
    assert "both cost $2$ at $\\rho=0$; at $\\rho=0.9$ redrawing costs $0.38$" in text("XAI-13")


def test_what_they_say_of_information():
    """XAI-10 by determinants; XOR by hand: ½ against the truth, and log 2."""
    rho, s = 0.9, 0.25
    cov = np.array([[1, rho, 1 + rho], [rho, 1, 1 + rho], [1 + rho, 1 + rho, 2 + 2 * rho + s]])
    det = np.linalg.det
    told = 0.5 * math.log(det(cov[:2, :2]) * det(cov[1:, 1:]) / det(cov[1:2, 1:2]) / det(cov))
    assert f"${told:.4f}$ nats and $0.19$" in text("XAI-10")
    xor = np.mean([(y - 0.5) ** 2 for y in (0, 1)])
    assert f"${math.log(2):.4f}$ nats, and LOFO with squared loss ${xor:g}$" in why("XAI-10")
