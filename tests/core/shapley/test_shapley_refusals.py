"""Bad input is a sentence that names the parameter and the value."""

import math
import re

import pytest
import torch

from core.rng import generator
from core.shapley import (
    airport,
    banzhaf_values,
    core_vertices,
    excess,
    gaussian_background,
    glove,
    in_core,
    information_game,
    interaction_index,
    kernel_shap,
    lofo,
    mobius,
    permutation_estimate,
    permutation_importance,
    prediction_game,
    random_game,
    regression_game,
    restrict,
    sage_values,
    shap_values,
    shapley_values,
    shapley_weights,
    table,
    unanimity,
    voting,
)

D = torch.float64
X = torch.randn(6, 3, generator=generator(0), dtype=D)
Y = torch.zeros(6, dtype=D)
G = generator(0)
INDEFINITE = torch.tensor([[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]], dtype=D)


def first(X):
    return X[:, 0]


def with_(x, index, value):
    x = x.clone()
    x[index] = value
    return x


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: shapley_values(torch.zeros(7, dtype=D)), "got 7: v({1, 2, 3}) is missing"),
        (lambda: mobius(torch.zeros(5, dtype=D)), "got 5: v({1, 3}) is missing"),
        (lambda: lofo(torch.zeros(0, dtype=D)), "v(∅) is missing"),
        (lambda: banzhaf_values(torch.zeros(1, dtype=D)), "v({1}) is missing"),
        (lambda: shapley_values(torch.zeros(8)), "v to be a float64 tensor, got torch.float32"),
        (lambda: shapley_values([0.0, 1.0]), "v to be a float64 tensor, got list"),
        (
            lambda: interaction_index(with_(random_game(3), 6, math.nan)),
            "expected v({2, 3}) to be finite, got nan",
        ),
        (
            lambda: shapley_values(with_(torch.zeros(2, 4, dtype=D), (1, 0), -math.inf)),
            "expected v(∅) to be finite, got -inf",
        ),
        (
            lambda: shapley_values(torch.zeros(1, dtype=D).expand(2**21)),
            "number of players a whole number in [1, 20], got 21",
        ),
        (lambda: shapley_weights(0), "[1, 20], got 0"),
        (
            lambda: table(
                {(): 0, (0,): 1, (1,): 1, (2,): 1, (0, 1): 2, (1, 2): 2, (0, 1, 2): 3}, 3
            ),
            "got 7: v({1, 3}) is missing",
        ),
        (lambda: table({(0, 1): 1, (1, 0): 2}, 2), "v({1, 2}) twice"),
        (lambda: table({(0, 5): 1}, 2), "a player a whole number in [0, 1], got 5"),
        (lambda: table({(0,): math.nan}, 1), "v({1})"),
        (lambda: glove(0, 0), "left + right in [1, 20], got 0"),
        (lambda: glove(-1, 2), "left a whole number in [0, 20], got -1"),
        (lambda: airport((1.0, -2.0)), "costs[1] in [0, inf), got -2"),
        (lambda: voting(()), "number of weights a whole number in [1, 20], got 0"),
        (lambda: voting((1.0, math.nan)), "weights[1] in [0, inf), got nan"),
        (lambda: unanimity(3, ()), "members to have at least 1 player, got 0"),
        (lambda: unanimity(3, (3,)), "a member a whole number in [0, 2], got 3"),
        (lambda: random_game(21), "n a whole number in [1, 20], got 21"),
        (lambda: core_vertices(random_game(4)), "3 players, shape (8,), got (16,)"),
        (lambda: excess(glove(), torch.zeros(2, dtype=D)), "x to be 3 finite shares, got (2,)"),
        (lambda: in_core(torch.zeros(2, 8, dtype=D), Y[:3]), "one table of shape (2**n,)"),
        (
            lambda: permutation_estimate(glove(), 0, G),
            "n_permutations a whole number in [1, 1e+06]",
        ),
        (lambda: permutation_estimate(glove(), 5, G, "sobol"), "method to be one of plain"),
        (lambda: permutation_estimate(first, 5, G), "expected n_players with a game given"),
        (lambda: permutation_estimate(glove(), 5, G, n_players=4), "n_players 3 as in the table"),
        (
            lambda: permutation_estimate(lambda S: S, 5, G, n_players=2),
            "the game to give 15 values, got shape (15, 2)",
        ),
        (
            lambda: kernel_shap(lambda S: 1 / (1 - S[:, 1].double()), n_players=2),
            "expected v({1, 2}) to be finite, got inf",
        ),
        (lambda: kernel_shap(first, n_players=21), "number of players a whole number in [1, 20]"),
        (lambda: kernel_shap(glove(), 1, G), "n_samples a whole number in [2, 1e+07], got 1"),
        (lambda: kernel_shap(glove(), 10), "expected a generator with n_samples"),
        (lambda: kernel_shap(random_game(6), 2, G), "tell 6 players apart, got 2 coalitions"),
        (lambda: shap_values(first, X, X, "marginal"), "game to be one of baseline"),
        (lambda: shap_values(first, X, X, "baseline"), "1 row with game baseline, got 6"),
        (lambda: shap_values(first, X[:, :2], X), "x with the 3 features of background, got 2"),
        (lambda: shap_values(first, X.float(), X), "x to be torch.float64 like background"),
        (lambda: shap_values(first, X.long(), X), "x to be a float32 or float64 tensor"),
        (lambda: shap_values(first, X, X[:0]), "background of shape (p,) or (n, p), got (0, 3)"),
        (
            lambda: shap_values(first, X, with_(X, (4, 1), math.inf)),
            "background to be finite, got inf in row 5, feature 2",
        ),
        (
            lambda: shap_values(first, X, X, "conditional", cov=INDEFINITE),
            "cov to be positive semidefinite, got the eigenvalue -1",
        ),
        (
            lambda: shap_values(first, X, X, "conditional", cov=INDEFINITE[:2]),
            "cov to be a 3 × 3 tensor, got (2, 3)",
        ),
        (
            lambda: shap_values(first, X, X, "conditional", cov=with_(INDEFINITE, (0, 1), 0.5)),
            "cov to be symmetric, got entries 1.5 apart",
        ),
        (lambda: shap_values(first, X, X[:1], "conditional"), "at least 2 rows or a cov, got 1"),
        (lambda: shap_values(first, X, X, "empirical", bandwidth=0.0), "bandwidth in (0, inf)"),
        (lambda: shap_values(first, X, X, batch=0), "batch a whole number in [1, inf), got 0"),
        (lambda: shap_values(first, *[torch.zeros(2, 21, dtype=D)] * 2), "[1, 20], got 21"),
        (lambda: shap_values(torch.sum, X, X), "predict to give one row for each"),
        (
            lambda: shap_values(
                lambda X: torch.where(X[:, 1] == 7, torch.nan, 1.0),
                torch.tensor([0.0, 7.0], dtype=D),
                torch.zeros(3, 2, dtype=D),
            ),
            "predict to be finite with features {2}, got nan",
        ),
        (lambda: prediction_game(restrict(first, X), X), "x to be 1 row, got 6"),
        (lambda: gaussian_background(X[0], INDEFINITE, 10, G), "positive semidefinite"),
        (lambda: gaussian_background(X[0], torch.eye(3, dtype=D), 3, G), "n a whole number in [4"),
        (lambda: sage_values(first, "hinge", X, Y, X), "loss to be one of squared, cross_entropy"),
        (lambda: sage_values(first, "squared", X, Y[:2], X), "y with one value for each of 6 rows"),
        (
            lambda: sage_values(first, "squared", X, Y, X, n_permutations=0, generator=G),
            "n_permutations a whole number in [1, 1e+06], got 0",
        ),
        (lambda: sage_values(first, "squared", X, Y, X, n_permutations=3), "expected a generator"),
        (
            lambda: sage_values(first, lambda f, y: f.mean(), X, Y, X),
            "loss to give 48 values, got shape ()",
        ),
        (
            lambda: sage_values(first, lambda f, y: f / 0, X, Y, X),
            "expected loss to be finite, got",
        ),
        (lambda: permutation_importance(first, "squared", X, Y, 0, G), "n_repeats a whole number"),
        (lambda: regression_game(INDEFINITE), "positive semidefinite, got the eigenvalue -1"),
        (lambda: information_game(torch.ones(2, 2, dtype=D)), "sum to 1, got the sum 4"),
    ],
)
def test_refusals_name_the_parameter_and_the_value(call, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        call()


def test_large_values_are_shared_as_long_as_no_sum_overflows():
    v = 1e300 * torch.sign(random_game(10))
    assert shapley_values(v).isfinite().all() and interaction_index(v).isfinite().all()
    with pytest.raises(ValueError, match=re.escape("v({2}) in [-1e+300, 1e+300], got -1.5e+308")):
        shapley_values(with_(v, 2, -1.5e308))
