import math

import numpy as np
import pytest
import torch

from core import table
from core.experiments.shapley import explain
from core.experiments.shapley import explain_claims as claims
from core.experiments.shapley.explain import GAMES
from core.tabular import models, shap
from core.tabular.data import data
from pages.experiments.shapley.explain import EXPERIMENT as EXPLAIN
from pages.figures.shapley.explain import chart
from tests.tables import own


def run(**values):
    return explain.explain(**values)


def drawn(game="interventional", **values):
    return EXPLAIN.figure(run(**values), **EXPLAIN.defaults() | values | {"game": game})


def checked(result, game="interventional"):
    return claims.checks(result, game=game)


def trace(panel, name):
    return next(t for t in panel.traces if t["name"] == name)


@pytest.fixture(scope="module")
def twins():
    """An own table of six columns: two of them equal, one constant."""
    a, b, c = np.random.default_rng(0).normal(size=(3, 60)).round(3)
    names = ["a", "b", "a again", "seven", "c", "y"]
    return own(a, b, a, [7.0] * 60, c, (3 * a - b).round(3), names=names)


# --- the four games ----------------------------------------------------------------------------


@pytest.mark.parametrize("game", ["baseline", "interventional"])
def test_phi_of_a_linear_model_is_slope_times_distance(game):
    result = run()
    beta = models.model(data("diabetes"), "linear").score.weight
    wanted = beta * (result.x - result.background.mean(0))
    torch.testing.assert_close(result.of(game)[1], wanted, rtol=1e-9, atol=1e-9)
    (linear,) = (c for c in checked(result, game) if c.claim.startswith("linear"))
    assert linear.applies and linear.holds


def test_phi_of_two_features_by_hand(twins):
    """f = 3a − b learned exactly; of the twins the least squares solution takes 3/2 each."""
    result = run(data=twins, row=5)
    z = result.background.mean(0)
    a, b = (result.x - z)[:2].tolist()
    np.testing.assert_allclose(result.phi[1], [1.5 * a, -b, 1.5 * a, 0, 0], atol=1e-3)


@pytest.mark.parametrize("kind", models.KINDS)
def test_equal_and_constant_columns_leave_every_game_finite(twins, kind):
    result = run(data=twins, model=kind, row=11)
    assert result.phi.isfinite().all()
    gain = result.worth[:, -1] - result.worth[:, 0]
    torch.testing.assert_close(result.phi.sum(1), gain)
    if kind == "linear":
        torch.testing.assert_close(result.phi[:, 0], result.phi[:, 2], rtol=1e-6, atol=1e-6)
    assert all(c.holds for c in checked(result) if c.applies)


def test_a_feature_no_tree_asks_for_gets_nothing_unless_it_tells_about_others():
    result = EXPLAIN.compute(**EXPLAIN.preset("Symmetry, never asked"))
    j = result.table.features.index("symmetry")
    changed = result.x.repeat(50, 1)
    changed[:, j] = result.table.X[:50, j]
    assert (result.model(changed) == result.f).all()
    assert result.phi[1, j].abs() < 1e-12 < 1e-3 < result.phi[2, j].abs()


# --- rows and backgrounds ----------------------------------------------------------------------


def test_an_own_row_may_be_a_row_of_the_table():
    result = run(row=40)
    again = run(who="mine", x=table.write(result.standard))
    assert again.number("mine", 40) is None and result.number("row", 40) == 40
    torch.testing.assert_close(again.x, result.x, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(again.phi, result.phi, rtol=1e-4, atol=1e-4)


def test_zeros_are_the_mean_of_a_table_of_any_width_and_a_row_beyond_the_end_the_last(twins):
    table = data(twins)
    torch.testing.assert_close(run(data=twins, who="mine").x, table.X[table.train].mean(0))
    said = claims.says(run(data=twins, row=114), game="baseline", who="row", row=114)
    assert said.startswith("This table has no row 114; its last one, 59,")


def test_the_controls_reach_what_the_table_has(twins):
    assert explain.rows(twins, "") == (0, 59) and shap.reach(twins, "") == (1, 45)
    assert explain.rows(twins, "", 114) == (0, 114), "a row kept from another table is no mistake"
    assert explain.names(twins, "") == ("a", "b", "a again", "seven", "c")
    lost = "own-00000000ffff"
    assert explain.rows(lost, "")[0] == 0 and shap.reach(lost, "") == (1, 50)
    assert len(explain.names(lost, "")) == 10


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"who": "mine", "x": "1 2 3"}, "10 numbers in your own row, one for each .* got 3"),
        ({"who": "mine", "x": "0 0 0 0 11 0 0 0 0 0"}, "cholesterol of your own row"),
        ({"who": "mine", "x": "0 0 0 0 a 0 0 0 0 0"}, "finite number in row 1, column 5"),
        ({"data": "own-00000000ffff"}, "still kept"),
    ],
)
def test_own_rows_and_tables_that_do_not_fit_are_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        run(**change)


# --- checks and words --------------------------------------------------------------------------


@pytest.mark.parametrize("g", range(4))
def test_contributions_handed_to_the_wrong_features_are_noticed(g):
    result = run(model="net")
    phi = result.phi.clone()
    phi[g] = phi[g].flip(0)  # the sum stays
    assert not all(c.holds for c in checked(result._replace(phi=phi)) if c.applies)


