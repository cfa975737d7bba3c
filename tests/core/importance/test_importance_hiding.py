import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from core.importance import WAYS, Quadratic, cloud, expected, hidden, hide, hide_each, stand_in
from core.rng import generator

MEAN = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)
ROOT = torch.tensor([[1.0, 0, 0], [0.7, 0.8, 0], [-0.3, 0.5, 1.2]], dtype=torch.float64)
COV = ROOT @ ROOT.T
Q = torch.tensor([[1.0, 0.5, -0.2], [0.5, -2.0, 0.3], [-0.2, 0.3, 0.4]], dtype=torch.float64)
F = Quadratic(0.7, torch.tensor([1.0, -0.5, 2.0], dtype=torch.float64), Q)
X = MEAN + torch.randn(6, 3, generator=generator(0), dtype=torch.float64) @ ROOT.T


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("j", range(3))
def test_the_quadrature_is_the_closed_form(way, j):
    torch.testing.assert_close(
        hide(F, way, X, j, MEAN, COV), hidden(F, way, X, j, MEAN, COV), rtol=1e-10, atol=1e-10
    )


def test_all_ways_at_once_are_the_closed_forms_one_by_one():
    told = torch.stack([hidden(F, way, X, 1, MEAN, COV) for way in WAYS])
    torch.testing.assert_close(hide_each(F, WAYS, X, 1, MEAN, COV), told, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("j", range(3))
def test_the_conditional_law_is_that_of_the_joint_density(j):
    joint = multivariate_normal(MEAN.numpy(), COV.numpy())
    m, variance = stand_in("conditional", X, j, MEAN, COV)
    for row, mean in zip(X.numpy(), m):

        def density(t, row=row):
            return joint.pdf(np.insert(np.delete(row, j), j, t))

        at = float(mean)
        whole = quad(density, at - 12, at + 12, points=[at])[0]
        first = quad(lambda t: t * density(t), at - 12, at + 12, points=[at])[0] / whole
        second = quad(lambda t: (t - at) ** 2 * density(t), at - 12, at + 12, points=[at])[0]  # noqa: B023
        assert first == pytest.approx(at, abs=1e-7)
        assert second / whole == pytest.approx(variance, rel=1e-6)


def test_the_others_by_hand():
    at, variance = stand_in("marginal", X, 1, MEAN, COV)
    assert (at == -1).all() and variance == COV[1, 1]
    assert stand_in("mean", X, 1, MEAN, COV)[1] == stand_in("zero", X, 1, MEAN, COV)[1] == 0
    linear = Quadratic(0.0, F.b, 0 * Q)
    torch.testing.assert_close(
        hidden(linear, "marginal", X, 0, MEAN, COV), hidden(linear, "mean", X, 0, MEAN, COV)
    )
    gap = linear(X) - hidden(linear, "mean", X, 0, MEAN, COV)
    torch.testing.assert_close(gap, 1.0 * (X[:, 0] - 0.5))


@pytest.mark.parametrize("f", [F, lambda X: torch.tanh(3 * X[:, 0]) * X[:, 1]])
def test_contributions_average_to_0_and_are_least_given_the_rest_by_sampling(f):
    n = 40_000
    draws = MEAN + torch.randn(n, 3, generator=generator(3), dtype=torch.float64) @ ROOT.T
    parts = {way: f(draws) - hide(f, way, draws, 0, MEAN, COV) for way in WAYS}
    own = parts["conditional"]
    assert abs(own.mean()) < 5 * own.std() / n**0.5
    size = {way: float(part.square().mean()) for way, part in parts.items()}
    assert size["conditional"] == min(size.values())


def test_a_contribution_is_uncorrelated_with_everything_made_of_the_rest():
    rows, weights = cloud(MEAN[:2], COV[:2, :2])
    f = Quadratic(0.0, F.b[:2], Q[:2, :2])
    own = f(rows) - hidden(f, "conditional", rows, 0, MEAN[:2], COV[:2, :2])
    for g in (lambda z: z, lambda z: z**3, torch.sin):
        assert float((own * g(rows[:, 1])) @ weights) == pytest.approx(0, abs=1e-9)
    assert expected(f, MEAN[:2], COV[:2, :2]) == pytest.approx(float(f(rows) @ weights))


def test_gauss_and_hermite_know_moments():
    points, weights = cloud(MEAN[:2], COV[:2, :2])
    torch.testing.assert_close(weights @ points, MEAN[:2])
    around = points - MEAN[:2]
    torch.testing.assert_close(around.T @ (weights[:, None] * around), COV[:2, :2])
    unit = (torch.zeros(2).double(), torch.eye(2).double())
    points, weights = cloud(*unit)
    assert float(torch.cos(points[:, 0]) @ weights) == pytest.approx(
        quad(lambda t: np.cos(t) * norm.pdf(t), -10, 10)[0], abs=1e-10
    )


def test_another_way_is_refused():
    with pytest.raises(ValueError, match="expected way to be one of conditional, marginal"):
        hide(F, "median", X, 0, MEAN, COV)
