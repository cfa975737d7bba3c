"""Importances of real data: closed forms of a linear model, scikit-learn, and the exact engine."""

import numpy as np
import pytest
import torch
from sklearn.inspection import permutation_importance as by_sklearn
from sklearn.linear_model import LinearRegression

from core import sheets
from core.experiments.shapley import risk_data
from core.experiments.shapley import risk_data_claims as claims
from core.rng import generator
from core.shapley import sage_values
from core.tabular.data import data
from core.tabular.models import model
from pages.experiments.shapley.risk_data import EXPERIMENT as RISK_DATA
from tests.forgery import failures

SAGE, LOFO, PERMUTED, RESAMPLED, ALONE = range(5)


def snapshots(**values):
    return list(risk_data.risk_data(**values))


def run(**values):
    return snapshots(**values)[-1]


def failing(result):
    return failures(claims.checks(result))


def linear():
    """The linear model of diabetes by scikit-learn, with the rows held out."""
    table = data("diabetes")
    X, y = table.X.numpy(), table.y.numpy()
    fitted = LinearRegression().fit(X[table.train], y[table.train])
    return table, fitted, X[table.test], y[table.test]


def background(table, count, seed=0):
    drawn = torch.randperm(len(table.train), generator=generator(seed))[:count]
    return table.X[table.train[drawn]]


def test_exact_and_sampled_sage_of_a_linear_model_are_the_closed_form():
    table, fitted, X, y = linear()
    z = background(table, 40).numpy().mean(0)
    parts = fitted.coef_ * (X - z)
    left = y - fitted.predict(z[None])
    # the Shapley values of −(r − Σ_S c_j)²
    closed = (parts * (2 * left[:, None] - parts.sum(1, keepdims=True))).mean(0)
    result = run()
    np.testing.assert_allclose(result.exact, closed, rtol=1e-9)
    gap = np.abs(result.values[SAGE].numpy() - closed)
    assert (gap < 5 * result.noise[-1].numpy()).all()
    assert closed.sum() == pytest.approx(result.saved)
    first = left[:, None] ** 2 - (left[:, None] - parts) ** 2
    np.testing.assert_allclose(result.values[ALONE], first.mean(0), rtol=1e-9)


@pytest.mark.parametrize("kind", ["linear", "net"])
def test_exact_sage_of_probabilities_is_that_of_the_engine(kind):
    table = data("wine")
    f = model(table, kind)

    def both(rows):
        return torch.stack((1 - f(rows), f(rows)), dim=-1)

    fill = background(table, 5, seed=1)
    X, y = table.X[table.test], table.y[table.test]
    engine = sage_values(both, "cross_entropy", X, y, fill)
    result = run(data="wine", model=kind, background=5, passes=1, seed=1)
    torch.testing.assert_close(result.exact, engine.values, rtol=0, atol=1e-8)
    assert result.values[SAGE].sum().item() == pytest.approx(result.saved)


def test_lofo_is_least_squares_on_the_other_columns():
    table, fitted, X, y = linear()
    whole = ((y - fitted.predict(X)) ** 2).mean()
    train = table.X.numpy()[table.train], table.y.numpy()[table.train]
    found = run(passes=1).values[LOFO]
    for j in range(10):
        fewer = LinearRegression().fit(np.delete(train[0], j, 1), train[1])
        rise = ((y - fewer.predict(np.delete(X, j, 1))) ** 2).mean() - whole
        assert found[j].item() == pytest.approx(rise, abs=1e-6 * whole)


def test_shuffling_is_that_of_sklearn_and_resampling_its_expectation():
    table, fitted, X, y = linear()
    result = run(passes=1)
    peer = by_sklearn(fitted, X, y, scoring="neg_mean_squared_error", n_repeats=100, random_state=0)
    gap = np.abs(result.values[PERMUTED].numpy() - peer.importances_mean)
    spread = peer.importances_std * (20**-0.5 + 100**-0.5)
    assert (gap < 4.5 * spread + 1e-9).all()
    # E (r − β_j (g + s Z − x_j))² − r², the guess g by least squares on the training rows
    train = table.X.numpy()[table.train]
    for j in range(10):
        others = LinearRegression().fit(np.delete(train, j, 1), train[:, j])
        step = others.predict(np.delete(X, j, 1)) - X[:, j]
        error = train[:, j] - others.predict(np.delete(train, j, 1))
        beta, left = fitted.coef_[j], y - fitted.predict(X)
        variance = (error**2).sum() / (len(train) - 1)
        rise = ((left - beta * step) ** 2 - left**2).mean() + beta**2 * variance
        near, moved = abs(result.values[RESAMPLED, j].item() - rise), beta**2 * variance
        # (a + b Z)² has the variance 4a²b² + 2b⁴; there are 20 draws for each row
        scatter = (4 * (left - beta * step) ** 2 * moved + 2 * moved**2).mean()
        assert near < 4.5 * np.sqrt(scatter / (20 * len(y))) + 1e-9


