"""Random orders and KernelSHAP: exact sums, honest errors, the rate 1/√M."""

import itertools
import math

import pytest
import torch

from core.rng import generator
from core.shapley import (
    coalitions,
    glove,
    kernel_shap,
    permutation_estimate,
    permutation_snapshots,
    random_game,
    shapley_values,
)
from core.shapley.estimates import draw_orders

METHODS = ("plain", "antithetic", "stratified")


def test_sums_are_exact_after_any_number_of_orders():
    v = random_game(6, 2) + 4.0
    total = (v[-1] - v[0]).item()
    for method in METHODS:
        run = permutation_estimate(v, 250, generator(0), method)
        assert (run.means().sum(-1) - total).abs().max() <= 1e-12
        for M in (1, 2, 7, 100):
            one = permutation_estimate(v, M, generator(M), method)
            assert one.orders.shape == (M, 6)
            assert abs(one.values.sum().item() - total) <= 1e-12


def test_contributions_are_those_of_each_player_on_arrival():
    v = random_game(4, 1)
    run = permutation_estimate(v, 40, generator(3))
    for order, given in zip(run.orders.tolist(), run.contributions):
        S = 0
        for j in order:
            assert given[j] == v[S | 1 << j] - v[S]
            S |= 1 << j
    assert torch.equal(run.means()[-1], run.contributions.cumsum(0)[-1] / 40)


@pytest.mark.parametrize("method", METHODS)
def test_every_order_is_equally_likely(method):
    orders, _ = draw_orders(4, 24_000, generator(0), method)
    found = orders.tolist()
    for order in itertools.permutations(range(4)):
        assert abs(found.count(list(order)) - 1000) < 150


def test_orders_drawn_together_are_reverses_or_rotations():
    pairs, two = draw_orders(5, 20, generator(0), "antithetic")
    assert two == 2 and torch.equal(pairs[0::2], pairs[1::2].flip(-1))
    turns, five = draw_orders(5, 20, generator(0), "stratified")
    assert five == 5
    for block in turns.view(4, 5, 5):  # each player once in each place
        assert torch.equal(block.sort(0).values, torch.arange(5)[:, None].expand(5, 5))


def test_error_falls_as_one_over_the_root_of_the_orders_with_the_right_constant():
    v = random_game(5, 4)
    exact = shapley_values(v)
    every = torch.tensor(list(itertools.permutations(range(5))))
    contributions = torch.zeros(120, 5, dtype=torch.float64)
    for row, order in zip(contributions, every.tolist()):
        for k, j in enumerate(order):
            row[j] = v[sum(2**i for i in order[: k + 1])] - v[sum(2**i for i in order[:k])]
    variance = contributions.var(0, correction=0).mean().item()
    run = permutation_estimate(v, 200_000, generator(1)).contributions
    budgets = (10, 100, 1000)
    rmse = []
    for M in budgets:
        estimates = run[: 200 * M].view(200, M, 5).mean(1)
        rmse.append((estimates - exact).square().mean().sqrt().item())
        assert rmse[-1] == pytest.approx(math.sqrt(variance / M), rel=0.12)
    slope = math.log(rmse[-1] / rmse[0]) / math.log(budgets[-1] / budgets[0])
    assert slope == pytest.approx(-0.5, abs=0.05)


@pytest.mark.parametrize("method", METHODS)
def test_standard_errors_are_the_spread_of_repeated_runs(method):
    v = random_game(4, 5)
    exact = shapley_values(v)
    runs = [permutation_estimate(v, 48, generator(seed), method) for seed in range(400)]
    values = torch.stack([run.values for run in runs])
    said = torch.stack([run.errors for run in runs]).square().mean(0).sqrt()
    torch.testing.assert_close(said, values.std(0), rtol=0.15, atol=0)
    assert ((values.mean(0) - exact).abs() < 4 * values.std(0) / 20).all()


def test_antithetic_orders_are_exact_for_a_game_of_pairs():
    S = coalitions(6).double()
    weights = torch.randn(6, 6, generator=generator(0), dtype=torch.float64)
    v = ((S @ weights) * S).sum(-1)
    exact = shapley_values(v)
    one_pair = permutation_estimate(v, 2, generator(1), "antithetic")
    torch.testing.assert_close(one_pair.values, exact, rtol=0, atol=1e-12)
    assert (permutation_estimate(v, 2, generator(1)).values - exact).abs().max() > 0.1


