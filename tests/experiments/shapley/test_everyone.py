import itertools
import json

import numpy as np
import pytest
import torch

from core import sheets
from core.experiments.shapley import everyone, explain
from core.experiments.shapley.explain import GAMES
from core.tabular import models
from core.tabular.data import data
from pages.experiments.shapley.everyone import EXPERIMENT as EVERYONE
from pages.experiments.shapley.explain import EXPERIMENT as EXPLAIN
from pages.figures.parts import views
from pages.figures.shapley.everyone import figure
from tests.experiments.shapley.test_explain import constant


def snapshots(**values):
    return list(EVERYONE.compute(**EVERYONE.defaults() | values))


def run(**values):
    return snapshots(**values)[-1]


def checked(result):
    return everyone.checks(result, **EVERYONE.defaults())


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("kind", models.KINDS)
def test_each_row_gets_the_phi_of_its_own_explanation(game, kind):
    values = {"data": "wine", "model": kind, "game": game, "background": 5, "seed": 2}
    result = run(**values)
    assert result.rows.tolist() == data("wine").test.tolist()
    for i in (0, 17, 42):
        alone = explain.explain(
            **EXPLAIN.defaults() | values | {"row": int(result.rows[i]), "who": "row"}
        )
        torch.testing.assert_close(result.phi[i], alone.values)


def test_snapshots_grow_and_the_last_is_the_result():
    seen = snapshots()
    assert [s.progress for s in seen] == sorted(s.progress for s in seen)
    assert seen[-1].progress == 1 and len(seen[-1].rows) == 110
    for early, late in itertools.pairwise(seen):
        assert 0 < len(late.rows) - len(early.rows) <= everyone.SLICE
        assert torch.equal(early.phi, late.phi[: len(early.phi)])


def test_no_more_than_two_hundred_rows_are_explained():
    rng = np.random.default_rng(1)
    lines = ["a,b,y", *(f"{a:.3f},{b:.3f},{a - b:.3f}" for a, b in rng.normal(size=(900, 2)))]
    result = run(data=sheets.add("\n".join(lines).encode()))
    assert len(result.rows) == everyone.MOST


def test_mean_phi_of_a_linear_model_is_slope_times_mean_distance():
    result = run()
    peer = np.abs(result.model.score.weight.numpy()) * np.abs(
        result.x.numpy() - result.background.numpy().mean(0)
    ).mean(0)
    np.testing.assert_allclose(result.size, peer, rtol=1e-9)
    assert (result.trend.abs() > 1 - 1e-9).all()
    assert torch.equal(result.trend.sign(), result.model.score.weight.sign())


@pytest.mark.parametrize("kind", models.KINDS)
@pytest.mark.parametrize("name", ["diabetes", "wine"])
def test_every_check_holds_wherever_it_applies(name, kind):
    for game in GAMES:
        result = run(data=name, model=kind, game=game, background=4)
        assert [c for c in checked(result) if c.applies and not c.holds] == []
        assert everyone.says(result)


def test_a_forged_result_is_noticed():
    result = run()
    off = result.phi.clone()
    off[7, 3] += 0.01
    moved = result.phi.clone()
    moved[:, 0], moved[:, 1] = result.phi[:, 1], result.phi[:, 0]  # the sums stay
    for wrong in (
        result._replace(phi=off),
        result._replace(phi=moved),
        result._replace(phi=-result.phi),
        result._replace(worth=result.worth + torch.tensor([0.0, 0.01])),
    ):
        assert not all(c.holds for c in checked(wrong) if c.applies)


def test_the_sentence_of_a_run_under_way_says_so():
    first, *_, last = snapshots()
    assert "Over the first 10 rows held out" in everyone.says(first)
    assert "Over 110 rows held out, log triglycerides moves f most, by 26.4" in everyone.says(last)


