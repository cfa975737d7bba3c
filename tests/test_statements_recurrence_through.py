"""What the statements on gradients through time and the stable unit quote is so."""

import math

import numpy as np
import pytest
import torch

from core.recurrence import below_one, clipped, eigenvalue, gradient_norms, input_scale
from core.statements import load
from tests.said import text


def test_fifty_steps():
    assert "$0.9^{50}=0.0052$ and $1.1^{50}=117$" in text("RNN-05")
    assert round(0.9**50, 4) == 0.0052 and round(1.1**50) == 117


def test_in_the_end_the_eigenvalue_decides():
    A = 0.95 * torch.tensor([[1.0, 2.0], [0.0, 0.6]], dtype=torch.float64)
    found = gradient_norms(A, torch.zeros(2, 1), torch.zeros(400, 1), torch.zeros(2))
    assert float(torch.linalg.matrix_norm(A, 2)) > 2 and found.norms[-1] < 1e-6
    rate = float(found.norms[400] / found.norms[399])
    assert rate == pytest.approx(0.95) and (found.norms <= found.bound * (1 + 1e-12)).all()


def test_an_infinite_entry_leaves_nothing_to_clip():
    G = torch.tensor([1.0, math.inf])
    assert clipped(G, 1.0) is None and bool((G * (1.0 / G.norm())).isnan().any())
    assert "needs a *finite* norm" in load()["RNN-05"].needs


def test_the_unit_that_remembers():
    rate = math.exp(-5)
    assert "$74.7$ for $\\nu=-5$" in text("RNN-06")
    assert 1 / (1 - math.exp(-2 * rate)) == pytest.approx(74.7, abs=0.05)
    lam, gain = complex(eigenvalue(-5.0, 0.4)), float(input_scale(-5.0))
    weights = gain * np.abs(lam) ** np.arange(5000)
    assert (weights**2).sum() == pytest.approx(1)
    assert "2.06\\cdot10^{-9}" in load()["RNN-06"].needs
    assert float(below_one(-20.0)) == pytest.approx(2.06e-9, rel=1e-3)
    assert float(eigenvalue(-38.0, 0.0).abs()) == 1 > float(eigenvalue(-36.0, 0.0).abs())
