"""Randomised smoothing against the closed form of a linear classifier and scipy's distributions."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from core.adversarial import smoothing
from core.adversarial.nets import Net, fit, labelled_cloud
from core.adversarial.smoothing import (
    certificate,
    largest_radius,
    lower_bound,
    smoothed_radius,
    votes,
)
from core.rng import generator

W = torch.tensor([[0.0, 0.0, 0.0], [1.0, -2.0, 2.0]], dtype=torch.float64)
LINE = Net((W,), (torch.tensor([0.0, 0.5], dtype=torch.float64),))  # ‖w‖ = 3


def cloud(m, seed=0):
    return torch.randn(m, 3, generator=generator(seed), dtype=torch.float64)


def distance(x):
    return (x @ W[1] + 0.5).abs() / 3


def test_a_line_is_voted_for_as_the_normal_law_says():
    x, n, sigma = cloud(50), 20_000, 0.7
    counts = votes(LINE, x, sigma, n, generator=generator(1))
    assert counts.shape == (50, 2) and (counts.sum(1) == n).all()
    p = stats.norm.cdf((x @ W[1] + 0.5).numpy() / (3 * sigma))
    error = (counts[:, 1].numpy() / n - p) / np.sqrt(p * (1 - p) / n)
    assert np.abs(error).max() < 5


def test_the_radius_of_a_line_is_below_its_distance_and_comes_near():
    x, sigma = cloud(300), 0.5
    x = x[(distance(x) > 0.2) & (distance(x) < 1.2)]
    for n, off in ((1000, 0.4), (100_000, 0.04)):
        run = smoothed_radius(LINE, x, sigma, n=n, alpha=1e-6, generator=generator(2))
        assert torch.equal(run.label, LINE(x).argmax(1))
        assert (run.radius <= distance(x)).all()
        assert (distance(x) - run.radius).max() < off
        assert not run.abstains.any()
    far = smoothed_radius(LINE, 10 * x[:1], sigma, generator=generator(2))
    assert float(far.radius) == pytest.approx(largest_radius(sigma, 1000, 0.001))


def test_it_abstains_on_the_boundary():
    x = cloud(40)
    x = x - ((x @ W[1] + 0.5) / 9)[:, None] * W[1]
    run = smoothed_radius(LINE, x, 0.3, alpha=0.01, generator=generator(3))
    assert run.abstains.double().mean() > 0.9  # it does not in about one of a hundred
    assert (run.radius[run.abstains] == 0).all() and (run.radius[~run.abstains] > 0).all()


def test_too_large_a_radius_is_as_rare_as_promised():
    """Clopper-Pearson: the bound is above p in at most a share α of all samples."""
    n, alpha = 200, 0.05
    for p in (0.55, 0.8, 0.97):
        count = torch.from_numpy(np.random.default_rng(0).binomial(n, p, 40_000))
        share = float((lower_bound(count, n, alpha) > p).double().mean())
        exact = stats.binom.sf(np.flatnonzero(
            lower_bound(torch.arange(n + 1), n, alpha).numpy() > p
        )[0] - 1, n, p)  # fmt: skip
        assert exact <= alpha and share == pytest.approx(exact, abs=0.005)


@pytest.mark.parametrize("alpha", [0.001, 0.05, 0.4])
@pytest.mark.parametrize("n", [1, 7, 300])
def test_the_bound_is_a_quantile_of_the_beta_law_and_a_tail_of_the_binomial(n, alpha):
    k = np.arange(n + 1)
    mine = lower_bound(torch.from_numpy(k), n, alpha).numpy()
    assert mine[0] == 0 and (np.diff(mine) > 0).all()
    np.testing.assert_allclose(mine[1:], stats.beta.ppf(alpha, k[1:], n - k[1:] + 1), rtol=1e-9)
    np.testing.assert_allclose(stats.binom.sf(k[1:] - 1, n, mine[1:]), alpha, rtol=1e-7)
    assert largest_radius(2.0, n, alpha) == pytest.approx(
        max(0.0, 2 * stats.norm.ppf(mine[-1])), abs=1e-12
    )


def test_a_certificate_is_a_quantile_of_the_normal_law():
    p = torch.tensor([0.0, 0.3, 0.5, 0.6, 0.99], dtype=torch.float64)
    wanted = [0, 0, 0, *(0.4 * stats.norm.ppf([0.6, 0.99]))]
    np.testing.assert_allclose(certificate(p, 0.4).numpy(), wanted, atol=1e-12)


def test_no_point_inside_the_radius_is_voted_for_otherwise():
    """The theorem, on a net: moved by less than the radius, the majority is the same."""
    X, y = labelled_cloud("moons", 200, generator=generator(0))
    net = fit(X, y, activation="relu")
    run = smoothed_radius(net, X[:20], 0.4, n=20_000, generator=generator(4))
    certain = ~run.abstains
    assert certain.sum() > 12
    turn = torch.linspace(0, 2 * math.pi, 9)[:8].double()
    ring = torch.stack([turn.cos(), turn.sin()], 1)
    moved = (X[:20, None] + 0.98 * run.radius[:, None, None] * ring)[certain]
    counts = votes(net, moved.reshape(-1, 2), 0.4, 4000, generator=generator(5))
    share = counts.gather(1, run.label[certain].repeat_interleave(8)[:, None]) / 4000
    assert (share > 0.5 - 5 * 0.5 / 4000**0.5).all()


def test_a_grid_is_read_in_pieces_and_the_noise_is_shared(monkeypatch):
    x = cloud(11)
    monkeypatch.setattr(smoothing, "ROWS", 40)
    counts = votes(LINE, x, 0.5, 100, generator=generator(6))
    assert (counts.sum(1) == 100).all()
    twice = votes(LINE, x[[3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]], 0.5, 100, generator=generator(6))
    assert (twice == counts[3]).all()
    again = smoothed_radius(LINE, x, 0.5, generator=generator(7))
    assert torch.equal(again.radius, smoothed_radius(LINE, x, 0.5, generator=generator(7)).radius)
    other = smoothed_radius(LINE, x, 0.5, generator=generator(8))
    assert not torch.equal(again.count, other.count)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"sigma": 0}, r"expected sigma in \(0, inf\), got 0"),
        ({"n": 0}, "expected n"),
        ({"n0": 0}, "expected n0"),
        ({"alpha": 0}, r"expected alpha in \(0, 1\), got 0"),
        ({"alpha": 1}, "expected alpha"),
        ({"x": torch.ones(3)}, r"expected x of shape \(m, d\), got \(3,\)"),
    ],
)
def test_what_is_out_of_range_is_refused(values, words):
    with pytest.raises(ValueError, match=words):
        smoothed_radius(LINE, **{"x": cloud(2), "sigma": 1.0, "generator": generator(0)} | values)


def test_counts_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match=r"expected count in \[0, 5\], got 2 to 6"):
        lower_bound(torch.tensor([2, 6]), 5, 0.1)
