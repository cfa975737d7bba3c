"""Importances of real data: scikit-learn, all orders one by one, own tables, forged records."""

import itertools
from functools import cache

import numpy as np
import pytest
import torch
from sklearn.inspection import permutation_importance as by_sklearn
from sklearn.linear_model import LinearRegression

from core import sheets
from core.experiments.importance import real_claims as claims
from core.experiments.importance.real import learned, moved, real
from core.tabular.data import data as table_of
from pages.experiments.importance.real import EXPERIMENT as REAL
from pages.figures.importance.real import figure
from tests.forgery import failures

AT = {
    "data": "diabetes", "target": "", "model": "linear", "twin": False, "repeats": 20, "seed": 0
}  # fmt: skip
SHUFFLED, REDRAWN, LEFT_OUT = range(3)


@cache
def run(**values):
    return list(real(**AT | values))[-1]


def checked(result, **values):
    return claims.checks(result, **AT | values)


def red(result, **values):
    return failures(checked(result, **values))


def said(result, feature=4, **values):
    return REAL.says(result, **AT | values | {"feature": feature})


@pytest.fixture(scope="module")
def linear():
    table = table_of("diabetes")
    X, y = table.X.numpy(), table.y.numpy()
    return table, X, y, LinearRegression().fit(X[table.train], y[table.train])


@pytest.mark.peer
def test_shuffling_is_that_of_scikit_learn(linear):
    table, X, y, f = linear
    theirs = by_sklearn(
        f, X[table.test], y[table.test], scoring="neg_mean_squared_error", n_repeats=200,
        random_state=0,
    )  # fmt: skip
    mine = run(repeats=40).rise[SHUFFLED].numpy()
    spread = theirs.importances_std * (1 / 200 + 1 / 40) ** 0.5
    assert (np.abs(mine - theirs.importances_mean) < 5 * spread + 1e-9).all()


@pytest.mark.peer
def test_left_out_is_least_squares_on_the_other_columns(linear):
    table, X, y, f = linear
    rows, test = X[table.train], X[table.test]
    whole = (y[table.test] - f.predict(test)) ** 2
    for j in range(10):
        fewer = LinearRegression().fit(np.delete(rows, j, 1), y[table.train])
        rise = (y[table.test] - fewer.predict(np.delete(test, j, 1))) ** 2 - whole
        assert float(run().rise[LEFT_OUT, j]) == pytest.approx(rise.mean(), abs=1e-6)
        error = rise.std(ddof=1) / len(rise) ** 0.5
        assert float(run().error[LEFT_OUT, j]) == pytest.approx(error)


def test_the_mean_over_all_orders_is_that_of_all_orders():
    """On five rows, 120 orders one by one; the deviation too."""
    table, f = learned("diabetes", "", "linear", False)
    rows = table.test[:5]
    X, y = table.X[rows].numpy(), table.y[rows].numpy()
    (mean, deviation), _ = claims._all_orders(f, X, y, repeats=1)
    before = ((y - f(torch.from_numpy(X)).numpy()) ** 2).mean()
    for j in (2, 4):
        found = []
        for order in itertools.permutations(range(5)):
            new = X.copy()
            new[:, j] = X[list(order), j]
            found.append(((y - f(torch.from_numpy(new)).numpy()) ** 2).mean() - before)
        assert mean[j] == pytest.approx(np.mean(found))
        assert deviation[j] == pytest.approx(np.std(found))


def test_redrawn_keeps_the_law_and_shuffled_does_not():
    table, _ = learned("diabetes", "", "linear", False)
    rows = (table.X[table.test] - table.middle).numpy()
    shuffled, redrawn = (each.numpy() for each in moved(table, 4, seed=1))

    def rho(column):
        return np.corrcoef(column, rows[:, 5])[0, 1]

    assert sorted(shuffled) == pytest.approx(sorted(rows[:, 4]))
    assert abs(rho(redrawn) - rho(rows[:, 4])) < 0.05 and abs(rho(shuffled)) < 0.3
    assert redrawn.mean() == pytest.approx(rows[:, 4].mean())


@pytest.mark.parametrize("model", ["linear", "net"])
def test_a_column_with_a_copy_is_told_by_it(model):
    twin = run(twin=True, model=model)
    assert twin.rise.shape == (3, 11) and red(twin, twin=True, model=model) == []
    assert twin.rise[REDRAWN, [8, 10]].abs().max() < 1e-6
    if model == "linear":
        assert twin.rise[LEFT_OUT, [8, 10]].abs().max() < 1e-6
        assert twin.rise[SHUFFLED, 8] < 0.25 * run().rise[SHUFFLED, 8]
    assert claims.copies("diabetes", "", model, True) == (8, 10)


