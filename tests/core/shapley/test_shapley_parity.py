"""The same numbers as shap, shapiq and sage-importance on the same games."""

import numpy as np
import pytest
import torch

from core.nets import mlp
from core.rng import generator
from core.shapley import (
    banzhaf_values,
    interaction_index,
    kernel_shap,
    mobius,
    random_game,
    sage_values,
    shap_values,
    shapley_values,
)

P = 6
D = torch.float64

pytestmark = pytest.mark.peer


def lookup(v):
    """The table as a function of 0/1 rows."""
    table = v.numpy()
    return lambda rows: table[(np.asarray(rows) > 0.5) @ (1 << np.arange(P))]


def model():
    net = mlp([P, 16, 1], generator=generator(0), dtype=D)

    def f(X):
        with torch.no_grad():
            return net(torch.as_tensor(np.asarray(X)))[:, 0].numpy()

    return net, f


def data(rows, seed):
    return torch.randn(rows, P, generator=generator(seed), dtype=D)


def test_tables_and_predictions_of_shap_exact_and_kernel():
    numba = pytest.importorskip("numba")
    numba.config.DISABLE_JIT = True  # compiling takes longer than these small games
    shap = pytest.importorskip("shap")
    v = random_game(P, 1)
    nobody, all_ = np.zeros((1, P)), np.ones((1, P))
    exact = shap.explainers.Exact(lookup(v), shap.maskers.Independent(nobody))(all_)
    np.testing.assert_allclose(exact.values[0], shapley_values(v), rtol=0, atol=1e-9)
    kernel = shap.KernelExplainer(lookup(v), nobody)
    peer = kernel.shap_values(all_, nsamples=2**P, l1_reg=False, silent=True)
    np.testing.assert_allclose(peer[0], kernel_shap(v).values, rtol=0, atol=1e-9)
    net, f = model()
    z, x = data(20, 1), data(3, 2)
    masker = shap.maskers.Independent(z.numpy(), max_samples=len(z))
    peer = shap.explainers.Exact(f, masker)(x.numpy())
    np.testing.assert_allclose(peer.values, shap_values(net, x, z), rtol=0, atol=1e-9)


def test_values_and_interactions_of_shapiq():
    shapiq = pytest.importorskip("shapiq")
    v = random_game(P, 2)
    game = lookup(v - v[0])
    peer = shapiq.ExactComputer(game=game, n_players=P)
    for index, ours in (("SV", shapley_values(v)), ("BV", banzhaf_values(v))):
        single = peer(index, order=1)
        found = [single[(i,)] for i in range(P)]
        np.testing.assert_allclose(found, ours, rtol=0, atol=1e-9)
    pairs, ours = peer("SII", order=2), interaction_index(v)
    coefficients, m = peer("Moebius", order=P), mobius(v)
    for i in range(P):
        for j in range(i + 1, P):
            assert pairs[(i, j)] == pytest.approx(ours[i, j].item(), abs=1e-9)
            assert coefficients[(i, j)] == pytest.approx(m[2**i + 2**j].item(), abs=1e-9)


def test_sage_within_the_error_of_sampling():
    sage = pytest.importorskip("sage")
    net, f = model()
    X, z = data(60, 3), data(16, 4)
    y = net(X)[:, 0].detach() + 0.5 * data(60, 5)[:, 0]
    exact = sage_values(net, "squared", X, y, z)
    imputer = sage.MarginalImputer(lambda rows: f(rows)[:, None], z.numpy())
    estimator = sage.PermutationEstimator(imputer, "mse", random_state=0)
    peer = estimator(
        X.numpy(),
        y.numpy(),
        detect_convergence=False,
        n_permutations=4096,
        bar=False,
        verbose=False,
    )
    gap = np.abs(peer.values - exact.values.numpy())
    assert (gap <= 4 * peer.std + 1e-9).all()
    assert peer.std.max() < 0.2 * np.abs(peer.values).max()
