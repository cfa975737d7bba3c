import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from core.importance import Toy, ice, interaction, nearby, pdp, sensitivity, support
from core.rng import generator


def drawn(n=40, p=3, seed=0):
    return torch.randn(n, p, generator=generator(seed), dtype=torch.float64)


def wavy(X):
    return torch.sin(2 * X[:, 0]) * X[:, 1] + X[:, 2] ** 2


GRID = torch.linspace(-2, 2, 9, dtype=torch.float64)


def test_a_line_passes_through_its_row_and_moves_one_feature_only():
    X = drawn()
    for j in range(3):
        for row in range(4):
            lines = ice(wavy, X, j, X[row, j][None])
            assert lines[row, 0] == wavy(X)[row]
    lines = ice(wavy, X, 1, GRID)
    assert lines.shape == (40, 9)
    by_hand = np.sin(2 * X[:, :1].numpy()) * GRID.numpy() + X[:, 2:].numpy() ** 2
    np.testing.assert_allclose(lines, by_hand)
    torch.testing.assert_close(pdp(wavy, X, 1, GRID), lines.mean(0))


@pytest.mark.peer
def test_lines_and_mean_are_those_of_scikit_learn():
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import partial_dependence

    X = drawn(60)
    forest = RandomForestRegressor(8, random_state=0).fit(X.numpy(), wavy(X).numpy())
    theirs = partial_dependence(
        forest, X.numpy(), [0], kind="both", custom_values={0: GRID.numpy()}
    )

    def f(rows):
        return torch.from_numpy(forest.predict(rows.numpy()))

    np.testing.assert_allclose(ice(f, X, 0, GRID), theirs["individual"][0])
    np.testing.assert_allclose(pdp(f, X, 0, GRID), theirs["average"][0])


def test_slopes_are_difference_quotients_and_zero_for_steps():
    X, h = drawn(), 1e-6
    found = sensitivity(wavy, X)
    for j in range(3):
        step = h * torch.eye(3, dtype=torch.float64)[j]
        torch.testing.assert_close(
            found[:, j], (wavy(X + step) - wavy(X - step)) / (2 * h), rtol=1e-6, atol=1e-6
        )
    assert (sensitivity(lambda X: (X[:, 0] > 0).double(), X) == 0).all()
    c = 7.0
    renamed = sensitivity(lambda Z: wavy(Z / torch.tensor([c, 1, 1])), X * torch.tensor([c, 1, 1]))
    torch.testing.assert_close(renamed[:, 0], found[:, 0] / c)


@pytest.mark.parametrize("base", ["none", "wave", "plateau"])
def test_without_interaction_the_lines_of_the_toy_are_parallel(base):
    X = drawn(p=2)
    lines = ice(Toy(base, 0.0), X, 0, GRID)
    gaps = lines - lines[:1]
    torch.testing.assert_close(gaps, gaps[:, :1].expand_as(gaps))
    assert interaction(lines, 1e-9) < 1e-20


def test_the_share_of_interaction():
    X = drawn(p=2)
    X -= X.mean(0)
    assert interaction(ice(Toy("none", 1.3), X, 0, GRID)) == pytest.approx(1)
    assert interaction(torch.ones(3, 4), 1e-9) == 0
    shares = [interaction(ice(Toy("wave", s), X, 0, GRID)) for s in (0.0, 0.3, 1.0, 2.0)]
    assert shares == sorted(shares) and 0 < shares[1] < shares[3] < 1


def test_what_one_feature_tells_is_the_conditional_mean():
    X = torch.randn(20_000, 2, generator=generator(1), dtype=torch.float64)
    rho = 0.9
    X[:, 1] = rho * X[:, 0] + (1 - rho**2) ** 0.5 * X[:, 1]
    f = Toy("none", 1.0)
    at = torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64)
    found = nearby(X[:, 0], f(X), at, 0.05)
    torch.testing.assert_close(found, rho * at + rho * at**2, rtol=0, atol=0.05)


def test_distances_are_those_of_mahalanobis_and_a_row_is_on_its_support():
    X = drawn(50, 3)
    X[:, 2] = X[:, 0] + 0.1 * X[:, 2]
    near, places = support(X), drawn(20, 3, 5)
    theirs = cdist(places, X, "mahalanobis", VI=np.linalg.inv(np.cov(X.numpy().T))).min(1)
    np.testing.assert_allclose(near.distance(places), theirs)
    assert near.distance(X).max() < 1e-9
    apart = cdist(near.rows, near.rows) + 1e9 * np.eye(50)
    assert (apart.min(1) <= near.limit + 1e-9).mean() >= 0.98
    usual_alone = torch.tensor([[1.5, 0.0, -1.5]], dtype=torch.float64)
    assert near.distance(usual_alone) > 10 * near.limit


def test_twins_and_constants_leave_distances_finite():
    X = drawn(30, 4)
    X[:, 1], X[:, 3] = X[:, 0], 0.0
    near = support(X)
    assert np.isfinite(near.limit) and near.distance(X + 0.1).isfinite().all()


def test_there_is_no_such_column():
    with pytest.raises(ValueError, match=r"expected j in \[0, 2\], got 3"):
        ice(wavy, drawn(), 3, GRID)
