"""Seeing and doing in the linear model and in a table with strata."""

import numpy as np
import pytest
import torch

from core.importance import KIDNEY, adjusted_slope, linear_sample, plane, rates, seen_slope, slope
from core.rng import generator


@pytest.mark.parametrize(
    ("a", "b", "c", "seen"), [(1, 0, 2, 1.0), (1, 1, -2, 0.0), (0, 0.7, 3, 0.7), (-2, 1, 1, 0.6)]
)
def test_the_slopes_of_a_large_sample_are_the_closed_forms(a, b, c, seen):
    n = 200_000
    z, x, y = linear_sample(a, b, c, n, generator(3))
    assert seen_slope(a, b, c) == pytest.approx(seen)
    error = ((c * c / (a * a + 1) + 1) / (a * a + 1) / n) ** 0.5
    assert slope(x, y) == pytest.approx(seen, abs=5 * error)
    assert adjusted_slope(x, y, z) == pytest.approx(b, abs=5 / n**0.5)


def test_slopes_are_those_of_numpy_and_of_the_two_step_regression():
    z, x, y = linear_sample(1.3, -0.4, 2.0, 60, generator(0))
    assert slope(x, y) == pytest.approx(np.polyfit(x, y, 1)[0])
    theirs = np.linalg.lstsq(np.stack([x, z, np.ones(60)], 1), y.numpy(), rcond=None)[0]
    np.testing.assert_allclose(plane(x, y, z), theirs[:2], rtol=1e-10)
    rest = [v.numpy() - np.polyval(np.polyfit(z, v, 1), z) for v in (x, y)]
    assert adjusted_slope(x, y, z) == pytest.approx(np.polyfit(*rest, 1)[0])


def test_kidney_stones():
    """Charig et al. 1986."""
    found = rates(torch.tensor(KIDNEY))
    np.testing.assert_allclose(found.raw, [273 / 350, 289 / 350])
    np.testing.assert_allclose(found.raw, [0.780, 0.826], atol=5e-4)
    np.testing.assert_allclose(found.adjusted, [0.833, 0.779], atol=5e-4)
    assert (found.within[:, 0] > found.within[:, 1]).all()
    np.testing.assert_allclose(found.mix.sum(0), 1)
    np.testing.assert_allclose((found.mix * found.within).sum(0), found.raw)


def test_equal_mixtures_leave_nothing_to_adjust():
    counts = torch.tensor([[[3, 10], [4, 20]], [[20, 30], [10, 60]]])
    found = rates(counts)
    torch.testing.assert_close(found.raw, found.adjusted)


@pytest.mark.parametrize(
    "bad", [[[1, 2]], [[[3, 2], [1, 1]]], [[[0, 0], [1, 1]]], [[[-1, 2], [1, 1]]]]
)
def test_counts_are_refused(bad):
    with pytest.raises(ValueError, match="counts"):
        rates(torch.tensor(bad))


def test_regressors_are_refused():
    x = torch.arange(4.0)
    with pytest.raises(ValueError, match="shape"):
        slope(x, x[:3])
    with pytest.raises(ValueError, match="vary"):
        slope(torch.full((7,), 0.1, dtype=torch.float64), torch.arange(7.0))
    with pytest.raises(ValueError, match="vary"):
        adjusted_slope(x, x**2, 2 * x)
    with pytest.raises(ValueError, match="expected n"):
        adjusted_slope(x[:2], x[:2], x[:2] ** 2)