def test_snapshots_begin_with_what_is_fast_and_end_with_small_errors():
    all_of_them = snapshots(passes=20)
    progress = [each.progress for each in all_of_them]
    assert progress == sorted(progress) and progress[0] < 0.1 and progress[-1] == 1
    known = [each.values.isfinite().all(1).tolist() for each in all_of_them]
    assert known[0] == [False, False, True, True, True] and all(known[-1])
    last = all_of_them[-1]
    assert last.passes == 20 and last.pairs == 20 * 110
    widest = last.noise[1:].max(1).values
    slope = np.polyfit(np.log(np.arange(2, 21)), widest.log().numpy(), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.15)
    for each in all_of_them:
        assert claims.says(each) and failing(each) == []
        assert len(RISK_DATA.figure(each).panels) == 3


def test_the_errors_of_the_orders_are_as_wide_as_the_scatter_over_seeds():
    """Rows and background stay; only the orders change with the seed of the same pairs."""
    runs = [run(passes=6, background=2, seed=seed) for seed in range(24)]
    # another background moves SAGE too: what is left beside the exact value is the orders' doing
    scatter = torch.stack([one.values[SAGE] - one.exact for one in runs]).square().mean(0).sqrt()
    told = torch.stack([one.noise[-1] for one in runs]).square().mean(0).sqrt()
    ratio = (told / scatter)[scatter > 1e-9 * runs[0].nobody]
    assert ((ratio > 0.6) & (ratio < 1.7)).all() and ratio.log().mean().abs() < 0.15


def test_every_error_bar_is_that_of_a_mean_over_the_rows_held_out():
    result = run(passes=3)
    table, fitted, X, y = linear()
    z = background(table, 40).numpy().mean(0)
    left = y - fitted.predict(z[None])
    first = left[:, None] ** 2 - (left[:, None] - fitted.coef_ * (X - z)) ** 2
    np.testing.assert_allclose(result.errors[ALONE], first.std(0, ddof=1) / np.sqrt(len(y)))
    train = table.X.numpy()[table.train], table.y.numpy()[table.train]
    fewer = LinearRegression().fit(train[0][:, 1:], train[1]).predict(X[:, 1:])
    lost = (y - fewer) ** 2 - (y - fitted.predict(X)) ** 2
    assert result.errors[LOFO, 0].item() == pytest.approx(lost.std(ddof=1) / np.sqrt(len(y)))
    assert "two errors over the rows" in claims.says(result)


def test_a_snapshot_is_not_changed_by_what_comes_later():
    stream = risk_data.risk_data(passes=2)
    first = next(stream)
    kept = first.each.clone()
    list(stream)
    assert torch.equal(first.each.isnan(), kept.isnan())


def test_conditional_game_shares_otherwise_and_adds_up_too():
    result = run(game="conditional")
    assert result.values[SAGE].sum().item() == pytest.approx(result.saved)
    assert result.exact.isnan().all() and failing(result) == []
    other = run()
    gap = (result.values[SAGE] - other.values[SAGE]).abs()
    assert (gap > 5 * torch.hypot(result.noise[-1], other.noise[-1])).any()
    assert torch.equal(result.values[LOFO], other.values[LOFO])


def test_an_own_table_with_a_constant_column_is_explained():
    random = np.random.default_rng(0)
    x, z = random.normal(size=(2, 60)).round(3)
    text = "a,b,flat,target\n" + "\n".join(f"{a},{b},1,{3 * a - b:.3f}" for a, b in zip(x, z))
    name = sheets.add(text.encode())
    for game in ("interventional", "conditional"):
        result = run(data=name, game=game, passes=10)
        assert failing(result) == []
        flat = result.table.features.index("flat")
        assert result.values[:, flat].abs().max() < 1e-9
        assert result.values[SAGE].argmax() == result.table.features.index("a")


def test_wrong_values_are_noticed():
    good = run()
    assert failing(good) == []
    each = good.each.clone()
    each[SAGE, :, 2] += 0.01 * good.saved
    assert any(c.startswith("SAGE: Σ") for c in failing(good._replace(each=each)))
    each = good.each.clone()
    each[SAGE, :, :2] += torch.tensor([500.0, -500.0])  # the sum stays
    assert any("standard errors" in c for c in failing(good._replace(each=each)))
    each = good.each.clone()
    each[LOFO, :, 4] += 1.0
    assert any("normal" in c or "least squares" in c for c in failing(good._replace(each=each)))
    assert any("exact" in c for c in failing(good._replace(exact=1.01 * good.exact)))
    assert any("scatter" in c for c in failing(good._replace(noise=1.01 * good.noise)))


@pytest.mark.parametrize("measures", ["three", "five"])
def test_only_the_measures_asked_for_are_drawn(measures):
    bars, sums, _ = RISK_DATA.figure(run(passes=2), measures=measures).panels
    names = {t["name"] for t in bars.traces}
    assert {"SAGE", "LOFO", "permuted"} <= names
    assert ("alone" in names) == ("resampled" in names) == (measures == "five")
    assert len(sums.layout["yaxis"]["ticktext"]) == {"three": 3, "five": 5}[measures]


def test_predictions_have_the_right_answer():
    little = "next to nothing, or less"
    for prediction, right in zip(RISK_DATA.predictions, (little, little, "exactly"), strict=True):
        assert prediction.answer(run(**RISK_DATA.presets[prediction.preset])) == right


def test_a_table_that_is_gone_is_refused():
    with pytest.raises(ValueError, match="still kept"):
        next(risk_data.risk_data(data="own-000000000000"))
