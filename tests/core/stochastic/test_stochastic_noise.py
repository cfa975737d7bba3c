"""Mini-batches against every batch there is, written out."""

from itertools import combinations, product

import pytest
import torch

from core.rng import generator
from core.stochastic import batch_means, epoch, minibatch_variance, sample_gradients


def drawn(N, d=2, seed=0):
    return torch.randn(N, d, generator=generator(seed), dtype=torch.float64) + 3


@pytest.mark.parametrize("N", [1, 2, 5, 8])
def test_the_variance_is_that_over_all_batches(N):
    g = drawn(N)
    for B in range(1, N + 1):
        without = torch.stack([g[list(rows)].mean(0) for rows in combinations(range(N), B)])
        torch.testing.assert_close(without.mean(0), g.mean(0))
        expected = without.var(0, correction=0)
        torch.testing.assert_close(minibatch_variance(g, B, False), expected)
        if N**B < 4000:
            again = torch.stack([g[list(rows)].mean(0) for rows in product(range(N), repeat=B)])
            torch.testing.assert_close(minibatch_variance(g, B, True), again.var(0, correction=0))


def test_a_whole_batch_without_replacement_has_no_noise():
    g = drawn(40)
    assert minibatch_variance(g, 40, False).tolist() == [0, 0]
    assert float(minibatch_variance(g, 40, True).min()) > 0


@pytest.mark.parametrize("replacement", [True, False])
def test_drawn_batches_scatter_as_they_should(replacement):
    g, count = drawn(12), 40_000
    means = batch_means(g, 5, replacement, count, generator(1))
    variance = minibatch_variance(g, 5, replacement)
    off = (means.mean(0) - g.mean(0)).abs() / (variance / count).sqrt()
    assert float(off.max()) < 4
    torch.testing.assert_close(means.var(0), variance, rtol=4 * (2 / count) ** 0.5, atol=0)


def test_drawn_without_replacement_is_drawn_once():
    powers = (2.0 ** torch.arange(8)).double()[:, None]
    sums = (3 * batch_means(powers, 3, False, 500, generator(2))).round().long()[:, 0]
    assert {bin(value).count("1") for value in sums.tolist()} == {3}
    assert len(set(sums.tolist())) == 56  # every one of the C(8, 3)


def test_slopes_of_the_rows_are_those_of_autograd():
    X, y = drawn(6, 3), drawn(6, 1, seed=1)[:, 0]
    theta = torch.tensor([0.3, -1.0, 2.0], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(0.5 * (X @ theta - y).square().mean(), theta)
    rows = sample_gradients(X, y, theta.detach())
    torch.testing.assert_close(rows.mean(0), slope)


def test_a_small_last_batch_counts_its_rows_too_much():
    """keras#20241: losses 1 … 15 in batches of 6."""
    pass_ = epoch(torch.arange(1.0, 16.0)[:, None], 6)
    assert pass_.sizes.tolist() == [6, 6, 3]
    assert pass_.means.mean().item() == 9
    assert (pass_.means[:, 0] @ pass_.sizes.double()).item() / 15 == 8


def test_given_the_past_a_batch_of_an_epoch_is_drawn_around_what_is_left():
    g = drawn(9)
    pass_ = epoch(g, 4, generator(0))
    torch.testing.assert_close(pass_.left[0], g.mean(0))
    rest = (9 * g.mean(0) - 4 * pass_.means[0]) / 5
    torch.testing.assert_close(pass_.left[1], rest)
    torch.testing.assert_close(pass_.left[2], pass_.means[2])
    assert not torch.allclose(pass_.left[1], g.mean(0), atol=1e-3)


@pytest.mark.parametrize("B", [0, 6, 2.5, -1])
def test_a_batch_of_another_size_is_refused(B):
    for job in (
        lambda: minibatch_variance(drawn(5), B, True),
        lambda: batch_means(drawn(5), B, False, 3, generator(0)),
        lambda: epoch(drawn(5), B),
    ):
        with pytest.raises(ValueError, match=r"expected B a whole number in \[1, 5\]"):
            job()


def test_bad_tables_are_refused():
    with pytest.raises(ValueError, match="gradients of shape"):
        minibatch_variance(torch.ones(5), 1, True)
    with pytest.raises(ValueError, match="gradients in"):
        minibatch_variance(torch.full((5, 1), torch.nan), 1, True)
    with pytest.raises(ValueError, match="count"):
        batch_means(drawn(5), 1, True, 0, generator(0))
    with pytest.raises(ValueError, match="theta"):
        sample_gradients(drawn(4), torch.ones(4), torch.ones(3))
