import subprocess
import sys

import numpy as np
import pytest
import sklearn.datasets
import torch
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, r2_score

from core.nets import mlp
from core.rng import generator
from core.shapley.coalitions import coalitions
from core.tabular import models, training
from core.tabular.data import DATA, data, strongest
from core.tabular.scores import Linear, Net
from tests.tables import column, own

EVERY = [(name, kind) for name in DATA for kind in models.KINDS]


# --- tables ------------------------------------------------------------------------------------


def test_the_bundled_tables_are_those_of_scikit_learn_in_raw_units():
    X, y = sklearn.datasets.load_diabetes(return_X_y=True, scaled=False)
    table = data("diabetes")
    assert np.array_equal(table.X, X) and np.array_equal(table.y, y)
    assert (table.task, table.features[2], table.units[2]) == ("regression", "BMI", "kg/m²")
    X, y = sklearn.datasets.load_breast_cancer(return_X_y=True)
    table = data("breast_cancer")
    assert np.array_equal(table.X, X[:, :10]) and np.array_equal(table.y, y == 0)
    assert table.y.sum() == 212 and table.task == "probability"
    X, y = sklearn.datasets.load_wine(return_X_y=True)
    table = data("wine")
    kept = [j for j in range(13) if j not in (1, 2, 9)]
    assert np.array_equal(table.X, X[:, kept]) and np.array_equal(table.y, y == 0)
    assert len(table.features) == len(table.units) == 10


def test_the_columns_of_wine_are_the_ten_most_correlated():
    X, y = sklearn.datasets.load_wine(return_X_y=True)
    learned = data("wine").train.numpy()
    r = [abs(np.corrcoef(X[learned, j], y[learned] == 0)[0, 1]) for j in range(13)]
    best = strongest(torch.from_numpy(X[learned]), torch.from_numpy(y[learned] == 0).double())
    assert best.tolist() == sorted(np.argsort(r)[3:]) == [0, *range(3, 9), 10, 11, 12]


@pytest.mark.parametrize("name", DATA)
def test_a_quarter_of_each_class_is_held_out(name):
    table = data(name)
    assert sorted(torch.cat((table.train, table.test)).tolist()) == list(range(len(table.X)))
    classes = [table.y == 0, table.y == 1] if table.task == "probability" else [table.y > 0]
    assert len(table.test) == sum(int(each.sum()) // 4 for each in classes)


def test_a_table_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="data to be one of diabetes, breast_cancer, wine"):
        data("iris")
    with pytest.raises(ValueError, match="still kept"):
        data("own-000000000000")


# --- models ------------------------------------------------------------------------------------


def parts(table):
    return [each.numpy() for each in (table.X, table.y, table.train, table.test)]


def test_linear_is_least_squares():
    X, y, train, _ = parts(data("diabetes"))
    peer = LinearRegression().fit(X[train], y[train])
    f = models.model(data("diabetes"), "linear")
    np.testing.assert_allclose(f.outputs, peer.predict(X), rtol=1e-9)
    np.testing.assert_allclose(f.score.weight, peer.coef_, rtol=1e-8)


@pytest.mark.parametrize("name", ["breast_cancer", "wine"])
def test_linear_on_a_probability_is_penalised_logistic_regression(name):
    table = data(name)
    X, y, train, _ = parts(table)
    Z = (X - X[train].mean(0)) / X[train].std(0, ddof=1)
    peer = LogisticRegression(C=1.0, tol=1e-10, max_iter=1000).fit(Z[train], y[train])
    f = models.model(table, "linear")
    np.testing.assert_allclose(f.outputs, peer.predict_proba(Z)[:, 1], atol=1e-6)


BOOST = {"n_estimators": 32, "subsample": 0.7, "min_samples_leaf": 5, "random_state": 0}


