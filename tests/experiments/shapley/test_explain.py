import itertools
import math

import numpy as np
import pytest
import torch

from core import sheets, table
from core.experiments.shapley import explain
from core.experiments.shapley import explain_claims as explain_checks
from core.experiments.shapley.explain import GAMES
from core.shapley import restrict
from core.tabular import models
from core.tabular.data import DATA, data
from pages.experiments.shapley.explain import EXPERIMENT as EXPLAIN
from pages.figures.parts import views
from pages.figures.shapley.explain import figure

EVERY = list(itertools.product(DATA, models.KINDS))


def run(**values):
    return EXPLAIN.compute(**EXPLAIN.defaults() | values)


def drawn(**values):
    values = EXPLAIN.defaults() | values
    return figure(EXPLAIN.compute(**values), **values)


def checked(result):
    return explain_checks.checks(result, **EXPLAIN.defaults())


def trace(panel, name):
    return next(t for t in panel.traces if t["name"] == name)


@pytest.fixture(scope="module")
def twins():
    """An own table of six columns: two of them equal, one constant."""
    rng = np.random.default_rng(0)
    a, b, c = rng.normal(size=(3, 60)).round(3)
    rows = zip(a, b, a, np.full(60, 7.0), c, (3 * a - b).round(3), strict=True)
    lines = ["a,b,a again,seven,c,y", *(",".join(map(str, row)) for row in rows)]
    return sheets.add("\n".join(lines).encode())


# --- the four games ----------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "kind"), EVERY)
def test_the_four_games_are_those_of_the_engine(name, kind):
    result = run(data=name, model=kind, row=20, background=9, seed=3)
    cov = torch.cov(result.table.X[result.table.train].T)
    for game, v in zip(GAMES, result.worth):
        z = result.background
        z = z.mean(0, keepdim=True) if game == "baseline" else z
        engine = restrict(result.model, z, game, cov=cov).table(result.x[None])[0]
        torch.testing.assert_close(v, engine, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("game", ["baseline", "interventional"])
def test_phi_of_a_linear_model_is_slope_times_distance(game):
    result = run(game=game)
    beta = models.model(data("diabetes"), "linear").score.weight
    wanted = beta * (result.x - result.background.mean(0))
    torch.testing.assert_close(result.values, wanted, rtol=1e-9, atol=1e-9)
    first = checked(result)[0]
    assert first.applies and first.holds


def test_phi_of_two_features_by_hand(twins):
    """f = 3a − b learned exactly; of the twins the least squares solution takes 3/2 each."""
    result = run(data=twins, row=5)
    z = result.background.mean(0)
    a, b = (result.x - z)[:2].tolist()
    np.testing.assert_allclose(result.values, [1.5 * a, -b, 1.5 * a, 0, 0], atol=1e-3)


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
    values = EXPLAIN.preset("Symmetry, never asked")
    result = EXPLAIN.compute(**values)
    j = result.table.features.index("symmetry")
    changed = result.x.repeat(50, 1)
    changed[:, j] = result.table.X[:50, j]
    assert (result.model(changed) == result.f).all()
    assert result.phi[1, j].abs() < 1e-12 < 1e-3 < result.phi[2, j].abs()


# --- rows and backgrounds ----------------------------------------------------------------------


def test_an_own_row_may_be_a_row_of_the_table():
    result = run(row=40)
    again = run(who="mine", x=table.write(result.standard))
    assert again.row is None and result.row == 40
    torch.testing.assert_close(again.x, result.x, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(again.values, result.values, rtol=1e-4, atol=1e-4)


def test_the_own_row_of_zeros_is_the_mean():
    result = run(who="mine")
    torch.testing.assert_close(result.x, result.table.X[result.table.train].mean(0))


def test_zeros_are_the_mean_of_a_table_of_any_width_and_a_row_beyond_the_end_the_last(twins):
    assert torch.equal(run(data=twins, who="mine").x, data(twins).mean)
    values = EXPLAIN.defaults() | {"data": twins, "row": 114}
    result = EXPLAIN.compute(**values)
    assert result.row == 59
    assert EXPLAIN.says(result, **values).startswith("This table has no row 114; its last one, 59,")


def test_the_background_is_drawn_from_the_rows_learned_from():
    result = run(background=50, seed=4)
    learned = {tuple(row) for row in result.table.X[result.table.train].tolist()}
    found = {tuple(row) for row in result.background.tolist()}
    assert found <= learned and len(found) == 50
    assert not torch.equal(run(seed=1).background, run(seed=2).background)


def test_the_controls_reach_what_the_table_has(twins):
    values = EXPLAIN.defaults() | {"data": twins}
    assert explain.rows(**values) == (0, 59) and explain.most_background(**values) == (1, 45)
    assert explain.names(**values) == ("a", "b", "a again", "seven", "c")
    lost = EXPLAIN.defaults() | {"data": "own-00000000ffff"}
    assert explain.rows(**lost)[0] == 0 and explain.most_background(**lost) == (1, 50)
    assert len(explain.names(**lost)) == 10


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"row": 2000}, r"row a whole number in \[0, 1999\], got 2000"),
        ({"row": -1}, "row a whole number"),
        ({"background": 0}, r"background a whole number in \[1, 50\], got 0"),
        ({"background": 51}, "background a whole number"),
        ({"seed": -1}, "seed"),
        ({"game": "causal"}, "game to be one of"),
        ({"model": "forest"}, "model to be one of"),
        ({"data": "iris"}, "data to be one of"),
        ({"who": "mine", "x": "1 2 3"}, "10 numbers in your own row, one for each .* got 3"),
        ({"who": "mine", "x": "0 0 0 0 11 0 0 0 0 0"}, "cholesterol of your own row"),
        ({"who": "mine", "x": "0 0 0 0 a 0 0 0 0 0"}, "finite number in row 1, column 5"),
        ({"data": "own-00000000ffff"}, "still kept"),
    ],
)
def test_bad_values_are_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        run(**change)


