"""What the statements on one feature, moved or hidden, quote is so."""

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from core.importance import Toy, ice
from core.rng import generator
from tests.said import text, why

N = 200_000


def pair(mean: float) -> tuple[np.ndarray, np.ndarray]:
    """Two normal features, variance 1, correlation 0.9."""
    u, v = torch.randn(2, N, generator=generator(0), dtype=torch.float64).numpy()
    return mean + u, mean + 0.9 * u + (1 - 0.81) ** 0.5 * v


def test_what_is_not_read_can_be_learned_from():
    """XAI-01: f = x₂ seen from x₁."""
    a, b = pair(0.0)
    assert np.polyfit(a, b, 1)[0] == pytest.approx(0.9, abs=5 * (0.19 / N) ** 0.5)
    assert "$f_{\\{1\\}}(x_1)=0.9\\,x_1$" in " ".join(text("XAI-01").split())


def test_three_stand_ins_give_three_predictions():
    """XAI-03, and the random f of E-93."""
    joint = multivariate_normal([1, 1], [[1, 0.9], [0.9, 1]])
    t = np.linspace(-8, 10, 20_001)
    p = joint.pdf(np.stack([t, np.full_like(t, 3.0)], 1))
    told = float((t + 3) @ p / p.sum())
    assert (told, 1 + 3, 0 + 3) == pytest.approx((5.8, 4, 3))
    assert "$5.8$, $4$ or $3$" in text("XAI-03")
    a, b = pair(1.0)
    gap = a + b - told
    assert gap.mean() == pytest.approx(-3.8, abs=5 * gap.std() / N**0.5)
    assert "$2-5.8=-3.8$" in why("XAI-05")


def test_contributions_to_a_product_average_to_0_or_to_the_correlation():
    """XAI-05."""
    a, b = pair(1.0)
    own, other = a * b - (1 + 0.9 * (b - 1)) * b, a * b - b
    assert own.mean() == pytest.approx(0, abs=5 * own.std() / N**0.5)
    assert other.mean() == pytest.approx(0.9, abs=5 * other.std() / N**0.5)
    assert "average to $0$, and to $0.9$" in text("XAI-05")


def test_a_plateau_has_hardly_a_slope():
    """XAI-06."""
    slope = 4 / np.cosh(6.0) ** 2
    assert f"${slope * 1e5:.1f}\\cdot10^{{-5}}$" in text("XAI-06")
    assert np.tanh(12) - np.tanh(-12) == pytest.approx(2)


def test_a_flat_mean_hides_lines_of_every_slope():
    """XAI-02."""
    b = pair(0.0)[1] - pair(0.0)[1].mean()
    rows = torch.from_numpy(np.stack([0 * b, b], 1))
    lines = ice(Toy("none", 1.5), rows, 0, torch.tensor([-2.0, 0.0, 2.0]).double()).numpy()
    np.testing.assert_allclose(lines.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose((lines[:, 2] - lines[:, 0]) / 4, 1.5 * b)
    assert "the line of a row has the slope $s\\,x_2$" in text("XAI-02")