def boosted(table):
    """scikit-learn's trees on columns and target in their units, as predictions of all rows."""
    X, y, train, _ = parts(table)
    X = X - np.sort(X[train], 0)[(len(train) - 1) // 2]  # the lower median
    X = X / training.usual(torch.from_numpy(X[train])).numpy()
    if table.task == "probability":
        return GradientBoostingClassifier(**BOOST).fit(X[train], y[train]).predict_proba(X)[:, 1]
    middle = np.sort(y[train])[(len(train) - 1) // 2]
    unit = training.usual(torch.from_numpy(y[train] - middle)[:, None]).item()
    goal = ((y - middle) / unit).round(10)
    return middle + unit * GradientBoostingRegressor(**BOOST).fit(X[train], goal[train]).predict(X)


@pytest.mark.parametrize("name", DATA)
def test_trees_are_those_of_scikit_learn(name):
    table = data(name)
    np.testing.assert_allclose(models.model(table, "trees").outputs, boosted(table), rtol=1e-9)


def test_the_usual_distance_is_a_median_of_those_that_are_not_zero():
    rows = torch.tensor([[0.0, 5.0, 0.0], [1.0, -5.0, 0.0], [-3.0, 5.0, 0.0]]).double()
    assert training.usual(rows).tolist() == [1.0, 5.0, 1.0]


def test_trees_that_stop_early_are_filled_up():
    """Two values of one column: the first split leaves nothing to split."""
    step = [0.0, 1.0] * 20
    name = own(step, [3.0] * 40, [10 * v + (i % 3) for i, v in enumerate(step)])
    f = models.model(data(name), "trees")
    np.testing.assert_allclose(f.outputs, boosted(data(name)), rtol=1e-9)
    x, z = data(name).X[0], data(name).X[1:2]
    np.testing.assert_allclose(f.mixed(x, z), brute(f, x, z), rtol=1e-12)


@pytest.mark.parametrize("task", ["regression", "probability"])
def test_the_slope_of_the_net_is_that_of_autograd(task):
    random = generator(1)
    draw = [torch.randn(s, generator=random).double() for s in ((5, 3), (5,), (5,), ())]
    x, y = torch.randn(20, 3, generator=random).double(), torch.rand(20, generator=random).round()
    net = Net(*(each.requires_grad_() for each in draw))
    loss = {
        "regression": torch.nn.functional.mse_loss,
        "probability": torch.nn.functional.binary_cross_entropy_with_logits,
    }[task]
    hidden = torch.relu(x @ net.weight1.T + net.bias1)
    loss(hidden @ net.weight2 + net.bias2, y.double()).backward()
    with torch.no_grad():
        mine = training.slope(net, x, y.double(), task)
    for got, wanted in zip(mine, draw):
        torch.testing.assert_close(got, wanted.grad)


def test_the_net_is_trained_as_adamw_would():
    table = data("wine")
    x, y = (table.X[table.train] - table.mean) / table.spread, table.y[table.train]
    start = training._start(10)
    net = mlp((10, 32, 1), activation="relu", generator=generator(0), dtype=torch.float64)
    with torch.no_grad():
        for mine, given in zip(net.parameters(), start):
            mine.copy_(given.view_as(mine))
    optimizer = torch.optim.AdamW(net.parameters(), lr=training.LR, weight_decay=training.DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, training.STEPS)
    for _ in range(training.STEPS):
        optimizer.zero_grad()
        torch.nn.functional.binary_cross_entropy_with_logits(net(x)[:, 0], y).backward()
        optimizer.step()
        schedule.step()
    wanted = net((table.X - table.mean) / table.spread)[:, 0].sigmoid().detach()
    torch.testing.assert_close(models.model(table, "net").outputs, wanted, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("name", "kind"), EVERY)
def test_the_stored_models_are_what_training_makes(name, kind):
    table = data(name)
    again = models.judged(table, kind, training.fit(table, kind))
    stored = models.model(table, kind)
    torch.testing.assert_close(again.outputs, stored.outputs, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("name", "kind"), EVERY)
def test_the_quality_is_that_of_the_rows_held_out(name, kind):
    table = data(name)
    _, y, _, test = parts(table)
    f = models.model(table, kind)
    if table.task == "regression":
        assert f.quality == pytest.approx(r2_score(y[test], f.outputs[test]))
        assert f.quality > 0.4 and f.guess == 0
    else:
        assert f.quality == pytest.approx(accuracy_score(y[test], f.outputs.numpy()[test] > 0.5))
        assert f.quality > 0.9 > f.guess == max(y[test].mean(), 1 - y[test].mean())


def brute(f, x, z):
    """f(x_S, z) asked one coalition at a time."""
    S = coalitions(len(x))
    return torch.stack([f(torch.where(S, x, row)) for row in z])


@pytest.mark.parametrize(("name", "kind"), EVERY)
def test_all_mixtures_at_once_are_the_mixtures_one_by_one(name, kind):
    table = data(name)
    f = models.model(table, kind)
    x, z = table.X[3], table.X[[10, 20, 30]]
    torch.testing.assert_close(f.mixed(x, z), brute(f, x, z), rtol=1e-10, atol=1e-12)


def test_a_linear_score_by_hand():
    score = Linear(torch.tensor([2.0, -1.0]).double(), torch.tensor(3.0).double())
    x, z = torch.tensor([1.0, 1.0]).double(), torch.tensor([[0.0, 10.0]]).double()
    assert score(z).tolist() == [-7.0]
    assert score.mixed(x, z).tolist() == [[-7.0, -5.0, 2.0, 4.0]]


@pytest.mark.parametrize("kind", models.KINDS)
def test_a_model_is_trained_on_an_own_table(kind):
    a, b = column(200, 0), column(200, 1)
    name = own(a, b, [2 * u - v for u, v in zip(a, b)])
    f = models.model(data(name), kind)
    assert f.quality > 0.85
    assert models.model(data(name), kind) is f


def test_a_kind_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="model to be one of linear, trees, net"):
        models.model(data("wine"), "forest")


def test_bundled_models_answer_without_importing_scikit_learn_or_sympy():
    code = (
        "import sys; from core.tabular import models; from core.tabular.data import *;"
        "[models.model(data(n), k) for n in DATA for k in models.KINDS];"
        "print([m for m in ('sklearn', 'sympy', 'streamlit') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
