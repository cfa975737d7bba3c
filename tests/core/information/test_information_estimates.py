"""Estimates from samples against the truth, brute force, sklearn, and the rate of their bias."""

import math

import numpy as np
import pytest
import torch

from core.information import (
    draw_counts,
    first_order_bias,
    ksg,
    miller_madow,
    mutual_information,
    normal_information,
    normal_pairs,
    plug_in,
    tally,
    xor_copy,
)
from core.rng import generator

TABLE = torch.tensor([[0.2, 0.1, 0.05], [0.05, 0.15, 0.1], [0.05, 0.1, 0.2]], dtype=torch.float64)


def by_hand(x, y, k):
    """Kraskov's estimator 1 from the tables of all distances."""
    dx, dy = (x[:, None] - x).abs(), (y[:, None] - y).abs()
    if x.ndim == 2:
        dx, dy = (x[:, None] - x).abs().amax(2), (y[:, None] - y).abs().amax(2)
    both = torch.maximum(dx, dy).fill_diagonal_(-1)
    eps = both.sort(1).values[:, k, None]
    nx, ny = (dx < eps).sum(1).double(), (dy < eps).sum(1).double()  # with the point itself
    ends = torch.tensor([k, len(x)], dtype=torch.float64).digamma().sum()
    return float(ends - nx.digamma().mean() - ny.digamma().mean())


@pytest.mark.parametrize("n", [2, 3, 10, 300])
@pytest.mark.parametrize("k", [1, 2, 5])
def test_neighbours_are_counted_as_by_hand(n, k):
    if k >= n:
        return
    x, y = normal_pairs(0.8, n, generator(n))
    assert ksg(x, y, k) == pytest.approx(by_hand(x, y, k), abs=1e-12)
    coarse = (4 * x).round() / 10  # many equal numbers in one coordinate, at odd distances
    assert ksg(coarse, y, k) == pytest.approx(by_hand(coarse, y, k), abs=1e-12)
    wide = torch.stack([x, y * x], 1), torch.stack([y, x + y.square()], 1)
    assert ksg(*wide, k) == pytest.approx(by_hand(*wide, k), abs=1e-12)


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
def test_neighbours_find_the_truth_within_their_noise(rho):
    found = [ksg(*normal_pairs(rho, 800, generator(seed)), 4) for seed in range(25)]
    mean, error = np.mean(found), np.std(found) / 5
    assert abs(mean - normal_information(rho)) < 4 * error + 0.01


def test_neighbours_see_a_curve_that_correlation_does_not():
    x, noise = normal_pairs(0.0, 1500, generator(7))
    y = x.square() + 0.1 * noise
    assert abs(float(torch.corrcoef(torch.stack([x, y]))[0, 1])) < 0.1
    assert ksg(x, y, 3) > 1
    assert ksg(y, x, 3) == pytest.approx(ksg(x, y, 3), abs=1e-12)


@pytest.mark.peer
def test_neighbours_are_sklearns():
    from sklearn.feature_selection import mutual_info_regression
    from sklearn.preprocessing import scale

    x, y = (torch.from_numpy(scale(each.numpy())) for each in normal_pairs(0.7, 600, generator(3)))
    theirs = mutual_info_regression(x.numpy()[:, None], y.numpy(), n_neighbors=3, random_state=0)
    assert ksg(x, y, 3) == pytest.approx(float(theirs[0]), abs=1e-6)  # it adds noise of 1e-10


def test_counts_are_drawn_from_the_table():
    counts = draw_counts(TABLE, 1000, 400, generator(0))
    assert counts.shape == (400, 3, 3) and bool((counts.sum((1, 2)) == 1000).all())
    error = (TABLE * (1 - TABLE) / 400_000).sqrt()
    assert bool(((counts.mean(0) / 1000 - TABLE).abs() < 5 * error).all())
    assert torch.equal(counts, draw_counts(TABLE, 1000, 400, generator(0)))
    never = draw_counts(xor_copy(0.0), 500, 20, generator(1))
    assert never.shape == (20, 2, 2, 2) and float(never[:, 0, 0, 1].sum()) == 0
    assert draw_counts([0.0, 1.0, 0.0], 10, 1, generator(0)).tolist() == [[0, 10, 0]]


def test_the_plug_in_is_too_large_by_its_first_order_bias():
    """(K − 1)(L − 1)/2n for full tables: 4/2n here; what is left falls faster than 1/n."""
    truth, left = float(mutual_information(TABLE)), []
    for n in (100, 400):
        counts = draw_counts(TABLE, n, 20_000, generator(n))
        off = plug_in(counts) - truth
        error = float(off.std()) / math.sqrt(len(off))
        assert abs(float(off.mean()) - 2 / n) < 4 * error + 4 / n**1.5
        assert float(off.mean()) > 10 * error
        corrected = miller_madow(counts) - truth
        left.append((abs(float(corrected.mean())), error))
        assert left[-1][0] < 0.2 * float(off.mean()) + 3 * error
    assert float(first_order_bias(100 * TABLE)) == pytest.approx(4 / 200)


def test_independent_variables_seem_to_tell_something():
    even = torch.full((4, 4), 1 / 16, dtype=torch.float64)
    found = plug_in(draw_counts(even, 50, 4000, generator(2)))
    assert bool((found > 0).all())
    assert float(found.mean()) == pytest.approx(9 / 100, rel=0.15)


def test_a_tally_counts_pairs():
    x, y = torch.tensor([0, 2, 2, 1]), torch.tensor([1, 0, 0, 1])
    assert tally(x, y).tolist() == [[0, 1], [0, 1], [2, 0]]
    share = tally(x, y) / 4
    assert float(plug_in(tally(x, y))) == pytest.approx(float(mutual_information(share)))
    assert float(plug_in(tally(x, y))) == pytest.approx(math.log(2))


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (lambda: ksg([1, 2, 3], [1, 2], 1), "expected as many y as x, 3, got 2"),
        (lambda: ksg([1, 2, 3], [1, 2, 3], 3), r"expected k a whole number in \[1, 2\], got 3"),
        (lambda: ksg([1, 2, 3], [1, 2, 3], 0), "expected k a whole number"),
        (lambda: ksg([1], [1], 1), r"expected points in \[2, 50000\], got 1"),
        (lambda: ksg([1, 1, 3], [2, 2, 3], 1), "expected x, y with at most 1 equal points, got 2"),
        (lambda: ksg([1, math.nan, 3], [2, 2, 3], 1), r"expected x in \(-inf, inf\), got nan"),
        (lambda: ksg([], [], 1), r"expected x of shape \(n,\) or \(n, d\)"),
        (lambda: normal_pairs(2, 5, generator(0)), r"expected rho in \[-1, 1\], got 2"),
        (lambda: plug_in([[0, 0], [0, 0]]), "expected least sum of counts"),
        (lambda: plug_in([[1, -1], [1, 1]]), r"expected counts in \[0, inf\), got -1"),
        (lambda: plug_in([1, 2]), r"expected counts of shape \(k, l\) or more"),
        (lambda: tally([0.5], [1]), r"expected x a whole number in \[0, 999\], got 0.5"),
        (lambda: tally([0, 1], [1]), "expected as many y as x"),
        (lambda: draw_counts(TABLE, 0, 1, generator(0)), "expected n a whole number in"),
        (lambda: draw_counts(TABLE, 10**6, 10**3, generator(0)), "expected repeats × max"),
    ],
)
def test_bad_input_is_refused_by_name(job, words):
    with pytest.raises(ValueError, match=words):
        job()
