"""SAGE and its neighbours against the numbers of Gaussian regression, XOR and copies."""

import math

import pytest
import torch
from sklearn.inspection import permutation_importance as by_sklearn
from sklearn.linear_model import LinearRegression

from core.nets import mlp
from core.rng import generator
from core.shapley import (
    coalitions,
    gaussian_background,
    information_game,
    joint_covariance,
    lofo,
    permutation_importance,
    regression_game,
    restrict,
    sage_snapshots,
    sage_values,
    shapley_values,
)

D = torch.float64
TWINS = torch.tensor([[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 1.0]], dtype=D)


def twins(rows=200):
    """Data with exactly the moments of Y = X₁ + X₂ + X₃ + ε, corr(X₁, X₂) = .9, Var ε = .25."""
    cov = joint_covariance(torch.ones(3, dtype=D), TWINS, 0.25)
    both = gaussian_background(torch.zeros(4, dtype=D), cov, rows, generator(0))
    return both[:, :3], both[:, 3]


def close(a, b, tol=1e-10):
    torch.testing.assert_close(a, torch.as_tensor(b, dtype=D), rtol=0, atol=tol)


def test_twins_share_with_sage_and_lose_with_lofo():
    v = regression_game(joint_covariance(torch.ones(3, dtype=D), TWINS, 0.25))
    close(shapley_values(v), (1.9, 1.9, 1.0))
    close(lofo(v), (0.19, 0.19, 1.0))
    close(v[[0, -1]], (-5.05, -0.25))


def test_sage_on_data_with_these_moments_gives_the_same_numbers():
    X, y = twins()
    run = sage_values(lambda X: X.sum(-1), "squared", X, y, X, "conditional", cov=TWINS)
    close(run.values, (1.9, 1.9, 1.0))
    # marginal: v(S) = −Var(Σ over absent X) − .25
    marginal = sage_values(lambda X: X.sum(-1), "squared", X, y, X)
    close(marginal.values, (1.9, 1.9, 1.0))
    close(marginal.values.sum(), 4.8)


def test_the_sum_is_the_risk_that_the_features_save():
    f = mlp([4, 6, 1], generator=generator(0), dtype=D)
    X = torch.randn(30, 4, generator=generator(1), dtype=D)
    y = torch.randn(30, generator=generator(2), dtype=D)
    z = X[:9]
    run = sage_values(f, "squared", X, y, z)
    with torch.no_grad():
        nobody = ((f(z).mean() - y) ** 2).mean()
        full = ((f(X)[:, 0] - y) ** 2).mean()
    close(run.values.sum(), nobody - full, 1e-12)
    v = -((restrict(f, z).table(X) - y[:, None]) ** 2)
    close(run.values, shapley_values(v.mean(0)), 1e-12)
    close(run.errors, shapley_values(v).std(0) / math.sqrt(30), 1e-12)


@pytest.mark.parametrize("game", ["interventional", "conditional"])
def test_sampled_sage_is_near_the_exact_one_and_exact_in_sum_after_whole_passes(game):
    X, y = twins(40)
    f = mlp([3, 6, 1], generator=generator(0), dtype=D)
    exact = sage_values(f, "squared", X, y, X[:10], game, cov=TWINS)
    options = {"n_permutations": 4000, "cov": TWINS}
    run = sage_values(f, "squared", X, y, X[:10], game, generator=generator(0), **options)
    assert ((run.values - exact.values).abs() < 4 * run.errors).all()
    assert run.errors.max() < 0.1 * exact.values.abs().max() + 0.05
    close(run.values.sum(), exact.values.sum(), 1e-10)
    shown = list(
        sage_snapshots(
            f, "squared", X, y, X[:10], game, generator=generator(0), snapshots=8, **options
        )
    )
    assert len(shown) == 8
    assert torch.equal(shown[-1].contributions, run.contributions)


def test_xor_and_copy_share_one_bit_alike():
    half = math.log(2) / 2
    xor, copy = torch.zeros(2, 2, 2, dtype=D), torch.zeros(2, 2, 2, dtype=D)
    for a in (0, 1):
        copy[a, a, a] = 0.5
        for b in (0, 1):
            xor[a, b, a ^ b] = 0.25
    for joint, alone, last in ((xor, 0.0, 2 * half), (copy, 2 * half, 0.0)):
        v = information_game(joint)
        close(shapley_values(v), (half, half), 1e-12)
        close(v[[1, 2]], (alone, alone), 1e-12)
        close(lofo(v), (last, last), 1e-12)


def test_information_is_the_saved_log_loss_of_the_best_predictor():
    joint = torch.rand(2, 3, 2, 3, generator=generator(0), dtype=D)
    joint /= joint.sum()
    v = information_game(joint)
    for row, value in zip(coalitions(3), v):
        absent = (~row).nonzero().flatten().tolist()
        seen = joint.sum(absent, keepdim=True) if absent else joint
        posterior = seen / seen.sum(3, keepdim=True)
        prior = joint.sum((0, 1, 2))
        close(value, (joint * (posterior.log() - prior.log())).sum(), 1e-12)


def test_xor_by_sage_with_log_loss_on_its_four_rows():
    X = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]], dtype=D)
    y = torch.tensor([0, 1, 1, 0])

    def f(X):
        odd = X[:, 0] + X[:, 1] - 2 * X[:, 0] * X[:, 1]
        return torch.stack((1 - odd, odd), dim=-1)

    run = sage_values(f, "cross_entropy", X, y, X)
    close(run.values, (math.log(2) / 2, math.log(2) / 2), 1e-12)


def test_regression_game_is_least_squares_refitted_for_each_subset():
    X = torch.randn(50, 4, generator=generator(3), dtype=D)
    X[:, 3] = X[:, 0] - X[:, 1]  # singular
    y = X @ torch.tensor([1.0, 0.5, -2.0, 0.0], dtype=D)
    y += torch.randn(50, generator=generator(4), dtype=D)
    v = regression_game(torch.cov(torch.cat((X, y[:, None]), 1).T, correction=0))
    for row, value in zip(coalitions(4), v):
        S = X[:, row].numpy()
        left = y.numpy() - (
            LinearRegression().fit(S, y).predict(S) if row.any() else y.mean().item()
        )
        close(value, -(left**2).mean(), 1e-9)


def test_permutation_importance_is_that_of_sklearn_and_of_the_closed_form():
    X = torch.randn(80, 3, generator=generator(5), dtype=D)
    beta = torch.tensor([2.0, -1.0, 0.0], dtype=D)
    y = X @ beta + 0.3 * torch.randn(80, generator=generator(6), dtype=D)
    model = LinearRegression().fit(X.numpy(), y.numpy())
    fitted = torch.from_numpy(model.coef_)
    run = permutation_importance(
        lambda X: X @ fitted + model.intercept_, "squared", X, y, 2000, generator(0)
    )
    # least squares leaves residuals uncorrelated with every column
    closed = 2 * fitted**2 * X.var(0, correction=0)
    assert ((run.values - closed).abs() <= 4 * run.errors + 1e-12).all()
    peer = by_sklearn(
        model, X.numpy(), y.numpy(), scoring="neg_mean_squared_error", n_repeats=300, random_state=0
    )
    spread = torch.from_numpy(peer.importances_std) / 300**0.5
    assert ((run.values - torch.from_numpy(peer.importances_mean)).abs() <= 5 * spread + 1e-9).all()
