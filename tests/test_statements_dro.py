"""What the statements on distribution shift quote is so."""

import math
from itertools import permutations
from statistics import NormalDist

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.optimize import linprog

from core.dro import wasserstein_1d, worst_case
from core.rng import generator
from tests.said import why

PLACES = np.linspace(-3, 3, 601)


def programme(atoms: list[float], g: np.ndarray, cost: np.ndarray, budget: float) -> float:
    """The most that masses on `PLACES` can bring, each atom of mass 1/n, by a linear programme."""
    n, m = cost.shape
    rows = np.kron(np.eye(n), np.ones(m))
    least = linprog(-np.tile(g, n), [cost.ravel()], [budget], rows, np.full(n, 1 / n))
    return -least.fun


@pytest.mark.parametrize(("p", "best"), [(1, 0.5), (2, 0.25)])
def test_half_an_atom_goes_where_a_whole_one_cannot(p, best):
    """E-90."""
    g, far = (PLACES >= 2 - 1e-9) * 1.0, np.abs(PLACES)
    whole = g[far**p <= 1 + 1e-9].max()
    split = programme([0.0], g, far[None] ** p, 1.0)
    assert whole == 0 and math.isclose(split, best, abs_tol=1e-9)
    assert f"${best:g}$" in why("DRO-06") and "the printed value is $0$" in why("DRO-06")


def test_labels_that_move_for_nothing_are_another_risk():
    """E-91: one row x = 2, y = 1, score x, ρ = 1."""
    near = torch.linspace(1, 3, 2001, dtype=torch.float64)
    loss = {y: (1 + (-y * near).exp()).log() for y in (1, -1)}
    told, free = float(loss[1].max()), max(float(each.max()) for each in loss.values())
    assert f"$\\log(1+e^{{-1}})={told:.4f}$" in why("DRO-08")
    assert f"$\\log(1+e^3)={free:.4f}$" in why("DRO-08")


def test_tied_together_both_sides_agree():
    """E-91: moves beyond ρ cost more than there is."""
    atoms = np.array([0.0, 0.5, 2.0])
    g, far = np.sin(3 * PLACES) + 0.3 * PLACES, np.abs(PLACES - atoms[:, None])
    left = programme(list(atoms), g, (far > 0.5 + 1e-9) * 1.0, 0.0)
    fine = [np.linspace(z - 0.5, z + 0.5, 100_001) for z in atoms]
    right = np.mean([(np.sin(3 * z) + 0.3 * z).max() for z in fine])
    assert abs(left - right) < 1e-4 and f"${right:.4f}$" in why("DRO-08")


def test_a_share_of_liars_moves_the_median_of_a_normal_law_to_the_bound():
    """DRO-02: with Q far to the right the median m has (1 − ε) Φ(m) = ½."""
    normal = NormalDist()
    for eps in (0.05, 0.1, 0.3):
        bound = normal.inv_cdf(1 / (2 * (1 - eps)))
        assert math.isclose((1 - eps) * normal.cdf(bound), 0.5, abs_tol=1e-12)


def test_weights_carry_a_risk_over():
    """DRO-01 for p = N(0, 1), q = N(½, 1) and ℓ = x⁴."""
    p, q = NormalDist().pdf, NormalDist(0.5).pdf
    direct = quad(lambda x: q(x) * x**4, -12, 12)[0]
    torch.testing.assert_close(quad(lambda x: p(x) * (q(x) / p(x)) * x**4, -12, 12)[0], direct)
    torch.testing.assert_close(direct, 0.5**4 + 6 * 0.5**2 + 3)


def test_min_max_and_max_min_of_two_groups():
    """DRO-03: R = f² and (f − 1)²; for a loss that is not convex, 1[f ≠ group], there is a gap."""
    f, q = np.linspace(-1, 2, 3001), np.linspace(0, 1, 1001)[:, None]
    mixed = (1 - q) * f**2 + q * (f - 1) ** 2
    assert math.isclose(mixed.max(0).min(), mixed.min(1).max(), abs_tol=1e-9)
    assert math.isclose(mixed.max(0).min(), 0.25, abs_tol=1e-9)
    wrong = (1 - q) * (np.arange(2) != 0) + q * (np.arange(2) != 1)
    assert (wrong.max(0).min(), wrong.min(1).max()) == (1, 0.5)


@pytest.mark.parametrize("p", [1, 2, 4])
def test_the_best_plan_on_a_line_sorts(p):
    a, b = torch.randn(2, 6, generator=generator(p), dtype=torch.float64)
    plans = [float((a - b[list(order)]).abs().pow(p).mean()) for order in permutations(range(6))]
    torch.testing.assert_close(min(plans) ** (1 / p), wasserstein_1d(a, b, p))


def test_normal_laws_are_apart_by_their_means_and_widths():
    one, other = NormalDist(0, 1), NormalDist(3, 0.5)
    square = quad(lambda u: (one.inv_cdf(u) - other.inv_cdf(u)) ** 2, 1e-12, 1 - 1e-12)[0]
    assert math.isclose(square, 3**2 + 0.5**2, abs_tol=1e-6)


def test_every_price_is_an_upper_bound_and_the_least_is_the_value():
    """DRO-07 for one atom at 0, the step at 2, p = 1 and ε = 1."""
    prices = np.linspace(0, 2, 401)
    dual = np.array(
        [price + ((PLACES >= 2 - 1e-9) - price * abs(PLACES)).max() for price in prices]
    )
    found = worst_case(torch.zeros(1), lambda z: (z >= 2).double(), 1, 1.0)
    assert math.isclose(dual.min(), found.value, abs_tol=1e-9) and bool((dual >= 0.5 - 1e-9).all())
    assert math.isclose(prices[dual.argmin()], found.lam, abs_tol=1e-6)
