"""Distances between laws against linear programmes, brute force, scipy, POT and axioms."""

import math
from itertools import pairwise, permutations

import numpy as np
import ot
import pytest
import torch
from scipy.integrate import quad
from scipy.optimize import linprog
from scipy.stats import norm, wasserstein_distance

from core.dro import common_support, jsd, kl, sorted_plan, wasserstein, wasserstein_1d
from core.rng import generator

ORDERS = (1, 1.5, 2, 4, 16, math.inf)


def points(n, seed, d=None):
    shape = (n,) if d is None else (n, d)
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def masses(n, seed):
    w = torch.rand(n, generator=generator(seed), dtype=torch.float64)
    return w / w.sum()


def programme(cost, v, w):
    """The least ⟨P, cost⟩ over plans with these marginals."""
    n, m = cost.shape
    rows = np.kron(np.eye(n), np.ones(m))
    columns = np.kron(np.ones(n), np.eye(m))
    both, right = np.vstack([rows, columns]), np.concatenate([v, w])
    return linprog(cost.ravel(), A_eq=both[:-1], b_eq=right[:-1]).fun


@pytest.mark.parametrize("p", [1, 2, 4])
def test_sorting_is_the_linear_programme(p):
    a, b, v, w = points(7, 0), 2 * points(9, 1) + 1, masses(7, 2), masses(9, 3)
    cost = ((a[:, None] - b).abs() ** p).numpy()
    exact = programme(cost, v.numpy(), w.numpy()) ** (1 / p)
    assert wasserstein_1d(a, b, p, v, w) == pytest.approx(exact, rel=1e-9)
    even = programme(cost, np.full(7, 1 / 7), np.full(9, 1 / 9)) ** (1 / p)
    assert wasserstein_1d(a, b, p) == pytest.approx(even, rel=1e-9)


@pytest.mark.parametrize("p", ORDERS)
@pytest.mark.parametrize("d", [1, 2])
def test_an_assignment_is_the_best_of_all_and_on_the_line_sorts(p, d):
    a, b = points(6, 4, d), 2 * points(6, 5, d) + 1
    far = torch.cdist(a, b)
    rows = torch.arange(6)

    def paid(plan):
        each = far[rows, list(plan)]
        return float(each.max() if math.isinf(p) else each.pow(p).mean() ** (1 / p))

    found = wasserstein(a, b, p)
    assert found.distance == pytest.approx(min(map(paid, permutations(range(6)))), rel=1e-12)
    assert paid(found.plan) == pytest.approx(found.distance, rel=1e-12)
    if d == 1:
        line = wasserstein_1d(a[:, 0], b[:, 0], p)
        assert line == pytest.approx(found.distance, rel=1e-12)


def test_the_plan_has_its_marginals_and_pays_the_distance_for_every_order():
    a, b, v, w = points(8, 6), points(5, 7), masses(8, 8), masses(5, 9)
    plan = sorted_plan(a, b, v, w)
    assert bool((plan.mass > 0).all())
    torch.testing.assert_close(torch.zeros(8).double().index_add(0, plan.i, plan.mass), v)
    torch.testing.assert_close(torch.zeros(5).double().index_add(0, plan.j, plan.mass), w)
    assert torch.equal(a[plan.i], plan.source) and torch.equal(b[plan.j], plan.target)
    assert bool((plan.source.diff() >= 0).all() and (plan.target.diff() >= 0).all())
    far = (plan.source - plan.target).abs()
    for p in (1, 3):
        paid = float(plan.mass @ far**p) ** (1 / p)
        assert wasserstein_1d(a, b, p, v, w) == pytest.approx(paid, rel=1e-12)
    assert wasserstein_1d(a, b, math.inf, v, w) == pytest.approx(float(far.max()))


@pytest.mark.parametrize("p", ORDERS)
def test_distances_are_metrics_and_shifts_cost_their_length(p):
    for seed in range(5):
        a, b, c = (points(10, 3 * seed + k) for k in range(3))
        ab, bc, ac = (wasserstein_1d(x, y, p) for x, y in ((a, b), (b, c), (a, c)))
        assert ac <= ab + bc + 1e-12 and ab > 0
        assert wasserstein_1d(b, a, p) == pytest.approx(ab)
        assert wasserstein_1d(a, a[torch.randperm(10, generator=generator(seed))], p) == 0
        assert wasserstein_1d(a, a - 2.5, p) == pytest.approx(2.5)
        flat = torch.stack([a, b], 1), torch.stack([b, c], 1)
        move = torch.tensor([3.0, -4.0], dtype=torch.float64)
        assert wasserstein(flat[0], flat[0] + move, p).distance == pytest.approx(5)


def test_distances_grow_with_the_order_so_that_balls_shrink():
    for seed in range(10):
        a, b = points(12, 50 + seed, 2), points(12, 70 + seed, 2)
        each = [wasserstein(a, b, p).distance for p in ORDERS]
        line = [wasserstein_1d(a[:, 0], b[:9, 1], p) for p in ORDERS]
        for one in (each, line):
            assert all(x <= y + 1e-12 for x, y in pairwise(one))


def test_two_gaussians_meet_their_closed_form():
    u = torch.from_numpy(norm.ppf((np.arange(50_000) + 0.5) / 50_000))
    found = wasserstein_1d(1 + 2 * u, -2 + 0.5 * u, 2)
    assert found**2 == pytest.approx(3**2 + 1.5**2, rel=1e-4)


