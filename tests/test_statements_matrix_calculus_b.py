"""What the statements on functionals, chains and maps quote is so."""

import math

import pytest
import torch

from core.experiments.matrix_calculus.grid import grid
from core.matrix_calculus import chain_cost, cofactors, gradient, tied
from tests.said import text, why


def test_the_product_of_two_polar_coordinates():
    """MC-02: uv = ½x² sin 2y."""
    x, y = 1.5, 0.5
    told = x * math.sin(2 * y), x * x * math.cos(2 * y)
    assert f"({told[0]:.3f},\\,{told[1]:.3f})" in text("MC-02").replace(" ", "")


def test_the_mixed_derivatives_of_the_crease():
    """MC-03, by differences of differences: a small step inside a larger one."""

    def u(x: float, y: float) -> float:
        return x * y * (x * x - y * y) / (x * x + y * y)

    def by_x(x: float, y: float, h: float = 1e-7) -> float:
        return (u(x + h, y) - u(x - h, y)) / (2 * h)

    def by_y(x: float, y: float, h: float = 1e-7) -> float:
        return (u(x, y + h) - u(x, y - h)) / (2 * h)

    assert (by_x(0, 1e-3) - by_x(0, -1e-3)) / 2e-3 == pytest.approx(-1, abs=1e-6)
    assert (by_y(1e-3, 0) - by_y(-1e-3, 0)) / 2e-3 == pytest.approx(1, abs=1e-6)
    assert "=-1$" in text("MC-03") and "=+1$" in text("MC-03")


def test_the_diagonal_loses_the_mixed_derivatives():
    """E-21."""
    mixed = -math.sin(0.5)
    assert grid().H[0, 1].item() == pytest.approx(mixed)
    assert f"${mixed:.3f}$" in why("MC-03")


def test_the_costs():
    """MC-19."""
    forward, reverse = (chain_cost((1000, 64, 64, 1), mode=m) for m in ("forward", "reverse"))
    for number in (forward, reverse):
        assert f"${number:,}$".replace(",", "\\,") in text("MC-19")
    assert f"${forward / reverse:.0f}$ times" in text("MC-19")


def test_both_right_answers():
    """MC-22, and the length in MC-21."""
    X = torch.tensor([[2.0, 1.0], [1.0, 3.0]])
    G = gradient("logdet", X)
    for M in (G, tied(G)):
        told = r"\\".join("&".join(f"{v:g}" for v in row) for row in M.tolist())
        assert told in text("MC-22")
    singular = torch.tensor([[1.0, 2.0], [2.0, 4.0]]).double()
    step = torch.tensor([[0.0, 1.0], [0.0, 0.0]]).double()
    rise = torch.linalg.det(singular + step) - torch.linalg.det(singular - step)
    assert float(rise) / 2 == pytest.approx(float(cofactors(singular)[0, 1]))
    diagonal = torch.diag(torch.tensor([1.0, 1.0, 2.0, 3.0]).double())
    torch.testing.assert_close(gradient("length", diagonal), diagonal / math.sqrt(15))
    assert r"X/\sqrt{15}" in text("MC-21")
