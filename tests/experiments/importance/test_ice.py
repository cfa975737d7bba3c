import numpy as np
import pytest
import torch

from core.experiments.importance import ice as core
from core.experiments.importance import ice_claims as claims
from core.experiments.importance.ice import moved, subject
from core.importance import Toy
from core.tabular import models
from core.tabular.data import data
from core.words import typeset
from pages.experiments.importance.ice import EXPERIMENT as ICE
from tests import contract
from tests.forgery import failures
from tests.tables import column, own

GOAL = [round(0.1 * i - v, 3) for i, v in enumerate(column(48, 1))]
TABLES = {  # columns, the target last
    "plain": (range(48), column(48, 1), GOAL),
    "unix seconds": ([1764000000 + i for i in range(48)], column(48, 1), GOAL),
    "a target far from 0": (range(48), column(48, 1), [1764000000 + i for i in range(48)]),
    "picofarads": (range(48), column(48, 1), [1e-12 * v for v in GOAL]),
    "columns that never vary": ([0.1] * 48, [2] * 48, range(48)),
    "words": (["male", "female", "female"] * 16, column(48, 2), ["TRUE", "FALSE"] * 24, GOAL),
    "twins": (column(48, 1), column(48, 1), column(48, 2), ["ant", "bee", "cow"] * 16),
    "few rows": (range(20), column(20, 1), range(0, 40, 2)),
}


def checked(run, **more):
    return ICE.checks(run, **ICE.defaults() | more)


def red(run, **more):
    return failures(checked(run, **more))


@pytest.mark.parametrize("base", ["none", "wave", "plateau"])
@pytest.mark.parametrize("feature", [0, 1])
def test_the_toy_by_its_formula(base, feature):
    run = moved(base=base, strength=0.7, rho=-0.4, x1=0.3, x2=-1.2, feature=feature)
    g = {"wave": lambda t: np.sin(2 * t), "plateau": lambda t: np.tanh(4 * t)}
    g["none"] = lambda t: 0 * t
    a, b = (0.3, -1.2) if feature else (run.grid.numpy(), -1.2)
    b = run.grid.numpy() if feature else b
    np.testing.assert_allclose(run.own, g[base](a) + b + 0.7 * a * b, atol=1e-12)
    slopes = {"none": 0.0, "wave": 2 * np.cos(0.6), "plateau": 4 / np.cosh(1.2) ** 2}
    np.testing.assert_allclose(run.slope, [slopes[base] + 0.7 * -1.2, 1 + 0.7 * 0.3])
    assert run.f == pytest.approx(g[base](0.3) - 1.2 + 0.7 * 0.3 * -1.2)


@pytest.mark.parametrize("strength", [0.0, 0.4, 2.0])
def test_the_mean_line_is_flat_for_every_interaction(strength):
    run = moved(strength=strength, rho=0.6)
    assert run.mean.abs().max() < 1e-12
    moves = claims.spread(run.lines.numpy())
    rows = core._plane(0.6)[0][:, 1].abs().numpy()
    np.testing.assert_allclose(moves, 6 * strength * rows, atol=1e-12)


@pytest.mark.parametrize("kind", models.KINDS)
def test_a_row_of_a_table_stays_what_it_is(kind):
    run = moved(data="wine", model=kind, row=30, feature=4)
    table = data("wine")
    f = models.model(table, kind)
    assert run.f == pytest.approx(f.outputs[30].item(), abs=1e-9)
    assert (run.gap < 1e-9) == (30 in table.train.tolist())
    there = table.X[30].repeat(49, 1)
    there[:, 4] = table.mean[4] + run.grid * table.spread[4]
    torch.testing.assert_close(run.own, f(there), rtol=1e-9, atol=1e-9)


@pytest.mark.peer
def test_partial_dependence_of_boosted_trees_as_scikit_learn_tells_it():
    from sklearn.ensemble import GradientBoostingRegressor
    from sklearn.inspection import partial_dependence

    told = subject("diabetes", "", "linear", "none", 0.0, 0.0)
    forest = GradientBoostingRegressor(n_estimators=9, random_state=0)
    forest.fit(told.rows.numpy(), told.y.numpy())
    from core.importance import pdp

    grid = moved(data="diabetes", model="linear", feature=2).grid
    theirs = partial_dependence(
        forest, told.lined.numpy(), [2], method="brute", custom_values={2: grid.numpy()}
    )
    ours = pdp(lambda X: torch.from_numpy(forest.predict(X.numpy())), told.lined, 2, grid)
    np.testing.assert_allclose(ours, theirs["average"][0])