def test_a_linear_rule_is_silent_where_its_hypothesis_fails():
    for change, game, why in (
        ({"model": "net"}, "baseline", "not linear"),
        ({"data": "wine"}, "baseline", "probability"),
        ({}, "conditional", "shares"),
    ):
        (linear,) = (c for c in checked(run(**change), game) if c.claim.startswith("linear"))
        assert not linear.applies and why in linear.why


def test_the_sentence_names_the_two_strongest_and_the_truth():
    at = {"game": "interventional", "row": 114}
    text = claims.says(run(), who="row", **at)
    assert "log triglycerides 5.73 gives +70.9, BMI 36.6 kg/m² +57.2" in text
    assert "R² = 0.49 on 110 rows held out" in text and "In truth y = 258." in text
    assert "no row" not in text
    assert "In truth" not in claims.says(run(who="mine"), who="mine", **at)


# --- pictures ----------------------------------------------------------------------------------


@pytest.mark.parametrize("game", GAMES)
def test_the_waterfall_lands_on_the_prediction(game):
    result = run(model="trees")
    panel = drawn(game, model="trees").panels[0]
    up, down = trace(panel, "raises f"), trace(panel, "lowers f")
    rows = np.concatenate([np.stack([t["y"], t["x"]], 1).reshape(-1, 3, 2) for t in (up, down)])
    rows = rows[np.argsort(rows[:, 0, 0])]
    start, end = rows[:, 0, 1], rows[:, 1, 1]
    assert start[0] == pytest.approx(result.of(game)[0]) and end[-1] == pytest.approx(result.f)
    np.testing.assert_allclose(start[1:], end[:-1])
    assert (np.diff(np.abs(end - start)) < 1e-4).all(), "the longest bar comes first"
    assert (up["x"][1::3] >= up["x"][::3]).all() and (down["x"][1::3] <= down["x"][::3]).all()


def test_the_row_can_be_drawn_and_others_pointed_at():
    result = run(row=3)
    _, row, others, _ = drawn(row=3).panels
    np.testing.assert_allclose(row.paint.values, result.standard, atol=0.006)
    assert row.paint.param == "x" and row.paint.also == {"who": "mine"}
    assert others.pick.params == ("row",) and others.pick.also == {"who": "row"}
    assert others.pick.cell == (0, 3) and others.pick.columns == 442
    np.testing.assert_allclose(others.pick.places[3], [result.f, result.table.y[3]], atol=1e-3)


def test_a_row_beyond_the_frame_widens_it():
    far = {"who": "mine", "x": " ".join(["9"] * 10)}
    waterfall, row, others, _ = drawn(**far).panels
    for panel in (waterfall, others):
        low, high = panel.layout["xaxis"]["range"]
        assert low < run(**far).f < high
    assert row.layout["yaxis"]["range"][1] >= 9 and others.pick.cell is None


def test_all_four_games_are_drawn_in_the_order_of_the_waterfall():
    result = run(model="net")
    panel = drawn(model="net").panels[3]
    ends = {}
    for name in ("raises f", "lowers f"):
        bar = trace(panel, name)
        for start, end, at in zip(bar["x"][::3], bar["x"][1::3], bar["y"][::3]):
            ends[round(float(start)), int(at)] = end - start
    drawn_phi = np.array([[ends[g, k] for k in range(10)] for g in range(4)])
    phi = result.phi[:, result.order("interventional")].numpy()
    scale = drawn_phi[0, 0] / phi[0, 0]
    assert 0 < scale * np.abs(phi).max() <= 0.45
    np.testing.assert_allclose(drawn_phi, scale * phi, atol=1e-5)


# --- questions and presets ----------------------------------------------------------------------


def test_the_right_answers_are_these():
    for prediction, right in zip(
        EXPLAIN.predictions, ("log triglycerides", "it lowers f", "not 0"), strict=True
    ):
        assert prediction.answer(EXPLAIN.compute(**EXPLAIN.preset(prediction.preset))) == right


def test_presets_are_what_they_are_called():
    assert int(models.model(data("diabetes"), "linear").outputs.argmax()) == 114
    missed = EXPLAIN.compute(**EXPLAIN.preset("A missed tumour"))
    assert missed.f < 0.1 and missed.table.y[297] == 1
    values = EXPLAIN.preset("One bottle, three models")
    wine = EXPLAIN.compute(**values)
    others = [models.model(wine.table, kind).outputs[values["row"]] for kind in ("linear", "net")]
    assert wine.f < 0.1 < min(others)


# --- the linked chart --------------------------------------------------------------------------


def test_the_linked_chart_holds_phi_and_sends_only_data_anew():
    result = run()
    specification, rows = chart(result, game="interventional")
    assert set(rows) == {"bars", "points"} and '"datasets"' not in str(specification)
    bars, points = rows["bars"], rows["points"]
    assert bars.feature.tolist()[:2] == ["log triglycerides", "BMI"]
    assert math.isclose(bars.phi.sum(), result.f - result.of("interventional")[0])
    mine = points[points.mine]
    assert len(mine) == 10 and set(mine.f) == {result.f} and len(points) == 10 * 442 + 10
    assert chart(run(data="wine", model="trees", row=9), game="baseline")[0] is specification
