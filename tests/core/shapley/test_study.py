"""The spread of one order, the error over seeds, and the average over subsets all alike."""

import itertools

import pytest
import torch

from core.rng import generator
from core.shapley import (
    banzhaf_values,
    glove,
    permutation_estimate,
    random_game,
    shapley_values,
    voting,
)
from core.shapley.estimates import METHODS, all_orders, every_order, passed
from core.shapley.study import SEEDS, SIZES, coalitions_alike, spread, study

COOKS = torch.tensor([0.0, 4.0, 3.0, 9.0, 2.0, 8.0, 7.0, 15.0], dtype=torch.float64)


def studied(v):
    return study(tuple(v.tolist()))


def arrivals(v, order):
    """What each player adds, one after the other."""
    there, added = 0, {}
    for j in order:
        added[j] = float(v[there | 1 << j] - v[there])
        there |= 1 << j
    return [added[j] for j in sorted(added)]


@pytest.mark.parametrize("p", [1, 2, 4])
def test_all_orders_dealt_are_exact_in_mean_and_in_spread(p):
    v = random_game(p, 7)
    played = torch.tensor([arrivals(v, order) for order in itertools.permutations(range(p))])
    torch.testing.assert_close(all_orders(v), played.double())
    torch.testing.assert_close(all_orders(v).mean(0), shapley_values(v))
    torch.testing.assert_close(spread(v, shapley_values(v)), played.double().std(0, correction=0))
    for order, S in zip(every_order(p).tolist(), passed(every_order(p)).tolist(), strict=True):
        assert [sum(1 << j for j in order[:k]) for k in range(p + 1)] == S


def test_subsets_that_are_all_alike_lead_to_banzhaf_and_not_to_shapley():
    v, p = random_game(4, 2), 4
    every = [[float(v[S | 1 << j] - v[S & ~(1 << j)]) for j in range(p)] for S in range(2**p)]
    torch.testing.assert_close(torch.tensor(every).double().mean(0), banzhaf_values(v))
    means = coalitions_alike(v, 40_000, 0)
    S = torch.randint(2**p, (40_000,), generator=generator(0))
    assert means[0].tolist() == pytest.approx(every[int(S[0])])
    assert (means[-1] - banzhaf_values(v)).abs().max() < 0.05
    assert (means[-1] - shapley_values(v)).abs().max() > 0.2


@pytest.mark.parametrize("v", [COOKS, random_game(5), glove(1, 3)])
def test_the_error_of_20_seeds_is_sigma_over_root_M(v):
    found, phi = studied(v), shapley_values(v)
    sigma = float(spread(v, phi).square().mean().sqrt())
    assert found.constant("plain") == pytest.approx(sigma, rel=0.12)
    assert found.slope("plain") == pytest.approx(-0.5, abs=0.08)
    assert found.rmse.shape == (3, SEEDS, len(SIZES))
    assert all((found.orders % group == 0).all() for group in (1, 2, len(phi)))
    first = permutation_estimate(v, int(found.orders[-1]), generator(0)).means()[found.orders - 1]
    torch.testing.assert_close((first - phi).square().mean(-1).sqrt(), found.rmse[0, 0])


def test_a_reversed_order_repeats_the_vote_and_completes_the_cooks():
    # of 49, 49, 2 the second to come decides, and it is the second in the reverse too
    votes, cooks = studied(voting()), studied(COOKS)
    assert votes.against_plain("antithetic") == pytest.approx(2**0.5, rel=0.1)
    assert votes.against_plain("stratified") == cooks.against_plain("antithetic") == 0
    assert cooks.slope("antithetic") is None
    assert studied(0 * COOKS).against_plain(METHODS[1]) is None