# --- checks and words --------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "kind"), EVERY)
def test_every_check_holds_wherever_it_applies(name, kind):
    for game in GAMES:
        result = run(data=name, model=kind, game=game, row=17)
        assert [c for c in checked(result) if c.applies and not c.holds] == []


def test_a_forged_result_is_noticed():
    result = run()
    off = result.phi.clone()
    off[1, 3] += 0.01
    swapped = result.phi.clone()
    swapped[1] = result.phi[1].flip(0)  # the sum stays
    for wrong in (
        result._replace(phi=off),
        result._replace(phi=swapped),
        result._replace(f=result.f + 0.01),
        result._replace(worth=result.worth + 0.01),
        result._replace(phi=-result.phi),
    ):
        assert not all(c.holds for c in checked(wrong) if c.applies)


def test_a_linear_rule_is_silent_where_its_hypothesis_fails():
    for change, why in (
        ({"model": "net"}, "not linear"),
        ({"data": "wine"}, "probability"),
        ({"game": "conditional"}, "shares"),
    ):
        first = checked(run(**change))[0]
        assert not first.applies and why in first.why


def test_the_sentence_names_the_two_strongest_and_the_truth():
    text = EXPLAIN.says(run(), **EXPLAIN.defaults())
    assert "log triglycerides 5.73 gives +70.9, BMI 36.6 kg/m² +57.2" in text
    assert "R² = 0.49 on 110 rows held out" in text and "In truth y = 258." in text
    assert "In truth" not in EXPLAIN.says(run(who="mine"), **EXPLAIN.defaults())
    assert "no row" not in text


def test_numbers_that_belong_together_have_the_same_decimals():
    assert explain_checks.signed([12.34, -0.05, 0.0]) == ["+12.3", "−0.1", "0"]
    assert explain_checks.signed([0.5, -0.01]) == ["+0.500", "−0.010"]
    assert explain_checks.signed([2e9, 0.0]) == ["+2.00e+09", "0"]
    assert explain_checks.signed([]) == []


# --- pictures ----------------------------------------------------------------------------------


