"""Moments of points: sums by hand, exact identities, numpy, and what a computer makes of them."""

import itertools
import math

import numpy as np
import pytest
import torch

from core.probability import (
    CLOUDS,
    UNCORRELATED,
    cauchy_schwarz,
    cloud,
    covariance,
    covariance_from,
    dependent,
    directional,
    ellipse,
    equicorrelation,
    expectation,
    independence_gap,
    largest,
    law,
    least_variance,
    mapped,
    parabola_table,
    rectangles,
    running_means,
    shifted_variances,
    weighted_variance,
)
from core.rng import generator


def normal(*shape, seed=0):
    return torch.randn(shape, generator=generator(seed), dtype=torch.float64)


def test_covariance_by_pairs_and_by_numpy():
    X = normal(9, 3)
    pairs = [(X[i, 0] - X[j, 0]) * (X[i, 1] - X[j, 1]) for i in range(9) for j in range(9)]
    assert float(covariance(X)[0, 1]) == pytest.approx(float(sum(pairs)) / (2 * 81), rel=1e-12)
    for correction in (0, 1):
        peer = np.cov(X.numpy(), rowvar=False, ddof=correction)
        np.testing.assert_allclose(covariance(X, correction).numpy(), peer, rtol=1e-12)
    assert float(rectangles(X[:, :2]).mean()) == pytest.approx(float(covariance(X)[0, 1]))
    assert float(covariance(X[:, 0])) == pytest.approx(float(X[:, 0].var(correction=0)))


def test_covariance_is_bilinear_and_bounded():
    X = normal(20, 3)
    S, mixed = covariance(X), torch.stack([2 * X[:, 0] - 3 * X[:, 1] + 5, X[:, 2]], 1)
    assert float(covariance(mixed)[0, 1]) == pytest.approx(float(2 * S[0, 2] - 3 * S[1, 2]))
    assert torch.equal(S, S.T) and float(torch.linalg.eigvalsh(S)[0]) > 0
    assert float(S[0, 1] ** 2) <= float(S[0, 0] * S[1, 1])


def test_outer_products_are_semidefinite_though_not_positive():
    x = torch.tensor([1.0, -1.0, 2.0], dtype=torch.float64)
    outer = x[:, None] * x
    values = torch.linalg.eigvalsh(outer)
    assert float(outer.min()) < 0 and float(values[0]) >= -1e-12 * 6
    assert int(torch.linalg.matrix_rank(outer)) == 1
    mapped(torch.eye(3), outer)  # a covariance, singular as it is
    with pytest.raises(
        ValueError, match=r"Sigma with eigenvalues in \[0, inf\), got the eigenvalue -0.5"
    ):
        mapped(torch.eye(2), torch.tensor([[1.0, 1.5], [1.5, 1.0]]))
    with pytest.raises(ValueError, match="Sigma to be symmetric"):
        mapped(torch.eye(2), torch.tensor([[1.0, 0.5], [0.0, 1.0]]))


@pytest.mark.parametrize("A", [[[1.0, 2.0], [0.5, -1.0]], [[1.0, 2.0], [2.0, 4.0]], [[1.0, -1.0]]])
def test_points_and_covariance_are_mapped_alike(A):
    A, X = torch.tensor(A, dtype=torch.float64), normal(30, 2) @ normal(2, 2, seed=1)
    after = covariance(X @ A.T + torch.tensor([7.0] * len(A)))
    assert torch.allclose(after, mapped(A, covariance(X)), rtol=1e-12, atol=1e-13)
    with pytest.raises(ValueError, match=r"A of shape \(m, 2\), got \(2, 3\)"):
        mapped(torch.ones(2, 3), covariance(X))


def test_the_ellipse_is_the_level_of_the_form_and_may_be_flat():
    S, m = torch.tensor([[2.0, 0.8], [0.8, 1.0]], dtype=torch.float64), torch.tensor([1.0, -1.0])
    off = ellipse(m, S, 1.7) - m
    form = (off @ torch.linalg.inv(S) * off).sum(1)
    assert torch.allclose(form, torch.full_like(form, 1.7**2), rtol=1e-12)
    flat = ellipse(m, mapped([[1.0, 1.0], [2.0, 2.0]], S)) - m
    assert float((flat[:, 1] - 2 * flat[:, 0]).abs().max()) < 1e-7