def test_stratified_orders_are_exact_when_only_the_place_matters():
    v = (coalitions(5).sum(-1).double()) ** 3
    run = permutation_estimate(v, 5, generator(0), "stratified")
    torch.testing.assert_close(run.values, shapley_values(v), rtol=0, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_bands_are_the_errors_of_each_prefix(method):
    run = permutation_estimate(random_game(3, 6), 20, generator(0), method)
    for M in (1, 2, 5, 6, 7, 12, 20):
        short = permutation_estimate(random_game(3, 6), 20, generator(0), method)
        cut = type(run)(short.orders[:M], short.contributions[:M], run.group, 1.0)
        torch.testing.assert_close(run.bands()[M - 1], cut.errors)
        torch.testing.assert_close(run.means()[M - 1], cut.values)
    assert run.bands()[0].isinf().all()


def test_snapshots_lead_to_the_estimate_and_do_not_change_it():
    v = random_game(5, 7)
    shown = list(permutation_snapshots(v, 1003, generator(2), snapshots=10))
    last = permutation_estimate(v, 1003, generator(2))
    assert 10 <= len(shown) <= 11
    assert torch.equal(shown[-1].contributions, last.contributions)
    assert shown[-1].progress == 1.0
    assert [len(s.orders) for s in shown] == sorted({len(s.orders) for s in shown})
    for early in shown:
        M = len(early.orders)
        assert early.progress == M / 1003
        assert torch.equal(early.contributions, last.contributions[:M])


def test_a_function_is_asked_for_many_coalitions_at_once_and_gives_what_its_table_gives():
    v = random_game(5, 8)
    asked = []

    def worth(rows):
        asked.append(len(rows))
        return v[(rows * 2 ** torch.arange(5)).sum(-1)]

    run = permutation_estimate(worth, 300, generator(0), n_players=5)
    assert torch.equal(run.contributions, permutation_estimate(v, 300, generator(0)).contributions)
    assert asked == [1800]
    asked.clear()
    by_function = kernel_shap(worth, 60, generator(0), n_players=5)
    assert torch.equal(by_function.values, kernel_shap(v, 60, generator(0)).values)
    assert asked == [2, 60]
    torch.testing.assert_close(kernel_shap(worth, n_players=5).values, shapley_values(v))


def test_forty_players_by_orders_and_by_kernel():
    c = torch.linspace(-1, 1, 40, dtype=torch.float64)

    def worth(rows):
        return rows.double() @ c + (rows[:, 0] & rows[:, 39]).double()

    phi = c.clone()
    phi[[0, 39]] += 0.5
    for run in (
        permutation_estimate(worth, 1000, generator(0), "antithetic", n_players=40),
        kernel_shap(worth, 4000, generator(0), n_players=40),
    ):
        assert ((run.values - phi).abs() <= 4 * run.errors + 1e-9).all()
        assert (run.values - phi).abs().max() < 0.1


@pytest.mark.parametrize("n", range(1, 9))
def test_kernel_with_all_coalitions_is_exact(n):
    v = random_game(n, n) - 2.0
    fit = kernel_shap(v)
    torch.testing.assert_close(fit.values, shapley_values(v), rtol=0, atol=1e-12)
    assert (fit.errors == 0).all()


def test_kernel_is_the_weighted_least_squares_fit():
    n, v = 4, random_game(4, 3)
    S = coalitions(n).double()
    weights = []
    for s in S.sum(-1).tolist():
        inner = 0 < s < n
        weights.append((n - 1) / (math.comb(n, int(s)) * s * (n - s)) if inner else 1e9)
    root = torch.tensor(weights, dtype=torch.float64).sqrt()[:, None]
    fit = torch.linalg.lstsq(root * S, root * (v - v[0])[:, None], driver="gelsd").solution
    torch.testing.assert_close(kernel_shap(v).values, fit[:, 0], rtol=0, atol=1e-6)


@pytest.mark.parametrize("paired", [True, False])
def test_sampled_kernel_is_efficient_and_its_errors_are_the_spread(paired):
    v = random_game(4, 5) + 1.0
    runs = [kernel_shap(v, 200, generator(seed), paired=paired) for seed in range(300)]
    values = torch.stack([run.values for run in runs])
    assert (values.sum(-1) - (v[-1] - v[0])).abs().max() < 1e-12
    said = torch.stack([run.errors for run in runs]).square().mean(0).sqrt()
    torch.testing.assert_close(said, values.std(0), rtol=0.15, atol=0)
    assert (values.mean(0) - shapley_values(v)).abs().max() < 0.05


@pytest.mark.parametrize("paired", [True, False])
def test_the_worth_of_nobody_does_not_move_the_sampled_fit(paired):
    v = random_game(4, 5)
    fits = [kernel_shap(v + c, 50, generator(0), paired=paired) for c in (0.0, 9.0)]
    torch.testing.assert_close(fits[0].values, fits[1].values, rtol=0, atol=1e-12)


def test_kernel_error_falls_with_the_samples():
    v = random_game(5, 6)
    exact = shapley_values(v)
    rmse = []
    for samples in (200, 3200):
        runs = [kernel_shap(v, samples, generator(seed)).values for seed in range(100)]
        rmse.append((torch.stack(runs) - exact).square().mean().sqrt().item())
    assert math.log(rmse[1] / rmse[0]) / math.log(16) == pytest.approx(-0.5, abs=0.08)


def test_one_order_has_no_known_error():
    assert permutation_estimate(glove(), 1, generator(0)).errors.isinf().all()
    assert kernel_shap(random_game(2, 0), 2, generator(0)).errors.isinf().all()
