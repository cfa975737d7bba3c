import itertools
import json

import numpy as np
import pytest
import torch

from core import sheets
from core.experiments.shapley import everyone
from core.experiments.shapley import everyone_claims as claims
from core.shapley.prediction import GAMES
from core.shapley.values import shapley_values
from core.tabular import models, shap
from core.tabular.data import data
from pages.experiments.shapley.everyone import EXPERIMENT as EVERYONE
from pages.figures.shapley.everyone import chart, figure


def snapshots(**values):
    return list(everyone.everyone(**values))


def run(**values):
    return snapshots(**values)[-1]


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("kind", models.KINDS)
def test_each_row_gets_the_phi_of_its_own_explanation(game, kind):
    values = {"data": "wine", "model": kind, "game": game, "background": 5, "seed": 2}
    result = run(**values)
    assert result.rows.tolist() == data("wine").test.tolist()
    for i in (0, 17, 42):
        x = result.table.X[int(result.rows[i])]
        v = shap.games(result.model, result.table, x, result.background)[GAMES.index(game)]
        torch.testing.assert_close(result.phi[i], shapley_values(v))
        torch.testing.assert_close(result.worth[i], v[[0, -1]])


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


def test_contributions_handed_to_the_wrong_features_are_noticed():
    result = run()
    moved = result.phi.clone()
    moved[:, 0], moved[:, 1] = result.phi[:, 1], result.phi[:, 0]  # the sums stay
    for wrong in (moved, -result.phi):
        assert not all(c.holds for c in claims.checks(result._replace(phi=wrong)) if c.applies)


def test_the_sentence_of_a_run_under_way_says_so():
    first, *_, last = snapshots()
    assert "Over the first 10 rows held out" in claims.says(first)
    assert "Over 110 rows held out, log triglycerides moves f most, by 26.4" in claims.says(last)


def test_a_table_that_is_gone_is_refused_before_anything_runs():
    with pytest.raises(ValueError, match="still kept"):
        everyone.everyone(data="own-00000000ffff")


# --- pictures ----------------------------------------------------------------------------------


def test_the_swarm_shows_every_row_once_where_its_phi_is():
    result = run(model="trees")
    picture = figure(result)
    swarm, sizes = picture.panels
    clouds = [t for t in swarm.traces if t["name"].endswith(" value") and len(t["x"]) > 1]
    x = np.concatenate([t["x"] for t in clouds])
    y = np.concatenate([t["y"] for t in clouds])
    assert len(x) == result.phi.numel()
    for place, j in enumerate(result.order):
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


def test_the_right_answers_are_these():
    result = run()
    answers = [prediction.answer(result) for prediction in EVERYONE.predictions]
    assert answers == ["they lower it", "cholesterol", "less than half"]


# --- the linked chart --------------------------------------------------------------------------


def test_the_linked_chart_holds_every_row_and_sends_only_data_anew():
    result = run()
    specification, rows = chart(result)
    assert len(rows["rows"]) == result.phi.numel()
    first = rows["rows"][rows["rows"]["rank"] == 0]
    assert set(first.feature) == {"log triglycerides"}
    assert first.phi.abs().mean() == pytest.approx(result.size.max().item())
    assert chart(run(data="wine", model="trees"))[0] is specification


def test_the_bars_answer_to_the_frame_and_the_scatter_to_the_bar():
    specification, _ = chart(run())
    people, bars, dependence = specification["hconcat"]
    params = {p["name"]: (p["select"]["type"], p["views"]) for p in specification["params"]}
    assert params == {"frame": ("interval", ["rows"]), "chosen": ("point", ["bars"])}
    assert bars["transform"][0] == {"filter": {"param": "frame"}}
    assert all(
        {"filter": {"param": "chosen", "empty": False}} in layer["transform"]
        for layer in dependence["layer"]
    )
    assert "frame" in json.dumps(people["encoding"]["color"])
