"""SHAP against loops over coalitions, closed forms of linear and product models."""

import itertools
import math

import pytest
import torch

from core.nets import mlp
from core.rng import generator
from core.shapley import (
    gaussian_background,
    kernel_shap,
    permutation_estimate,
    prediction_game,
    restrict,
    shap_values,
    shapley_values,
)
from core.shapley.prediction import GAMES

D = torch.float64


def tensor(*numbers):
    return torch.tensor(numbers, dtype=D)


def correlated(rho):
    return tensor((1.0, rho), (rho, 1.0))


def covariance(p, seed=0):
    root = torch.randn(p, p, generator=generator(seed), dtype=D)
    return root @ root.T + 0.1 * torch.eye(p, dtype=D)


def net(p, outputs=1):
    return mlp([p, 8, outputs], generator=generator(0), dtype=D)


def background(rows, p, seed=1):
    return torch.randn(rows, p, generator=generator(seed), dtype=D)


def test_a_feature_the_model_ignores_gets_a_share_in_the_conditional_game_alone():
    z = gaussian_background(torch.zeros(2, dtype=D), correlated(0.9), 40, generator(0))
    x = tensor(1.0, 1.0)
    expected = {"interventional": tensor(1.0, 0.0), "conditional": tensor(0.55, 0.45)}
    for game, phi in expected.items():
        torch.testing.assert_close(
            shap_values(lambda X: X[:, 0], x, z, game), phi, rtol=0, atol=1e-12
        )


@pytest.mark.parametrize("rho", [-0.7, 0.0, 0.3, 1.0])
def test_shares_move_with_the_correlation_as_by_hand(rho):
    z = gaussian_background(torch.zeros(2, dtype=D), correlated(rho), 10, generator(0))
    x = tensor(1.0, -2.0)
    phi = shap_values(lambda X: X[:, 0], x, z, "conditional", cov=correlated(rho))
    # v(1) = x₁, v(2) = ρ x₂, v(12) = x₁
    expected = tensor((2 - rho * -2) / 2, rho * -2 / 2)
    torch.testing.assert_close(phi, expected, rtol=0, atol=1e-9)


def test_a_linear_model_gets_beta_times_the_distance_from_the_mean():
    beta, z = tensor(2.0, -1.0, 0.5, 0.0), background(7, 4)
    x = background(3, 4, seed=2)
    phi = shap_values(lambda X: X @ beta + 3, x, z)
    torch.testing.assert_close(phi, beta * (x - z.mean(0)), rtol=0, atol=1e-12)
    baseline = shap_values(lambda X: X @ beta + 3, x, z[0], "baseline")
    torch.testing.assert_close(baseline, beta * (x - z[0]), rtol=0, atol=1e-12)


def test_without_correlation_conditional_and_interventional_are_equal():
    diagonal = torch.diag(tensor(1.0, 4.0, 0.25))
    z = gaussian_background(tensor(1.0, 0.0, -1.0), diagonal, 30, generator(0))
    f, x = net(3), background(2, 3)
    torch.testing.assert_close(
        shap_values(f, x, z, "conditional", cov=diagonal), shap_values(f, x, z)
    )


@pytest.mark.parametrize("game", ["interventional", "baseline"])
def test_filled_in_rows_are_those_of_a_loop(game):
    z = background(1 if game == "baseline" else 6, 4)
    f, x = net(4), background(3, 4, seed=3)
    v = torch.zeros(3, 16, dtype=D)
    for r, s in itertools.product(range(3), range(16)):
        for row in z:
            mixed = torch.stack([x[r, i] if s >> i & 1 else row[i] for i in range(4)])
            v[r, s] += f(mixed[None]).detach()[0, 0] / len(z)
    torch.testing.assert_close(restrict(f, z, game).table(x), v, rtol=0, atol=1e-12)
    torch.testing.assert_close(shap_values(f, x, z, game), shapley_values(v), rtol=0, atol=1e-12)


