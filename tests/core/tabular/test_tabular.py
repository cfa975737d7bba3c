import subprocess
import sys

import numpy as np
import pytest
import sklearn.datasets
import torch
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, r2_score

from core import sheets
from core.nets import mlp
from core.rng import generator
from core.shapley.coalitions import coalitions
from core.tabular import models, training
from core.tabular.data import DATA, data, strongest
from core.tabular.scores import Linear, Net

EVERY = [(name, kind) for name in DATA for kind in models.KINDS]


def own(*columns, names=None):
    """A CSV of these columns, kept; the last is the target."""
    names = names or [f"x{j}" for j in range(len(columns) - 1)] + ["y"]
    lines = [",".join(names)] + [",".join(map(str, row)) for row in zip(*columns, strict=True)]
    return sheets.add("\n".join(lines).encode())


def column(n, seed):
    return np.random.default_rng(seed).normal(size=n).round(3).tolist()


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
    r = [abs(np.corrcoef(X[:, j], y == 0)[0, 1]) for j in range(13)]
    best = strongest(torch.from_numpy(X), torch.from_numpy(y == 0).double()).tolist()
    assert best == sorted(np.argsort(r)[3:])


@pytest.mark.parametrize("name", DATA)
def test_a_quarter_of_each_class_is_held_out(name):
    table = data(name)
    assert sorted(torch.cat((table.train, table.test)).tolist()) == list(range(len(table.X)))
    classes = [table.y == 0, table.y == 1] if table.task == "probability" else [table.y > 0]
    assert len(table.test) == sum(int(each.sum()) // 4 for each in classes)


def test_an_own_table_of_numbers_becomes_a_regression():
    columns = [column(40, j) for j in range(4)]
    table = data(own(*columns))
    assert table.features == ("x0", "x1", "x2") and table.target == "y"
    np.testing.assert_allclose(table.X, np.array(columns[:3]).T)
    np.testing.assert_allclose(table.y, columns[3])
    assert table.kept == "" and len(table.test) == 10
    other = data(own(*columns), "x1")
    assert other.features == ("x0", "x2", "y") and other.target == "x1"


def test_two_different_values_become_a_probability():
    words = data(own(column(40, 0), column(40, 1), ["no", "yes", "no", "yes"] * 10))
    assert words.task == "probability" and words.target == "y = yes"
    assert words.y.tolist() == [0, 1, 0, 1] * 10
    numbers = data(own(column(40, 0), column(40, 1), [3, -2] * 20))
    assert numbers.target == "y = 3" and numbers.y.tolist() == [1, 0] * 20


def test_decimal_commas_are_read_where_semicolons_separate():
    rows = [f"{a:.2f};{b:.2f};{a - b:.2f}" for a, b in zip(column(40, 0), column(40, 1))]
    text = "\n".join(["a;b;y", *rows])
    pointed, comma = (data(sheets.add(each.encode())) for each in (text, text.replace(".", ",")))
    assert pointed.name != comma.name
    assert torch.equal(pointed.X, comma.X) and torch.equal(pointed.y, comma.y)


def test_what_is_left_out_is_said():
    wide = data(own(*[column(40, j) for j in range(12)], ["word"] * 40, column(40, 12)))
    assert len(wide.features) == 10
    assert "1 column of words" in wide.kept and "of 12 numeric columns the 10 most" in wide.kept
    long = data(own(column(2500, 0), column(2500, 1), column(2500, 2)))
    assert len(long.X) == 2000 and "2000 of 2500 rows" in long.kept
    names = ["a name as long as a whole sentence would be", "b", "y"]
    table = data(own(column(40, 0), column(40, 1), column(40, 2), names=names))
    assert table.features[0] == "a name as long as a who…"


HOLE = [1.5] * 6 + [""] + [2.5] * 33


@pytest.mark.parametrize(
    ("columns", "target", "message"),
    [
        (
            [column(40, 0), column(40, 1), column(40, 2)],
            "z",
            "one of the columns x0, x1, y, got 'z'",
        ),
        ([column(19, 0), column(19, 1), column(19, 2)], "", "at least 20 rows, got 19"),
        ([["a", "b"] * 20, ["c", "d"] * 20, column(40, 2)], "", "two numeric columns .* got none"),
        ([column(40, 0), column(40, 2)], "", "two numeric columns beside the target 'y', got x0"),
        ([column(40, 0), HOLE, column(40, 2)], "", "'x1', got a missing value in row 7 under"),
        (
            [column(40, 0), [*HOLE[:6], "12a", *HOLE[7:]], column(40, 2)],
            "",
            "'x1', got '12a' in row 7",
        ),
        ([column(40, 0), [*HOLE[:6], "inf", *HOLE[7:]], column(40, 2)], "", "'x1', got 'inf'"),
        ([column(40, 0), [*HOLE[:6], "1e13", *HOLE[7:]], column(40, 2)], "", "'x1', got '1e13'"),
        ([column(40, 0), column(40, 1), HOLE], "", "'y', got a missing value in row 7"),
        ([column(40, 0), column(40, 1), [5] * 40], "", "differs between rows, got 'y' .* '5'"),
        ([column(40, 0), column(40, 1), ["a"] * 40], "", "differs between rows, got 'y' .* 'a'"),
        ([column(42, 0), column(42, 1), ["a", "b", "c"] * 14], "", "3 different words"),
        ([column(40, 0), column(40, 1), [1] * 3 + [0] * 37], "", "at least 4 rows .* got 3"),
    ],
)
def test_a_table_that_cannot_be_learned_is_refused_in_a_sentence(columns, target, message):
    with pytest.raises(ValueError, match=message):
        data(own(*columns), target)


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


@pytest.mark.parametrize("name", DATA)
def test_trees_are_those_of_scikit_learn(name):
    table = data(name)
    X, y, train, _ = parts(table)
    kind = GradientBoostingRegressor if name == "diabetes" else GradientBoostingClassifier
    peer = kind(n_estimators=32, subsample=0.7, min_samples_leaf=5, random_state=0)
    peer.fit(X[train], y[train])
    wanted = peer.predict(X) if name == "diabetes" else peer.predict_proba(X)[:, 1]
    np.testing.assert_allclose(models.model(table, "trees").outputs, wanted, rtol=1e-9)


def test_trees_that_stop_early_are_filled_up():
    """Two values of one column: the first split leaves nothing to split."""
    step = [0.0, 1.0] * 20
    name = own(step, [3.0] * 40, [10 * v + (i % 3) for i, v in enumerate(step)])
    f = models.model(data(name), "trees")
    X, y, train, _ = parts(data(name))
    peer = GradientBoostingRegressor(
        n_estimators=32, subsample=0.7, min_samples_leaf=5, random_state=0
    )
    np.testing.assert_allclose(f.outputs, peer.fit(X[train], y[train]).predict(X), rtol=1e-9)
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
