"""Values of a game against orders counted one by one, axioms, and the curriculum's numbers."""

import itertools
import math
from functools import reduce

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.rng import generator
from core.shapley import (
    airport,
    banzhaf_values,
    coalitions,
    first_in,
    glove,
    interaction_index,
    kernel_shap,
    last_in,
    lofo,
    marginal_contributions,
    mobius,
    random_game,
    shapley_values,
    shapley_weights,
    table,
    unanimity,
    voting,
)
from core.shapley.coalitions import sizes, without

TOL = 1e-12
games = st.builds(random_game, st.integers(1, 7), st.integers(0, 10**6))


def subsets(players):
    return itertools.chain.from_iterable(
        itertools.combinations(players, k) for k in range(len(players) + 1)
    )


def worth(v, S):
    return v[sum(2**i for i in S)].item()


def over_all_orders(v, n):
    """E_π[Δ_j(players before j)], the definition by orders, in plain Python."""
    phi = np.zeros(n)
    for order in itertools.permutations(range(n)):
        for k, j in enumerate(order):
            phi[j] += worth(v, order[: k + 1]) - worth(v, order[:k])
    return torch.tensor(phi / math.factorial(n))


def close(a, b, tol=TOL):
    torch.testing.assert_close(a, b, rtol=0, atol=tol)


@pytest.mark.parametrize("n", range(1, 7))
def test_the_value_is_the_mean_contribution_over_all_orders(n):
    v = random_game(n, n)
    v[0] = 5.0  # v(∅) is not 0 here
    close(shapley_values(v), over_all_orders(v, n))


@pytest.mark.parametrize("n", range(2, 7))
def test_banzhaf_is_the_plain_mean_over_coalitions(n):
    v = random_game(n, n)
    for j in range(n):
        rest = [i for i in range(n) if i != j]
        mean = np.mean([worth(v, (*S, j)) - worth(v, S) for S in subsets(rest)])
        assert banzhaf_values(v)[j].item() == pytest.approx(mean, abs=TOL)