def test_a_product_has_its_conditional_means_exactly():
    mean, cov = tensor(0.5, -1.0, 2.0), covariance(3)
    z = gaussian_background(mean, cov, 20, generator(0))
    x = tensor(1.0, 0.3, -0.5)
    v = restrict(lambda X: X[:, 0] * X[:, 1], z, "conditional", cov=cov).table(x[None])[0]
    for s in range(8):
        S = [i for i in range(3) if s >> i & 1]
        # conditional mean and covariance by the block formulas
        A = cov[:, S] @ torch.linalg.inv(cov[S][:, S]) if S else torch.zeros(3, 0, dtype=D)
        m = mean + A @ (x[S] - mean[S])
        C = cov - A @ cov[S]
        assert v[s].item() == pytest.approx((m[0] * m[1] + C[0, 1]).item(), abs=1e-10)


def test_conditional_mean_of_an_exponential():
    rho, x = 0.6, tensor(0.8, 0.0)
    z = torch.randn(200_000, 2, generator=generator(0), dtype=D)
    z = z @ torch.linalg.cholesky(correlated(rho)).T
    f = restrict(lambda X: X[:, 1].exp(), z, "conditional", cov=correlated(rho))
    only_first = f(x[None], torch.tensor([[True, False]])).item()
    assert only_first == pytest.approx(math.exp(rho * 0.8 + (1 - rho**2) / 2), rel=0.01)


def test_gaussian_conditioning_survives_twins_constants_and_scales():
    copied = torch.tensor([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]], dtype=D)
    z = gaussian_background(torch.zeros(3, dtype=D), copied, 10, generator(0))
    phi = shap_values(lambda X: X[:, 0], tensor(2.0, 2.0, 0.0), z, "conditional", cov=copied)
    torch.testing.assert_close(phi, tensor(1.0, 1.0, 0.0), rtol=0, atol=1e-9)
    units = tensor(1e6, 1.0, 1e-5)
    cov, x, f = covariance(3), background(1, 3)[0], net(3)
    z = gaussian_background(torch.zeros(3, dtype=D), cov, 20, generator(0))
    plain = shap_values(f, x, z, "conditional", cov=cov)
    scaled = shap_values(
        lambda X: f(X / units),
        x * units,
        z * units,
        "conditional",
        cov=cov * torch.outer(units, units),
    )
    torch.testing.assert_close(scaled, plain, rtol=0, atol=1e-9)


def test_near_rows_alone_count_in_the_empirical_game():
    z = tensor((0.0, 10.0), (0.0, 20.0), (1.0, 60.0), (1.0, 30.0))
    f = restrict(lambda X: X[:, 1], z, "empirical", bandwidth=0.05)
    none, first, second, both = f.table(tensor(1.0, 5.0)[None])[0].tolist()
    assert none == pytest.approx(30)
    assert first == pytest.approx(45)  # the two rows with x₁ = 1
    assert second == both == pytest.approx(5)
    wide = restrict(lambda X: X[:, 1], z, "empirical", bandwidth=1e6)
    torch.testing.assert_close(
        wide.table(tensor(1.0, 5.0)[None]), restrict(lambda X: X[:, 1], z).table(tensor((1.0, 5.0)))
    )


def test_empirical_weights_are_those_of_the_definition():
    z, x, cov = background(9, 3), background(1, 3, seed=5), covariance(3, seed=4)
    f = restrict(net(3), z, "empirical", cov=cov, bandwidth=0.7)
    for s in range(1, 8):
        S = [i for i in range(3) if s >> i & 1]
        gap = x[0, S] - z[:, S]
        D2 = ((gap @ torch.linalg.inv(cov[S][:, S])) * gap).sum(-1) / len(S)
        w = torch.exp(-D2 / (2 * 0.7**2))
        mixed = z.clone()
        mixed[:, S] = x[0, S]
        expected = ((w / w.sum()) @ net(3)(mixed)[:, 0].detach()).item()
        mask = torch.tensor([[i in S for i in range(3)]])
        assert f(x, mask).item() == pytest.approx(expected, abs=1e-12)