def test_shuffled_rows_lie_where_no_row_does():
    alone = claims.beside("diabetes", "", "linear", False, 0, 4)
    twin = claims.beside("diabetes", "", "linear", True, 0, 8)
    table = table_of("diabetes")
    Z = table.standard(table.X).numpy()
    assert table.features[alone.other] == "LDL"
    rho = np.corrcoef(Z[table.train].T)[4, 5]
    assert alone.rho == pytest.approx(rho)
    off = Z[:, 4] - rho * Z[:, 5]
    assert alone.widest == pytest.approx(np.abs(off).max())
    order = moved(table, 4, 0)[0].numpy()
    middle, spread = table.middle[4].item(), table.spread[4].item()
    new = (order + middle - table.mean[4].item()) / spread
    far = np.abs(new - rho * Z[table.test, 5]) > np.abs(off).max()
    assert alone.off == far.sum() > 0
    assert twin.widest < 1e-12 and twin.off > 90


def test_own_tables_with_a_constant_column_a_sum_and_far_numbers():
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, 80)).round(3)
    lines = (f"{x},{y},{x + y:.3f},1,{1e9 + y:.3f},{3 * x - y:.3f}" for x, y in zip(a, b))
    name = sheets.add(("a,b,sum,flat,far,goal\n" + "\n".join(lines)).encode())
    for values in itertools.product(("linear", "trees"), (False, True)):
        given = {"data": name, **dict(zip(("model", "twin"), values))}
        result = run(**given)
        assert red(result, **given) == []
        j = learned(name, "", *values)[0].features.index("flat")
        assert result.rise[:2, j].abs().max() < 1e-9
        found = [c for c in checked(result, **given) if "never uses" in c.claim]
        assert found[0].applies and found[0].holds
        assert "goal" in said(result, **given)


def test_a_snapshot_after_each_column_is_a_picture():
    seen = list(real(**AT | {"repeats": 5}))
    assert [each.done for each in seen] == list(range(1, 11))
    first, last = seen[0], seen[-1]
    assert first.rise[:, 1:].isnan().all() and last.rise.isfinite().all()
    assert "column 1 of 10" in said(first, repeats=5) and red(first, repeats=5) == []
    picture = figure(first, **AT | {"repeats": 5}, feature=0)
    assert len(picture.panels) == 2 and len(picture.formula) == 2
    assert "age shuffled: the loss" in said(first, feature=0)


@pytest.mark.parametrize("field", ["rise", "error", "risk", "guess", "progress"])
@pytest.mark.parametrize("model", ["linear", "trees"])
def test_a_forged_field_is_noticed(field, model):
    good = run(model=model)
    assert red(good, model=model) == []
    assert red(good._replace(**{field: 1.01 * getattr(good, field)}), model=model)


def test_every_entry_of_a_linear_run_is_checked():
    good = run()
    for name, way, j in itertools.product(("rise", "error"), range(3), (0, 9)):
        entry = getattr(good, name).clone()
        entry[way, j] += 1e-4 * good.guess
        assert red(good._replace(**{name: entry})), (name, way, j)


def test_questions_and_their_numbers():
    answers = [
        question.answer(run(**{k: v for k, v in REAL.presets[question.preset].items()
                               if k != "feature"}))
        for question in REAL.predictions
    ]  # fmt: skip
    assert answers == ["BMI", "much less than half, and nothing"]
    shares = 100 * run().rise / run().guess
    leaders = shares[SHUFFLED].argsort(descending=True)[:3]
    assert [run_name(j) for j in leaders] == ["log triglycerides", "cholesterol", "BMI"]
    assert 0 < float(shares[LEFT_OUT, 8]) < 0.2 * float(shares[SHUFFLED, 8])
    tumours = run(data="breast_cancer")
    assert tumours.rise[SHUFFLED].argmax() == 6 and tumours.rise[LEFT_OUT, 6] < 0
    assert tumours.rise[LEFT_OUT, 6].abs() < 2 * tumours.error[LEFT_OUT, 6]


def run_name(j):
    return table_of("diabetes").features[int(j)]


@pytest.mark.parametrize(
    "wrong", [{"repeats": 4}, {"repeats": 41}, {"model": "forest"}, {"data": "cars"}, {"seed": -1}]
)
def test_what_is_refused(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"expected {name}"):
        real(**AT | wrong)