@pytest.mark.parametrize("n", range(1, 16))
def test_weights_of_all_coalitions_sum_to_one_and_each_size_has_the_same_share(n):
    w = shapley_weights(n)
    shares = torch.tensor([math.comb(n - 1, s) * w[s].item() for s in range(n)])
    close(shares, torch.full((n,), 1 / n).to(shares), 1e-7)
    assert math.fsum(w[sizes(n - 1)].tolist()) == pytest.approx(1, abs=TOL)
    factorials = math.factorial(n // 2) * math.factorial(n - n // 2 - 1) / math.factorial(n)
    assert w[n // 2].item() == pytest.approx(factorials, rel=1e-14)


@given(games, st.floats(-1e3, 1e3))
def test_efficiency_the_shares_add_up_for_any_worth_of_nobody(v, nobody):
    v = v + nobody
    gap = shapley_values(v).sum() - (v[-1] - v[0])
    assert abs(gap) <= TOL * max(1.0, v.abs().max().item())


@given(games, games, st.floats(-5, 5), st.floats(-5, 5))
def test_linearity_of_every_value(v, w, a, b):
    n = min(v.numel(), w.numel())
    v, w = v[:n], w[:n]
    for value in (shapley_values, banzhaf_values, lofo, first_in, mobius, interaction_index):
        close(value(a * v + b * w), a * value(v) + b * value(w), 1e-11)


@given(st.integers(2, 7), st.integers(0, 10**6), st.data())
def test_symmetric_players_get_the_same_and_the_dummy_gets_nothing(n, seed, data):
    i, j = data.draw(st.permutations(range(n)))[:2]
    base = random_game(n, seed)
    S = torch.arange(2**n)
    bi, bj = S >> i & 1, S >> j & 1
    swapped = S - (bi << i) - (bj << j) + (bi << j) + (bj << i)
    phi = shapley_values(base + base[swapped])
    assert phi[i].item() == pytest.approx(phi[j].item(), abs=TOL)
    blind = base[S - (bi << i)]  # player i never changes the worth
    assert abs(shapley_values(blind)[i]) <= TOL
    assert abs(banzhaf_values(blind)[i]) <= TOL


def test_a_large_worth_of_nobody_costs_no_digits():
    v = (8 * random_game(6, 2)).round()
    far = v + 2.0**45  # exact for whole numbers
    for value in (shapley_values, banzhaf_values, interaction_index, lofo, first_in):
        close(value(far), value(v))
    close(kernel_shap(far).values, shapley_values(v))


def test_renaming_the_players_renames_the_shares():
    v = random_game(4, 3)
    order = [2, 0, 3, 1]  # new player k is old player order[k]
    renamed = torch.stack(
        [v[sum(2 ** order[k] for k in range(4) if s >> k & 1)] for s in range(16)]
    )
    close(shapley_values(renamed), shapley_values(v)[order])
    close(interaction_index(renamed), interaction_index(v)[order][:, order])


@pytest.mark.parametrize(
    ("v", "phi"),
    [
        (glove(), (2 / 3, 1 / 6, 1 / 6)),
        (airport(), (1 / 3, 5 / 6, 11 / 6)),
        (voting(), (1 / 3, 1 / 3, 1 / 3)),
        (unanimity(4, (0, 2)), (1 / 2, 0, 1 / 2, 0)),
        (airport((3, 1, 2)), (11 / 6, 1 / 3, 5 / 6)),
        (glove(2, 1), (1 / 6, 1 / 6, 2 / 3)),
    ],
)
def test_shares_of_the_named_games_by_hand(v, phi):
    close(shapley_values(v), torch.tensor(phi, dtype=torch.float64))


def test_only_the_shapley_value_of_these_four_is_always_efficient():
    v = random_game(5, 0)
    total = (v[-1] - v[0]).item()
    assert shapley_values(v).sum().item() == pytest.approx(total, abs=TOL)
    for value in (banzhaf_values, lofo, first_in):
        assert abs(value(v).sum().item() - total) > 0.05


def test_last_in_and_first_in_by_hand():
    v = torch.tensor([1.0, 2, 4, 8, 16, 32, 64, 128], dtype=torch.float64)
    close(last_in(v), torch.tensor([64.0, 96, 120], dtype=torch.float64))
    close(first_in(v), torch.tensor([1.0, 3, 15], dtype=torch.float64))
    assert lofo is last_in


@pytest.mark.parametrize("n", range(1, 6))
def test_each_player_has_a_contribution_for_each_coalition_that_lacks_him(n):
    v = random_game(n, n)
    delta = marginal_contributions(v)
    assert delta.shape == (n, 2 ** (n - 1))
    for j in range(n):
        lacking = [s for s in range(2**n) if not s >> j & 1]
        assert without(n)[j].tolist() == lacking
        expected = [(v[s | 1 << j] - v[s]).item() for s in lacking]
        assert delta[j].tolist() == expected
    weights = shapley_weights(n)[sizes(n)[without(n)]]
    close((weights * delta).sum(-1), shapley_values(v))


@pytest.mark.parametrize("n", range(1, 6))
def test_mobius_coefficients_rebuild_the_game_and_the_values(n):
    v = random_game(n, n) + 2.0
    m = mobius(v)
    for S in subsets(range(n)):
        assert sum(worth(m, T) for T in subsets(S)) == pytest.approx(worth(v, S), abs=TOL)
    size = sizes(n).clamp_min(1)
    close((coalitions(n).double() * (m / size)[:, None]).sum(0), shapley_values(v))
    rebuilt = sum(m[s] * unanimity(n, [i for i in range(n) if s >> i & 1]) for s in range(1, 2**n))
    close(rebuilt + m[0], v)


@pytest.mark.parametrize("n", range(2, 7))
def test_interactions_are_the_weighted_second_differences(n):
    v = random_game(n, n) - 3.0
    index = interaction_index(v)
    for i, j in itertools.combinations(range(n), 2):
        total = 0.0
        for S in subsets([k for k in range(n) if k not in (i, j)]):
            w = math.factorial(len(S)) * math.factorial(n - len(S) - 2) / math.factorial(n - 1)
            total += w * (
                worth(v, (*S, i, j)) - worth(v, (*S, i)) - worth(v, (*S, j)) + worth(v, S)
            )
        assert index[i, j].item() == pytest.approx(total, abs=TOL)
        assert index[j, i].item() == pytest.approx(total, abs=TOL)
    close(index.diagonal(), shapley_values(v))


def test_gloves_of_one_hand_are_substitutes_and_a_pair_complements():
    index = interaction_index(glove())
    assert index[1, 2] < 0 < index[0, 1]
    close(interaction_index(torch.arange(2.0, dtype=torch.float64)), torch.ones(1, 1).double())


@pytest.mark.parametrize(
    "value", [shapley_values, banzhaf_values, lofo, first_in, mobius, interaction_index]
)
def test_a_batch_of_games_is_each_game_on_its_own(value):
    v = torch.randn(2, 3, 16, generator=generator(0), dtype=torch.float64)
    before = v.clone()
    each = torch.stack([torch.stack([value(v[i, j]) for j in range(3)]) for i in range(2)])
    close(value(v), each)
    strided = v.movedim(-1, 0).contiguous().movedim(0, -1)
    close(value(strided), each)
    assert torch.equal(v, before)


def test_twenty_players_are_exact_still():
    c = torch.linspace(-1, 2, 20, dtype=torch.float64)
    additive = reduce(lambda v, ci: torch.cat((v, v + ci)), c, torch.zeros(1, dtype=torch.float64))
    close(shapley_values(additive), c, 1e-11)
    close(banzhaf_values(additive), c, 1e-11)


def test_a_table_from_sets_is_the_game():
    v = table({(): 0, (0,): 1, (1,): 2.5, (1, 0): 4}, 2)
    assert v.tolist() == [0, 1, 2.5, 4]
    assert voting((3, 2, 2), quota=4).tolist() == [0, 0, 0, 1, 0, 1, 0, 1]
    tied = voting((1e16, 1, 1, 1e16, 2))  # the 1s vanish when added one by one
    assert tied[[0b00111, 0b11000, 0b10111]].tolist() == [0, 0, 1]
    assert torch.equal(random_game(4, 9), random_game(4, 9))
    assert not torch.equal(random_game(4, 9), random_game(4, 8))
