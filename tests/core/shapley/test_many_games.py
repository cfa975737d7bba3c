"""Closed forms for many players against the table of a few."""

from itertools import permutations

import pytest
import torch

from core.shapley import airport, coalitions, shapley_values, voting
from core.shapley.many_games import GAMES, large, moments, most_votes, tabled, voting_power


def game(name, p=9, votes="7 5 4 3 3 2 1", needed=0, left=3, members=4, seed=1):
    return large(name, p, votes, needed, left, members, seed)


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize("p", [5, 8, 11])
def test_the_closed_form_is_what_the_table_says(name, p):
    made = game(name, p)
    S = coalitions(made.n)
    v = made.worth(S)
    torch.testing.assert_close(made.phi, shapley_values(v), rtol=0, atol=1e-12)
    table = moments(v)
    torch.testing.assert_close(made.variance, table.variance, rtol=0, atol=1e-11)
    assert made.largest == pytest.approx(table.largest)


def test_the_variance_is_that_over_all_orders():
    v = game("blocks", 5).worth(coalitions(5))
    made = tabled(v)
    found = [[] for _ in range(5)]
    for order in permutations(range(5)):
        S = 0
        for j in order:
            found[j].append(float(v[S | 1 << j] - v[S]))
            S |= 1 << j
    spread = torch.tensor(found, dtype=torch.float64)
    torch.testing.assert_close(made.variance, spread.var(1, correction=0), rtol=0, atol=1e-12)
    assert made.largest == pytest.approx(float(spread.abs().max()))


def test_the_named_games_are_those_of_the_engine():
    rows = coalitions(6)
    assert torch.equal(game("airport", 6).worth(rows), airport([1, 2, 3, 4, 5, 6]))
    seven = game("votes").worth(coalitions(7))
    assert torch.equal(seven, voting([7, 5, 4, 3, 3, 2, 1]))
    assert torch.equal(game("majority", 6).worth(rows), (rows.sum(1) > 3).double())
    two = large("glove", 3, "", 0, 1, 0, 0)
    assert two.phi.tolist() == pytest.approx([2 / 3, 1 / 6, 1 / 6])


@pytest.mark.parametrize("name", [name for name in GAMES if name != "random"])
def test_forty_players_share_exactly_what_there_is(name):
    made = game(name, 40)
    ends = made.worth(torch.stack((torch.zeros(made.n), torch.ones(made.n))).bool())
    assert float(made.phi.sum()) == pytest.approx(float(ends[1] - ends[0]), abs=1e-10)


def test_the_council_of_1958_gives_luxembourg_nothing():
    power = voting_power((4, 4, 4, 2, 2, 1), 12)
    assert power.tolist() == pytest.approx([14 / 60] * 3 + [9 / 60] * 2 + [0], abs=1e-15)


def test_power_is_the_share_of_orders_in_which_a_party_turns_the_vote():
    weights, quota = (5, 3, 3, 0, 2, 1), 9
    turned = [0] * 6
    for order in permutations(range(6)):
        total = 0
        for j in order:
            if total < quota <= total + weights[j]:
                turned[j] += 1
            total += weights[j]
    assert voting_power(weights, quota).tolist() == pytest.approx([t / 720 for t in turned])


def test_typed_votes_are_counted_and_what_is_no_vote_leaves_the_widest_range():
    assert most_votes("7 5 4 3 3 2 1") == 25 and most_votes("1 x") == 4000