def test_the_variance_in_every_direction():
    X = normal(50, 2) * torch.tensor([2.0, 0.5])
    angles = torch.linspace(0, 2 * math.pi, 13, dtype=torch.float64)
    seen = directional(covariance(X), angles)
    for angle, variance in zip(angles, seen):
        along = X[:, 0] * angle.cos() + X[:, 1] * angle.sin()
        assert float(variance) == pytest.approx(float(along.var(correction=0)), rel=1e-12)
    assert float(directional(torch.ones(2, 2), angles).min()) >= -1e-15


@pytest.mark.parametrize("name", CLOUDS)
def test_clouds_have_the_covariance_they_promise(name):
    X = cloud(name, 40_000, generator(1), (2.0, 0.5), 0.6)
    S = covariance(X)
    # the standard error of each entry from the points themselves
    error = float(rectangles(X).std()) / math.sqrt(len(X))
    expected = 0.6 if name == "gauss" else 0.0
    assert abs(float(S[0, 1]) - expected) < 5 * error
    x_variance = 4 * (2 / 3 if name == "parabola" else 1)
    assert float(S[0, 0]) == pytest.approx(x_variance, rel=0.06)
    if name in ("gauss", "ring", "cross", "signs"):
        assert float(S[1, 1]) == pytest.approx(0.25, rel=0.06)
    assert torch.equal(X, cloud(name, 40_000, generator(1), (2.0, 0.5), 0.6))


@pytest.mark.parametrize("name", UNCORRELATED)
def test_uncorrelated_clouds_are_bound(name):
    squares = cloud(name, 40_000, generator(1)) ** 2
    x, y = squares[:, 0], squares[:, 1]
    if name in ("parabola", "curve"):  # Y is X²
        assert torch.allclose(y, x**2)
    else:
        off = rectangles(squares)
        assert abs(float(off.mean())) > 20 * float(off.std()) / math.sqrt(len(off))
    assert float(x.mean()) > 0.5


def test_the_curriculums_parabola():
    p = parabola_table()
    x, y = torch.tensor([-1.0, 0.0, 1.0]).double(), torch.tensor([0.0, 1.0]).double()
    cov = expectation(x[:, None] * y, p) - expectation(x, p.sum(1)) * expectation(y, p.sum(0))
    assert cov == 0
    assert float(p[1, 0]) == pytest.approx(1 / 3)
    assert float(p.sum(1)[1] * p.sum(0)[0]) == pytest.approx(1 / 9)
    assert largest(independence_gap(p)) == pytest.approx(2 / 9)


def test_signs_are_normal_each_and_not_together():
    X = cloud("signs", 40_000, generator(2))
    for column in X.T:
        inside = float((column.abs() < 1).double().mean())
        assert abs(inside - 0.682689) < 5 * math.sqrt(0.6827 * 0.3173 / 40_000)
    assert float((X.sum(1) == 0).double().mean()) == pytest.approx(0.5, abs=0.02)  # no density


def test_weights_by_pairs_and_as_a_form():
    B, a = normal(4, 4), normal(4, seed=3)
    S = B @ B.T
    found = weighted_variance(a, S)
    pairs = sum(float(a[i] * a[j] * S[i, j]) for i, j in itertools.combinations(range(4), 2))
    assert found.shared == pytest.approx(2 * pairs, rel=1e-12)
    assert found.variance == pytest.approx(float(a @ S @ a), rel=1e-12)
    X = normal(20, 4, seed=5)
    sample = weighted_variance(a, covariance(X))
    assert sample.variance == pytest.approx(float((X @ a).var(correction=0)), rel=1e-12)


def test_the_least_variance_is_least():
    B = normal(3, 3)
    S = B @ B.T
    best = least_variance(S)
    assert float(best.sum()) == pytest.approx(1)
    low = weighted_variance(best, S).variance
    for seed in range(20):
        off = normal(3, seed=seed)
        moved = best + 0.1 * (off - off.mean())
        assert weighted_variance(moved, S).variance > low
    with pytest.raises(ValueError, match=r"eigenvalues in \(0, inf\)"):
        least_variance(torch.ones(2, 2))