def test_weighted_distances_are_integrals_between_distribution_functions():
    a, b, v, w = points(4, 10), points(6, 11), masses(4, 12), masses(6, 13)

    def gap(x):
        return abs(float(v[a <= x].sum() - w[b <= x].sum()))

    ends = torch.cat([a, b]).sort().values.tolist()
    area = sum(quad(gap, s, t)[0] for s, t in pairwise(ends))
    assert wasserstein_1d(a, b, 1, v, w) == pytest.approx(area, rel=1e-9)


def test_samples_and_masses_are_different_laws():
    x, y = torch.tensor([0.5, 0.5, 0, 0]), torch.tensor([0, 0, 0.5, 0.5])
    assert wasserstein_1d(x, y) == 0
    assert wasserstein_1d(torch.arange(4), torch.arange(4), 1, x, y) == pytest.approx(2)


def test_moving_apart_is_felt_by_transport_only():
    """GAN-09: W₁(δ₀, δ_θ) = |θ|, while JSD is log 2 as soon as θ ≠ 0."""
    for theta in (-3.0, 0.001, 2.0):
        _, p, q = common_support(torch.zeros(1), torch.tensor([theta]))
        assert wasserstein_1d(torch.zeros(1), torch.tensor([theta])) == pytest.approx(abs(theta))
        assert jsd(p, q) == pytest.approx(math.log(2)) and kl(p, q) == math.inf


def test_divergences_by_hand():
    p, q = (
        torch.tensor([0, 0.1, 0.9], dtype=torch.float64),
        torch.tensor([0.1, 0.1, 0.8], dtype=torch.float64),
    )
    assert kl(p, q) == pytest.approx(0.1060047, abs=1e-7)
    assert kl(q, p) == math.inf and kl(p, p) == 0
    m = (p + q) / 2
    assert jsd(p, q) == pytest.approx((kl(p, m) + kl(q, m)) / 2)
    x, p, q = common_support(torch.tensor([2.0, 0.0, 2.0]), torch.tensor([2.0, 5.0]))
    assert x.tolist() == [0, 2, 5]
    torch.testing.assert_close(p, torch.tensor([1 / 3, 2 / 3, 0], dtype=torch.float64))
    torch.testing.assert_close(q, torch.tensor([0, 0.5, 0.5], dtype=torch.float64))


def test_transport_refuses_by_name():
    a = points(4, 0)
    with pytest.raises(ValueError, match="expected a and b to have equal masses, as many points"):
        wasserstein(points(3, 0, 2), points(4, 0, 2))
    for p in (0.5, math.nan, -1):
        with pytest.raises(ValueError, match=r"expected p in \[1, inf\]"):
            wasserstein_1d(a, a, p)
    with pytest.raises(ValueError, match=r"expected a_weights to sum to 1, got 0\.8"):
        wasserstein_1d(a, a, 1, torch.full((4,), 0.2))
    with pytest.raises(ValueError, match="expected b_weights to sum to 1, got 0"):
        wasserstein_1d(a, a, 1, None, torch.zeros(4))
    with pytest.raises(ValueError, match=r"expected b_weights in \[0, inf\), got -1"):
        wasserstein_1d(a, a, 1, None, torch.tensor([-1.0, 1, 0.5, 0.5]))
    for bad in (math.inf, -math.inf, math.nan):
        with pytest.raises(ValueError, match="expected b in"):
            wasserstein_1d(a, torch.tensor([0, 1, bad, 2]))
    for empty in (torch.empty(0), torch.tensor(1.0)):
        with pytest.raises(ValueError, match="expected a of shape"):
            wasserstein_1d(empty, empty)
    with pytest.raises(ValueError, match="expected p to sum to 1"):
        kl(torch.tensor([0.3, 0.3]), torch.tensor([0.5, 0.5]))


# --- reference libraries -------------------------------------------------------------------------


@pytest.mark.peer
def test_the_line_is_scipys_and_pots():
    for n, m in ((1, 1), (300, 300), (300, 77)):
        a, b = points(n, 20), 3 * points(m, 21)
        assert wasserstein_1d(a, b) == pytest.approx(wasserstein_distance(a, b), abs=1e-9)
        v, w = masses(n, 22), masses(m, 23)
        theirs = wasserstein_distance(a, b, v, w)
        assert wasserstein_1d(a, b, 1, v, w) == pytest.approx(theirs, abs=1e-9)
        theirs = ot.wasserstein_1d(a.numpy(), b.numpy(), v.numpy(), w.numpy(), p=3)
        assert wasserstein_1d(a, b, 3, v, w) ** 3 == pytest.approx(float(theirs), rel=1e-9)


@pytest.mark.peer
@pytest.mark.parametrize("p", [1, 2])
def test_the_plane_is_pots(p):
    a, b = points(80, 24, 2), points(80, 25, 2) + 1
    metric = "euclidean" if p == 1 else "sqeuclidean"  # of the second emd2 is W₂², no root
    theirs = ot.emd2([], [], ot.dist(a.numpy(), b.numpy(), metric)) ** (1 / p)
    assert wasserstein(a, b, p).distance == pytest.approx(theirs, abs=1e-9)
