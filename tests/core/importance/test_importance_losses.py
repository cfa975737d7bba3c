import itertools
import math

import numpy as np
import pytest
import torch

from core.importance import (
    conditional_importance,
    linear,
    lofo,
    normal_losses,
    normal_told,
    permutation_importance,
    table_losses,
)
from core.information import conditional_mutual_information, normal_vector_information, xor_copy
from core.rng import generator

LOG2 = math.log(2)
RHOS = (0.0, 0.5, 0.9, 0.99)


def squared(f, y):
    return (f - y) ** 2


def rows(rho, n, seed=0, noise=0.5):
    random = generator(seed)
    x = torch.randn(n, 2, generator=random, dtype=torch.float64)
    x[:, 1] = rho * x[:, 0] + math.sqrt(1 - rho * rho) * x[:, 1]
    return x, x.sum(1) + noise * torch.randn(n, generator=random, dtype=torch.float64)


def total(x):
    return x.sum(-1)


def tables(count, seed=0):
    p = torch.rand(count, 2, 2, 2, generator=generator(seed), dtype=torch.float64) ** 3
    return p / p.sum((1, 2, 3), keepdim=True)


# --- from rows -----------------------------------------------------------------------------------


@pytest.mark.parametrize("rho", RHOS)
def test_the_rows_agree_with_the_closed_forms(rho):
    """2 whatever ρ, 2(1 − ρ²), 1 − ρ²: XAI-11, XAI-12, XAI-13 within five standard errors."""
    X, y = rows(rho, 6000, seed=3)
    exact, random = normal_losses(rho, 0.5, "squared"), generator(4)
    found = {
        "permuted": permutation_importance(total, squared, X, y, 0, random),
        "resampled": conditional_importance(total, squared, X, y, 0, random),
        "left_out": lofo(linear, squared, X, y, 0, rows(rho, 6000, seed=5)),
    }
    for name, (mean, error) in found.items():
        assert 0 < error < 0.06
        assert abs(mean - float(getattr(exact, name))) < 5 * error, name
    assert float(exact.permuted) == 2
    assert float(exact.left_out) == pytest.approx({0: 1, 0.5: 0.75, 0.9: 0.19, 0.99: 0.0199}[rho])
    averaged = conditional_importance(total, squared, X, y, 0, random, 400, average=True)
    assert averaged.mean == pytest.approx(found["left_out"].mean, abs=0.05)


def test_shuffling_into_itself_and_an_unused_feature_cost_exactly_nothing():
    X, y = rows(0.5, 50)
    one = permutation_importance(total, squared, X[:1], y[:1], 0, generator(0))
    assert one.mean == 0.0 and one.error == math.inf
    same = torch.ones(50, 2, dtype=torch.float64)
    assert permutation_importance(total, squared, same, y, 1, generator(0)) == (0.0, 0.0)
    for importance in (permutation_importance, conditional_importance):
        found = importance(lambda x: 3 * x[:, 0], squared, X, y, 1, generator(0))
        assert found == (0.0, 0.0)


def test_redrawn_rows_keep_the_joint_law_and_shuffled_ones_do_not():
    X, y = rows(0.9, 20_000)
    seen = []

    def watching(x):
        seen.append(x)
        return total(x)

    conditional_importance(watching, squared, X, y, 0, generator(1), 1)
    residuals = {"regress": linear}
    conditional_importance(watching, squared, X, y, 0, generator(1), 1, **residuals)
    permutation_importance(watching, squared, X, y, 0, generator(1), 1)
    normal, dealt, shuffled = seen[1::2]
    for x in (normal, dealt):
        torch.testing.assert_close(torch.cov(x.T), torch.cov(X.T), atol=0.03, rtol=0)
    assert abs(float(torch.corrcoef(shuffled.T)[0, 1])) < 0.03
    assert sorted(shuffled[:, 0].tolist()) == sorted(X[:, 0].tolist())


def test_without_dependence_redrawing_is_shuffling():
    X, y = rows(0.0, 4000)
    shuffled = permutation_importance(total, squared, X, y, 1, generator(0))
    redrawn = conditional_importance(total, squared, X, y, 1, generator(0))
    assert abs(shuffled.mean - redrawn.mean) < 5 * math.hypot(shuffled.error, redrawn.error)


@pytest.mark.peer
def test_permutation_agrees_with_scikit_learn():
    from sklearn.inspection import permutation_importance as theirs
    from sklearn.linear_model import LinearRegression

    X, y = rows(0.6, 800, seed=2)
    X = torch.cat([X, X[:, :1] ** 2], 1)
    model = LinearRegression().fit(X.numpy(), y.numpy())
    peer = theirs(model, X.numpy(), y.numpy(), scoring="neg_mean_squared_error", n_repeats=60,
                  random_state=0)  # fmt: skip
    coef, shift = torch.from_numpy(model.coef_), float(model.intercept_)
    for j in range(3):
        mine = permutation_importance(
            lambda x: x @ coef + shift, squared, X, y, j, generator(1), 60
        )
        spread = peer.importances[j].std() / 60**0.5
        assert abs(mine.mean - peer.importances_mean[j]) < 8 * spread + 1e-12
    fitted = torch.from_numpy(model.predict(X.numpy()))
    torch.testing.assert_close(linear(X, y)(X), fitted)