@pytest.mark.parametrize("rho", [-0.25, 0.0, 0.3, 1.0])
def test_averaging_stops_helping(rho):
    S = equicorrelation(5, rho, 2.0)
    mean = weighted_variance(torch.full((5,), 0.2, dtype=torch.float64), S).variance
    assert mean == pytest.approx(4 * (1 / 5 + 4 / 5 * rho), abs=1e-12)
    with pytest.raises(ValueError, match=r"rho in \[-0.25, 1\], got -0.26"):
        equicorrelation(5, -0.26)


def test_the_shift_formula_on_paper_and_in_float32():
    x = normal(1000)
    true = float(x.var(correction=0))
    for c in (0.0, 1.0, 1e3, -1e3):
        assert shifted_variances(x, c, torch.float64).one_pass == pytest.approx(true, rel=1e-6)
    found = [shifted_variances(normal(1000, seed=s), 1e4).one_pass for s in range(20)]
    assert min(found) < 0 < max(found)  # a negative variance
    assert min(shifted_variances(normal(1000, seed=s), 1e4).two_pass for s in range(20)) > 0.8
    assert abs(shifted_variances(x, 1e3).one_pass - true) > 1e-3
    assert shifted_variances(x, 1e6).two_pass == pytest.approx(true, rel=0.01)
    square = np.float32(10_000.0) ** 2  # by hand, one number: spacing of float32 near 1e8 is 8
    assert float(np.spacing(square)) == 8


def test_cauchy_and_schwarz_for_tables_and_pairs():
    random = generator(4)
    for theta in (-1.0, -0.4, 0.0, 0.7, 1.0):
        p, q = (torch.rand(n, generator=random, dtype=torch.float64) for n in (3, 4))
        table = dependent(p / p.sum(), q / q.sum(), theta)
        x, y = normal(3, seed=1), normal(4, seed=2)
        left, right = cauchy_schwarz(x, y, table)
        by_hand = sum(float(table[i, j] * x[i] * y[j]) for i in range(3) for j in range(4))
        assert left == pytest.approx(by_hand**2) and left <= right * (1 + 1e-12)
    x = normal(10)
    assert cauchy_schwarz(x, -2 * x).left == pytest.approx(cauchy_schwarz(x, -2 * x).right)
    assert cauchy_schwarz(x, normal(10, seed=1)).left < cauchy_schwarz(x, normal(10, seed=1)).right


def test_running_means_settle_where_there_is_a_mean():
    x = torch.tensor([1.0, 3.0, 2.0, 6.0])
    assert running_means(x).tolist() == [1, 2, 2, 3]
    still = running_means(law("normal", mu=2.0, sigma=1.0).draw(100_000, generator(0)))
    assert abs(float(still[-1]) - 2) < 5 / math.sqrt(100_000)
    jumps = []
    for seed in range(40):  # the mean of n Cauchy values is as wide as one
        jumps.append(
            float(running_means(law("cauchy", loc=0.0, scale=1.0).draw(5000, generator(seed)))[-1])
        )
    beyond = sum(abs(jump) > 1 for jump in jumps) / 40
    assert 0.2 < beyond < 0.8  # exactly ½


@pytest.mark.parametrize(
    ("job", "says"),
    [
        (lambda: covariance(torch.ones(1, 2)), r"number of rows of X in \[2, inf\), got 1"),
        (lambda: covariance(torch.tensor([[1.0], [math.nan]])), "X in .*, got nan"),
        (lambda: covariance_from((1.0, 1.0), 1.2), r"rho in \[-1, 1\], got 1.2"),
        (lambda: covariance_from((-1.0, 1.0), 0.2), "smaller of sigmas"),
        (lambda: cloud("gauss", 1, generator(0)), r"n a whole number in \[2, 100000\], got 1"),
        (lambda: cloud("star", 10, generator(0)), "cloud to be one of gauss"),
        (lambda: weighted_variance([1.0], torch.eye(2)), r"a of shape \(2,\), got \(1,\)"),
        (lambda: shifted_variances(torch.ones(3), 1.0, torch.int32), "dtype torch.float32 or"),
    ],
)
def test_refusals(job, says):
    with pytest.raises(ValueError, match=says):
        job()