def test_a_moved_radius_leaves_the_data_and_the_sentence_says_so():
    values = ICE.preset("A larger radius, all else kept")
    run = ICE.compute(**ICE.inputs(values))
    assert run.gap > 3 * run.limit
    assert "off the data" in ICE.says(run, **values)
    home = moved(data="breast_cancer", row=20)
    assert "off the data" not in ICE.says(home, **values | {"shift": 0.0})


def test_trees_have_no_slope_and_move_all_the_same():
    run = moved(data="diabetes", model="trees", feature=8)
    assert (run.slope == 0).all() and claims.spread(run.own.numpy()) > 20
    assert red(run, data="diabetes", model="trees") == []


def test_x1_alone_tells_of_a_feature_that_f_reads():
    assert claims.slope_alone(moved(strength=0.0, rho=0.9)) == pytest.approx(0.9, abs=0.1)
    assert abs(claims.slope_alone(moved(strength=0.0, rho=0.0))) < 0.15


@pytest.mark.parametrize("field", [f for f in core.Moved._fields if f != "feature"])
def test_what_is_off_turns_a_check_red(field):
    for values in ({}, {"data": "diabetes", "feature": 2, "shift": 0.4}):
        run = moved(**values)
        assert red(run, **values) == []
        forged = run._replace(**{field: getattr(run, field) * 1.001 + 1e-3})
        assert red(forged, **values), values
    assert red(moved()._replace(feature=1))


def test_parallel_lines_are_claimed_of_sums_only():
    def applies(**values):
        return checked(moved(**values), **values)[2].applies

    assert applies(base="wave", strength=0.0) and applies(data="diabetes", model="linear")
    assert not applies() and not applies(data="wine", model="linear")
    assert not applies(data="diabetes", model="net")


@pytest.mark.parametrize("kind", models.KINDS)
@pytest.mark.parametrize("table", TABLES)
def test_own_tables(table, kind):
    name = own(*TABLES[table])
    for more in ({}, {"feature": 9, "row": 500, "shift": -12.0, "aim": "data", "per": "unit"}):
        values = ICE.defaults() | {"data": name, "model": kind} | more
        contract.answers(ICE, values)
        said = ICE.says(contract.run(ICE, values), **values)
        contract.sentence_is_words(typeset(said))
        assert said.endswith(data(name).kept)
    assert "This table has no row 500; row " in said


def test_the_controls_reach_what_the_table_has():
    name = own(*TABLES["plain"])
    assert core.columns(name, "") == (0, 1) and core.columns("toy", "", 6) == (0, 6)
    assert core.columns(name, "", 7) == (0, 7) and core.columns("wine", "") == (0, 9)
    assert core.rows(name, "") == (0, 47) and core.rows(name, "", 300) == (0, 300)
    assert core.columns("own-00000000ffff", "") == (0, 9)


def test_handles_and_picks_set_what_they_show():
    values = ICE.preset("A patient's age") | {"shift": 0.5}
    run = contract.run(ICE, values)
    lines, plane, slopes = ICE.figure(run, **values).panels
    (handle,) = lines.handles
    assert handle.params == ("shift",)
    assert handle.matrix[0][0] * handle.x + handle.offset[0] == pytest.approx(0.5)
    assert plane.pick.also == {"shift": 0.0} and plane.pick.columns == 442
    assert slopes.pick.cell == (0, run.feature) and slopes.pick.columns == 10
    toy = ICE.figure(moved(), **ICE.defaults()).panels
    assert toy[0].handles[0].params == ("x1",) and toy[1].handles[0].params == ("x1", "x2")


def test_answers():
    right = ("the mean is flat, the lines move", "by more than 1", "it rises")
    for prediction, option in zip(ICE.predictions, right, strict=True):
        assert prediction.answer(contract.run(ICE, ICE.preset(prediction.preset))) == option


@pytest.mark.parametrize("bad", [{"rho": 1.0}, {"strength": 2.5}, {"x1": 9.0}, {"feature": 10}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        moved(**bad)


def test_a_table_that_is_gone_and_a_toy_that_is_not_there():
    with pytest.raises(ValueError, match="still kept"):
        moved(data="own-00000000ffff")
    with pytest.raises(ValueError, match="expected base"):
        moved(base="steps")
    assert Toy()(torch.ones(1, 2).double()).item() == 2