# --- tables --------------------------------------------------------------------------------------


def test_with_log_loss_leaving_out_is_the_conditional_information():
    """XAI-10 on random tables; the averaged prediction is the one learned anew (tower)."""
    p = tables(200)
    found = table_losses(p, "log")
    information = conditional_mutual_information(p.transpose(-1, -2))
    torch.testing.assert_close(found.left_out, information, rtol=0, atol=1e-12)
    for loss in ("log", "squared"):
        found = table_losses(p, loss)
        torch.testing.assert_close(found.averaged, found.left_out, rtol=0, atol=1e-12)
        assert (found.left_out >= -1e-14).all()
        assert (found.resampled >= found.averaged - 1e-12).all()  # Jensen, XAI-11


def test_with_squared_loss_it_is_the_variance_that_is_lost_by_enumeration():
    for p in tables(20, seed=1).numpy():
        pair = p.sum(2)
        f = p[..., 1] / pair
        mean = (pair * f).sum(0) / pair.sum(0)
        left_out = (pair * (f - mean) ** 2).sum()
        permuted = resampled = 0.0
        for a, b, y, new in itertools.product((0, 1), repeat=4):
            rise = (y - f[new, b]) ** 2 - (y - f[a, b]) ** 2
            permuted += p[a, b, y] * pair.sum(1)[new] * rise
            resampled += p[a, b, y] * pair[new, b] / pair.sum(0)[b] * rise
        found = table_losses(torch.from_numpy(p), "squared")
        expected = [permuted, resampled, left_out, left_out]
        np.testing.assert_allclose(torch.stack(found), expected, atol=1e-12)
        assert resampled == pytest.approx(2 * left_out, abs=1e-12)  # E-96


def test_xor_and_a_copy():
    xor, copy = (table_losses(xor_copy(t), "squared") for t in (0.0, 1.0))
    np.testing.assert_allclose(torch.stack(xor), [0.5, 0.5, 0.25, 0.25])
    assert float(copy.left_out) == 0 and float(copy.permuted) == pytest.approx(0.125)  # ½ beyond
    log = table_losses(xor_copy(0.0), "log")
    assert float(log.left_out) == pytest.approx(LOG2) and math.isinf(float(log.permuted))


# --- normal --------------------------------------------------------------------------------------


def test_normal_log_losses_by_quadrature_and_by_determinants():
    """E of the densities themselves; f̄ is the mean of N(x̃₁ + x₂, σ²) over x̃₁."""
    z, w = np.polynomial.hermite_e.hermegauss(40)
    w = w / w.sum()
    for rho, noise in ((0.0, 0.5), (0.9, 0.3), (0.99, 2.0)):
        found = normal_losses(rho, noise, "log")
        left, s = 1 - rho * rho, noise * noise
        cov = torch.tensor(
            [[1, rho, 1 + rho], [rho, 1, 1 + rho], [1 + rho, 1 + rho, 2 + 2 * rho + s]],
            dtype=torch.float64,
        )
        alone, given = normal_told(rho, noise)
        assert float(alone) == pytest.approx(normal_vector_information(cov, [0], [2]))
        assert float(given) == pytest.approx(normal_vector_information(cov, [0], [2], [1]))
        assert float(found.left_out) == pytest.approx(float(given))
        for name, variance in (("permuted", 2.0), ("resampled", 2 * left)):
            away, own = np.meshgrid(variance**0.5 * z, noise * z, indexing="ij")
            rise = ((away + own) ** 2 - own**2) / (2 * s)
            assert float(getattr(found, name)) == pytest.approx(float(w @ rise @ w))


@pytest.mark.parametrize(
    ("bad", "named"),
    [({"j": 2}, "expected j"), ({"repeats": 0}, "expected repeats"), ({"j": -1}, "expected j")],
)
def test_refusals_name_what_is_wrong(bad, named):
    X, y = rows(0.0, 5)
    given = {"j": 0, "repeats": 1} | bad
    with pytest.raises(ValueError, match=named):
        permutation_importance(total, squared, X, y, given["j"], generator(0), given["repeats"])


def test_shapes_and_numbers_are_refused():
    X, y = rows(0.0, 5)
    for x, target in ((X[:0], y[:0]), (X, y[:3]), (X[:, 0], y), (X * math.nan, y)):
        with pytest.raises(ValueError, match="expected X"):
            permutation_importance(total, squared, x, target, 0, generator(0))
    with pytest.raises(ValueError, match="rows"):
        conditional_importance(total, squared, X[:1], y[:1], 0, generator(0))
    with pytest.raises(ValueError, match="loss"):
        table_losses(xor_copy(0.0), "hinge")