@pytest.mark.parametrize("game", GAMES)
def test_the_waterfall_lands_on_the_prediction(game):
    result = run(model="trees", game=game)
    panel = drawn(model="trees", game=game).panels[0]
    up, down = trace(panel, "raises f"), trace(panel, "lowers f")
    rows = np.concatenate([np.stack([t["y"], t["x"]], 1).reshape(-1, 3, 2) for t in (up, down)])
    rows = rows[np.argsort(rows[:, 0, 0])]
    start, end = rows[:, 0, 1], rows[:, 1, 1]
    assert start[0] == pytest.approx(result.base) and end[-1] == pytest.approx(result.f)
    np.testing.assert_allclose(start[1:], end[:-1])
    length = np.abs(end - start)
    assert (np.diff(length) < 1e-4).all(), "the longest bar comes first"
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
    x = " ".join(["9"] * 10)
    waterfall, row, others, _ = drawn(who="mine", x=x).panels
    result = run(who="mine", x=x)
    for panel in (waterfall, others):
        low, high = panel.layout["xaxis"]["range"]
        assert low < result.f < high
    assert row.layout["yaxis"]["range"][1] >= 9
    assert row.paint.also["who"] == "mine" and others.pick.cell is None


def test_all_four_games_are_drawn_in_the_order_of_the_waterfall():
    result = run(model="net")
    panel = drawn(model="net").panels[3]
    ends = {}
    for name in ("raises f", "lowers f"):
        bar = trace(panel, name)
        for start, end, at in zip(bar["x"][::3], bar["x"][1::3], bar["y"][::3]):
            ends[round(float(start)), int(at)] = end - start
    drawn_phi = np.array([[ends[g, k] for k in range(10)] for g in range(4)])
    phi = result.phi[:, result.order].numpy()
    scale = drawn_phi[0, 0] / phi[0, 0]
    assert 0 < scale * np.abs(phi).max() <= 0.45
    np.testing.assert_allclose(drawn_phi, scale * phi, atol=1e-5)


# --- questions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("index", range(len(EXPLAIN.predictions)))
def test_predictions_have_the_right_answer_and_beliefs_that_show_the_wrong_one(index):
    prediction = EXPLAIN.predictions[index]
    right = ("f(x) − f∅", "it lowers f", "not 0", "log triglycerides")[index]
    values = EXPLAIN.preset(prediction.preset)
    result = EXPLAIN.compute(**values)
    assert prediction.answer(result) == right
    assert "{" not in prediction.because.format(**prediction.facts(result))
    for option, change in prediction.beliefs.items():
        assert prediction.answer(EXPLAIN.compute(**values | change)) == option


def test_presets_are_what_they_are_called():
    table = data("diabetes")
    assert int(models.model(table, "linear").outputs.argmax()) == 114
    assert abs(EXPLAIN.compute(**EXPLAIN.preset("A borderline tumour")).f - 0.5) < 0.01
    missed = EXPLAIN.compute(**EXPLAIN.preset("A missed tumour"))
    assert missed.f < 0.1 and missed.table.y[missed.row] == 1
    wine = EXPLAIN.compute(**EXPLAIN.preset("The trees see another wine"))
    others = [models.model(wine.table, kind).outputs[wine.row] for kind in ("linear", "net")]
    assert wine.f < 0.1 < min(others)


# --- the linked chart --------------------------------------------------------------------------


def constant(chart):
    """The specification without its data."""
    spec = chart.to_dict()
    names = {name: "data" for name in spec.pop("datasets")}

    def without(value):
        if isinstance(value, dict):
            return {k: without(v) for k, v in value.items()}
        if isinstance(value, list):
            return [without(v) for v in value]
        return names.get(value, value) if isinstance(value, str) else value

    return without(spec)


def test_the_linked_chart_holds_phi_and_sends_only_data_anew():
    result = run()
    chart = views.explain(result)
    bars, points = sorted(chart.to_dict()["datasets"].values(), key=len)
    assert [row["feature"] for row in bars][:2] == ["log triglycerides", "BMI"]
    assert math.isclose(sum(row["phi"] for row in bars), result.f - result.base)
    mine = [row for row in points if row["mine"]]
    assert len(mine) == 10 and {row["f"] for row in mine} == {result.f}
    assert len(points) == 10 * 442 + 10
    other = views.explain(run(data="wine", model="trees", row=9, game="baseline"))
    assert constant(chart) == constant(other)