def test_empirical_tends_to_the_conditional_mean_with_much_data():
    z = torch.randn(100_000, 2, generator=generator(0), dtype=D)
    z = z @ torch.linalg.cholesky(correlated(0.9)).T
    phi = shap_values(lambda X: X[:, 0], tensor(1.0, 1.0), z, "empirical", bandwidth=0.1)
    torch.testing.assert_close(phi, tensor(0.55, 0.45), rtol=0, atol=0.02)


@pytest.mark.parametrize("game", GAMES)
def test_the_bars_land_on_the_prediction_and_batches_change_nothing(game):
    z = background(1 if game == "baseline" else 11, 5)
    cov = covariance(5) if game in ("conditional", "empirical") else None
    x, f = background(4, 5, seed=6), net(5, outputs=2)
    phi = shap_values(f, x, z, game, cov=cov)
    assert phi.shape == (4, 2, 5)
    empty = f(z).mean(0)
    if game != "conditional":
        torch.testing.assert_close(phi.sum(-1), (f(x) - empty).detach(), rtol=0, atol=1e-12)
    else:
        v = restrict(f, z, game, cov=cov).table(x)
        torch.testing.assert_close(v[..., -1], f(x).detach(), rtol=0, atol=1e-12)
        torch.testing.assert_close(v[..., 0], empty.detach().expand(4, 2), rtol=0, atol=1e-12)
    small = shap_values(f, x, z, game, cov=cov, batch=7)
    torch.testing.assert_close(small, phi, rtol=0, atol=1e-12)
    one = shap_values(f, x[2], z, game, cov=cov)
    torch.testing.assert_close(one, phi[2], rtol=0, atol=1e-12)


def test_coalitions_share_calls_of_the_model():
    calls = []

    def f(X):
        calls.append(len(X))
        return X.sum(-1)

    shap_values(f, background(1, 8)[0], background(100, 8), batch=6400)
    # nobody and everybody need no filling in
    assert sorted(calls) == [1, 100, 6300, 6300, 6400, 6400]


def test_features_in_the_coalition_reach_the_model_unchanged():
    x = background(1, 4, seed=8)
    seen = []
    f = restrict(
        lambda X: seen.append(X) or X[:, 0], background(5, 4), "conditional", cov=covariance(4)
    )
    f(x, torch.tensor([[True, False, True, True]]))
    assert (seen[0][:, [0, 2, 3]] == x[:, [0, 2, 3]]).all()


def test_gaussian_background_has_its_moments_exactly():
    mean, cov = tensor(1.0, -2.0, 0.5), covariance(3)
    z = gaussian_background(mean, cov, 12, generator(0))
    torch.testing.assert_close(z.mean(0), mean, rtol=0, atol=1e-12)
    torch.testing.assert_close(torch.cov(z.T, correction=0), cov, rtol=0, atol=1e-12)


def test_estimators_take_the_game_of_one_prediction():
    f, z, x = net(6), background(20, 6), background(1, 6, seed=9)[0]
    exact = shap_values(f, x, z)
    game = prediction_game(restrict(f, z), x)
    torch.testing.assert_close(kernel_shap(game, n_players=6).values, exact, rtol=0, atol=1e-12)
    run = permutation_estimate(game, 400, generator(0), n_players=6)
    assert ((run.values - exact).abs() <= 4 * run.errors + 1e-12).all()


def test_single_precision_models_are_asked_in_single_precision():
    single = mlp([4, 8, 1], generator=generator(0))
    z, x = background(10, 4).float(), background(1, 4, seed=2).float()
    phi = shap_values(single, x, z)
    assert phi.dtype == D
    torch.testing.assert_close(
        phi, shap_values(single.double(), x.double(), z.double()), atol=1e-5, rtol=0
    )