def test_bad_values_are_refused_before_anything_runs():
    for change, message in (
        ({"game": "causal"}, "game to be one of"),
        ({"background": 0}, "background"),
        ({"data": "own-00000000ffff"}, "still kept"),
    ):
        with pytest.raises(ValueError, match=message):
            EVERYONE.compute(**EVERYONE.defaults() | change)


# --- pictures ----------------------------------------------------------------------------------


def test_the_swarm_shows_every_row_once_where_its_phi_is():
    result = run(model="trees")
    picture = figure(result)
    swarm, sizes = picture.panels
    clouds = [t for t in swarm.traces if t["name"].endswith(" value") and len(t["x"]) > 1]
    x = np.concatenate([t["x"] for t in clouds])
    y = np.concatenate([t["y"] for t in clouds])
    assert len(x) == result.phi.numel()
    for place, j in enumerate(result.order.tolist()):
        inside = np.abs(y - place) < 0.5
        np.testing.assert_allclose(np.sort(x[inside]), np.sort(result.phi[:, j]), rtol=1e-5)
    assert np.abs(y - y.round()).max() <= 0.43
    large = next(t for t in clouds if t["name"] == "large value")
    bars = next(t for t in sizes.traces if t["name"] == "mean |φ|")
    np.testing.assert_allclose(bars["x"][1::3], result.size[result.order], rtol=1e-5)
    assert large["meta"]["role"] == "third" and len(large["x"]) > 100
    again = figure(run(model="trees")).panels[0]
    assert all(np.array_equal(a["y"], b["y"]) for a, b in zip(swarm.traces, again.traces))


def test_no_two_dots_of_a_row_lie_on_each_other():
    result = run()
    swarm = figure(result).panels[0]
    width = np.diff(swarm.layout["xaxis"]["range"])[0]
    clouds = [t for t in swarm.traces if t["name"].endswith(" value") and len(t["x"]) > 1]
    x, y = (np.concatenate([t[k] for t in clouds]) for k in "xy")
    spots = {(round(float(a) / width * 90), round(float(b), 3)) for a, b in zip(x, y)}
    assert len(spots) > 0.9 * len(x)


# --- questions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("index", range(len(EVERYONE.predictions)))
def test_predictions_have_the_right_answer_and_beliefs_that_show_the_wrong_one(index):
    prediction = EVERYONE.predictions[index]
    right = ("they lower it", "cholesterol", "less than half")[index]
    values = EVERYONE.preset(prediction.preset)
    result = run(**values)
    assert prediction.answer(result) == right
    assert "{" not in prediction.because.format(**prediction.facts(result))
    for option, change in prediction.beliefs.items():
        assert prediction.answer(run(**values | change)) == option


# --- the linked chart --------------------------------------------------------------------------


def test_the_linked_chart_holds_every_row_and_sends_only_data_anew():
    result = run()
    chart = views.everyone(result)
    (points,) = chart.to_dict()["datasets"].values()
    assert len(points) == result.phi.numel()
    first = [row for row in points if row["rank"] == 0]
    assert {row["feature"] for row in first} == {"log triglycerides"}
    assert np.mean([abs(row["phi"]) for row in first]) == pytest.approx(result.size.max().item())
    other = views.everyone(run(data="wine", model="trees"))
    assert constant(chart) == constant(other)


def test_the_bars_answer_to_the_frame_and_the_scatter_to_the_bar():
    spec = views.everyone(run()).to_dict()
    people, bars, dependence = spec["hconcat"]
    params = {p["name"]: (p["select"]["type"], p["views"]) for p in spec["params"]}
    assert params == {"frame": ("interval", ["rows"]), "chosen": ("point", ["bars"])}
    assert bars["transform"][0] == {"filter": {"param": "frame"}}
    assert all({"filter": {"param": "chosen", "empty": False}} in layer["transform"]
               for layer in dependence["layer"])  # fmt: skip
    assert "frame" in json.dumps(people["encoding"]["color"])
